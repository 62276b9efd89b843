package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type newRulesPage struct {
	*visit
	Mistakes  []ruleMistake
	Checked   bool // the document is right, and this is what it changes:
	Changes   *changesView
	Doc       string
	InForce   string
	Variables []rule.Variable
}

// ruleMistake is a mistake with the line that it is about.
type ruleMistake struct {
	rule.Mistake
	Source string
}

// newRules opens the form with the document of a version.
func (c *console) newRules(v *visit) error {
	_, from := c.Risk.Rules()
	if typed := v.query("from"); typed != "" {
		var err error
		if from, err = strconv.ParseInt(typed, 10, 64); err != nil || from < 0 {
			return fault.NotFoundf("console.address", "There is no page at this address.").WithCause(err)
		}
	}
	_, doc, err := c.ruleSet(v, from)
	if err != nil {
		return err
	}
	v.form.Set("document", string(doc))
	return c.showNewRules(v, newRulesPage{})
}

func (c *console) showNewRules(v *visit, p newRulesPage) error {
	_, here := c.Risk.Rules()
	p.visit, p.InForce, p.Variables = v, v.rulesName(here), rule.Variables()
	return v.render("risk-rules-new", v.t.T("console.risk.rules.new"), p)
}

// checkRules says what is wrong with a document, or what it changes. It stores
// nothing.
func (c *console) checkRules(v *visit) error {
	if err := v.readText("document", maxRules); err != nil {
		return err
	}
	v.form.Require(v.t, "document", v.t.T("console.policy.document"))
	p := newRulesPage{}
	if v.form.OK() {
		if err := c.examineRules(v, &p); err != nil {
			return err
		}
	}
	return c.showNewRules(v, p)
}

func (c *console) examineRules(v *visit, p *newRulesPage) error {
	p.Doc = v.form.Raw("document")
	set, mistakes := rule.Examine([]byte(p.Doc))
	lines := strings.Split(p.Doc, "\n")
	for _, m := range mistakes {
		x := ruleMistake{Mistake: m}
		if m.Line > 0 && m.Line <= len(lines) {
			x.Source = strings.TrimSpace(lines[m.Line-1])
		}
		p.Mistakes = append(p.Mistakes, x)
	}
	if p.Checked = set != nil; !p.Checked {
		v.form.Fail("document", v.t.N("console.policy.mistakes", len(mistakes)))
		return nil
	}
	_, here := c.Risk.Rules()
	now, _, err := c.ruleSet(v, here)
	if err == nil {
		p.Changes = ruleChanges(now, set)
	}
	return err
}

// storeRules keeps the document that was checked as a new version; it is not in force.
func (c *console) storeRules(v *visit) error {
	v.form.Set("document", unixLines(v.form.Raw("document")))
	p := newRulesPage{}
	if err := c.examineRules(v, &p); err != nil || !p.Checked {
		if err != nil {
			return err
		}
		return c.showNewRules(v, p)
	}
	stored, err := c.Risk.StoreRules(v.ctx(), v.s.Actor(), []byte(p.Doc))
	if err != nil {
		return v.again(err, func(v *visit) error { return c.showNewRules(v, p) })
	}
	n := strconv.FormatInt(stored.Number, 10)
	return v.done("/risk/rules/"+n, "console.risk.rules.stored", "n", n)
}

// proposeRules proposes to put a version in force. It takes two people always.
func (c *console) proposeRules(v *visit) error {
	n, err := v.version()
	if err != nil {
		return err
	}
	show := func(v *visit) error { return c.showVersion(v, n) }
	v.form.Require(v.t, "reason", v.t.T("console.proposal.reason"))
	if !v.form.OK() {
		return show(v)
	}
	payload, err := c.Risk.RuleChange(v.ctx(), n)
	if err != nil {
		return err
	}
	p, err := c.Proposals.Propose(v.ctx(), v.s.Actor(), foureyes.New{Act: policy.ActRules, Payload: payload, Reason: v.form.Value("reason")})
	if err != nil {
		return v.again(err, show)
	}
	return v.done("/proposals/"+p.ID.String(), "console.proposal.done.made")
}

// explainRules says what a proposal does to the rules.
func (c *console) explainRules(v *visit, payload []byte) (x explained, err error) {
	ch, err := risk.ParseRuleChange(payload)
	if err != nil {
		return x, err
	}
	from, _, err := c.ruleSet(v, ch.From)
	if err != nil {
		return x, err
	}
	to, _, err := c.ruleSet(v, ch.To)
	if err != nil {
		return x, err
	}
	x.Text = v.t.T("console.proposal.what.rules", "from", v.rulesName(ch.From), "to", v.rulesName(ch.To))
	x.Changes = ruleChanges(from, to)
	return x, nil
}

// explainFinding says what a proposal says of an event. Whoever may not see the event
// sees what is decided all the same.
func (c *console) explainFinding(v *visit, payload []byte) (x explained, err error) {
	f, err := risk.ParseFinding(payload)
	if err != nil {
		return x, err
	}
	e, err := c.Risk.Find(v.ctx(), f.Customer, f.Event)
	if fault.KindOf(err) == fault.NotFound {
		x.Text = v.t.T("console.risk.decide.gone")
		return x, nil
	}
	if err != nil {
		return x, err
	}
	who, err := c.customerName(v, f.Customer)
	badge, now := v.decisionBadge(e.Result.Decision), v.labelBadge(f.Label)
	x.Text = v.t.T("console.proposal.what.finding")
	x.Facts = []ui.Fact{
		{Name: v.t.T("console.risk.event.who"), Value: who},
		{Name: v.t.T("console.risk.event.what"), Value: v.eventKind(&e), Note: v.t.Time(e.Created), Badge: &badge},
		{Name: v.t.T("console.risk.decide.label"), Badge: now},
		{Name: v.t.T("console.risk.decide.note"), Value: f.Note},
	}
	return x, err
}
