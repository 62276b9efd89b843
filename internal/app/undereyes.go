package app

import (
	"context"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// underFourEyes are the flags of a command whose act may need four eyes.
type underFourEyes struct {
	Propose  bool   `help:"Propose it instead of doing it: somebody else must approve."`
	Reason   string `help:"Why, with --propose: for whoever approves, and for the log."`
	Proposal string `placeholder:"ID" help:"Do what was approved with this proposal."`
	person
}

// act does an act directly, proposes it, or carries an approved proposal out. The
// payload is asked for only where it is needed.
func (u underFourEyes) act(e *env, a *App, kind policy.Act, payload func() ([]byte, error), do func(context.Context, foureyes.Warrant) error) error {
	switch {
	case u.Propose && u.Proposal != "":
		return fault.Invalidf("app.propose", "Use either --propose or --proposal.")
	case u.Propose:
		by, err := u.prove(e, a)
		if err != nil {
			return err
		}
		p, err := payload()
		if err != nil {
			return err
		}
		made, err := a.Proposals.Propose(e.ctx, by, foureyes.New{Act: kind, Payload: p, Reason: u.Reason})
		if err != nil {
			return err
		}
		return e.proposed(made)
	case u.Proposal != "":
		id, err := ident.Parse(u.Proposal)
		if err != nil {
			return err
		}
		p, err := payload()
		if err != nil {
			return err
		}
		_, err = a.Proposals.CarryOut(e.ctx, audit.System("cli"), id, p, do)
		return err
	}
	return do(e.ctx, foureyes.Warrant{})
}

// proposed tells how a proposal goes on.
func (e *env) proposed(p foureyes.Proposal) error {
	return e.line(fmt.Sprintf("Proposal %s waits for somebody else until %s.\ndigest %s", p.ID, p.Expires.Format("2006-01-02 15:04 MST"), p.Digest))
}
