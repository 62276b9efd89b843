package hardtoken

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// choosePIN takes the first entry of a new PIN.
func (t *Token) choosePIN() {
	s := &t.state
	typed := s.Typed
	s.Typed = ""
	switch {
	case len(typed) < t.model.MinPIN:
		s.Said = SayShort
	case simple(typed):
		s.Said = SaySimple
	default:
		s.First, s.Phase = t.digest(typed), RepeatPIN
	}
}

// repeatPIN takes the second entry and keeps the PIN if both are the same.
func (t *Token) repeatPIN(now time.Time) {
	s := &t.state
	first, second := s.First, t.digest(s.Typed)
	s.First, s.Typed = nil, ""
	if !hmac.Equal(first, second) {
		s.Phase, s.Said = NewPIN, SayDiffers
		return
	}
	s.PIN, s.Tries, s.Unlocked = second, 0, true
	if s.Renewing {
		s.Renewing, s.Phase = false, Ready // unlocking makes no code
		return
	}
	t.proceed(now)
}

// checkPIN compares a device PIN, or takes one that goes into the computation.
// An entry shorter than any PIN is a slip and costs no try.
func (t *Token) checkPIN(now time.Time) {
	s := &t.state
	typed := s.Typed
	s.Typed = ""
	switch {
	case len(typed) < t.model.MinPIN:
		s.Said = SayShort
	case t.model.PIN == ComputedPIN:
		s.PINHash = t.hashPIN(typed)
		t.proceed(now)
	case hmac.Equal(s.PIN, t.digest(typed)):
		s.Tries, s.Unlocked = 0, true
		t.proceed(now)
	default:
		t.wrongPIN()
	}
}

func (t *Token) wrongPIN() {
	s := &t.state
	s.Tries++
	s.Said = SayWrong
	if s.Tries >= t.model.MaxTries {
		t.lock()
	}
}

// hashPIN digests a PIN as the suite of the current function wants it. A
// function without P in its suite takes no PIN.
func (t *Token) hashPIN(pin string) []byte {
	if g := t.gens[t.state.Function]; g.ocra != nil && g.ocra.Suite().PIN != oath.NoPIN {
		return g.ocra.Suite().HashPIN(pin)
	}
	return nil
}

// digest is what the token keeps instead of the PIN, keyed with its first secret.
func (t *Token) digest(pin string) []byte {
	h := hmac.New(sha256.New, t.unit.Secrets[t.model.Functions[0].Name])
	h.Write([]byte("hardtoken PIN\x00" + pin))
	return h.Sum(nil)
}

// simple reports PINs that everybody tries first: one digit repeated, or digits
// that only go up or down by one.
func simple(pin string) bool {
	for _, step := range []int{-1, 0, 1} {
		same := true
		for i := 1; i < len(pin); i++ {
			same = same && int(pin[i])-int(pin[i-1]) == step
		}
		if same {
			return true
		}
	}
	return false
}
