package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type backtestPage struct {
	*visit
	Versions []ui.Choice
	Rows     []trialRow
	Pager    ui.Pager
}

// trialRow is a test in the list of all.
type trialRow struct {
	risk.Trial
	Href, Name string
	Who        string
	Badge      ui.Badge
	Last       time.Time // day
	Change     string    // of the share that is stopped; "" while nothing was judged
}

func trialPath(id ident.ID) string { return "/risk/backtest/" + id.String() }

// backtest shows the form, and the tests of everybody.
func (c *console) backtest(v *visit) error {
	if v.r.Method == http.MethodGet {
		v.form.Set("version", v.query("version"))
		v.form.Set("from", v.now.AddDate(0, 0, -90).Format(time.DateOnly)) //nolint:mnd // a quarter
		v.form.Set("to", v.now.Format(time.DateOnly))
	}
	p := backtestPage{visit: v}
	for _, part := range []func(*visit, *backtestPage) error{c.addTried, c.addTrials} {
		if err := part(v, &p); err != nil {
			return err
		}
	}
	return v.render("risk-backtest", v.t.T("console.risk.test.title"), p)
}

// addTried lists the versions that can be tried.
func (c *console) addTried(v *visit, p *backtestPage) error {
	if !v.s.Can(staff.RiskTune) {
		return nil
	}
	list, err := c.Risk.RuleVersions(v.ctx(), 0, versionsPage)
	for _, x := range list {
		p.Versions = append(p.Versions, ui.Choice{Value: strconv.FormatInt(x.Number, 10), Text: v.rulesName(x.Number)})
	}
	p.Versions = append(p.Versions, ui.Choice{Value: "0", Text: v.rulesName(0)})
	return err
}

// addTrials lists the tests, newest first.
func (c *console) addTrials(v *visit, p *backtestPage) error {
	before, err := readBefore(v.query("after"))
	if err != nil {
		return err
	}
	all, err := c.Risk.Trials(v.ctx(), before, casesPage+1)
	if err != nil {
		return err
	}
	if len(all) > casesPage {
		all = all[:casesPage]
		p.Pager = v.pager(all[casesPage-1].ID.String())
	}
	n := c.names(v)
	for _, t := range all {
		row := trialRow{Trial: t, Href: trialPath(t.ID), Name: v.rulesName(t.Rules), Badge: v.trialBadge(t.State), Last: t.To.AddDate(0, 0, -1)}
		if t.Report.Events > 0 {
			row.Change = v.change(&t.Report)
		}
		if row.Who, err = n.of(v.ctx(), t.By); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return nil
}

func (v *visit) trialBadge(s risk.TrialState) ui.Badge {
	tones := map[risk.TrialState]ui.Tone{risk.TrialRunning: ui.Info, risk.TrialDone: ui.Good, risk.TrialCanceled: ui.Warn, risk.TrialFailed: ui.Bad}
	return ui.Badge{Tone: tones[s], Text: v.t.T("console.risk.test.state." + string(s))}
}

// change says by how many percentage points more or less is stopped.
func (v *visit) change(b *risk.Backtest) string {
	change, sign := risk.StepUpRate(b.After)-risk.StepUpRate(b.Before), "+"
	if change < 0 {
		sign, change = "\u2212", -change
	}
	return sign + v.decimal(100*change) //nolint:mnd // points
}

// startBacktest tries a version on stored events, behind the request. The report is in the
// database: another node goes on with it if this one stops.
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
	_, doc, err := c.ruleSet(v, n)
	if err != nil {
		return v.again(err, c.backtest)
	}
	t, err := c.Risk.StartTrial(v.ctx(), v.s.Actor(), risk.NewTrial{Rules: n, Document: doc, From: from, To: to})
	if err != nil {
		return v.again(err, c.backtest)
	}
	c.Go(c.workTrials) // at once, not when the node next looks for what nobody works on
	return v.to(trialPath(t.ID))
}

// typedDay reads a date of the form; with days more.
func (v *visit) typedDay(name string, more int) time.Time {
	day, err := time.Parse(time.DateOnly, v.form.Value(name))
	if err != nil || day.Year() < 2000 || day.Year() > 9000 {
		v.form.Fail(name, v.t.Fault(fault.Invalidf("console.day", "Write a day as 2026-11-22.")))
	}
	return day.AddDate(0, 0, more)
}
