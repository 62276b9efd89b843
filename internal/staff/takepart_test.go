package staff_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
)

// TestTakePart says, apart from the table of permissions, who proposes, approves
// and carries out.
func TestTakePart(t *testing.T) {
	each(t, func(w *world) {
		type cell struct {
			act  policy.Act
			part foureyes.Part
		}
		may := map[staff.Role][]cell{
			staff.HelpDesk: {{policy.ActBulk, foureyes.Proposer}, {policy.ActBulk, foureyes.Runner}},
			staff.SecurityOfficer: {
				{policy.ActImport, foureyes.Proposer},
				{policy.ActImport, foureyes.Approver},
				{policy.ActImport, foureyes.Runner},
				{policy.ActPolicy, foureyes.Proposer},
				{policy.ActPolicy, foureyes.Approver},
				{policy.ActPolicy, foureyes.Runner},
				{policy.ActRotation, foureyes.Proposer},
				{policy.ActRotation, foureyes.Approver},
				{policy.ActRotation, foureyes.Runner},
				{policy.ActBulk, foureyes.Approver},
				{policy.ActBulk, foureyes.Runner},
				{policy.ActRules, foureyes.Approver},
				{policy.ActRules, foureyes.Runner},
				{policy.ActFinding, foureyes.Approver},
				{policy.ActFinding, foureyes.Runner},
				{policy.ActPortfolio, foureyes.Proposer},
				{policy.ActPortfolio, foureyes.Approver},
				{policy.ActPortfolio, foureyes.Runner},
			},
			staff.FraudAnalyst: {
				{policy.ActRules, foureyes.Proposer},
				{policy.ActRules, foureyes.Runner},
				{policy.ActFinding, foureyes.Proposer},
				{policy.ActFinding, foureyes.Runner},
			},
		}
		for _, role := range staff.Roles() {
			p := w.join("p_"+string(role), role)
			allowed := map[cell]bool{}
			for _, c := range may[role] {
				allowed[c] = true
			}
			for _, act := range append(policy.Acts(), "unheard of") {
				for _, part := range []foureyes.Part{foureyes.Proposer, foureyes.Approver, foureyes.Runner} {
					err := w.DB.Read(w.Context(), func(tx *db.Tx) error { return staff.TakePart(tx, p.actor(), act, part) })
					want := allowed[cell{act, part}] || act == "unheard of" && role == staff.SecurityOfficer && part != foureyes.Proposer
					if (err == nil) != want || err != nil && !fault.Is(err, "staff.not_permitted") {
						t.Errorf("%s may %s %s: %v", role, part, act, err)
					}
				}
			}
		}
	})
}
