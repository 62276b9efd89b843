package console

import "github.com/countersign-auth/countersign/internal/staff"

// maxRules bounds a document of rules in a form, in bytes.
const maxRules = 512 << 10

// riskRoutes is the part of the site map about risk: the queue, events, rules, lists.
func (c *console) riskRoutes() []route {
	return []route{
		{Pattern: "GET /customers/{id}/risk", Need: staff.RiskSee, Serve: c.customerRisk},

		{Pattern: "GET /risk", Need: staff.RiskRead, Serve: c.riskQueue},
		{Pattern: "GET /risk/figures", Need: staff.RiskRead, Serve: c.riskFigures},
		{Pattern: "GET /risk/events/{id}/{event}", Need: staff.RiskRead, Serve: c.riskEvent},
		{Pattern: "GET /risk/events/{id}/{event}/try", Need: staff.RiskRead, Serve: c.riskDryRun},
		{Pattern: "POST /risk/events/{id}/{event}/address", Need: staff.RiskAddress, Serve: c.riskAddress},
		{Pattern: "POST /risk/events/{id}/{event}/claim", Need: staff.RiskReview, Serve: c.riskClaim},
		{Pattern: "POST /risk/events/{id}/{event}/release", Need: staff.RiskReview, Serve: c.riskRelease},
		{Pattern: "POST /risk/events/{id}/{event}/decide", Need: staff.RiskReview, Fresh: "console.act.finding", Serve: c.riskDecide},

		{Pattern: "GET /risk/rules", Need: staff.RiskRead, Serve: c.riskRules},
		{Pattern: "GET /risk/rules/compare", Need: staff.RiskRead, Serve: c.riskCompare},
		{Pattern: "GET /risk/rules/{version}", Need: staff.RiskRead, Serve: c.riskVersion},
		{Pattern: "GET /risk/rules/{version}/rules.yaml", Need: staff.RiskRead, Serve: c.riskDocument},
		{Pattern: "GET /risk/rules/new", Need: staff.RiskTune, Serve: c.newRules},
		{Pattern: "POST /risk/rules/new", Need: staff.RiskTune, Upload: true, MaxBody: maxRules, Serve: c.checkRules},
		{Pattern: "POST /risk/rules/store", Need: staff.RiskTune, Fresh: "console.act.rules", MaxBody: maxRules, Serve: c.storeRules},
		{Pattern: "POST /risk/rules/{version}/propose", Need: staff.RiskTune, Fresh: "console.act.rules", Serve: c.proposeRules},

		{Pattern: "GET /risk/backtest", Need: staff.RiskRead, Serve: c.backtest},
		{Pattern: "POST /risk/backtest", Need: staff.RiskTune, Serve: c.startBacktest},
		{Pattern: "GET /risk/backtest/{trial}", Need: staff.RiskRead, Serve: c.trial},
		{Pattern: "POST /risk/backtest/{trial}/cancel", Need: staff.RiskTune, Serve: c.cancelBacktest},

		{Pattern: "GET /risk/lists", Need: staff.RiskRead, Serve: c.riskLists},
		{Pattern: "GET /risk/lists/new", Need: staff.RiskReview, Serve: c.newEntry},
		{Pattern: "POST /risk/lists/new", Need: staff.RiskReview, Fresh: "console.act.list", Serve: c.putEntry},
		{Pattern: "GET /risk/lists/{entry}/remove", Need: staff.RiskReview, Serve: c.removeEntryForm},
		{Pattern: "POST /risk/lists/{entry}/remove", Need: staff.RiskReview, Fresh: "console.act.list", Serve: c.removeEntry},
	}
}
