package hardtoken

import (
	"crypto/hmac"

	"github.com/countersign-auth/countersign/oath"
)

// UnlockSecret is the name of the unlock key in Unit.Secrets.
const UnlockSecret = "unlock"

// maxCodes is how many wrong unlock codes a challenge stands.
const maxCodes = 3

// lock locks the token after too many wrong PINs. It draws one challenge, which
// stays until it is answered or maxCodes wrong answers are counted.
func (t *Token) lock() {
	s := &t.state
	s.Locked, s.Unlocked, s.Phase, s.Said = true, false, Locked, SayNothing
	s.Challenges, s.WrongCodes = s.Challenges+1, 0
}

// challenge is what a locked token shows.
func (t *Token) challenge() string {
	return challenge(t.unit.Secrets[UnlockSecret], t.state.Challenges, t.unlock.Suite().QuestionMax)
}

// takeUnlockCode compares an unlock code. The right one takes the PIN away, so
// that a new one must be chosen; it touches neither counters nor clock. An entry
// that is too short is a slip and does not count.
func (t *Token) takeUnlockCode() {
	s := &t.state
	typed := s.Typed
	s.Typed = ""
	switch {
	case typed == "":
		return // to see the challenge again
	case len(typed) < t.unlock.Suite().Digits:
		s.Said = SayShort
		return
	}
	code, err := t.unlock.Code(oath.Input{Question: t.challenge()})
	if err == nil && hmac.Equal([]byte(code), []byte(typed)) {
		s.Locked, s.Tries, s.WrongCodes, s.PIN = false, 0, 0, nil
		s.Phase, s.Renewing = NewPIN, true
		return
	}
	s.WrongCodes, s.Said = s.WrongCodes+1, SayWrongCode
	if s.WrongCodes >= maxCodes {
		s.Challenges, s.WrongCodes, s.Said = s.Challenges+1, 0, SayRenewed
	}
}
