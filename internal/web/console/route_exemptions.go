package console

import "github.com/countersign-auth/countersign/internal/staff"

// exemptionRoutes is the part of the site map about payments without strong authentication.
func (c *console) exemptionRoutes() []route {
	return []route{
		{Pattern: "GET /customers/{id}/exemptions", Need: staff.RiskSee, Serve: c.customerExemptions},
		{Pattern: "GET /customers/{id}/exemptions/payees/{entry}/remove", Need: staff.AuthenticatorBar, Serve: c.distrustForm},
		{Pattern: "POST /customers/{id}/exemptions/payees/{entry}/remove", Need: staff.AuthenticatorBar, Serve: c.distrust},
		{Pattern: "GET /customers/{id}/exemptions/series/{entry}/end", Need: staff.AuthenticatorBar, Serve: c.endSeriesForm},
		{Pattern: "POST /customers/{id}/exemptions/series/{entry}/end", Need: staff.AuthenticatorBar, Serve: c.endSeries},
		{Pattern: "GET /customers/{id}/exemptions/payments/{entry}/fraud", Need: staff.RiskReview, Serve: c.fraudForm},
		{Pattern: "POST /customers/{id}/exemptions/payments/{entry}/fraud", Need: staff.RiskReview, Fresh: "console.act.fraud", Serve: c.reportFraud},
		{Pattern: "GET /customers/{id}/exemptions/payments/{entry}/withdraw", Need: staff.RiskReview, Serve: c.unfraudForm},
		{Pattern: "POST /customers/{id}/exemptions/payments/{entry}/withdraw", Need: staff.RiskReview, Fresh: "console.act.fraud", Serve: c.withdrawFraud},

		{Pattern: "GET /risk/exemptions", Need: staff.RiskRead, Serve: c.exemptionReport},
		{Pattern: "GET /risk/exemptions/report.csv", Need: staff.RiskRead, Serve: c.exemptionCSV},
		{Pattern: "GET /risk/exemptions/report.json", Need: staff.RiskRead, Serve: c.exemptionJSON},
	}
}
