package staff

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Prove checks who acts outside the console, such as on the command line: login,
// password and code together, as at a login, but without a session. Whatever is
// wrong is false by value, counts as a failed login and has its reason in the
// audit log. Faults: "argon.busy" (Limited).
func (r *Roster) Prove(ctx context.Context, a Attempt) (m Member, ok bool, err error) {
	p, err := r.look(ctx, a.Login)
	if err != nil {
		return m, false, err
	}
	if err := r.check(ctx, &p, a.Password, a.Code); err != nil {
		return m, false, err
	}
	err = r.DB.Settle(ctx, p.member.ID, func(tx *db.Tx) error {
		if ok, err = r.settle(tx, p, a.Source); err == nil && ok {
			audit.Record(tx, audit.Event{Kind: AuditProved, By: audit.Staff(p.member.ID, p.member.Login), Object: p.member.ID.String(), Details: map[string]any{"source": clip(a.Source)}})
		}
		return err
	})
	if err != nil || !ok {
		return Member{}, false, err
	}
	return p.member, true, nil
}
