package idserver_test

import (
	"context"
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/payment"
)

// liar is a signature server that says of any transaction that it is the one.
type liar struct {
	authenticator.Remote

	says ident.ID
}

func (l liar) Check(context.Context, authenticator.Request, authenticator.Proof) (authenticator.Finding, error) {
	return authenticator.Finding{
		Right: true, Factors: authenticator.Possession | authenticator.Knowledge, Exhibit: &authenticator.Exhibit{ID: l.says},
		Consume: func(*db.Tx) (bool, error) { return true, nil },
	}, nil
}

// TestHubLiar: a good signature that was made for something else is not taken for this, whatever the signature
// server says of it.
func TestHubLiar(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		paid := w.signed("90.00")
		of := w.found(paid, "90.00").Exhibit.ID
		check := func(of ident.ID, r authenticator.Request) error {
			method := idserver.Method{Remote: liar{mobileid.Method{Desk: w.signers}, of}, Desk: w.desk}
			_, err := method.Check(t.Context(), r, authenticator.Proof{})
			return err
		}
		w.check(check(of, w.asked(paid, "90.00")))
		wants := func(name string, err error) {
			if !fault.Is(err, "identity.not_valid") {
				t.Errorf("%s: %v", name, err)
			}
		}
		wants("another authentication of the same payment", check(of, w.asked(w.pay("90.00"), "90.00")))
		wants("another payment", check(of, w.asked(paid, "91.00")))
		wants("the same amount to the same payee for something else", func() error {
			r := w.asked(paid, "90.00")
			p, err := payment.New(payment.Order{Amount: "90.00", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Wood"}, Reference: "Coal"})
			w.check(err)
			r.Payment = p
			return check(of, r)
		}())
		wants("an authentication of the authentication key", func() error {
			r := w.asked(paid, "90.00")
			r.Policy, _ = w.book.Active().Policy("sim")
			return check(of, r)
		}())

		small := w.start() // "I accept.", really signed, is passed off as the payment
		w.card.sign()
		w.deliver()
		w.is(small, idserver.Granted, "")
		w.write(func(tx *db.Tx) error {
			return tx.Row("SELECT id FROM mobile_id_request WHERE authentication IS NULL AND kind = 'sign'").Scan(&of)
		})
		r := w.asked(paid, "90.00")
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE mobile_id_request SET authentication = $1, payment = $2, policy = 'sim-sign', taken = 1 WHERE id = $3", r.Authentication, r.Payment.Hash(), of)
			return err
		})
		wants("a text that does not name it", check(of, r))
	})
}
