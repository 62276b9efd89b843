package issuing

import (
	"context"
	"encoding/hex"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// sight is what is seen of a request before its transaction, so that others do not wait for it there: all but the cryptogram is looked at again.
type sight struct {
	before message  // over: the request came before, and this is its answer
	key    ident.ID // requests of the same one come one after another

	pay    vault.Paying
	worth  bool            // the token may pay, and the cryptogram is right
	looked bool            // at the cryptogram
	proven *cryptogram.Key // of the cryptogram, if it is right
}

// look reads the answer to a request that came before, or what decides about it.
func (d *Desk) look(ctx context.Context, r *Request, digest []byte) (s sight, err error) {
	var x attempt
	standing := Reason("")
	err = d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s = sight{}
		if s.before, err = d.answered(tx, r.Key, digest); err != nil || s.before.over {
			return err
		}
		x = attempt{d: d, tx: tx, r: r, kind: kindRequest}
		var out Decision
		standing, err = x.standing(&out)
		return err
	})
	if err != nil || s.before.over {
		return s, err
	}
	s.pay, s.key = x.pay, x.pay.Token.Customer
	if s.key.IsZero() { // nobody's: whoever guesses numbers shall not hold up others
		s.key = ident.Derive("issuing", hex.EncodeToString(d.messageDigest(r.Number)))
		return s, nil
	}
	right, err := x.right()
	s.looked, s.worth, s.proven = err == nil, right && standing == NoReason, x.proven
	return s, err
}
