package mobiletoken

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Miss counts a wrong answer that came from one active token, such as to an approval: a
// secure code names no token, so its failures count on the customer (package
// authenticator). The last that activation.attempts allows blocks the token: for the
// cool-down, or until somebody enables it. It reports whether it did.
func (d *Desk) Miss(tx *db.Tx, by audit.Actor, customer, token ident.ID) (blocked bool, err error) {
	u, err := d.unit(tx, by, d.Policies.Active(), customer, token)
	if err != nil || u.t.Status != Active || !u.known {
		return false, err
	}
	if claimed, err := tries.Claim(tx, u.app.Activation.Attempts, customer, token); err != nil || !claimed {
		return false, err
	}
	t, _, err := Get(tx, customer, token)
	if err != nil || !t.Tries.Blocked(tx.Now) {
		return false, err
	}
	until := t.Tries.BlockedUntil
	if t.Tries.Held() {
		until = time.Time{}
	}
	return true, u.block(change{cause: ByAttempts, until: until, reason: "wrong answers"})
}

// Hit forgets the wrong answers of a token that has given a right one.
func (d *Desk) Hit(tx *db.Tx, customer, token ident.ID) error {
	_, err := tries.Clear(tx, customer, token)
	return err
}
