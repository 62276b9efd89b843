package staff

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Limits of a session.
const (
	IdleLimit     = 15 * time.Minute // without use
	AbsoluteLimit = 12 * time.Hour   // since login
	FreshFor      = 5 * time.Minute  // after which a sensitive act asks for password and code again

	noteEvery = 30 * time.Second // how precisely use is noted
	tokenSize = 32               // bytes
)

// Session is a member at work in one browser.
type Session struct {
	ID     ident.ID // for lists; it lets nobody in
	Staff  ident.ID
	Login  string
	Name   string
	Role   Role
	Source string // address and program at login
	Agent  string
	Began  time.Time // login
	Proved time.Time // last login or re-authentication
	Seen   time.Time // last use, to half a minute
}

// Actor returns the member as the one who acts.
func (s Session) Actor() audit.Actor { return audit.Staff(s.Staff, s.Login) }

// Can reports whether the member has a permission.
func (s Session) Can(p Permission) bool { return Can(s.Role, p) }

// Fresh reports whether the member proved within the last five minutes who they
// are. A clock that jumped back makes no session fresher.
func (s Session) Fresh(now time.Time) bool {
	age := now.Sub(s.Proved)
	return age >= 0 && age < FreshFor
}

func (s Session) ended(now time.Time) bool {
	return now.Sub(s.Seen) >= IdleLimit || now.Sub(s.Began) >= AbsoluteLimit
}

const sessionColumns = `s.id, s.staff, m.login, m.name, m.role, s.source, s.agent, s.began_at, s.proved_at, s.seen_at
	FROM staff_session s JOIN staff m ON m.id = s.staff AND m.status = 'active'`

// sessionDest is where sessionColumns are scanned to.
func sessionDest(s *Session) []any {
	return []any{&s.ID, &s.Staff, &s.Login, &s.Name, &s.Role, &s.Source, &s.Agent, &s.Began, &s.Proved, &s.Seen}
}

// digest is the stored form of a token. The token is random, so no salt is needed.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// begin makes a session; began is the login that its absolute limit counts from.
func (r *Roster) begin(tx *db.Tx, m Member, began time.Time, source, agent string) (Grant, error) {
	secret := make([]byte, tokenSize)
	if _, err := io.ReadFull(r.Rand, secret); err != nil {
		panic("staff: no randomness: " + err.Error())
	}
	g := Grant{Token: base64.RawURLEncoding.EncodeToString(secret)}
	g.Session = Session{
		ID: ident.New(tx.Now, r.Rand), Staff: m.ID, Login: m.Login, Name: m.Name, Role: m.Role,
		Source: clip(source), Agent: clip(agent), Began: began, Proved: tx.Now, Seen: tx.Now,
	}
	s := g.Session
	_, err := tx.Exec("INSERT INTO staff_session (digest, id, staff, source, agent, began_at, proved_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		digest(g.Token), s.ID, s.Staff, s.Source, s.Agent, s.Began, s.Proved, s.Seen)
	return g, err
}

// Session returns the session of a token and notes its use; false when there is
// none, or it has ended.
func (r *Roster) Session(ctx context.Context, token string) (s Session, ok bool, err error) {
	var now time.Time
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		s, ok, err = sessionOf(tx, token)
		return err
	})
	if err != nil || !ok || now.Sub(s.Seen) < noteEvery {
		return s, ok, err
	}
	err = r.DB.Settle(ctx, s.ID, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE staff_session SET seen_at = $2 WHERE id = $1", s.ID, tx.Now)
		ok = n == 1 // it may have been ended in between
		s.Seen = tx.Now
		return err
	})
	return s, ok && err == nil, err
}

func sessionOf(tx *db.Tx, token string) (s Session, ok bool, err error) {
	err = tx.Row("SELECT "+sessionColumns+" WHERE s.digest = $1", digest(token)).Scan(sessionDest(&s)...)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return Session{}, false, nil
	case err != nil || s.ended(tx.Now):
		return Session{}, false, err
	}
	return s, true, nil
}

// Logout ends the session of a token; one that has ended already is no error.
func (r *Roster) Logout(ctx context.Context, token string) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		s, ok, err := sessionOf(tx, token)
		if err != nil || !ok {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditLoggedOut, By: s.Actor(), Object: s.Staff.String()})
		_, err = tx.Exec("DELETE FROM staff_session WHERE digest = $1", digest(token))
		return err
	})
}

// Sessions returns the open sessions of a member, the newest first.
func (r *Roster) Sessions(ctx context.Context, staff ident.ID) (all []Session, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+sessionColumns+" WHERE s.staff = $1 ORDER BY s.began_at DESC, s.id LIMIT 200", []any{staff}, func(row db.Row) error {
			var s Session
			if err := row.Scan(sessionDest(&s)...); err != nil {
				return err
			}
			if !s.ended(tx.Now) {
				all = append(all, s)
			}
			return nil
		})
	})
	return all, err
}

// EndSession ends one session of a member; the fault "staff.session_unknown" when
// there is none.
func (r *Roster) EndSession(ctx context.Context, by audit.Actor, staff, session ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM staff_session WHERE id = $1 AND staff = $2", session, staff)
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.NotFoundf("staff.session_unknown", "This session has ended already.")
		}
		audit.Record(tx, audit.Event{Kind: AuditSessionsEnded, By: by, Object: staff.String(), Details: map[string]any{"session": session.String()}})
		return nil
	})
}

// EndSessions ends all sessions of a member.
func (r *Roster) EndSessions(ctx context.Context, by audit.Actor, staff ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditSessionsEnded, By: by, Object: staff.String()})
		return endSessions(tx, staff)
	})
}

func endSessions(tx *db.Tx, staff ident.ID) error {
	_, err := tx.Exec("DELETE FROM staff_session WHERE staff = $1", staff)
	return err
}

// Sweep deletes up to limit sessions that have ended by themselves, and says how
// many there were.
func (r *Roster) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`DELETE FROM staff_session WHERE digest IN (SELECT digest FROM staff_session
			WHERE seen_at <= $1 OR began_at <= $2 ORDER BY seen_at LIMIT $3)`, tx.Now.Add(-IdleLimit), tx.Now.Add(-AbsoluteLimit), limit)
		return err
	})
	return n, err
}
