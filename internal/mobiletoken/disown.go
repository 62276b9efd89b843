package mobiletoken

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// DisownFor is how long the key of a notice is good.
const DisownFor = 14 * 24 * time.Hour

// disownReason is what staff read as the reason.
const disownReason = "It was not the owner: said by the link of a notice."

const (
	idBytes  = len(ident.ID{})
	tagBytes = 12
)

// DisownKey names a token and a moment until which it is good, so that only this
// installation can have made it. A notice carries it: whoever gets the notice may say "it
// wasn't me", and no more.
func (d *Desk) DisownKey(customer, token ident.ID, until time.Time) string {
	b := append(append(make([]byte, 0, 2*idBytes+4+tagBytes), customer[:]...), token[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(until.Unix()/60)) //nolint:gosec // minutes fit until the year 10000
	return base64.RawURLEncoding.EncodeToString(append(b, d.disownTag(b)...))
}

func (d *Desk) disownTag(b []byte) []byte { return d.Ring.MAC("mobiletoken.disown", b)[:tagBytes] }

// Disowning is what the key of a notice comes to.
type Disowning struct {
	Notice Token // that the notice was of
	Token  Token // that is meant now: what took the place of the notice's, if it was replaced
}

// Stopped reports whether the token is out of use, and stays so until staff act.
func (x Disowning) Stopped() bool {
	return x.Token.Status == Archived && !x.Removed() || x.Token.Status == Blocked && x.Token.BlockedBy == ByOperator
}

// Removed reports whether the token was in use and has ended, with nothing in its place: there
// is nothing that a key could stop.
func (x Disowning) Removed() bool {
	return x.Token.Status == Archived && (x.Token.Before == Active || x.Token.Before == Blocked)
}

// successor follows finished migrations from a token to the one that took its place.
func successor(tx *db.Tx, t Token) (Token, error) {
	for t.Status == Archived {
		m, found, err := oneMigration(tx, "customer = $1 AND old_token = $2 AND status = 'done'", t.Customer, t.ID)
		if err != nil || !found {
			return t, err
		}
		if t, found, err = Get(tx, m.Customer, m.New); err != nil || !found {
			return t, errors.Join(err, orUnknown(found))
		}
	}
	return t, nil
}

// disowning reads the notice's token and the one that is meant.
func disowning(tx *db.Tx, customer, token ident.ID) (x Disowning, err error) {
	var found bool
	if x.Notice, found, err = Get(tx, customer, token); err != nil || !found {
		return x, errors.Join(err, orUnknown(found))
	}
	x.Token, err = successor(tx, x.Notice)
	return x, err
}

// Disowned returns what a key comes to, to be asked about. The fault "mobiletoken.disown_key"
// (NotFound) says that the key is none of ours, or too old.
func (d *Desk) Disowned(ctx context.Context, key string) (x Disowning, err error) {
	customer, token, err := d.readDisown(ctx, key)
	if err != nil {
		return x, err
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		x, err = disowning(tx, customer, token)
		return err
	})
	return x, err
}

func (d *Desk) readDisown(ctx context.Context, key string) (customer, token ident.ID, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(key)
	if err != nil || len(b) != 2*idBytes+4+tagBytes {
		return customer, token, noDisownKey()
	}
	body, tag := b[:len(b)-tagBytes], b[len(b)-tagBytes:]
	if subtle.ConstantTimeCompare(tag, d.disownTag(body)) != 1 {
		return customer, token, noDisownKey()
	}
	copy(customer[:], body)
	copy(token[:], body[idBytes:])
	until := time.Unix(60*int64(binary.BigEndian.Uint32(body[2*idBytes:])), 0)
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if tx.Now.After(until) {
			return noDisownKey()
		}
		return nil
	})
	return customer, token, err
}

func noDisownKey() error {
	return fault.NotFoundf("mobiletoken.disown_key", "This link is not good any more. Call your bank at once if something was not you.")
}

// Disown takes the token of a notice's key out of use at once, or the one that has taken its
// place by a migration since: one that is in use is blocked as by staff, so that only they set it
// going again; one that is not in use yet is archived. It needs nothing but the notice, for it
// helps nobody but the owner. A token that is out of use already is left as it is.
func (d *Desk) Disown(ctx context.Context, key string) (x Disowning, err error) {
	customer, token, err := d.readDisown(ctx, key)
	if err != nil {
		return x, err
	}
	o := Order{Customer: customer, Token: token, Reason: disownReason, Warned: true}
	_, err = d.within(ctx, audit.System("self-service"), o, needNothing, func(u *unit) error {
		if x, err = disowning(u.tx, customer, token); err != nil {
			return err
		}
		meant, err := u.other(x.Token.ID)
		if err != nil {
			return err
		}
		err = meant.disown()
		x.Token = meant.t
		return err
	})
	return x, err
}

// disown takes the token out of use, if it is not.
func (u *unit) disown() error {
	switch {
	case u.t.Status == Archived || u.t.Status == Blocked && u.t.BlockedBy == ByOperator:
		return nil
	case u.t.Status == Active || u.t.Status == Blocked:
		return u.block(change{cause: ByOperator, reason: disownReason})
	}
	if err := u.archive(disownReason); err != nil {
		return err
	}
	return u.record(AuditArchived, nil)
}
