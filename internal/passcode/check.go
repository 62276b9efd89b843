package passcode

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/oath"
)

// The lengths of codes.
const (
	minCode = 6
	maxCode = 10
)

// Check implements authenticator.Method. The newest code of the decision is the only one
// that can be right; which challenge the proof names makes no difference. The fault
// "passcode.code_form" (Invalid) says that what was typed can be no code.
func (p *Passcodes) Check(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (authenticator.Finding, error) {
	typed, err := oath.CanonicalRange(proof.Code, minCode, maxCode)
	if err != nil {
		return authenticator.Finding{}, fault.Invalidf("passcode.code_form", "This is not a code from a text message: %s.", strings.TrimPrefix(err.Error(), "oath: ")).WithField("code")
	}
	var c code
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		c, _, err = find(tx, r.Customer, r.Authentication, r.Policy.Code)
		return err
	})
	if err != nil {
		return authenticator.Finding{}, err
	}
	right := subtle.ConstantTimeCompare(c.mac, p.mac(&r, typed)) == 1
	found := authenticator.Finding{Reason: authenticator.Wrong, Holder: !c.Phone.IsZero()}
	switch {
	case !right:
	case !c.Used.IsZero():
		found.Reason = authenticator.Replayed
	case r.Now.Before(c.Expires):
		found.Right, found.Factors, found.Reason = true, authenticator.Possession, authenticator.Accepted
		found.Consume = func(tx *db.Tx) (bool, error) { return p.consume(tx, c) }
	}
	return found, nil
}

// mac is the keyed hash of a code. The request is in it: customer, authentication, policy
// and, for payments, the hash over amount, currency and payee. A row that was moved to
// another request, or a payment that was changed under it, makes every code wrong.
func (p *Passcodes) mac(r *authenticator.Request, code string) []byte {
	hash := r.Payment.Hash()
	return p.ring.MAC("passcode.code", r.Customer[:], r.Authentication[:], []byte(r.Policy.Code), hash[:], []byte(code))
}

// consume spends the code and whatever waits for a right one: the customer's codes are
// counted from nothing again, the phone is verified, and its prefix did well. A phone
// that is the customer's no longer takes no code.
func (p *Passcodes) consume(tx *db.Tx, c code) (bool, error) {
	won, err := c.consume(tx)
	if err != nil || !won {
		return false, err
	}
	if won, err = proved(tx, c.Customer, c.Phone); err != nil || !won {
		return false, err
	}
	return true, p.budget.Right(tx, c.Customer, c.prefix, c.Made)
}

// Nothing is the handler of messages of [Kind]: there is nothing to be delivered.
func Nothing(context.Context, outbox.Message) error { return nil }
