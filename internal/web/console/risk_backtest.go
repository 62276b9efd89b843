package console

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type backtestPage struct {
	*visit
	Versions []ui.Choice
	Trial    *trialShot
	Bar      ui.Meter
	Matrix   []matrixRow
	Fired    []firedRow
	Before   string // share that was stopped
	After    string
	Change   string
	Worse    bool // more are stopped
}

// matrixRow is the confusion counts of one label.
type matrixRow struct {
	Name          string
	Before, After risk.Confusion
}

// firedRow is how often a rule fired.
type firedRow struct {
	Code, Words      string
	N, Shadow, Wrong int64
}

// backtest shows the form, and the member's test if there is one.
func (c *console) backtest(v *visit) error {
	if v.r.Method == http.MethodGet {
		v.form.Set("version", v.query("version"))
		v.form.Set("from", v.now.AddDate(0, 0, -90).Format(time.DateOnly)) //nolint:mnd // a quarter
		v.form.Set("to", v.now.Format(time.DateOnly))
	}
	p := backtestPage{visit: v}
	list, err := c.Risk.RuleVersions(v.ctx(), 0, versionsPage)
	if err != nil {
		return err
	}
	for _, x := range list {
		p.Versions = append(p.Versions, ui.Choice{Value: strconv.FormatInt(x.Number, 10), Text: v.rulesName(x.Number)})
	}
	p.Versions = append(p.Versions, ui.Choice{Value: "0", Text: v.rulesName(0)})
	if j := c.trials.of(v.s.Staff); j != nil {
		s := j.shot()
		p.Trial = &s
		p.Bar = ui.Meter{Label: v.t.T("console.risk.test.progress"), Value: int(s.Done), Max: int(max(s.Total, 1)), Text: v.t.T("console.risk.test.of", "done", v.t.Number(s.Done), "all", v.t.Number(s.Total))}
		if s.Result != nil {
			v.rules = j.texts
			p.report(s.Result)
		}
	}
	return v.kit.Render(v.w, v.r, ui.Page{Name: "risk-backtest", Title: v.t.T("console.risk.test.title"), Data: p, Form: v.form, Live: p.Trial != nil && p.Trial.Busy()})
}

// report writes a result for people.
func (p *backtestPage) report(b *risk.Backtest) {
	for _, l := range []risk.Label{risk.Fraud, risk.Legitimate, risk.Unlabeled} {
		key := string(l)
		if l == risk.Unlabeled {
			key = risk.Open
		}
		p.Matrix = append(p.Matrix, matrixRow{p.t.T("console.risk.label." + key), b.Before[l], b.After[l]})
	}
	before, after := risk.StepUpRate(b.Before), risk.StepUpRate(b.After)
	p.Before, p.After, p.Worse = p.percent(before), p.percent(after), after > before
	sign := "+"
	change := after - before
	if change < 0 {
		sign, change = "\u2212", -change
	}
	p.Change = sign + p.decimal(100*change) //nolint:mnd // points
	codes := map[string]bool{}
	for _, m := range []map[string]int64{b.Fired, b.Shadow, b.Failed} {
		for code := range m {
			codes[code] = true
		}
	}
	for code := range maps.Keys(codes) {
		p.Fired = append(p.Fired, firedRow{code, p.reason(code), b.Fired[code], b.Shadow[code], b.Failed[code]})
	}
	slices.SortFunc(p.Fired, func(a, b firedRow) int {
		return cmp.Or(cmp.Compare(b.N+b.Shadow, a.N+a.Shadow), cmp.Compare(a.Code, b.Code))
	})
}

// startBacktest tries a version on stored events, behind the request.
func (c *console) startBacktest(v *visit) error {
	n, err := strconv.ParseInt(v.form.Value("version"), 10, 64)
	if err != nil || n < 0 {
		v.form.Fail("version", v.t.T("console.policy.bad_version"))
	}
	from, to := v.typedDay("from", 0), v.typedDay("to", 1)
	if v.form.OK() && !from.Before(to) {
		v.form.Fail("to", v.t.T("console.risk.test.order"))
	}
	if !v.form.OK() {
		return c.backtest(v)
	}
	set, _, err := c.ruleSet(v, n)
	if err != nil {
		return v.again(err, c.backtest)
	}
	if err := c.beginTrial(v, set, v.rulesName(n), from, to); err != nil {
		return v.again(err, c.backtest)
	}
	return v.to("/risk/backtest")
}

func (c *console) beginTrial(v *visit, rules score.Rules, name string, from, to time.Time) error {
	total, err := c.Risk.Stored(v.ctx(), from, to)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(v.ctx()))
	j := &trial{id: ident.New(v.now, c.Rand), owner: v.s.Staff, rules: name, texts: ruleTexts(rules, 0), from: from, to: to, total: total, stop: stop}
	if err := c.trials.open(j); err != nil {
		stop()
		return err
	}
	c.Go(func(node context.Context) { // ends when the node stops, or when it is canceled
		defer context.AfterFunc(node, stop)()
		j.run(ctx, c.Risk, rules)
		stop()
	})
	return nil
}

// cancelBacktest ends the member's test; what it has found until then stays.
func (c *console) cancelBacktest(v *visit) error {
	if j := c.trials.of(v.s.Staff); j != nil {
		j.stop()
	}
	return v.to("/risk/backtest")
}

// typedDay reads a date of the form; with days more.
func (v *visit) typedDay(name string, more int) time.Time {
	day, err := time.Parse(time.DateOnly, v.form.Value(name))
	if err != nil || day.Year() < 2000 || day.Year() > 9000 {
		v.form.Fail(name, v.t.Fault(fault.Invalidf("console.day", "Write a day as 2026-11-22.")))
	}
	return day.AddDate(0, 0, more)
}
