package issuing

import (
	"context"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/vault"
)

// sight is what is seen of a request before its transaction, where the risk engine is to be asked: all but the cryptogram is looked at again.
type sight struct {
	pay    vault.Paying
	worth  bool            // the token may pay, and the cryptogram is right
	looked bool            // at the cryptogram
	proven *cryptogram.Key // of the cryptogram, if it is right
}

// look reads what decides about a request, unless it came before.
func (d *Desk) look(ctx context.Context, r *Request, digest []byte) (s sight, err error) {
	x := attempt{d: d, r: r, kind: kindRequest}
	standing, over := Suspended, false
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		m, err := d.before(tx, r.Key, digest)
		if over = m.over || m.reversed; err != nil || over {
			return err
		}
		x.tx = tx
		var out Decision
		standing, err = x.standing(&out)
		return err
	})
	if err != nil || over || x.pay.Token.ID.IsZero() {
		return s, err
	}
	right, err := x.right()
	return sight{pay: x.pay, worth: right && standing == NoReason, looked: err == nil, proven: x.proven}, err
}
