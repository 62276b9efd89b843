package token

import (
	"fmt"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/oath"
)

// UnlockCode is what a customer types into a locked token. Only Reveal shows it.
type UnlockCode struct{ digits string }

// Reveal returns the digits.
func (c UnlockCode) Reveal() string { return c.digits }

// String hides the code.
func (c UnlockCode) String() string { return "[unlock code]" }

// Format hides the code from every verb.
func (c UnlockCode) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(c.String())) }

// MarshalText hides the code.
func (c UnlockCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// The lengths of an unlock challenge and the shortest unlock code, in digits.
const (
	minChallenge  = 6
	maxChallenge  = 16
	minUnlockCode = 6
)

// unlocks reports whether a suite can give unlock codes: to a decimal challenge
// alone. Nothing else that an OCRA suite may ask for is known to stand in a
// locked token as it does here: not its counter, not its PIN.
func unlocks(s oath.Suite) bool {
	return s.Question == oath.Numeric && !s.Counter && s.PIN == oath.NoPIN && s.Session == 0 && s.Step == 0 &&
		s.QuestionMax >= minChallenge && s.QuestionMax <= maxChallenge && s.Digits >= minUnlockCode
}

// unlockKey returns the key that unlocks the token, and its suite.
func (s *subject) unlockKey() (k Key, suite oath.Suite, err error) {
	err = fault.Conflictf("token.no_unlock_key", "No key came with this token to unlock it: replace it.")
	for _, k := range s.keys {
		if k.Usage != UseUnlock {
			continue
		}
		suite, parse := oath.ParseSuite(k.Suite)
		switch {
		case k.Algorithm != OCRA || parse != nil || !unlocks(suite):
			err = fault.Conflictf("token.unlock_suite", "The unlock key of this token is of a kind that gives no unlock codes here: replace the token.")
		case !k.Expires.IsZero() && s.now.After(k.Expires), !k.Starts.IsZero() && s.now.Before(k.Starts), k.MaxUses > 0 && k.Uses >= k.MaxUses:
			err = fault.Conflictf("token.unlock_key_over", "The unlock key of this token may not be used now, or not any more: replace the token.")
		default:
			return k, suite, nil
		}
	}
	return Key{}, suite, err
}

// readChallenge gives the canonical form of a challenge as typed: exactly as many
// digits as the token shows. A text of another form can be no challenge, and is
// refused before anything is counted.
func readChallenge(typed string, suite oath.Suite) (string, error) {
	challenge, err := oath.CanonicalRange(typed, suite.QuestionMax, suite.QuestionMax)
	if err != nil {
		return "", fault.Invalidf("token.unlock_form", "The token shows a challenge of %d digits: type all of them, and nothing else.", suite.QuestionMax).WithField("challenge")
	}
	return challenge, nil
}

// unlockCode computes the answer to a challenge: the question is the whole
// challenge, check digit included.
func (t *Tokens) unlockCode(k *Key, suite oath.Suite, challenge string) (UnlockCode, error) {
	seed, err := t.ring.Open(sealLabel, k.Device, k.seed)
	if err != nil {
		return UnlockCode{}, err
	}
	defer clear(seed)
	o, err := oath.NewOCRA(suite, seed)
	if err != nil {
		return UnlockCode{}, err
	}
	code, err := o.Code(oath.Input{Question: challenge})
	return UnlockCode{code}, err
}
