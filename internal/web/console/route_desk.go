package console

import "github.com/countersign-auth/countersign/internal/staff"

// deskRoutes is the part of the site map where the help desk acts for a customer.
func (c *console) deskRoutes() []route {
	return []route{
		{Pattern: "GET /customers/{id}/identify", Need: staff.CustomerIdentify, Serve: c.identifyForm},
		{Pattern: "POST /customers/{id}/identify", Need: staff.CustomerIdentify, Fresh: "console.act.identify", Serve: c.identify},
		{Pattern: "GET /customers/{id}/authenticators/{policy}/reset", Need: staff.AuthenticatorReset, Serve: c.resetForm},
		{Pattern: "POST /customers/{id}/authenticators/{policy}/reset", Need: staff.AuthenticatorReset, Fresh: "console.act.reset", Serve: c.reset},
		{Pattern: "GET /customers/{id}/authenticators/{policy}/disable", Need: staff.AuthenticatorBar, Serve: c.disableForm},
		{Pattern: "POST /customers/{id}/authenticators/{policy}/disable", Need: staff.AuthenticatorBar, Fresh: "console.act.bar", Serve: c.disable},
		{Pattern: "GET /customers/{id}/authenticators/{policy}/enable", Need: staff.AuthenticatorReset, Serve: c.enableForm},
		{Pattern: "POST /customers/{id}/authenticators/{policy}/enable", Need: staff.AuthenticatorReset, Fresh: "console.act.bar", Serve: c.enable},

		{Pattern: "GET /tokens/{id}/unlock", Need: staff.TokenUnlock, Serve: c.unlockForm},
		{Pattern: "POST /tokens/{id}/unlock", Need: staff.TokenUnlock, Fresh: "console.act.unlock", Serve: c.unlock},
		{Pattern: "GET /tokens/{id}/unlock/more", Need: staff.TokenUnlockMore, Serve: c.unlockMoreForm},
		{Pattern: "POST /tokens/{id}/unlock/more", Need: staff.TokenUnlockMore, Fresh: "console.act.unlock_more", Serve: c.unlockMore},
		{Pattern: "GET /tokens/{id}/resync", Need: staff.TokenResync, Serve: c.resyncForm},
		{Pattern: "POST /tokens/{id}/resync", Need: staff.TokenResync, Fresh: "console.act.resync", Serve: c.resync},
		{Pattern: "GET /tokens/{id}/reading", Need: staff.TokenResync, Serve: c.readingForm},
		{Pattern: "POST /tokens/{id}/reading", Need: staff.TokenResync, Fresh: "console.act.resync", Serve: c.reading},
		{Pattern: "GET /tokens/{id}/do/{act}", Need: staff.TokenAssign, Serve: c.lifeForm},
		{Pattern: "POST /tokens/{id}/do/{act}", Need: staff.TokenAssign, Fresh: "console.act.token", Serve: c.life},
		{Pattern: "GET /tokens/{id}/replace", Need: staff.TokenAssign, Serve: c.replaceForm},
		{Pattern: "POST /tokens/{id}/replace", Need: staff.TokenAssign, Fresh: "console.act.token", Serve: c.replace},
		{Pattern: "GET /tokens/{id}/activate", Need: staff.TokenAssign, Serve: c.firstCodeForm},
		{Pattern: "POST /tokens/{id}/activate", Need: staff.TokenAssign, Fresh: "console.act.token", Serve: c.firstCode},
		{Pattern: "GET /tokens/{id}/name", Need: staff.TokenAssign, Serve: c.nameForm},
		{Pattern: "POST /tokens/{id}/name", Need: staff.TokenAssign, Serve: c.name},
	}
}
