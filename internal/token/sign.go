package token

import (
	"errors"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
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

// keyFor returns the key of a device that serves a policy.
func keyFor(keys []Key, p policy.Policy) (Key, bool) {
	if p.Use != policy.UseSign {
		return codeKey(keys)
	}
	for _, k := range keys {
		if k.Usage == UseSign && k.Algorithm == OCRA {
			return k, true
		}
	}
	return Key{}, false
}

// frame is what one entry takes of a question besides its text: the number of
// entries, and its length.
const frame = 3

// challengeLength is how many digits a challenge for the key's resynchronization has.
func (x *resyncing) challengeLength() int {
	profile, signs := x.set.ProfileOf(x.device.Model)
	if x.key.Usage == UseSign && signs {
		return min(x.policy.Challenge.Length, profile.Length-frame)
	}
	return x.key.QuestionLength(x.policy.Challenge.Length)
}

// formed is the question that the token makes of a challenge for its
// resynchronization. A token that signs takes it as its only entry, which no
// payment has: so such a code is never a signature, nor a signature such a code.
func (x *resyncing) formed(challenge string) (string, error) {
	if x.key.Usage != UseSign {
		return challenge, nil
	}
	profile, signs := x.set.ProfileOf(x.device.Model)
	if !signs || profile.Keypad == payment.Wire {
		return "", fault.Conflictf("token.resync_nothing", "No challenge can be typed into this token, so its signatures cannot be brought back into step: replace it.")
	}
	return profile.Keypad.Question([]string{challenge}, profile.Length)
}
