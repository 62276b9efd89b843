package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lookBack is how far a customer's timeline goes back.
const lookBack = 180 * 24 * time.Hour

type customerRiskPage struct {
	*visit
	Customer customer.Customer
	Name     string
	Events   []plainEvent
	Curve    *curve
	Map      *placeMap
	Devices  []deviceSeen
	Full     bool // scores and evidence as well
	More     bool // there are older events
}

// plainEvent is an event in plain words, as the help desk sees it.
type plainEvent struct {
	At    time.Time
	What  string
	Badge ui.Badge
	Label *ui.Badge
	Why   []string
	State string
	Score string // "" for those who see decisions only
	Href  string // "" for those who see decisions only
	Ref   string // what the customer was told of an event that was not allowed
}

// reference is how pages of the bank call an event to its customer: the random end of its
// id, which tells nothing.
func reference(id ident.ID) string {
	const size, group = 8, 4
	s := strings.ToUpper(id.String())
	s = s[max(0, len(s)-size):]
	return s[:min(group, len(s))] + " " + s[min(group, len(s)):]
}

// deviceSeen is a device that events came from. What it is told apart by is a keyed
// hash, so that it is named by what the browser says of itself.
type deviceSeen struct {
	Name        string
	N           int
	First, Last time.Time
	Tagged      bool
	Worst       ui.Badge // the strictest decision
}

// customerRisk shows what was decided about a customer's events: decisions in plain
// words, and to those who may also places, devices and scores.
func (c *console) customerRisk(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	v.rules = ruleTexts(c.Risk.Rules())
	all, err := c.Risk.Of(v.ctx(), cu.ID, "", v.now.Add(-lookBack), ident.ID{}, maxCompared)
	if err != nil {
		return err
	}
	p := customerRiskPage{visit: v, Customer: cu, Name: title(cu), Full: v.s.Can(staff.RiskRead), More: len(all) == maxCompared}
	for i := range all {
		p.Events = append(p.Events, v.plainEvent(&all[i], p.Full))
	}
	if p.Full {
		p.Curve, p.Map, p.Devices = v.riskCurve(all), v.placeMap(all, c.land), v.devicesSeen(all)
	}
	return v.render("risk-customer", v.t.T("console.risk.customer.title", "name", p.Name), p)
}

func (v *visit) plainEvent(e *risk.Event, full bool) plainEvent {
	x := plainEvent{At: e.Created, What: v.eventKind(e), Badge: v.decisionBadge(e.Result.Decision), Label: v.labelBadge(e.Label), State: v.t.T("console.risk.state." + string(e.State))}
	const shown = 4
	if e.Result.Decision != score.Allow {
		x.Ref = reference(e.ID)
		for _, code := range e.Result.Reasons() {
			if len(x.Why) < shown {
				x.Why = append(x.Why, v.reason(code))
			}
		}
	}
	if full {
		x.Score, x.Href = strconv.Itoa(e.Result.Score), eventPath(e.Customer, e.ID)
	}
	return x
}

// devicesSeen groups events, given newest first, by device.
func (v *visit) devicesSeen(events []risk.Event) (all []deviceSeen) {
	worst, at := map[string]score.Decision{}, map[string]int{}
	for i := range events {
		f := &events[i].Facts
		key, name := f.Tag, orDash(f.Row[4])+" · "+orDash(f.Row[5])
		if key == "" {
			key = name
		}
		n, there := at[key]
		if !there {
			n = len(all)
			at[key], worst[key] = n, score.Allow
			all = append(all, deviceSeen{Name: name, Last: events[i].Created, Tagged: f.Tag != ""})
		}
		all[n].N++
		all[n].First = events[i].Created
		worst[key] = score.Stricter(worst[key], events[i].Result.Decision)
		all[n].Worst = v.decisionBadge(worst[key])
	}
	return all
}
