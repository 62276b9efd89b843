package staff

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TakePart says who may take which part in an act under four eyes: it is the
// Permit of a [foureyes.Desk]. Who approves needs the permission to approve, all
// others that of the act; what two people agreed on may also be carried out by
// somebody who may approve. Fault: "staff.not_permitted" (Denied).
func TakePart(tx *db.Tx, who audit.Actor, act policy.Act, part foureyes.Part) error {
	switch {
	case part == foureyes.Approver:
		return Permit(tx, who, Approve)
	case part == foureyes.Runner && Permit(tx, who, Approve) == nil:
		return nil
	}
	return Permit(tx, who, PermissionFor(act))
}

// PermissionFor is what an act takes, whoever else must agree; "" for an act that
// nobody does.
func PermissionFor(act policy.Act) Permission {
	switch act {
	case policy.ActImport:
		return TokenImport
	case policy.ActPolicy:
		return PolicyWrite
	case policy.ActRules:
		return RiskTune
	case policy.ActFinding:
		return RiskReview
	case policy.ActPortfolio:
		return PortfolioWrite
	case policy.ActRotation:
		return KeyRotate
	case policy.ActBulk:
		return TokenAssign
	}
	return ""
}
