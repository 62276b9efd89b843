package console

import "github.com/countersign-auth/countersign/internal/staff"

// mobileRoutes is the part of the site map about mobile tokens.
func (c *console) mobileRoutes() []route {
	const one = "/customers/{id}/mobile/{token}"
	all := []route{
		{Pattern: "GET /mobile", Need: staff.MobileRead, Serve: c.mobiles},
		{Pattern: "GET " + one, Need: staff.MobileRead, Serve: c.mobileToken},
		{Pattern: "GET /customers/{id}/mobile/new", Need: staff.MobileIssue, Serve: c.newMobile},
		{Pattern: "POST /customers/{id}/mobile/new", Need: staff.MobileIssue, Fresh: "console.act.mobile_code", Serve: c.enrollMobile},
		{Pattern: "GET " + one + "/name-mobile", Need: staff.MobileIssue, Serve: c.mobileNameForm},
		{Pattern: "POST " + one + "/name-mobile", Need: staff.MobileIssue, Serve: c.mobileName},
	}
	for _, a := range mobileActs() {
		all = append(all,
			route{Pattern: "GET " + one + "/" + a.key, Need: a.need, Serve: c.mobileForm(a)},
			route{Pattern: "POST " + one + "/" + a.key, Need: a.need, Fresh: "console.act.mobile", Serve: c.mobileAct(a)})
	}
	for _, i := range mobileIssues() {
		all = append(all,
			route{Pattern: "GET " + one + "/" + i.key, Need: staff.MobileIssue, Serve: c.mobileIssueForm(i)},
			route{Pattern: "POST " + one + "/" + i.key, Need: staff.MobileIssue, Fresh: "console.act.mobile_code", Serve: c.mobileIssue(i)})
	}
	return all
}
