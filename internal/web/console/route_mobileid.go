package console

import "github.com/countersign-auth/countersign/internal/staff"

// mobileIDRoutes is the part of the site map about mobile IDs and SIMs.
func (c *console) mobileIDRoutes() []route {
	const one = "/customers/{id}/mobile-id/{mobile}"
	all := []route{
		{Pattern: "GET " + one, Need: staff.MobileIDRead, Serve: c.mobileID},
		{Pattern: "GET /customers/{id}/mobile-id/new", Need: staff.MobileIDRegister, Serve: c.newMobileID},
		{Pattern: "POST /customers/{id}/mobile-id/new", Need: staff.MobileIDRegister, Fresh: "console.act.mobile_id_register", Serve: c.registerMobileID},
		{Pattern: "GET " + one + "/spam-mobile-id", Need: staff.MobileIDRegister, Serve: c.mobileIDSpamForm},
		{Pattern: "POST " + one + "/spam-mobile-id", Need: staff.MobileIDRegister, Fresh: "console.act.mobile_id", Serve: c.mobileIDSpam},
		{Pattern: "GET " + one + "/evidence/{request}", Need: staff.MobileIDRead, Serve: c.mobileIDEvidence},
		{Pattern: "GET /mobile-id", Need: staff.MobileIDRead, Serve: c.mobileIDRequests},
		{Pattern: "GET /certificates", Need: staff.MobileIDRead, Serve: c.certificates},
		{Pattern: "GET /certificates/{serial}", Need: staff.MobileIDRead, Serve: c.certificate},
		{Pattern: "GET /sims", Need: staff.SIMRead, Serve: c.sims},
		{Pattern: "GET /sims/{iccid}", Need: staff.SIMRead, Serve: c.simCard},
	}
	for _, a := range mobileIDActs() {
		all = append(all,
			route{Pattern: "GET " + one + "/" + a.key, Need: a.need, Serve: c.mobileIDForm(a)},
			route{Pattern: "POST " + one + "/" + a.key, Need: a.need, Fresh: "console.act.mobile_id", Serve: c.doMobileID(a)})
	}
	for _, a := range simActs() {
		all = append(all,
			route{Pattern: "GET /sims/{iccid}/" + a.key, Need: staff.SIMManage, Serve: c.simForm(a)},
			route{Pattern: "POST /sims/{iccid}/" + a.key, Need: staff.SIMManage, Fresh: "console.act.sim", Serve: c.doSIM(a)})
	}
	return all
}
