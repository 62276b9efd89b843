package issuing

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/vault"
)

// known looks whether the payment of an advice was approved here, too, or told before under another key: a transaction counter of a token belongs to one
// payment. It happens where the answer was lost and the network stood in, or where the network refused what was approved. What the advice says is what is
// due: less comes back, and more is a record of its own, so that nothing is cleared twice or missed.
func (x *attempt) known(m *message, a *Advice, out *Decision) (done bool, err error) {
	found, err := x.load()
	if err != nil || !found {
		return false, err
	}
	t := &x.pay.Token
	if right, err := x.right(); err != nil || !right {
		return false, err
	}
	parts, left, err := x.before()
	if err != nil || len(parts) == 0 {
		return false, err
	}
	for _, o := range parts {
		if _, err := x.tx.Exec("UPDATE issuing_authorization SET told = 1 WHERE id = $1", o.id); err != nil {
			return true, err
		}
	}
	more := a.Approved - left
	out.Token, out.Customer = t.ID, t.Customer
	if more > 0 {
		out.Reason, out.Approved = OldCounter, more
		worn, err := vault.Owe(x.tx, vault.Charge{Token: t.ID, Kind: x.pay.Grant.Kind, Index: x.r.index(), Amount: more, Currency: x.r.Currency})
		if out.Detail = string(worn); worn != "" && err == nil {
			err = vault.End(x.tx, t.ID, x.r.index())
		}
		if err != nil {
			return true, err
		}
		return true, x.store(m, out)
	}
	out.ID, out.Reason, out.Detail, out.Approved = parts[0].id, NoReason, "", a.Approved
	if _, err := x.d.giveBackOf(x.tx, parts, -more); err != nil {
		return true, err
	}
	return true, x.confirm(m, out)
}

// before lists what was approved under the counter of the request, the newest first, and sums up what is left of it.
func (x *attempt) before() (parts []original, left int64, err error) {
	return partsOf(x.tx, original{token: x.pay.Token.ID, customer: x.pay.Token.Customer, currency: x.r.Currency, number: int64(x.r.index()), counter: x.r.counter()})
}

// partsOf lists what was approved of one payment, the newest first, and sums up what is left of it: what token, key, counter and currency of o say. What an
// advice told with a cryptogram that was wrong is not of this payment.
func partsOf(tx *db.Tx, o original) (parts []original, left int64, err error) {
	err = tx.Each(`SELECT id, approved, returned FROM issuing_authorization WHERE token = $1 AND number = $2 AND counter = $3 AND currency = $4 AND approved > 0 AND reason <> $5 ORDER BY id DESC`,
		[]any{o.token, o.number, o.counter, o.currency, string(WrongCryptogram)}, func(r db.Row) error {
			err := r.Scan(&o.id, &o.approved, &o.returned)
			parts, left = append(parts, o), left+o.approved-o.returned
			return err
		})
	return parts, left, err
}
