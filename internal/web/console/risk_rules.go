package console

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type rulesView struct {
	*visit
	Versions []rulesRow
	InForce  int64
	Name     string // of the version in force
	Pager    ui.Pager
}

type rulesRow struct {
	risk.Version
	Who    string
	Digest string
}

// riskRules lists all versions of the rules, newest first.
func (c *console) riskRules(v *visit) error {
	before := int64(0)
	if after := v.query("after"); after != "" {
		var err error
		if before, err = strconv.ParseInt(after, 10, 64); err != nil || before < 1 {
			return fault.Invalidf("console.cursor", "This is not a page of the list. Start with the first page.").WithCause(err)
		}
	}
	all, err := c.Risk.RuleVersions(v.ctx(), before, versionsPage+1)
	if err != nil {
		return err
	}
	_, here := c.Risk.Rules()
	p := rulesView{visit: v, InForce: here, Name: v.rulesName(here)}
	if len(all) > versionsPage {
		all = all[:versionsPage]
		p.Pager = v.pager(strconv.FormatInt(all[versionsPage-1].Number, 10))
	}
	n := c.names(v)
	for _, x := range all {
		row := rulesRow{Version: x, Digest: hex.EncodeToString(x.Digest[:])}
		if row.Who, err = n.of(v.ctx(), x.By); err != nil {
			return err
		}
		p.Versions = append(p.Versions, row)
	}
	return v.render("risk-rules", v.t.T("console.risk.rules.title"), p)
}

type rulesVersionPage struct {
	*visit
	Number, InForce int64
	Name            string
	Active          bool
	Set             *rule.Set
	Rules           []ruleRow
	Doc             string
	Changes         *changesView // against those in force; nil for them
}

// ruleRow is a rule for people.
type ruleRow struct {
	rule.Rule
	Weighs string
	About  string // kinds of events
	Least  *ui.Badge
}

// riskVersion shows a version: its rules, how it differs from those in force, its text.
func (c *console) riskVersion(v *visit) error {
	n, err := v.version()
	if err != nil {
		return err
	}
	return c.showVersion(v, n)
}

func (c *console) showVersion(v *visit, n int64) error {
	set, doc, err := c.ruleSet(v, n)
	if err != nil {
		return err
	}
	_, here := c.Risk.Rules()
	p := rulesVersionPage{visit: v, Number: n, InForce: here, Name: v.rulesName(n), Active: n == here, Set: set, Doc: string(doc)}
	for i := range set.Rules {
		p.Rules = append(p.Rules, v.ruleRow(set.Rules[i]))
	}
	if !p.Active {
		now, _, err := c.ruleSet(v, here)
		if err != nil {
			return err
		}
		p.Changes = ruleChanges(now, set)
	}
	return v.render("risk-version", p.Name, p)
}

// Proposable reports whether the visitor may propose to put it in force.
func (p rulesVersionPage) Proposable() bool {
	return !p.Active && p.Number > 0 && p.s.Can(staff.RiskTune)
}

func (v *visit) ruleRow(r rule.Rule) ruleRow {
	row := ruleRow{Rule: r, Weighs: v.weight(int(r.Weight))}
	kinds := make([]string, len(r.On))
	for i, k := range r.On {
		kinds[i] = v.t.T("console.risk.kind." + k)
	}
	if row.About = strings.Join(kinds, ", "); row.About == "" {
		row.About = v.t.T("console.risk.kind.all")
	}
	if r.AtLeast != "" {
		b := v.decisionBadge(r.AtLeast)
		row.Least = &b
	}
	return row
}

func ruleChanges(from, to *rule.Set) *changesView {
	ch := &changesView{}
	for _, x := range rule.Diff(from, to) {
		ch.Rows = append(ch.Rows, policy.Change{Path: x.Path, Old: x.Old, New: x.New})
	}
	return ch
}

// version reads the version that the address names.
func (v *visit) version() (int64, error) {
	n, err := strconv.ParseInt(v.r.PathValue("version"), 10, 64)
	if err != nil || n < 0 {
		return 0, fault.NotFoundf("console.address", "There is no page at this address.").WithCause(err)
	}
	return n, nil
}

// ruleSet reads a version; 0 is the one that came with the program.
func (c *console) ruleSet(v *visit, n int64) (*rule.Set, []byte, error) {
	if n == 0 {
		set, ok := c.Risk.Preset.(*rule.Set)
		if !ok {
			return nil, nil, fault.NotFoundf("risk.version", "There is no version %d of the risk rules.", n)
		}
		doc, err := set.Format()
		return set, doc, err
	}
	doc, err := c.Risk.RuleDocument(v.ctx(), n)
	if err != nil {
		return nil, nil, err
	}
	set, err := rule.Parse(doc)
	return set, doc, err
}

// riskDocument sends a version as it was stored.
func (c *console) riskDocument(v *visit) error {
	n, err := v.version()
	if err != nil {
		return err
	}
	_, doc, err := c.ruleSet(v, n)
	if err != nil {
		return err
	}
	_, _ = v.attach("application/yaml; charset=utf-8", "risk-rules-"+strconv.FormatInt(n, 10)+".yaml").Write(doc) // a reader that went away is no failure of ours
	return nil
}

type rulesComparePage struct {
	*visit
	Old, New int64
	Changes  *changesView // nil: not compared
}

// riskCompare shows the difference between two versions.
func (c *console) riskCompare(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	_, here := c.Risk.Rules()
	p := rulesComparePage{visit: v, Old: v.versionQuery("from", max(here-1, 0)), New: v.versionQuery("to", here)}
	if v.form.OK() {
		from, err := c.rulesFor(v, "from", p.Old)
		if err != nil {
			return err
		}
		to, err := c.rulesFor(v, "to", p.New)
		if err != nil {
			return err
		}
		if from != nil && to != nil {
			p.Changes = ruleChanges(from, to)
		}
	}
	return v.render("risk-compare", v.t.T("console.risk.rules.compare"), p)
}

// rulesFor reads a version for a field, which gets the error if there is none.
func (c *console) rulesFor(v *visit, field string, n int64) (*rule.Set, error) {
	set, _, err := c.ruleSet(v, n)
	if fault.KindOf(err) == fault.NotFound {
		v.form.Fail(field, v.t.Fault(fault.From(err)))
		return nil, nil //nolint:nilnil // the form says it
	}
	return set, err
}

type dryPage struct {
	*visit
	At, What      string
	Name          string // of the rules
	Before, After dryResult
	Shadow        []string
	Failures      []failedRule
	Same          bool
}

// dryResult is a judgment in short.
type dryResult struct {
	Badge ui.Badge
	Score int
	Sum   string
	Terms []termRow
}

func (v *visit) dryResult(r score.Result) dryResult {
	return dryResult{v.decisionBadge(r.Decision), r.Score, v.weight(r.Sum), v.terms(r.Terms)}
}

// riskDryRun judges one event by other rules; nothing is changed.
func (c *console) riskDryRun(v *visit) error {
	x, err := c.readCase(v)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(v.query("version"), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	set, _, err := c.ruleSet(v, n)
	if err != nil {
		return err
	}
	result, verdict, err := c.Risk.DryRun(v.ctx(), set, x.Customer, x.ID)
	if err != nil {
		return err
	}
	was := ruleTexts(set, n)
	for code, text := range v.rules {
		if was[code] == "" {
			was[code] = text
		}
	}
	v.rules = was
	p := dryPage{visit: v, At: eventPath(x.Customer, x.ID), What: v.eventKind(&x.Event), Name: v.rulesName(n), Before: v.dryResult(x.Result), After: v.dryResult(result), Failures: v.failedRules(verdict.Failures)}
	p.Same = result.Decision == x.Result.Decision && result.Score == x.Result.Score
	for _, code := range verdict.Shadow {
		p.Shadow = append(p.Shadow, v.reason(code))
	}
	return v.render("risk-dry", v.t.T("console.risk.dry.title"), p)
}
