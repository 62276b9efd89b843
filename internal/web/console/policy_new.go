package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

type newPoliciesPage struct {
	*visit
	Mistakes []mistakeLine
	Checked  bool // the document is right, and this is what it changes:
	Changes  *changesView
	Two      bool // it needs a second member of staff
	Relaxes  bool
	Doc      string
	InForce  int64
	Max      int64 // bytes
}

// mistakeLine is a mistake with the line that it is about.
type mistakeLine struct {
	policy.Mistake
	Source string // of the line; "" when it is about none
}

// newPolicies opens the form with the document of a version, so that what is to
// stay need not be typed.
func (c *console) newPolicies(v *visit) error {
	from := c.Policies.Active().Version
	if typed := v.query("from"); typed != "" {
		var err error
		if from, err = strconv.ParseInt(typed, 10, 64); err != nil || from < 0 {
			return fault.NotFoundf("console.address", "There is no page at this address.").WithCause(err)
		}
	}
	_, doc, err := c.Policies.Get(v.ctx(), from)
	if err != nil {
		return err
	}
	v.form.Set("document", string(doc))
	return c.showNewPolicies(v, newPoliciesPage{})
}

func (c *console) showNewPolicies(v *visit, p newPoliciesPage) error {
	p.visit, p.InForce, p.Max = v, c.Policies.Active().Version, maxDocument
	return v.render("policy-new", v.t.T("console.policy.new"), p)
}

// checkPolicies looks at a document, typed or as a file, and says what is wrong
// with it or what it changes. It stores nothing.
func (c *console) checkPolicies(v *visit) error {
	if err := v.readText("document", maxDocument); err != nil {
		return err
	}
	v.form.Require(v.t, "document", v.t.T("console.policy.document"))
	p := newPoliciesPage{}
	if v.form.OK() {
		c.examine(v, &p)
	}
	if p.Checked {
		var err error
		if p.Changes, err = c.whatChanges(v, &p); err != nil {
			return err
		}
	}
	return c.showNewPolicies(v, p)
}

// examine names the mistakes of the document in the form.
func (c *console) examine(v *visit, p *newPoliciesPage) {
	p.Doc = v.form.Raw("document")
	_, mistakes := policy.Examine([]byte(p.Doc))
	lines := strings.Split(p.Doc, "\n")
	for _, m := range mistakes {
		x := mistakeLine{Mistake: m}
		if m.Line > 0 && m.Line <= len(lines) {
			x.Source = strings.TrimSpace(lines[m.Line-1])
		}
		p.Mistakes = append(p.Mistakes, x)
	}
	if p.Checked = len(mistakes) == 0; !p.Checked {
		v.form.Fail("document", v.t.N("console.policy.mistakes", len(mistakes)))
	}
}

func (c *console) whatChanges(v *visit, p *newPoliciesPage) (*changesView, error) {
	set, err := policy.Parse([]byte(p.Doc))
	if err != nil {
		return nil, err
	}
	here := c.Policies.Active()
	p.Two, p.Relaxes = needsTwo(here, set), here.FourEyes.Relaxes(set.FourEyes)
	return v.changes(here, set)
}

// storePolicies keeps the document that was checked as a new version. Where two
// people must agree it is proposed at once; else it waits to be put in force.
func (c *console) storePolicies(v *visit) error {
	v.form.Set("document", unixLines(v.form.Raw("document")))
	p := newPoliciesPage{}
	if c.examine(v, &p); !p.Checked {
		return c.showNewPolicies(v, p)
	}
	var err error
	if p.Changes, err = c.whatChanges(v, &p); err != nil {
		return err
	}
	again := func(v *visit) error { return c.showNewPolicies(v, p) }
	if p.Two {
		made, err := c.Proposals.ProposePolicy(v.ctx(), v.s.Actor(), []byte(p.Doc), v.form.Value("reason"))
		if err != nil {
			return v.again(err, again)
		}
		return v.done("/proposals/"+made.ID.String(), "console.proposal.done.made")
	}
	version, err := c.Policies.Store(v.ctx(), v.s.Actor(), []byte(p.Doc))
	if err != nil {
		return v.again(err, again)
	}
	n := strconv.FormatInt(version, 10)
	return v.done("/policies/versions/"+n+"/activate", "console.policy.stored", "n", n)
}
