package console

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type trialPage struct { //nolint:recvcheck // reporting fills it, the rest only look
	*visit
	risk.Trial
	Name   string // of the rules
	Who    string
	Badge  ui.Badge
	Bar    ui.Meter
	Why    string // it failed
	Matrix []matrixRow
	Fired  []firedRow
	Before string // share that was stopped
	After  string
	Change string
	Worse  bool // more are stopped
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

// trial shows a test on the past: how far it is, or what it found.
func (c *console) trial(v *visit) error {
	t, err := c.readTrial(v)
	if err != nil {
		return err
	}
	p := trialPage{visit: v, Trial: t, Name: v.rulesName(t.Rules), Badge: v.trialBadge(t.State)}
	if p.Who, err = c.names(v).of(v.ctx(), t.By); err != nil {
		return err
	}
	done := t.Report.Events
	p.Bar = ui.Meter{Label: v.t.T("console.risk.test.progress"), Value: int(done), Max: int(max(t.Total, 1)), Text: v.t.T("console.risk.test.of", "done", v.t.Number(done), "all", v.t.Number(t.Total))}
	if t.State == risk.TrialFailed {
		p.Why = v.t.T("console.risk.test.failed", "code", t.Failure)
	}
	if set, err := rule.Parse(t.Document); err == nil { // one of before may not be read any more
		v.rules = ruleTexts(set, 0)
	}
	p.report()
	return v.kit.Render(v.w, v.r, ui.Page{Name: "risk-trial", Title: v.t.T("console.risk.test.title"), Data: p, Form: v.form, Live: p.Busy()})
}

func (c *console) readTrial(v *visit) (t risk.Trial, err error) {
	id, err := v.id("trial")
	if err != nil {
		return t, err
	}
	return c.Risk.Trial(v.ctx(), id)
}

// Busy reports whether it runs.
func (p trialPage) Busy() bool { return p.State == risk.TrialRunning }

// Canceled reports whether somebody ended it.
func (p trialPage) Canceled() bool { return p.State == risk.TrialCanceled }

// Cancelable reports whether the visitor may end it.
func (p trialPage) Cancelable() bool { return p.Busy() && p.s.Can(staff.RiskTune) }

// At is the address of the page.
func (p trialPage) At() string { return trialPath(p.ID) }

// report writes the result for people.
func (p *trialPage) report() {
	b := &p.Report
	for _, l := range []risk.Label{risk.Fraud, risk.Legitimate, risk.Unlabeled} {
		key := string(l)
		if l == risk.Unlabeled {
			key = risk.Open
		}
		p.Matrix = append(p.Matrix, matrixRow{p.t.T("console.risk.label." + key), b.Before[l], b.After[l]})
	}
	before, after := risk.StepUpRate(b.Before), risk.StepUpRate(b.After)
	p.Before, p.After, p.Worse, p.Change = p.percent(before), p.percent(after), after > before, p.change(b)
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

// cancelBacktest ends a test; what it has found until then stays.
func (c *console) cancelBacktest(v *visit) error {
	t, err := c.readTrial(v)
	if err != nil {
		return err
	}
	if err := c.Risk.CancelTrial(v.ctx(), v.s.Actor(), t.ID); err != nil && fault.From(err).Code != "risk.trial_ended" {
		return err
	}
	return v.to(trialPath(t.ID))
}

// workTrials does the tests that nobody works on; the node's context ends it.
func (c *console) workTrials(node context.Context) {
	if err := c.Risk.WorkTrials(node); err != nil && node.Err() == nil {
		c.Log.WarnContext(node, "a test on the past stands still; the next look for it is in seconds", slog.Any("error", err))
	}
}
