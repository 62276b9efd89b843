package console

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
)

// caseSubject is the event for the page that says that somebody was faster.
func (v *visit) caseSubject(x *risk.Case) subject {
	return subject{owner: x.Customer, object: x.Kind + ":" + x.ID.String(), page: eventPath(x.Customer, x.ID), name: v.eventKind(&x.Event)}
}

// riskClaim takes an event into the visitor's hands.
func (c *console) riskClaim(v *visit) error {
	x, err := c.readCase(v)
	if err != nil {
		return err
	}
	if _, err := c.Risk.Claim(v.ctx(), v.s.Actor(), x.Customer, x.ID); err != nil {
		return c.refused(v, v.caseSubject(&x), err, c.riskEvent)
	}
	return v.done(eventPath(x.Customer, x.ID), "console.risk.claim.done")
}

// riskRelease gives it back.
func (c *console) riskRelease(v *visit) error {
	x, err := c.readCase(v)
	if err != nil {
		return err
	}
	if err := c.Risk.Release(v.ctx(), v.s.Actor(), x.Customer, x.ID); err != nil {
		return c.refused(v, v.caseSubject(&x), err, c.riskEvent)
	}
	return v.done("/risk", "console.risk.claim.released")
}

// riskDecide says what an event was, or proposes it where two people must agree.
func (c *console) riskDecide(v *visit) error {
	x, err := c.readCase(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "label", v.t.T("console.risk.decide.label"))
	v.form.Require(v.t, "note", v.t.T("console.risk.decide.note"))
	if !v.form.OK() {
		return c.riskEvent(v)
	}
	f := risk.Finding{Customer: x.Customer, Event: x.ID, Label: risk.Label(v.form.Value("label")), Before: risk.Label(v.form.Value("before")), Note: v.form.Value("note")}
	if c.Risk.NeedsTwo() {
		return c.proposeFinding(v, &x, f)
	}
	e, err := c.Risk.Decide(v.ctx(), v.s.Actor(), f)
	if err != nil {
		return c.refused(v, v.caseSubject(&x), err, c.riskEvent)
	}
	return v.done("/risk", "console.risk.decide.done."+string(e.Label))
}

// proposeFinding asks a second person. The claim stays until it expires.
func (c *console) proposeFinding(v *visit, x *risk.Case, f risk.Finding) error {
	err := c.Risk.Held(v.ctx(), v.s.Actor(), f)
	if err == nil && x.Label != f.Before {
		err = fault.Conflictf("risk.relabeled", "Somebody else said what this event was. Look at it again.")
	}
	if err != nil {
		return c.refused(v, v.caseSubject(x), err, c.riskEvent)
	}
	p, err := c.Proposals.Propose(v.ctx(), v.s.Actor(), foureyes.New{Act: policy.ActFinding, Payload: f.Payload(), Reason: f.Note})
	if err != nil {
		return c.refused(v, v.caseSubject(x), err, c.riskEvent)
	}
	return v.done("/proposals/"+p.ID.String(), "console.proposal.done.made")
}
