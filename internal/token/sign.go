package token

import (
	"errors"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// decoySuite is the suite of the key that stands in for the signing key of a
// customer who has none.
const decoySuite = "OCRA-1:HOTP-SHA256-8:C-QN64"

// formats are the questions that the keypads of signing profiles make.
var formats = map[payment.Keypad]oath.QuestionFormat{payment.Decimal: oath.Numeric, payment.Text: oath.Alphanumeric, payment.Wire: oath.Hexadecimal}

// usageOf says which keys are tried for a policy.
func usageOf(p policy.Policy) Usage {
	if p.Use == policy.UseSign {
		return UseSign
	}
	return UseCode
}

// question returns what the key is asked: the challenge, or for a signature what
// was typed of the payment by the profile of the device's model. A key that cannot
// sign the payment is asked nothing, and matches nothing.
func (k *candidate) question(r authenticator.Request, asked authenticator.Challenge) string {
	if r.Policy.Use != policy.UseSign {
		return asked.Question
	}
	if k.KeyID == decoyID {
		return strings.Repeat("1", payment.MaxQuestion)
	}
	profile, signs := r.Set.ProfileOf(k.model)
	if !signs || signable(&k.Key, profile) != nil {
		return ""
	}
	q, err := profile.Question(r.Payment)
	if err != nil {
		return "" // not for this token; another one of the customer's may do
	}
	return q
}

// signable says why a key cannot sign by a profile; nil when it can. What is
// spent with a signature is a counter or a time step of the key. A key that has
// neither would give one code for one payment for ever (RFC 6287, section 8.2, IC9),
// and a payment is made more than once in a life.
func signable(k *Key, p payment.Profile) error {
	s, err := oath.ParseSuite(k.Suite)
	switch {
	case k.Algorithm != OCRA || err != nil:
		return errors.New("only OCRA signs payments")
	case !s.Counter && s.Step == 0:
		return errors.New("the suite has neither a counter nor a clock, so a signature could be used again")
	case s.Question != formats[p.Keypad] || s.QuestionMax != p.Length:
		return fmt.Errorf("the suite takes questions Q%c%02d, but the signing profile %s has the keypad %s and %d characters", s.Question, s.QuestionMax, p.Code, p.Keypad, p.Length)
	case s.Digits == 0:
		return errors.New("the suite gives the whole HMAC; nobody can type that")
	}
	return nil
}

// signatures refuses a key that could not sign for the policies that its model
// serves. A model that signs nothing may have such keys: they are never tried.
func (k *Key) signatures(set *policy.Set, m policy.Model) error {
	profile, signs := set.ProfileOf(m.Code)
	if k.Usage != UseSign || !signs {
		return nil
	}
	if err := signable(k, profile); err != nil {
		return fmt.Errorf("the signing key cannot be used: %w", err)
	}
	return nil
}
