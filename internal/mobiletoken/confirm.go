package mobiletoken

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Reason says why a first code did not count. It is for the bank's systems and staff.
type Reason string

// Reasons.
const (
	Accepted    Reason = ""
	WrongCode   Reason = "wrong_code"
	NotPending  Reason = "nothing_to_confirm" // no key is to be proven
	TooLate     Reason = "too_late"           // the time for the proof is over
	TooMany     Reason = "too_many_attempts"
	NotPossible Reason = "not_possible" // the token that it was to replace is not active any more
)

// Confirmed is what became of a first code.
type Confirmed struct {
	Reason   Reason // Accepted, or why it did not count
	Token    Token
	Repeated bool // it was accepted before, and nothing has changed
}

// errRace ends a unit in which somebody else was faster; it is looked at again.
var errRace = errors.New("mobiletoken: somebody else was first")

// Confirm checks the first secure code of a token's pending key, and makes it the one in
// use. With it, in one transaction, a migration or a redistribution is finished: what was
// in use before is not any more. The same code again is accepted again, for its answer
// may have been lost. A code that is wrong counts; activation.attempts of them, and the
// pending key is gone.
func (d *Desk) Confirm(ctx context.Context, by audit.Actor, customer, token ident.ID, typed string) (Confirmed, error) {
	return d.confirmAs(ctx, by, customer, token, typed, nil)
}

// confirmAs is Confirm, and ConfirmPhone where in is not nil.
func (d *Desk) confirmAs(ctx context.Context, by audit.Actor, customer, token ident.ID, typed string, in *First) (out Confirmed, err error) {
	code, err := readCode(typed)
	if err != nil {
		return out, err
	}
	if by.Kind == audit.CustomerKind && by.ID != customer {
		return out, notYours()
	}
	const looks = 4
	for range looks {
		x, err := d.compare(ctx, customer, token, code, in)
		if err != nil {
			return out, err
		}
		set := d.Policies.Active()
		err = d.DB.Settle(ctx, customer, func(tx *db.Tx) error {
			u, err := d.unit(tx, by, set, customer, token)
			if err != nil {
				return err
			}
			out = Confirmed{}
			if out.Reason, err = u.confirm(x); in != nil && err == nil && out.Reason == Accepted {
				out.Reason, err = u.bind(in)
			}
			out.Token, out.Repeated = u.t, x.repeated || x.again && out.Reason == Accepted
			return err
		})
		if !errors.Is(err, errRace) {
			return out, err
		}
	}
	return Confirmed{}, busy()
}

// compared is a first code that was compared, outside any transaction.
type compared struct {
	key      Key // pending
	found    bool
	right    bool
	value    int64
	drift    int
	repeated bool // it is the one that the token was confirmed with
	other    bool // the phone that gave it names another key
	again    bool // the phone gives it for its key that is in use
}

func (d *Desk) compare(ctx context.Context, customer, token ident.ID, code string, in *First) (x compared, err error) {
	var live []Key
	var p policy.Policy
	var app policy.Application
	var now time.Time
	set := d.Policies.Active()
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		t, found, err := Get(tx, customer, token)
		if err != nil || !found {
			return errors.Join(err, orUnknown(found))
		}
		if app, found = set.Application(t.Application); !found {
			return noApplication(t.Application)
		}
		p, _ = set.Policy(app.Policies[0])
		now = tx.Now
		pending, err := keysOf(tx, customer, token, "pending")
		if err != nil {
			return err
		}
		x.key, x.found = codeKey(pending)
		live, err = keysOf(tx, customer, token, "live")
		return err
	})
	if err != nil {
		return x, err
	}
	p.Time.Skew = p.Time.FirstUse
	if x.found && !in.of(x.key) {
		return compared{other: true}, nil
	}
	if k, found := codeKey(live); !x.found && found && in != nil && in.of(k) {
		m, err := d.match(k, code, now, p, app)
		return compared{key: k, again: true, right: m.found, value: m.value, drift: m.drift, repeated: m.replayed && k.Uses == 1}, err
	} else if !x.found && found && k.Uses == 1 && in == nil {
		m, err := d.match(k, code, now, p, app)
		x.repeated = m.replayed
		return x, err
	}
	k := x.key
	if !x.found {
		k = *d.decoy
	}
	m, err := d.match(k, code, now, p, app)
	x.right, x.value, x.drift = m.found && x.found, m.value, m.drift
	return x, err
}

func orUnknown(found bool) error {
	if found {
		return nil
	}
	return unknown()
}

// confirm settles a compared code.
func (u *unit) confirm(x compared) (Reason, error) {
	if x.repeated {
		return Accepted, nil
	}
	switch {
	case x.other:
		return u.refuse(NotPending)
	case x.again:
		return u.confirmAgain(x)
	}
	pending, err := keysOf(u.tx, u.t.Customer, u.t.ID, "pending")
	if err != nil {
		return "", err
	}
	k, found := codeKey(pending)
	switch {
	case found != x.found || found && k.ID != x.key.ID:
		return "", errRace
	case !found:
		return u.refuse(NotPending)
	case u.tx.Now.After(k.Expires):
		return u.refuse(TooLate)
	}
	if err := u.offered(); err != nil {
		return "", err
	}
	if open, err := uncompared(u.tx, u.app, k); err != nil || open {
		return NotCompared, err
	}
	claimed, err := firsts.Claim(u.tx, u.app.Activation.Attempts, k.Customer, k.ID)
	if err != nil {
		return "", err
	}
	if !claimed {
		return u.refuse(TooMany)
	}
	if x.right && k.moved {
		x.right, err = u.fresh(x)
	}
	if err != nil {
		return "", err
	}
	if !x.right {
		return u.wrongFirst(k)
	}
	if _, err := customer.Usable(u.tx, u.t.Customer); err != nil {
		return "", err
	}
	return u.activate(x, k)
}

// confirmAgain takes a code of a phone whose first one was accepted: the answer was lost, and
// the code is another one by now. A wrong one counts, so that nobody can try PINs here.
func (u *unit) confirmAgain(x compared) (Reason, error) {
	if x.right {
		spent, err := x.key.Spend(u.tx, x.value, x.drift)
		if err != nil {
			return "", err
		}
		if spent {
			return Accepted, u.d.Hit(u.tx, u.t.Customer, u.t.ID)
		}
	}
	if _, err := u.d.Miss(u.tx, u.by, u.t.Customer, u.t.ID); err != nil {
		return "", err
	}
	return u.refuse(WrongCode)
}

// fresh reports whether the former device, which has the same key, has not spent the code.
func (u *unit) fresh(x compared) (bool, error) {
	used, err := keys(u.tx, "customer = $1 AND token = $2 AND state <> 'pending'", u.t.Customer, u.t.ID)
	k, _ := codeKey(used)
	return k.Next <= x.value, err
}

// refuse records a first code that does not count.
func (u *unit) refuse(why Reason) (Reason, error) {
	return why, u.record(AuditRefused, map[string]any{"why": why})
}

// wrongFirst counts a wrong first code. The last that is allowed takes the pending key
// away: a new activation code is needed. The device in use is not concerned, and neither are the
// wrong answers that it gave.
func (u *unit) wrongFirst(k Key) (Reason, error) {
	spent, err := spentFirsts(u.tx, k)
	if err != nil {
		return "", err
	}
	if !spent {
		return u.refuse(WrongCode)
	}
	if err := u.withdraw(Cancelled, "wrong first codes"); err != nil {
		return "", err
	}
	return u.refuse(TooMany)
}

// codeForm is the fault of what can be no secure code.
func codeForm(why string) error {
	return fault.Invalidf("mobiletoken.code_form", "This is not a secure code: %s.", why).WithField("code")
}
