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

	disownBytes = 2*idBytes + 8 + tagBytes
)

// DisownKey names a token and the moment of a notice of it, so that only this installation can
// have made it. The notice carries it: whoever gets the notice may say "it wasn't me", and no
// more. It is good for DisownFor, or until staff have set the token going again.
func (d *Desk) DisownKey(customer, token ident.ID, at time.Time) string {
	b := append(append(make([]byte, 0, disownBytes), customer[:]...), token[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(at.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(b, d.disownTag(b)...))
}

func (d *Desk) disownTag(b []byte) []byte { return d.Ring.MAC("mobiletoken.disown", b)[:tagBytes] }

// Disowning is what the key of a notice comes to.
type Disowning struct {
	Notice Token // that the notice was of
	Token  Token // that is meant now: what took the place of the notice's, if it was replaced

	// Settled reports that staff have set the token going again since the notice, having
	// identified its owner: the link has been dealt with, and stops nothing any more.
	Settled bool
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

// notice is what the key of a notice says.
type notice struct {
	customer, token ident.ID
	at              time.Time
}

// disowning reads the notice's token and the one that is meant: finished migrations are followed
// from a token to the one that took its place. What staff settled on the way is settled.
func (n notice) disowning(tx *db.Tx) (x Disowning, err error) {
	t, found, err := Get(tx, n.customer, n.token)
	if err != nil || !found {
		return x, errors.Join(err, orUnknown(found))
	}
	x = Disowning{Notice: t, Settled: t.settled.After(n.at)}
	for t.Status == Archived {
		m, moved, err := oneMigration(tx, "customer = $1 AND old_token = $2 AND status = 'done'", t.Customer, t.ID)
		if err != nil {
			return x, err
		}
		if !moved {
			break
		}
		if t, found, err = Get(tx, m.Customer, m.New); err != nil || !found {
			return x, errors.Join(err, orUnknown(found))
		}
		x.Settled = x.Settled || t.settled.After(n.at)
	}
	x.Token = t
	return x, nil
}

// Disowned returns what a key comes to, to be asked about. The fault "mobiletoken.disown_key"
// (NotFound) says that the key is none of ours, or too old.
func (d *Desk) Disowned(ctx context.Context, key string) (x Disowning, err error) {
	n, err := d.readDisown(ctx, key)
	if err != nil {
		return x, err
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		x, err = n.disowning(tx)
		return err
	})
	return x, err
}

func (d *Desk) readDisown(ctx context.Context, key string) (n notice, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(key)
	if err != nil || len(b) != disownBytes {
		return n, noDisownKey()
	}
	body, tag := b[:len(b)-tagBytes], b[len(b)-tagBytes:]
	if subtle.ConstantTimeCompare(tag, d.disownTag(body)) != 1 {
		return n, noDisownKey()
	}
	copy(n.customer[:], body)
	copy(n.token[:], body[idBytes:])
	n.at = time.UnixMicro(int64(binary.BigEndian.Uint64(body[2*idBytes:]))).UTC() //nolint:gosec // made by DisownKey
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if tx.Now.After(n.at.Add(DisownFor)) {
			return noDisownKey()
		}
		return nil
	})
	return n, err
}

func noDisownKey() error {
	return fault.NotFoundf("mobiletoken.disown_key", "This link is not good any more. Call your bank at once if something was not you.")
}

// Disown takes the token of a notice's key out of use at once, or the one that has taken its
// place by a migration since: one that is in use is blocked as by staff, so that only they set it
// going again; one that is not in use yet is archived. It needs nothing but the notice, for it
// helps nobody but the owner. A token that is out of use already is left as it is, and so is one
// that is Settled: who keeps a link cannot stop the token again and again.
func (d *Desk) Disown(ctx context.Context, key string) (x Disowning, err error) {
	n, err := d.readDisown(ctx, key)
	if err != nil {
		return x, err
	}
	o := Order{Customer: n.customer, Token: n.token, Reason: disownReason, Warned: true}
	_, err = d.within(ctx, audit.System("self-service"), o, needNothing, func(u *unit) error {
		if x, err = n.disowning(u.tx); err != nil || x.Settled {
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
