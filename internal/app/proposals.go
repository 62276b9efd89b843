package app

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
)

// openProposals makes the desk for acts under four eyes. Imports and rotations have
// no executor: they need a file or the key file, and are carried out where it is.
func (a *App) openProposals() *foureyes.Desk {
	return &foureyes.Desk{
		DB: a.DB, Policies: a.Policies, Rand: a.Rand, Log: a.Log, Permit: mayTakePart,
		Executors: map[policy.Act]foureyes.Executor{policy.ActPolicy: foureyes.PolicyExecutor()},
	}
}

// mayTakePart says who may do what for a proposal. What two people agreed on may be
// carried out by the operator on the command line.
func mayTakePart(tx *db.Tx, who audit.Actor, act policy.Act, part foureyes.Part) error {
	if part == foureyes.Runner && who.String() == commandLine {
		return nil
	}
	return staff.TakePart(tx, who, act, part)
}
