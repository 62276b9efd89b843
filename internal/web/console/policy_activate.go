package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

type activatePage struct {
	*visit
	Number, InForce int64
	Changes         *changesView
	Two             bool // it needs a second member of staff
	Relaxes         bool
}

// activateForm says what putting a version in force changes, and asks.
func (c *console) activateForm(v *visit) error {
	set, _, err := c.readVersion(v)
	if err != nil {
		return err
	}
	return c.showActivate(v, set)
}

func (c *console) showActivate(v *visit, set *policy.Set) error {
	here := c.Policies.Active()
	p := activatePage{visit: v, Number: set.Version, InForce: here.Version, Two: needsTwo(here, set), Relaxes: here.FourEyes.Relaxes(set.FourEyes)}
	if set.Version == here.Version {
		return fault.Conflictf("policy.in_force", "This version is in force already.")
	}
	if set.Version == 0 {
		return fault.Conflictf("policy.embedded", "Version 0 came with the program and cannot be put in force again: make a new version of it.")
	}
	var err error
	if p.Changes, err = v.changes(here, set); err != nil {
		return err
	}
	return v.render("policy-activate", v.t.T("console.policy.activate.title", "n", strconv.FormatInt(set.Version, 10)), p)
}

// needsTwo reports whether a second member of staff must agree that a set takes
// the place of the one in force. The domain decides; this is for what is offered.
func needsTwo(here, set *policy.Set) bool {
	return here.FourEyes.Needs(policy.ActPolicy) || here.FourEyes.Relaxes(set.FourEyes)
}

// activateVersion puts a version in force in place of the one that was shown, or
// proposes it where the policies want two people.
func (c *console) activateVersion(v *visit) error {
	set, _, err := c.readVersion(v)
	if err != nil {
		return err
	}
	from, err := strconv.ParseInt(v.form.Value("from"), 10, 64)
	if err != nil {
		return fault.Invalidf("console.form", "This form is not complete. Open it anew.").WithCause(err)
	}
	again := func(v *visit) error { return c.showActivate(v, set) }
	if needsTwo(c.Policies.Active(), set) {
		return c.proposeVersion(v, set.Version, again)
	}
	if err := c.Policies.Activate(v.ctx(), v.s.Actor(), from, set.Version); err != nil {
		return v.again(err, again)
	}
	return v.done("/policies", "console.policy.activate.done", "n", strconv.FormatInt(set.Version, 10))
}

func (c *console) proposeVersion(v *visit, version int64, again func(*visit) error) error {
	p, err := c.Proposals.ProposeVersion(v.ctx(), v.s.Actor(), version, v.form.Value("reason"))
	if err != nil {
		return v.again(err, again)
	}
	return v.done("/proposals/"+p.ID.String(), "console.proposal.done.made")
}
