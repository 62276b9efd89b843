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
	switch {
	case part == foureyes.Approver:
		return staff.Permit(tx, who, staff.Approve)
	case part == foureyes.Runner && who.String() == commandLine:
		return nil
	case part == foureyes.Runner && staff.Permit(tx, who, staff.Approve) == nil:
		return nil
	}
	return staff.Permit(tx, who, permissionFor(act))
}

// permissionFor is what an act takes, whoever else must agree.
func permissionFor(act policy.Act) staff.Permission {
	switch act {
	case policy.ActImport:
		return staff.TokenImport
	case policy.ActPolicy:
		return staff.PolicyWrite
	case policy.ActRotation:
		return staff.KeyRotate
	case policy.ActBulk:
		return staff.TokenAssign
	}
	return "" // nobody's
}
