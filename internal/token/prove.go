package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// First is the first secure code of a token that is being registered: the
// token is known, and it is not the customer's yet.
type First struct {
	Customer ident.ID // whose it will be when the finding is consumed
	Key      Key
	Code     string // as typed
	PIN      string // that is being chosen, canonical; only when Key.ChoosesPIN
	Question string // that was given for this registration; "" for tokens without
	Policy   policy.Policy
}

// Prove checks a first code. Its Consume works once the device has been
// assigned in the same transaction.
func (t *Tokens) Prove(ctx context.Context, f First) (authenticator.Finding, error) {
	code, err := readCode(f.Code)
	if err != nil {
		return authenticator.Finding{}, err
	}
	now := f.Key.Starts
	if err := t.db.Read(ctx, func(tx *db.Tx) error { now = tx.Now; return nil }); err != nil {
		return authenticator.Finding{}, err
	}
	k := candidate{Key: f.Key}
	switch {
	case !k.ChoosesPIN():
	case k.PINMode.Typed():
		k.PINMode = PINNone // the PIN is being chosen: the code comes alone
	default: // it enters the computation
		k.pinSealed = t.ring.Seal(pinLabel, k.Device, []byte(f.PIN))
	}
	r := authenticator.Request{Customer: f.Customer, Policy: f.Policy, Set: &policy.Set{}, Now: now}
	m, err := t.try(&k, r, code, authenticator.Challenge{Question: f.Question})
	if err != nil || !m.found {
		return authenticator.Finding{Reason: authenticator.Wrong}, err
	}
	return authenticator.Finding{Right: true, Device: k.Device, Consume: func(tx *db.Tx) (bool, error) {
		if m.counted {
			return f.Key.consume(tx, f.Customer, m.value, m.drift)
		}
		return f.Key.use(tx, f.Customer, m.drift)
	}}, nil
}

// QuestionLength returns how many digits a challenge for the key has: as many
// as wanted, within what its suite takes.
func (k *Key) QuestionLength(wanted int) int {
	s, err := oath.ParseSuite(k.Suite)
	if err != nil {
		return wanted
	}
	return max(min(wanted, s.QuestionMax), s.MinQuestion())
}
