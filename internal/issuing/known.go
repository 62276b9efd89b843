package issuing

import (
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// known looks whether the payment of an advice was approved here, too: a transaction counter of a token belongs to one payment. It happens where
// the answer was lost and the network stood in, or where the network refused what was approved. What the advice says is what is due:
// less comes back, and more is a record of its own, so that nothing is cleared twice or missed.
func (x *attempt) known(m *message, a *Advice, out *Decision) (done bool, err error) {
	found, err := x.load()
	if err != nil || !found {
		return false, err
	}
	t := &x.pay.Token
	if right, err := x.right(); err != nil || !right {
		return false, err
	}
	id, left, err := x.before()
	if err != nil || id.IsZero() {
		return false, err
	}
	more := a.Approved - left
	out.Token, out.Customer = t.ID, t.Customer
	if more > 0 {
		out.Reason, out.Approved = OldCounter, more
		worn, err := vault.Owe(x.tx, vault.Charge{Token: t.ID, Kind: vault.Key, Index: x.r.index(), Amount: more, Currency: x.r.Currency})
		if out.Detail = string(worn); worn != "" && err == nil {
			err = vault.End(x.tx, t.ID, x.r.index())
		}
		if err != nil {
			return true, err
		}
		return true, x.store(m, out)
	}
	out.ID, out.Approved = id, a.Approved
	if more < 0 {
		o := original{id: id, token: t.ID, customer: t.Customer, approved: left, currency: x.r.Currency, number: int64(x.r.index())}
		if err := x.d.giveBack(x.tx, o, -more, &Returned{}); err != nil {
			return true, err
		}
	}
	return true, x.confirm(m, out)
}

// before finds what was approved under the counter of the request, and what is left of it. The id is zero where nothing was.
func (x *attempt) before() (id ident.ID, left int64, err error) {
	err = x.tx.Row(`SELECT id, approved - returned FROM issuing_authorization WHERE token = $1 AND number = $2 AND counter = $3 AND currency = $4 AND approved > 0 ORDER BY id DESC LIMIT 1`,
		x.pay.Token.ID, int64(x.r.index()), x.r.counter(), x.r.Currency).Scan(&id, &left)
	if errors.Is(err, db.ErrNoRow) {
		return ident.ID{}, 0, nil
	}
	return id, left, err
}
