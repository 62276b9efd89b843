package console

import "github.com/countersign-auth/countersign/internal/staff"

// textRoutes is the part of the site map about passwords, phones and text messages.
func (c *console) textRoutes() []route {
	return []route{
		{Pattern: "GET /customers/{id}/password/forgotten", Need: staff.PasswordReset, Serve: c.forgottenForm},
		{Pattern: "POST /customers/{id}/password/forgotten", Need: staff.PasswordReset, Fresh: "console.act.password", Serve: c.forgotten},
		{Pattern: "GET /customers/{id}/password/demand", Need: staff.PasswordDemand, Serve: c.demandForm},
		{Pattern: "POST /customers/{id}/password/demand", Need: staff.PasswordDemand, Fresh: "console.act.password", Serve: c.demand},

		{Pattern: "GET /phones", Need: staff.PhoneRefuse, Serve: c.phones},
		{Pattern: "GET /customers/{id}/phone/unregister", Need: staff.PhoneRegister, Serve: c.unregisterForm},
		{Pattern: "POST /customers/{id}/phone/unregister", Need: staff.PhoneRegister, Fresh: "console.act.phone", Serve: c.unregister},
		{Pattern: "GET /customers/{id}/phone/register", Need: staff.PhoneRegister, Serve: c.registerForm},
		{Pattern: "POST /customers/{id}/phone/register", Need: staff.PhoneRegister, Fresh: "console.act.phone", Serve: c.register},
		{Pattern: "GET /customers/{id}/phones/{phone}/release", Need: staff.PhoneRegister, Serve: c.releaseForm},
		{Pattern: "POST /customers/{id}/phones/{phone}/release", Need: staff.PhoneRegister, Fresh: "console.act.phone", Serve: c.release},
		{Pattern: "GET /customers/{id}/phones/{phone}/refuse", Need: staff.PhoneRefuse, Serve: c.refuseForm},
		{Pattern: "POST /customers/{id}/phones/{phone}/refuse", Need: staff.PhoneRefuse, Fresh: "console.act.phone", Serve: c.refuse},

		{Pattern: "GET /customers/{id}/texts", Need: staff.CustomerSearch, Serve: c.customerTexts},
		{Pattern: "GET /customers/{id}/texts/{text}", Need: staff.CustomerSearch, Serve: c.customerText},
		{Pattern: "GET /texts", Need: staff.TextRead, Serve: c.texts},
		{Pattern: "GET /texts/{text}", Need: staff.TextRead, Serve: c.text},
		{Pattern: "GET /texts/gateways", Need: staff.TextRead, Serve: c.gateways},
		{Pattern: "GET /texts/prefixes", Need: staff.TextRead, Serve: c.prefixes},
		{Pattern: "GET /texts/prefixes/{prefix}/lift", Need: staff.TextLift, Serve: c.liftForm},
		{Pattern: "POST /texts/prefixes/{prefix}/lift", Need: staff.TextLift, Fresh: "console.act.lift", Serve: c.liftCutOff},

		{Pattern: "GET /undelivered", Need: staff.TextRead, Serve: c.undelivered},
		{Pattern: "GET /undelivered/{message}", Need: staff.TextRead, Serve: c.deadMessage},
		{Pattern: "GET /undelivered/{message}/retry", Need: staff.TextManage, Serve: c.retryForm},
		{Pattern: "POST /undelivered/{message}/retry", Need: staff.TextManage, Fresh: "console.act.message", Serve: c.retryMessage},
		{Pattern: "GET /undelivered/{message}/discard", Need: staff.TextManage, Serve: c.discardForm},
		{Pattern: "POST /undelivered/{message}/discard", Need: staff.TextManage, Fresh: "console.act.message", Serve: c.discardMessage},
	}
}
