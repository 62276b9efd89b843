package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// proposalCmd is about acts that need two people.
type proposalCmd struct {
	List     proposalListCmd     `cmd:"" help:"List proposals; those that still wait by default."`
	Show     proposalShowCmd     `cmd:"" help:"Show a proposal and what it would do."`
	Approve  proposalApproveCmd  `cmd:"" help:"Approve somebody else's proposal; a change of policies is in force at once."`
	Reject   proposalRejectCmd   `cmd:"" help:"Reject somebody else's proposal."`
	Withdraw proposalWithdrawCmd `cmd:"" help:"Take one's own proposal back."`
	Run      proposalRunCmd      `cmd:"" help:"Carry an approved proposal out that needs no file."`
}

type proposalListCmd struct {
	All  bool `help:"Also those that were decided or have expired."`
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists proposals, newest first.
func (l proposalListCmd) Run(e *env, c *cli) error {
	states := []foureyes.State{foureyes.Open, foureyes.Approved, foureyes.Running}
	if l.All {
		states = nil
	}
	return e.tools(c, func(a *App) error {
		all := []foureyes.Proposal{}
		const page = 100
		for before := (ident.ID{}); ; {
			some, err := a.Proposals.List(e.ctx, states, before, page)
			if err != nil {
				return err
			}
			all = append(all, some...)
			if len(some) < page {
				break
			}
			before = some[page-1].ID
		}
		if l.JSON {
			return e.json(all)
		}
		t := e.table("PROPOSAL", "ACT", "STATE", "BY", "EXPIRES", "REASON")
		for _, p := range all {
			t.row(p.ID.String(), string(p.Act), string(p.State), a.loginOf(e.ctx, p.Proposer), stamp(p.Expires), p.Reason)
		}
		return t.flush()
	})
}

// loginOf is how people know an actor.
func (a *App) loginOf(ctx context.Context, who audit.Actor) string {
	if who.Kind == audit.StaffKind {
		if m, err := a.Staff.Get(ctx, who.ID); err == nil {
			return m.Login
		}
	}
	if who.IsZero() {
		return ""
	}
	return who.String()
}

type proposalShowCmd struct {
	ID   string `arg:"" help:"Id of the proposal."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows a proposal.
func (s proposalShowCmd) Run(e *env, c *cli) error {
	return e.withProposal(c, s.ID, func(a *App, p foureyes.Proposal) error {
		if s.JSON {
			return e.json(p)
		}
		t := e.table("proposal", p.ID.String())
		t.row("act", string(p.Act))
		t.row("state", string(p.State))
		t.row("proposed", stamp(p.Created)+" by "+a.loginOf(e.ctx, p.Proposer))
		t.row("reason", p.Reason)
		t.row("expires", stamp(p.Expires))
		t.row("digest", p.Digest.String())
		if !p.Decider.IsZero() {
			t.row("decided", strings.TrimSpace(stamp(p.Decided)+" by "+a.loginOf(e.ctx, p.Decider)+" "+p.Note))
		}
		if p.Outcome != "" {
			t.row("outcome", p.Outcome)
		}
		if err := t.flush(); err != nil {
			return err
		}
		return a.explain(e, p)
	})
}

// explain says what a proposal would do.
func (a *App) explain(e *env, p foureyes.Proposal) error {
	if p.Act == policy.ActPolicy {
		ch, err := foureyes.ParsePolicyChange(p.Payload)
		if err != nil {
			return err
		}
		changes, err := a.difference(e.ctx, ch)
		if err != nil {
			return err
		}
		if err := e.line(fmt.Sprintf("Version %d takes the place of version %d:", ch.To, ch.From)); err != nil {
			return err
		}
		return e.changes(changes)
	}
	if p.Act == policy.ActPortfolio {
		return a.explainPortfolio(e, p.Payload)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, p.Payload, "", "  "); err != nil {
		return err
	}
	return e.line(text.String())
}

func (a *App) difference(ctx context.Context, ch foureyes.PolicyChange) ([]policy.Change, error) {
	from, _, err := a.Policies.Get(ctx, ch.From)
	if err != nil {
		return nil, err
	}
	to, _, err := a.Policies.Get(ctx, ch.To)
	if err != nil {
		return nil, err
	}
	return policy.Diff(from, to)
}

// withProposal runs f on a proposal by its id.
func (e *env) withProposal(c *cli, name string, f func(*App, foureyes.Proposal) error) error {
	id, err := ident.Parse(name)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		p, err := a.Proposals.Get(e.ctx, id)
		if err != nil {
			return err
		}
		return f(a, p)
	})
}

type proposalApproveCmd struct {
	ID     string `arg:"" help:"Id of the proposal."`
	Digest string `required:"" help:"Digest that 'proposal show' printed, or its first 16 characters: what was seen is what is approved."`
	Note   string `help:"What to say about it."`
	person
}

// digestStart is how many characters of a digest name it.
const digestStart = 16

// Run approves.
func (p proposalApproveCmd) Run(e *env, c *cli) error {
	return e.withProposal(c, p.ID, func(a *App, seen foureyes.Proposal) error {
		if len(p.Digest) < digestStart || !strings.HasPrefix(seen.Digest.String(), strings.ToLower(p.Digest)) {
			return hinted{errors.New("this is not the digest of the proposal"), "Look at it: countersign proposal show " + p.ID}
		}
		by, err := p.prove(e, a)
		if err != nil {
			return err
		}
		done, err := a.Proposals.Approve(e.ctx, by, seen.ID, seen.Digest, p.Note)
		if err != nil {
			return err
		}
		return e.line(next(done))
	})
}

// next says what comes after an approval.
func next(p foureyes.Proposal) string {
	switch {
	case p.State == foureyes.Executed:
		return "Approved and carried out."
	case p.Act == policy.ActImport:
		return "Approved. Present the file: countersign token import FILE --proposal " + p.ID.String()
	case p.Act == policy.ActRotation:
		return "Approved. Carry it out where the key file is: countersign keys rotate --proposal " + p.ID.String()
	}
	return "Approved. Carry it out: countersign proposal run " + p.ID.String()
}

type proposalRejectCmd struct {
	ID     string `arg:"" help:"Id of the proposal."`
	Reason string `required:"" help:"Why."`
	person
}

// Run rejects.
func (r proposalRejectCmd) Run(e *env, c *cli) error {
	return e.withProposal(c, r.ID, func(a *App, p foureyes.Proposal) error {
		by, err := r.prove(e, a)
		if err != nil {
			return err
		}
		if _, err := a.Proposals.Reject(e.ctx, by, p.ID, r.Reason); err != nil {
			return err
		}
		return e.line("Rejected.")
	})
}

type proposalWithdrawCmd struct {
	ID string `arg:"" help:"Id of the proposal."`
	person
}

// Run takes a proposal back.
func (w proposalWithdrawCmd) Run(e *env, c *cli) error {
	return e.withProposal(c, w.ID, func(a *App, p foureyes.Proposal) error {
		by, err := w.prove(e, a)
		if err != nil {
			return err
		}
		if _, err := a.Proposals.Withdraw(e.ctx, by, p.ID); err != nil {
			return err
		}
		return e.line("Withdrawn.")
	})
}

type proposalRunCmd struct {
	ID string `arg:"" help:"Id of the proposal."`
}

// Run carries an approved proposal out; the two who agreed on it are recorded.
func (r proposalRunCmd) Run(e *env, c *cli) error {
	return e.withProposal(c, r.ID, func(a *App, p foureyes.Proposal) error {
		if _, err := a.Proposals.Execute(e.ctx, audit.System("cli"), p.ID); err != nil {
			return err
		}
		return e.line("Carried out.")
	})
}
