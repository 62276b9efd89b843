package console

import "github.com/countersign-auth/countersign/internal/staff"

// dataRoutes is the part of the site map where what is kept of a customer is handed out
// and erased.
func (c *console) dataRoutes() []route {
	return []route{
		{Pattern: "GET /customers/{id}/data", Need: staff.CustomerClose, Serve: c.customerData},
		{Pattern: "POST /customers/{id}/data/export", Need: staff.CustomerExport, Fresh: "console.act.export", Serve: c.exportData},
		{Pattern: "GET /customers/{id}/close", Need: staff.CustomerClose, Serve: c.leaveForm("close")},
		{Pattern: "POST /customers/{id}/close", Need: staff.CustomerClose, Fresh: "console.act.close", Serve: c.leave("close")},
		{Pattern: "GET /customers/{id}/erase", Need: staff.CustomerClose, Serve: c.leaveForm("erase")},
		{Pattern: "POST /customers/{id}/erase", Need: staff.CustomerClose, Fresh: "console.act.erase", Serve: c.leave("erase")},
	}
}
