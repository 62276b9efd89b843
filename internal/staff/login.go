package staff

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

// Attempt is an attempt to log in.
type Attempt struct {
	Login    string
	Password string
	Code     string // of the authenticator app
	Source   string // address and program, for the list of sessions and the log
	Agent    string
}

// Grant is a session that has just begun. The token goes into the browser's
// cookie and nowhere else.
type Grant struct {
	Token   string
	Session Session
}

// proof is what the checks outside the transaction found.
type proof struct {
	member Member
	known  bool
	right  bool
	step   int64
	why    string // for the log, when it is not right
	rehash string // the password under newer parameters; "" when that is not due
}

// Login logs a member in. Whatever is wrong is false by value, always the same;
// the audit log has the reason. Faults: "argon.busy" (Limited) when too many log
// in at once, and those of the database.
func (r *Roster) Login(ctx context.Context, a Attempt) (g Grant, ok bool, err error) {
	p, err := r.look(ctx, a.Login)
	if err != nil {
		return g, false, err
	}
	if err := r.check(ctx, &p, a.Password, a.Code); err != nil {
		return g, false, err
	}
	err = r.DB.Settle(ctx, p.member.ID, func(tx *db.Tx) error {
		g = Grant{}
		if ok, err = r.settle(tx, p, a.Source); err != nil || !ok {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditLoggedIn, By: audit.Staff(p.member.ID, p.member.Login), Object: p.member.ID.String(), Details: map[string]any{"source": clip(a.Source)}})
		g, err = r.begin(tx, p.member, tx.Now, a.Source, a.Agent)
		return err
	})
	return g, ok && err == nil, err
}

// look reads the member. One that does not exist is replaced by a dummy, with a
// key of its own, so that the rest costs the same.
func (r *Roster) look(ctx context.Context, login string) (p proof, err error) {
	login, _ = normalLogin(login) // "" is nobody's
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		p.member, err = find(tx, "login = $1", login)
		return err
	})
	switch p.known = err == nil; {
	case fault.Is(err, "staff.unknown"):
		p.member, err = Member{ID: ident.New(r.Now(), r.Rand)}, nil
	case err != nil:
		return p, err
	}
	if p.member.totp == nil {
		p.member.totp = r.Ring.Seal(totpLabel, p.member.ID, make([]byte, totpKeySize))
	}
	return p, err
}

// check compares password and code, both always.
func (r *Roster) check(ctx context.Context, p *proof, password, code string) error {
	fits, outdated := false, false
	var err error
	if p.member.password == "" {
		err = r.Hasher.Dummy(ctx, normalPassword(password))
	} else {
		fits, outdated, err = r.Hasher.Verify(ctx, p.member.password, normalPassword(password))
	}
	if err != nil {
		return err
	}
	step, hit, err := r.checkCode(p.member, code)
	if err != nil {
		return err
	}
	p.right, p.step = fits && hit && p.known, step
	switch {
	case !p.known:
		p.why = "unknown login"
	case !fits && !hit:
		p.why = "wrong password and code"
	case !fits:
		p.why = "wrong password"
	case !hit:
		p.why = "wrong code"
	case outdated:
		p.rehash, err = r.Hasher.Hash(ctx, normalPassword(password))
	}
	return err
}

// settle claims the attempt, and consumes the time step and clears the counter
// when the proof is right. It records failures.
func (r *Roster) settle(tx *db.Tx, p proof, source string) (bool, error) {
	claimed, err := failures.Claim(tx, r.rule(), p.member.ID)
	if err != nil {
		return false, err
	}
	why := p.why
	switch {
	case p.known && !claimed:
		why = "blocked or not active"
	case p.right:
		used, err := r.consume(tx, p)
		if err != nil || used {
			return used, err
		}
		why = "code used before"
	}
	event := audit.Event{Kind: AuditLoginFailed, By: audit.System("staff_login"), Details: map[string]any{"reason": why, "source": clip(source)}}
	if p.known {
		event.Object = p.member.ID.String()
	}
	audit.Record(tx, event)
	return false, nil
}

// consume moves the lowest usable time step past the one that was shown. Nobody
// who read the row before another's success, a new password or a reset gets
// through.
func (r *Roster) consume(tx *db.Tx, p proof) (bool, error) {
	password := p.member.password
	if p.rehash != "" {
		password = p.rehash
	}
	n, err := tx.Exec("UPDATE staff SET totp_next = $2, password = $3, logged_in_at = $4, "+limit.Cleared+`
		WHERE id = $1 AND totp_next <= $5 AND password = $6 AND status = 'active'`,
		p.member.ID, p.step+1, password, tx.Now, p.step, p.member.password)
	return n == 1, err
}

// clip bounds what a browser can write into tables and the log.
func clip(s string) string {
	r := []rune(s)
	for i := range r {
		if r[i] < ' ' || r[i] == 0x7f {
			r[i] = ' '
		}
	}
	return string(r[:min(len(r), 200)])
}
