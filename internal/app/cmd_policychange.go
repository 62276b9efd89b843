package app

import (
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

type policyProposeCmd struct {
	File   string `arg:"" help:"YAML file, or the number of a stored version."`
	Reason string `required:"" help:"Why: for whoever approves, and for the log."`
	person
}

// Run stores the file and proposes it. Where activation does not need four eyes and
// nobody is named, it is stored only.
func (p policyProposeCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		set, err := readSet(e.ctx, a.Policies, p.File)
		if err != nil {
			return err
		}
		changes, err := policy.Diff(a.Policies.Active(), set)
		if err != nil {
			return err
		}
		if err := e.changes(changes); err != nil {
			return err
		}
		if here := a.Policies.Active().FourEyes; p.Login == "" && !here.Needs(policy.ActPolicy) && !here.Relaxes(set.FourEyes) {
			return p.storeOnly(e, a)
		}
		by, err := p.prove(e, a)
		if err != nil {
			return err
		}
		made, err := p.propose(e, a, by)
		if err != nil {
			return err
		}
		return e.proposed(made)
	})
}

func (p policyProposeCmd) propose(e *env, a *App, by audit.Actor) (foureyes.Proposal, error) {
	if n, err := strconv.ParseInt(p.File, 10, 64); err == nil {
		return a.Proposals.ProposeVersion(e.ctx, by, n, p.Reason)
	}
	doc, err := readFile(p.File)
	if err != nil {
		return foureyes.Proposal{}, err
	}
	return a.Proposals.ProposePolicy(e.ctx, by, doc, p.Reason)
}

func (p policyProposeCmd) storeOnly(e *env, a *App) error {
	version, err := strconv.ParseInt(p.File, 10, 64)
	if err != nil {
		doc, err := readFile(p.File)
		if err != nil {
			return err
		}
		if version, err = a.Policies.Store(e.ctx, audit.System("cli"), doc); err != nil {
			return err
		}
	}
	return e.line(fmt.Sprintf("Version %d is stored. One person may put it in force: countersign policy activate %d", version, version))
}

type policyActivateCmd struct {
	Version string `arg:"" help:"Number of a stored version."`
}

// Run puts the version in force.
func (v policyActivateCmd) Run(e *env, c *cli) error {
	to, err := parseVersion(v.Version)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		if err := a.Policies.Activate(e.ctx, audit.System("cli"), a.Policies.Active().Version, to); err != nil {
			return hintProposal(err, "countersign policy propose "+v.Version+" --reason WHY --as LOGIN")
		}
		return e.line(fmt.Sprintf("Version %d is in force, on all nodes within a second.", to))
	})
}

// hintProposal tells how to propose what one person may not do.
func hintProposal(err error, command string) error {
	if fault.Is(err, "foureyes.needed") {
		return hinted{err, "Propose it: " + command}
	}
	return err
}
