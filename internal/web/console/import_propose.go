package console

import (
	"context"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// proposeImport lets somebody else decide about a checked file. The file and its
// keys are forgotten then: a proposal may wait for days, and whoever carries it out
// presents them again.
func (c *console) proposeImport(v *visit) error {
	j, err := c.myJob(v)
	if err != nil {
		return err
	}
	again := func(v *visit) error { return c.showJob(v, j.snapshot()) }
	reason := v.form.Value("reason")
	if v.form.Require(v.t, "reason", v.t.T("console.proposal.reason")); !v.form.OK() {
		return again(v)
	}
	if !j.move(checked, proposing) {
		return v.again(fault.Conflictf("console.import_state", "This import is under way or has ended already."), again)
	}
	by, whole := v.s.Actor(), v.form.Value("mode") == "whole"
	c.work(j, failed, func(ctx context.Context) {
		in := j.input()
		in.Set, in.AllOrNothing, in.Now, in.Sink = c.Policies.Active(), whole, c.Now(), nil
		j.proposed(c.proposePlan(ctx, by, in, reason))
	})
	return v.to("/import/" + j.id.String())
}

// proposePlan reads the file once more, for its digest, and proposes what importing
// it would do.
func (c *console) proposePlan(ctx context.Context, by audit.Actor, in token.Import, reason string) (ident.ID, error) {
	plan, err := c.Tokens.Plan(ctx, in)
	if err != nil {
		return ident.ID{}, err
	}
	p, err := c.Proposals.Propose(ctx, by, foureyes.New{Act: policy.ActImport, Payload: plan.Payload(), Reason: reason})
	return p.ID, err
}

// proposed notes that a proposal was made; or why not, and the job waits again.
func (j *job) proposed(id ident.ID, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.state, j.fault = checked, nil
	if err != nil {
		j.fault = fault.From(err)
	} else {
		j.state, j.made = proposed, id
		j.wipe()
	}
	if j.gone {
		j.drop()
	}
}

// importFile imports a file directly, or by the approved proposal that it is
// presented for: then the domain compares the two before anything is imported.
func (c *console) importFile(ctx context.Context, by audit.Actor, approved ident.ID, in token.Import) (sum token.Summary, err error) {
	if approved.IsZero() {
		return c.Tokens.ImportFile(ctx, by, in)
	}
	look := in
	look.Sink, look.Now = nil, c.Now()
	plan, err := c.Tokens.Plan(ctx, look)
	if err != nil {
		return sum, err
	}
	_, err = c.Proposals.CarryOut(ctx, by, approved, plan.Payload(), func(ctx context.Context, w foureyes.Warrant) (err error) {
		in.Warrant = w
		sum, err = c.Tokens.ImportFile(ctx, by, in)
		return err
	})
	return sum, err
}

// forPresent is the approved proposal that a file is presented for.
type forPresent struct {
	ID   ident.ID
	File string // digest
}

// presenting fills the form in with what was approved: with other options the file
// would be another import.
func (c *console) presenting(v *visit, p *uploadPage) error {
	name := v.query("proposal")
	if name == "" {
		name = v.form.Value("proposal")
	}
	if name == "" {
		return nil
	}
	id, plan, err := c.approvedImport(v, name)
	if err != nil {
		return err
	}
	p.For = &forPresent{id, plan.File}
	v.form.Set("mode", "rows")
	if plan.Whole {
		v.form.Set("mode", "whole")
	}
	v.form.Set("hash", strings.ToLower(plan.Hash))
	v.form.Set("manufacturer", plan.Manufacturer)
	for field, on := range map[string]bool{"legacy": plan.Legacy, "same-mac": plan.SameMACKey} {
		if v.form.Set(field, ""); on {
			v.form.Set(field, "yes")
		}
	}
	return nil
}

// readApproved notes in a job which proposal its file is presented for.
func (c *console) readApproved(v *visit, j *job) error {
	name := v.form.Value("proposal")
	if name == "" {
		return nil
	}
	id, plan, err := c.approvedImport(v, name)
	if err != nil {
		return err
	}
	j.approved, j.whole = id, plan.Whole
	return nil
}

// approvedImport reads an import that was approved and not carried out yet.
func (c *console) approvedImport(v *visit, name string) (id ident.ID, plan token.ImportPlan, err error) {
	if id, err = ident.Parse(name); err != nil {
		return id, plan, fault.NotFoundf("foureyes.unknown", "There is no such proposal.").WithCause(err)
	}
	p, err := c.Proposals.Get(v.ctx(), id)
	switch {
	case err != nil:
		return id, plan, err
	case p.Act != policy.ActImport:
		return id, plan, fault.Conflictf("foureyes.other", "This proposal is not about an import.")
	case p.State == foureyes.Open:
		return id, plan, fault.Conflictf("foureyes.not_approved", "Nobody has approved the proposal yet.")
	case p.State != foureyes.Approved:
		return id, plan, fault.Conflictf("foureyes.decided", "The proposal is %s already.", p.State)
	}
	plan, err = token.ParseImportPlan(p.Payload)
	return id, plan, err
}
