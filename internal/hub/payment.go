package hub

import (
	"cmp"
	"fmt"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Signing says what the customer types into tokens of some models to sign the
// payment. It depends on the payment and the policies alone, so it is the same for
// every customer, also for those who do not exist.
type Signing struct {
	Policy  string          // the policy that such a signature is a proof for
	Profile string          // code of the signing profile
	Keypad  payment.Keypad  // how the token learns what it signs
	Models  []string        // codes of the models, in the order of the policies
	Names   []string        // their names
	Entries []payment.Entry // to be typed, in this order; none when a cable or a camera brings the hash
}

// payable checks that a journey and a payment belong together, and that the
// payment can be signed at all: what no token can sign is refused here, before
// anything is stored.
func payable(set *policy.Set, j policy.Journey, p payment.Payment) error {
	switch {
	case j.Purpose != policy.PurposePayment && p.IsZero():
		return nil
	case j.Purpose != policy.PurposePayment:
		return fault.Invalidf("authentication.payment_unexpected", "The purpose %q has nothing to do with a payment: leave it out, or use the purpose payment.", j.Purpose).WithField("/payment")
	case p.IsZero():
		return fault.Invalidf("authentication.payment_missing", "Say which payment the customer is to approve.").WithField("/payment")
	case !set.Linked(j):
		return notLinked(j)
	}
	var why error
	for _, w := range j.All() {
		err := signable(set, w, p)
		if err == nil {
			return nil
		}
		why = cmp.Or(why, err)
	}
	return why
}

// signable fails when a step of w takes signatures of tokens only, and none can sign p.
func signable(set *policy.Set, w policy.Way, p payment.Payment) error {
	for _, step := range w.Steps {
		if _, err := signings(set, step, p); err != nil {
			return err
		}
	}
	return nil
}

func notLinked(j policy.Journey) error {
	return fault.Invalidf("authentication.journey", "The journey for payments on the channel %q takes codes that are not specific to the payment, so it must not be used: its policies need a step with signatures only.", j.Channel)
}

// signings returns what is typed for a step, by policy and profile. It fails with
// payment.not_typeable when the step takes signatures of tokens only, and no token
// can make one.
func signings(set *policy.Set, step []string, p payment.Payment) (all []Signing, err error) {
	var why error
	only := true
	for _, code := range step {
		x, _ := set.Policy(code)
		if x.Use != policy.UseSign || x.Method != policy.MethodToken {
			only = false
			continue
		}
		for _, profile := range set.Signing {
			s := signing(set, code, profile)
			if len(s.Models) == 0 {
				continue
			}
			if s.Entries, err = profile.Entries(p); err != nil {
				why = err
				continue
			}
			all = append(all, s)
		}
	}
	switch {
	case len(all) > 0 || !only:
		return all, nil
	case why == nil:
		why = fault.Invalidf("payment.not_typeable", "No token of the bank can sign payments. Approve it by another method.").WithField("/payment")
	}
	return nil, why
}

// signing lists the models that sign by a profile for a policy.
func signing(set *policy.Set, code string, profile payment.Profile) Signing {
	s := Signing{Policy: code, Profile: profile.Code, Keypad: profile.Keypad}
	for _, m := range set.Models {
		if m.Signing == profile.Code && m.Serves(code) {
			s.Models, s.Names = append(s.Models, m.Code), append(s.Names, m.Name)
		}
	}
	return s
}

// same checks a payment that came with a proof against the one that was started:
// the bank sends data values and code (F-4.3.6), and they must belong together. No
// payment with a proof means that of the start.
func (r *row) same(p payment.Payment) error {
	if p.IsZero() || p.Hash() == r.payment {
		return nil
	}
	return differs()
}

func differs() error {
	return fault.Conflictf("authentication.payment_differs", "The payment is not the one that this authentication was started for. The code was not looked at. Start a new authentication for another payment.").WithField("/payment")
}

// keepPayment stores the payment of a row that was just added.
func (r *row) keepPayment(tx *db.Tx) error {
	if r.paid.IsZero() {
		return nil
	}
	_, err := tx.Exec("INSERT INTO authentication_payment (customer, id, canonical) VALUES ($1, $2, $3)", r.customer, r.id, r.paid.Canonical())
	return err
}

// loadPayment reads the payment of a stored row, and fails when it is not the one
// that the row names.
func (r *row) loadPayment(tx *db.Tx) error {
	if r.payment.IsZero() || !r.paid.IsZero() {
		return nil
	}
	var b []byte
	err := tx.Row("SELECT canonical FROM authentication_payment WHERE customer = $1 AND id = $2", r.customer, r.id).Scan(&b)
	if err == nil {
		r.paid, err = payment.Parse(b)
	}
	if err == nil && r.paid.Hash() != r.payment {
		r.paid, err = payment.Payment{}, fmt.Errorf("hub: the payment of authentication %s is not the one that it was started for", r.id)
	}
	return err
}
