package console

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type eventPage struct {
	*visit
	Case     risk.Case
	At       string // address of the page
	What     string
	Who      string
	Badge    ui.Badge
	Label    *ui.Badge
	Sides    []sideRow
	Terms    []termRow
	Sum      string
	Demands  []demandRow
	Facts    []factGroup
	Shadow   []string
	Failures []failedRule
	Life     []ui.Fact
	Holder   string // who looks at it; "" for nobody
	Mine     bool
	Left     string // of the claim
	Two      bool   // a second person must agree
	Waits    string // the proposal that waits for this event; "" for none
	Address  string // only after somebody asked for it
	Versions []ui.Choice
	Compared []strip
	Payments int          // that it is compared with
	Closed   []channelRow // the event's channel, if it is closed
	Causes   bool         // this event closed it
}

// sideRow is one of the scores.
type sideRow struct {
	Name  string
	Score int
	Tone  ui.Tone
}

// termRow is a piece of evidence, as a bar from the middle.
type termRow struct {
	score.Term

	Words, Side, Text string
	X, W              float64 // of 200
	Against           bool    // speaks against a fraud
}

type demandRow struct {
	Code, Words string
	Badge       ui.Badge
}

// factGroup is what was known, by subject.
type factGroup struct {
	Name string
	Rows []ui.Fact
}

// riskEvent shows why an event was judged as it was.
func (c *console) riskEvent(v *visit) error { return c.showEvent(v, "") }

// riskAddress shows the address that an event came from, and leaves a record.
func (c *console) riskAddress(v *visit) error {
	x, err := c.readCase(v)
	if err != nil {
		return err
	}
	address, err := c.Risk.See(v.ctx(), v.s.Actor(), x.Customer, x.ID)
	if err != nil {
		return err
	}
	if address == "" {
		address = v.t.T("console.risk.event.no_address")
	}
	return c.showEvent(v, address)
}

// readCase reads the event that the address names.
func (c *console) readCase(v *visit) (x risk.Case, err error) {
	v.rules = ruleTexts(c.Risk.Rules())
	customer, err := v.id("id")
	if err != nil {
		return x, err
	}
	id, err := v.id("event")
	if err != nil {
		return x, err
	}
	return c.Risk.Case(v.ctx(), customer, id)
}

func (c *console) showEvent(v *visit, address string) error {
	x, err := c.readCase(v)
	if err != nil {
		return err
	}
	p := eventPage{
		visit: v, Case: x, At: eventPath(x.Customer, x.ID), What: v.eventKind(&x.Event), Badge: v.decisionBadge(x.Result.Decision), Label: v.labelBadge(x.Label),
		Sides: v.sides(x.Result), Terms: v.terms(x.Result.Terms), Sum: v.weight(x.Result.Sum), Facts: v.factGroups(&x.Event), Failures: v.failedRules(x.Failures),
		Life: v.eventLife(&x.Event), Two: c.Risk.NeedsTwo(), Address: address,
	}
	for _, d := range x.Result.Demands {
		p.Demands = append(p.Demands, demandRow{d.Code, v.reason(d.Code), v.decisionBadge(d.Decision)})
	}
	for _, code := range x.Shadow {
		p.Shadow = append(p.Shadow, v.reason(code))
	}
	for _, part := range []func(*visit, *eventPage) error{c.addCustomer, c.addHolder, c.addVersions, c.addCompared, c.addClosed} {
		if err := part(v, &p); err != nil {
			return err
		}
	}
	return v.render("risk-event", p.What, p)
}

func (c *console) addCustomer(v *visit, p *eventPage) (err error) {
	p.Who, err = c.customerName(v, p.Case.Customer)
	return err
}

func (c *console) addHolder(v *visit, p *eventPage) (err error) {
	claim := p.Case.Claim
	if claim.Holder == "" {
		return nil
	}
	p.Mine, p.Left = claim.Holder == v.s.Actor().String(), v.t.Span(claim.Until.Sub(v.now))
	p.Holder, err = c.names(v).of(v.ctx(), claim.Holder)
	return err
}

// addVersions lists the rules that the event can be tried with.
func (c *console) addVersions(v *visit, p *eventPage) error {
	list, err := c.Risk.RuleVersions(v.ctx(), 0, versionsPage)
	for _, x := range list {
		p.Versions = append(p.Versions, ui.Choice{Value: strconv.FormatInt(x.Number, 10), Text: v.rulesName(x.Number)})
	}
	p.Versions = append(p.Versions, ui.Choice{Value: "0", Text: v.rulesName(0)})
	return err
}

// compareFor is how far back a payment is compared.
const compareFor = 30 * 24 * time.Hour

// addCompared draws a payment among those of the 30 days before it.
func (c *console) addCompared(v *visit, p *eventPage) error {
	if p.Case.Kind != score.KindPayment {
		return nil
	}
	all, err := c.Risk.Of(v.ctx(), p.Case.Customer, score.KindPayment, p.Case.Created.Add(-compareFor), p.Case.ID, maxCompared)
	if err != nil || len(all) == 0 {
		return err
	}
	p.Payments, p.Compared = len(all), v.strips(&p.Case.Event, all)
	return nil
}

// Decidable reports whether the visitor may say what it was.
func (p eventPage) Decidable() bool { return p.Mine && p.s.Can(staff.RiskReview) }

// Claimable reports whether the visitor may claim it.
func (p eventPage) Claimable() bool { return p.Holder == "" && p.s.Can(staff.RiskReview) }

// Score is the event's.
func (p eventPage) Score() int { return p.Case.Result.Score }

// Mark is where the score is drawn on its line, so that its mark is seen at the end too.
func (p eventPage) Mark() int { return min(p.Score(), 994) } //nolint:mnd // the line less the mark

func (v *visit) sides(r score.Result) (rows []sideRow) {
	for _, s := range []score.Side{score.Session, score.Action, score.User} {
		n := r.Sides[s]
		row := sideRow{v.t.T("console.risk.side." + string(s)), n, ui.Good}
		switch {
		case n >= r.Thresholds.Block && r.Thresholds.Block > 0:
			row.Tone = ui.Bad
		case n >= r.Thresholds.StepUp:
			row.Tone = ui.Warn
		}
		rows = append(rows, row)
	}
	return rows
}

// terms draws evidence: the longest bar takes half of the width.
func (v *visit) terms(terms []score.Term) (rows []termRow) {
	const half, least = 100.0, 1000
	most := least
	for _, t := range terms {
		most = max(most, t.Weight, -t.Weight)
	}
	for _, t := range terms {
		row := termRow{Term: t, Words: v.reason(t.Code), Text: v.weight(t.Weight), Against: t.Weight < 0, X: half}
		row.Side = v.t.T("console.risk.side." + sideKey(t.Side))
		row.W = round(half * math.Abs(float64(t.Weight)) / float64(most))
		if row.Against {
			row.X = round(half - row.W)
		}
		rows = append(rows, row)
	}
	return rows
}

func sideKey(s score.Side) string {
	if s == score.Base {
		return "base"
	}
	return string(s)
}

// signedWith is what an event was signed with, or that its customer says it was not them.
func (v *visit) signedWith(e *risk.Event) string {
	if e.Item == risk.ItemDisowned {
		return v.t.T("console.risk.event.not_me")
	}
	return orDash(e.Item)
}

func (v *visit) eventLife(e *risk.Event) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.risk.event.at"), Value: v.t.Time(e.Created)},
		{Name: v.t.T("console.risk.event.state"), Value: v.t.T("console.risk.state." + string(e.State)), Note: v.moment(e.Closed)},
		{Name: v.t.T("console.risk.event.signed"), Value: v.signedWith(e), Note: v.moment(e.SignedAt)},
		{Name: v.t.T("console.risk.event.learned"), Value: v.yes(e.Learned)},
		{Name: v.t.T("console.risk.event.rules"), Value: v.rulesName(e.Rules)},
		{Name: v.t.T("console.risk.event.reference"), Value: e.Reference, Mono: true},
	}
	for i := range facts {
		if facts[i].Note == "–" {
			facts[i].Note = ""
		}
	}
	return facts
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func (v *visit) yes(b bool) string {
	if b {
		return v.t.T("console.yes")
	}
	return v.t.T("console.no")
}

// factGroups is what was known when the event was judged; accounts, devices and
// addresses are keyed hashes there and are not shown.
func (v *visit) factGroups(e *risk.Event) []factGroup {
	f := &e.Facts
	fact := func(key, value string) ui.Fact { return ui.Fact{Name: v.t.T("console.risk.fact." + key), Value: value} }
	place := orDash(f.City)
	if country := f.Row[2]; country != "" {
		place += " (" + country + ")"
	}
	groups := []factGroup{
		{v.t.T("console.risk.event.where"), []ui.Fact{
			fact("place", place), fact("network", orDash(f.Row[1])), fact("new_address", v.yes(f.NewAddress)), fact("new_country", v.yes(f.NewCountry)),
			fact("travel", v.float(f.TravelKM)+" km"), fact("speed", v.float(f.TravelSpeed)+" km/h"),
		}},
		{v.t.T("console.risk.event.device"), []ui.Fact{
			fact("browser", orDash(f.Row[4])), fact("system", orDash(f.Row[5])), fact("kind", orDash(f.Row[6])), fact("tagged", v.yes(f.Tag != "")), fact("new_device", v.yes(f.NewDevice)),
			fact("signals", v.signals(f.Signals)),
		}},
		{v.t.T("console.risk.event.user"), []ui.Fact{
			fact("consent", v.consent(f.NoConsent)), fact("known", v.yes(f.Known)), fact("logins", v.t.Number(int64(f.Logins))), fact("idle", v.float(f.IdleDays)), fact("failures", v.float(f.Failures)), fact("changed", v.hours(f.Changed)),
			fact("lists", v.signals(f.Lists)),
		}},
	}
	if e.Kind == score.KindPayment {
		groups = append(groups, factGroup{v.t.T("console.risk.event.payment"), []ui.Fact{
			fact("amount", v.amount(f.Amount, f.Currency)), fact("usual", v.times(f.Usual)), fact("hour", strconv.Itoa(f.Hour)), fact("new_payee", v.yes(f.NewPayee)), fact("payee_in", orDash(f.PayeeIn)),
			fact("payers", v.float(f.Payers)), fact("fresh", v.float(f.Fresh)), fact("frauds", v.float(f.Frauds)), fact("batch", v.t.Number(int64(len(f.Items)))),
			fact("day", v.float(f.DayCount)), fact("session_score", v.t.Number(int64(f.SessionSum))),
		}})
	}
	return groups
}

// signals lists codes that are facts, not secrets.
func (v *visit) signals(all []string) string {
	if len(all) == 0 {
		return v.t.T("console.risk.none")
	}
	return strings.Join(slices.Sorted(slices.Values(all)), ", ")
}

// consent says whether the customer let the bank profile them, and what follows.
func (v *visit) consent(refused bool) string {
	if refused {
		return v.t.T("console.risk.event.no_consent")
	}
	return v.t.T("console.yes")
}

func (v *visit) hours(x float64) string {
	if x == 0 {
		return v.t.T("console.risk.never")
	}
	return v.t.T("console.risk.hours", "n", v.float(x))
}

func (v *visit) times(x float64) string {
	if x == 0 {
		return v.t.T("console.risk.unknown")
	}
	return v.t.T("console.risk.times", "n", v.float(x))
}

// rulesName is what people call a version of the rules.
func (v *visit) rulesName(n int64) string {
	if n == 0 {
		return v.t.T("console.risk.rules.preset")
	}
	return v.t.T("console.system.version", "n", strconv.FormatInt(n, 10))
}
