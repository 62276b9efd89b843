package staff

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Reauthenticate proves anew who sits before an open session. A right proof
// replaces the session by a fresh one with a new token; its absolute limit stays.
// A wrong one, or a session that has ended, is false by value and counts as a
// failed login.
func (r *Roster) Reauthenticate(ctx context.Context, token, password, code string) (Grant, bool, error) {
	return r.prove(ctx, token, password, code, func(tx *db.Tx, m Member) error {
		audit.Record(tx, audit.Event{Kind: AuditReauthenticated, By: audit.Staff(m.ID, m.Login), Object: m.ID.String()})
		return nil
	})
}

// ChangePassword sets a new password for the member of a session, who proves
// with the old one and a code who they are (SCA-57). All other sessions end.
// Faults: "staff.password_weak".
func (r *Roster) ChangePassword(ctx context.Context, token, password, code, fresh string) (g Grant, ok bool, err error) {
	s, ok, err := r.Session(ctx, token)
	if err != nil || !ok {
		return g, false, err
	}
	plain, err := checkPassword(fresh, s.Login)
	if err != nil {
		return g, false, err
	}
	hashed, err := r.Hasher.Hash(ctx, plain)
	if err != nil {
		return g, false, err
	}
	return r.prove(ctx, token, password, code, func(tx *db.Tx, m Member) error {
		if _, err := tx.Exec("UPDATE staff SET password = $2, changed_at = $3 WHERE id = $1", m.ID, hashed, tx.Now); err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditPasswordChanged, By: audit.Staff(m.ID, m.Login), Object: m.ID.String()})
		return endSessions(tx, m.ID)
	})
}

// prove checks password and code of a session's member, does the act that they
// are for, and replaces the session, in one settlement.
func (r *Roster) prove(ctx context.Context, token, password, code string, act func(*db.Tx, Member) error) (g Grant, ok bool, err error) {
	s, ok, err := r.Session(ctx, token)
	if err != nil || !ok {
		return g, false, err
	}
	p, err := r.look(ctx, s.Login)
	if err != nil {
		return g, false, err
	}
	if err := r.check(ctx, &p, password, code); err != nil {
		return g, false, err
	}
	err = r.DB.Settle(ctx, p.member.ID, func(tx *db.Tx) error {
		g = Grant{}
		s, open, err := sessionOf(tx, token)
		if err != nil {
			return err
		}
		if ok, err = r.settle(tx, p, s.Source); err != nil || !ok || !open {
			ok = false
			return err
		}
		if _, err := tx.Exec("DELETE FROM staff_session WHERE digest = $1", digest(token)); err != nil {
			return err
		}
		if err := act(tx, p.member); err != nil {
			return err
		}
		g, err = r.begin(tx, p.member, s.Began, s.Source, s.Agent)
		return err
	})
	return g, ok && err == nil, err
}
