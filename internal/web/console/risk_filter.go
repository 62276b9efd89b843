package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// caseFilter reads the filters of the address.
func (v *visit) caseFilter() (f risk.Filter, err error) {
	f = risk.Filter{
		Kind: v.query("kind"), Channel: v.query("channel"), Evidence: v.query("code"), Decision: score.Decision(v.query("decision")), Label: v.query("label"), Highest: v.query("order") == "highest", Limit: casesPage + 1,
	}
	if f.Decision == risk.ItemDisowned {
		f.Decision, f.Disowned = "", true
	}
	f.Holder = v.claimant()
	if typed := v.query("least"); typed != "" {
		if f.Least, err = strconv.Atoi(typed); err != nil {
			return f, fault.Invalidf("console.score", "Write a score from 0 to 1000.").WithCause(err)
		}
	}
	if f.From, err = v.dayOf("from", 0); err != nil {
		return f, err
	}
	if f.To, err = v.dayOf("to", 1); err != nil {
		return f, err
	}
	if f.Evidence != "" && f.From.IsZero() { // no index knows evidence: look through a quarter unless told otherwise
		f.From = v.now.AddDate(0, 0, -evidenceDays)
		v.form.Set("from", f.From.Format(time.DateOnly))
	}
	f.After, err = readCursor(v.query("after"))
	return f, err
}

// evidenceDays is how far back events are searched by evidence, unless a day is given.
const evidenceDays = 90

// claimant reads whose claims are asked for.
func (v *visit) claimant() string {
	switch v.query("claimed") {
	case "mine":
		return v.s.Actor().String()
	case "free":
		return risk.Nobody
	case "held":
		return risk.Anybody
	}
	return ""
}

// cursorText writes a cursor for an address.
func cursorText(c risk.Cursor) string {
	return strings.Join([]string{strconv.Itoa(c.Score), strconv.FormatInt(c.At.UnixMicro(), 10), c.Customer.String(), c.ID.String()}, "_")
}

func readCursor(s string) (c risk.Cursor, err error) {
	if s == "" {
		return c, nil
	}
	wrong := fault.Invalidf("console.cursor", "This is not a page of the list. Start with the first page.")
	parts := strings.Split(s, "_")
	if len(parts) != 4 { //nolint:mnd // as cursorText writes them
		return c, wrong
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return c, wrong.WithCause(err)
	}
	c.At = time.UnixMicro(at).UTC()
	if c.Score, err = strconv.Atoi(parts[0]); err != nil {
		return c, wrong.WithCause(err)
	}
	if c.Customer, err = ident.Parse(parts[2]); err != nil {
		return c, wrong.WithCause(err)
	}
	if c.ID, err = ident.Parse(parts[3]); err != nil {
		return c, wrong.WithCause(err)
	}
	return c, nil
}

func (p *queueView) choose(set *policy.Set) {
	t := p.t
	p.Channels = []ui.Choice{{Value: "", Text: t.T("console.risk.queue.channels")}}
	var channels []string
	for _, j := range set.Journeys {
		channels = append(channels, j.Channel)
	}
	if typed := p.query("channel"); typed != "" {
		channels = append(channels, typed)
	}
	slices.Sort(channels)
	for _, x := range slices.Compact(channels) {
		p.Channels = append(p.Channels, ui.Choice{Value: x, Text: x})
	}
	for _, x := range []string{"", "free", "mine", "held"} {
		p.Claims = append(p.Claims, ui.Choice{Value: x, Text: t.T("console.risk.queue.claims." + cmp.Or(x, "all"))})
	}
	p.Decisions = []ui.Choice{{Value: "", Text: t.T("console.risk.queue.not_allowed")}}
	for _, d := range []score.Decision{score.Block, score.StepUp, score.Allow} {
		p.Decisions = append(p.Decisions, ui.Choice{Value: string(d), Text: t.T("console.risk.decision." + string(d))})
	}
	p.Decisions = append(p.Decisions, ui.Choice{Value: risk.ItemDisowned, Text: t.T("console.risk.queue.disowned")})
	p.Kinds = []ui.Choice{{Value: "", Text: t.T("console.risk.kind.all")}}
	for _, k := range []string{score.KindSession, score.KindPayment, score.KindAction} {
		p.Kinds = append(p.Kinds, ui.Choice{Value: k, Text: t.T("console.risk.kind." + k)})
	}
	for _, l := range []string{"", risk.Decided, string(risk.Fraud), string(risk.Legitimate), "all"} {
		key := l
		if key == "" {
			key = risk.Open
		}
		p.Labels = append(p.Labels, ui.Choice{Value: l, Text: t.T("console.risk.label." + key)})
	}
	p.Orders = []ui.Choice{{Value: "", Text: t.T("console.risk.queue.newest")}, {Value: "highest", Text: t.T("console.risk.queue.highest")}}
}

// chooseCode lists the evidence that speaks for a fraud: of the models, the lists, and the
// rules in force.
func (p *queueView) chooseCode(rules score.Rules, version int64) {
	words := ruleTexts(rules, version)
	for _, code := range modelCodes() {
		words[code] = ""
	}
	if typed := p.query("code"); typed != "" {
		words[typed] += ""
	}
	p.rules = ruleTexts(rules, version)
	for code := range words {
		p.Codes = append(p.Codes, ui.Choice{Value: code, Text: p.reason(code)})
	}
	slices.SortFunc(p.Codes, func(a, b ui.Choice) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	p.Codes = append([]ui.Choice{{Value: "", Text: p.t.T("console.risk.queue.codes")}}, p.Codes...)
}

// modelCodes are the codes of the models and the lists that only ever speak for a fraud.
func modelCodes() []string {
	return []string{"address.new", "device.new", "user.new", "session.unseen", "payee.new", "list.block", "list.watch"}
}
