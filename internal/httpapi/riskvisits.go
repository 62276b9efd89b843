package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/risk"
)

// Visit is what a page with the probe needs.
type Visit struct {
	Visit     string    `json:"visit" doc:"Its token. Keep it with the page's session, and name it in what you have judged; nobody but the visitor's browser should learn it."`
	Script    string    `json:"script" doc:"Where the script is, below our address. Serve it from a path of your own origin; the part after the question mark changes with the script."`
	Reports   string    `json:"reports" doc:"Where reports go, below our address. Take them at a path of your own origin, which the page names in data-to, and send them on as they are, with the User-Agent."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when reports are taken and events can name it."`
}

// ScoreVisit is the request of scoreVisit.
type ScoreVisit struct {
	Reference     string        `json:"reference" minLength:"1" maxLength:"128" doc:"Your own id of the event: under it the same event gets the same answer."`
	Channel       string        `json:"channel,omitempty" maxLength:"128" doc:"Your application, such as web or mobile."`
	Circumstances Circumstances `json:"circumstances" doc:"Where and with what the visitor is."`
}

func (a *API) openVisit(ctx context.Context, _ *call, _ *nothing) (Visit, error) {
	v, err := a.Risk.OpenVisit(ctx)
	return Visit{Visit: v.Token, Script: a.script.path(), Reports: "/probe/" + v.Token, ExpiresAt: v.Expires}, err
}

func (a *API) scoreVisit(ctx context.Context, c *call, in *ScoreVisit) (RiskJudgment, error) {
	told, err := a.riskCall(ctx, "", in.Reference, in.Channel, "", &in.Circumstances)
	if err != nil {
		return RiskJudgment{}, err
	}
	return a.judged(ctx, c, func(ctx context.Context) (risk.Assessment, error) { return a.Risk.Visit(ctx, c.access.Actor(), told) })
}

func (a *API) riskVisitOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodPost, path: "/v1/risk/visits" + rest, tag: tagRisk, scopes: client.RiskWrite, summary: summary, text: text}
	}
	score := at("scoreVisit", "/score", "Have a visit judged before the login", "Lists, the probe's reports so far, and rules on visits. The same reference gets the same answer, with status 200.")
	score.disputed = true
	return []operation{
		act[nothing, Visit]{
			route:  at("openVisit", "", "Open a visit for a page with the probe", "One for each view of a page: ask for it while you draw the page. It serves one customer, and ends with the event that ended well or after half an hour."),
			status: http.StatusCreated, do: a.openVisit,
			out: Visit{Visit: exampleVisit, Script: "/probe.js?v=2f7c9a", Reports: "/probe/" + exampleVisit, ExpiresAt: exampleTime(30)},
		},
		act[ScoreVisit, RiskJudgment]{
			route: score, status: http.StatusCreated, other: http.StatusOK, names: riskNames(), do: a.scoreVisit, out: exampleJudgment(),
			in: ScoreVisit{Reference: "visit-9a", Channel: "web", Circumstances: Circumstances{Address: "192.0.2.10", Visit: exampleVisit}},
		},
	}
}
