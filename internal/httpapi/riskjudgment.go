package httpapi

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// RiskJudgment is what the engine says.
type RiskJudgment struct {
	Event        string             `json:"event,omitempty" doc:"The event, to continue with. Not there when the engine could not answer: then go on with a step-up, and there is nothing to sign or complete."`
	State        string             `json:"state,omitempty" enum:"created,signed,completed,rejected" doc:"Where the event is in its life; not there without one."`
	Decision     string             `json:"decision" enum:"allow,step-up,block" doc:"What to do. Anything that you cannot read means step-up."`
	BlockChannel bool               `json:"block_channel,omitempty" doc:"So high that the channel should be closed to the customer as well: authentications do so as the policies say, and blockChannel does."`
	Score        int                `json:"score" minimum:"0" maximum:"1000" doc:"How likely it is a fraud: 0 to 1000."`
	Scores       RiskScores         `json:"scores" doc:"The same, of the three sides alone."`
	Reasons      []string           `json:"reasons" doc:"Codes of what speaks for a fraud, demands of rules first, then the heaviest. Not for customers."`
	Tags         []string           `json:"tags" doc:"What kinds of evidence the reasons are of: network, agent, device, place, probe, payment, payee, velocity, behavior, user, list."`
	Payments     []RiskPaymentScore `json:"payments,omitempty" doc:"Of a batch: the score of each payment, in the order of the request."`
	RulesVersion int64              `json:"rules_version" doc:"The version of the rules that judged; 0 is the preset."`
}

// RiskScores are the scores of the three sides.
type RiskScores struct {
	Session int `json:"session" minimum:"0" maximum:"1000" doc:"Where from and with what."`
	Action  int `json:"action" minimum:"0" maximum:"1000" doc:"What is to be done."`
	User    int `json:"user" minimum:"0" maximum:"1000" doc:"Whose account it is."`
}

// RiskPaymentScore is the score of one payment of a batch.
type RiskPaymentScore struct {
	Score int `json:"score" minimum:"0" maximum:"1000" doc:"0 to 1000."`
}

// RiskTerm is one piece of evidence.
type RiskTerm struct {
	Code   string `json:"code" doc:"What it is: stable and never reworded."`
	Family string `json:"family" doc:"The kind of evidence. What one kind says together is bounded."`
	Side   string `json:"side,omitempty" enum:"session,action,user" doc:"What it is about; not there for the base rate."`
	Weight int    `json:"weight" doc:"Thousandths of a natural log-odds; above zero it speaks for a fraud."`
}

// RiskDemand is what a rule or a list demands.
type RiskDemand struct {
	Code     string `json:"code" doc:"What it is: stable and never reworded."`
	Decision string `json:"decision" enum:"allow,step-up,block" doc:"What must be done at least."`
}

// RiskEvent is a judged event with everything that its score is the sum of.
type RiskEvent struct {
	Event        string       `json:"event" doc:"Its id."`
	Kind         string       `json:"kind" enum:"session,payment,action" doc:"What it is."`
	Type         string       `json:"type,omitempty" doc:"What kind of payment or action, in the application's words."`
	Reference    string       `json:"reference" doc:"The application's id of it."`
	Session      string       `json:"session,omitempty" doc:"The session that it belongs to."`
	State        string       `json:"state" enum:"created,signed,completed,rejected" doc:"Where it is in its life."`
	Decision     string       `json:"decision" enum:"allow,step-up,block" doc:"What was decided."`
	Score        int          `json:"score" minimum:"0" maximum:"1000" doc:"0 to 1000."`
	Scores       RiskScores   `json:"scores" doc:"Of the three sides alone."`
	Sum          int          `json:"sum" doc:"The sum of the weights of all terms: the score is 1000/(1+exp(-sum/1000))."`
	Terms        []RiskTerm   `json:"terms" doc:"The evidence, heaviest first."`
	Demands      []RiskDemand `json:"demands" doc:"What rules and lists demanded."`
	Reasons      []string     `json:"reasons" doc:"Codes of what spoke for a fraud."`
	Tags         []string     `json:"tags" doc:"What kinds of evidence the reasons are of."`
	Signals      []string     `json:"signals" doc:"What the probe and the application saw."`
	Lists        []string     `json:"lists" doc:"Lists that were hit, such as watch.address."`
	Interaction  *RiskDevices `json:"interaction,omitempty" doc:"What the customer's devices say of it; not there when they were not asked."`
	Machine      string       `json:"machine,omitempty" doc:"Stands for the machine that the probe saw: the same for events from machines that look alike. A claim of a browser."`
	RulesVersion int64        `json:"rules_version" doc:"The version of the rules that judged; 0 is the preset."`
	SignedWith   string       `json:"signed_with,omitempty" doc:"What the customer signed with."`
	Learned      bool         `json:"learned" doc:"Whether the models have learned from it."`
	Label        string       `json:"label,omitempty" enum:"fraud,legitimate" doc:"What people found it to be; not there before they did."`
	CreatedAt    time.Time    `json:"created_at" doc:"When it was judged."`
	SignedAt     *time.Time   `json:"signed_at,omitempty" doc:"When it was signed."`
	ClosedAt     *time.Time   `json:"closed_at,omitempty" doc:"When it was completed or rejected."`
	LabeledAt    *time.Time   `json:"labeled_at,omitempty" doc:"When people said what it was."`
}

// RiskDevices is what the devices of a customer say of an event.
type RiskDevices struct {
	Decision string `json:"decision" doc:"The id of their decision (getInteractionDecision)."`
	Outcome  string `json:"outcome" enum:"allow,limited,step_up,deny" doc:"What they say."`
	Shadow   bool   `json:"shadow" doc:"Nothing depends on it."`
}

func judgmentOf(a risk.Assessment) RiskJudgment {
	r := a.Result
	out := RiskJudgment{
		Event: a.ID.String(), State: string(a.State), Decision: string(r.Decision), BlockChannel: r.BlockChannel, Score: r.Score, Scores: scoresOf(r),
		Reasons: texts(r.Reasons()), Tags: tagsOf(r), RulesVersion: a.RulesVersion,
	}
	for _, i := range a.Items {
		out.Payments = append(out.Payments, RiskPaymentScore{i.Score})
	}
	return out
}

func scoresOf(r score.Result) RiskScores {
	return RiskScores{Session: r.Sides[score.Session], Action: r.Sides[score.Action], User: r.Sides[score.User]}
}

// tagsOf lists the families of what speaks for a fraud, sorted.
func tagsOf(r score.Result) []string {
	tags := []string{}
	for _, t := range r.Terms {
		if t.Weight > 0 && t.Family != score.FamilyBase {
			tags = append(tags, t.Family)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// texts is a list that is never null.
func texts(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

func riskEventOf(e risk.Event) RiskEvent {
	r := e.Result
	out := RiskEvent{
		Event: e.ID.String(), Kind: e.Kind, Type: e.Facts.Type, Reference: e.Reference, Session: e.Session.String(), State: string(e.State),
		Decision: string(r.Decision), Score: r.Score, Scores: scoresOf(r), Sum: r.Sum, Terms: []RiskTerm{}, Demands: []RiskDemand{}, Reasons: texts(r.Reasons()), Tags: tagsOf(r),
		Signals: texts(e.Facts.Signals), Lists: texts(e.Facts.Lists), Machine: e.Facts.Machine, RulesVersion: e.Rules, SignedWith: e.Item, Learned: e.Learned, Label: string(e.Label),
		CreatedAt: e.Created, SignedAt: known(e.SignedAt), ClosedAt: known(e.Closed), LabeledAt: known(e.Labeled),
	}
	if x := e.Facts.Interaction; x.Decision != "" {
		out.Interaction = &RiskDevices{x.Decision, x.Outcome, x.Shadow}
	}
	for _, t := range r.Terms {
		out.Terms = append(out.Terms, RiskTerm{t.Code, t.Family, string(t.Side), t.Weight})
	}
	for _, d := range r.Demands {
		out.Demands = append(out.Demands, RiskDemand{d.Code, string(d.Decision)})
	}
	return out
}

const exampleVisit = "q0s9m3hV7YyJxk1cWw8dT2bNfR5uE6pLzAoGiKtQvXM"

func exampleJudgment() RiskJudgment {
	return RiskJudgment{
		Event: exampleID, State: "created", Decision: "step-up", Score: 312, Scores: RiskScores{Session: 287, Action: 112, User: 96},
		Reasons: []string{"device.new", "network.new"}, Tags: []string{"device", "network"}, RulesVersion: 4,
	}
}
