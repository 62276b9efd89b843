package mobiletoken

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
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

// Disowned returns the token of a key, to be asked about. The fault "mobiletoken.disown_key"
// (NotFound) says that the key is none of ours, or too old.
func (d *Desk) Disowned(ctx context.Context, key string) (t Token, err error) {
	customer, token, err := d.readDisown(ctx, key)
	if err != nil {
		return t, err
	}
	it, err := d.Get(ctx, customer, token)
	return it.Token, err
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

// Disown takes the token of a notice's key out of use at once: one that is in use is blocked
// as by staff, so that only they set it going again; one that is not in use yet is archived. It
// needs nothing but the notice, for it helps nobody but the owner. A token that is out of
// use already is left as it is.
func (d *Desk) Disown(ctx context.Context, key string) (t Token, err error) {
	customer, token, err := d.readDisown(ctx, key)
	if err != nil {
		return t, err
	}
	o := Order{Customer: customer, Token: token, Reason: disownReason, Warned: true}
	return d.within(ctx, audit.System("self-service"), o, needNothing, func(u *unit) error {
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
	})
}
