package token

import (
	"crypto/subtle"
	"time"

	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// trial is one code tried on one key.
type trial struct {
	key      *Key
	seed     []byte // opened
	pin      []byte // opened, for PINAlgorithmic
	code     string // canonical, without a typed PIN
	question string // of the challenge; "" when there is none
	now      time.Time
	policy   policy.Policy
}

// match is where a trial found the code.
type match struct {
	found, replayed bool
	value           int64 // counter or time step; unused when the key has neither
	drift           int
	counted         bool // value is meaningful
}

// run searches the key's window. A key whose parameters are broken matches
// nothing: the import let no such key in, so an error here is a damaged row.
func (t *trial) run() (match, error) {
	switch t.key.Algorithm {
	case HOTP:
		return t.hotp()
	case TOTP:
		return t.totp()
	default:
		return t.ocra()
	}
}

func (t *trial) hotp() (match, error) {
	h, err := oath.NewHOTP(t.seed, oath.HOTPOptions{Hash: t.key.Hash, Digits: t.key.Digits})
	if err != nil {
		return match{}, err
	}
	from := uint64(t.key.Next) //nolint:gosec // never negative: the import refuses it and it only grows
	at, ok := h.Find(t.code, from, t.events())
	return match{found: ok, replayed: from > 0 && same(h.Code(from-1), t.code), value: int64(at), drift: t.key.Drift, counted: true}, nil //nolint:gosec // below 2^63, as from
}

func (t *trial) totp() (match, error) {
	h, err := oath.NewTOTP(t.seed, oath.TOTPOptions{Hash: t.key.Hash, Digits: t.key.Digits, Step: t.key.Step, Epoch: t.key.Epoch})
	if err != nil {
		return match{}, err
	}
	m, ok := h.Find(t.code, t.now, t.window(oath.Suite{}))
	last := uint64(max(t.key.Next-1, 0))
	return match{found: ok, replayed: t.key.Next > 0 && same(h.CodeAt(last), t.code), value: int64(m.Step), drift: m.Drift, counted: true}, nil //nolint:gosec // below 2^62
}

func (t *trial) ocra() (match, error) {
	suite, err := oath.ParseSuite(t.key.Suite)
	if err != nil {
		return match{}, err
	}
	o, err := oath.NewOCRA(suite, t.seed)
	if err != nil {
		return match{}, err
	}
	in := oath.Input{Counter: uint64(t.key.Next), Question: t.question, Time: t.now} //nolint:gosec // not negative
	if suite.PIN != oath.NoPIN {
		in.PIN = suite.HashPIN(string(t.pin))
	}
	m, ok, err := o.Find(t.code, in, t.events(), t.window(suite))
	if err != nil {
		return match{}, nil //nolint:nilerr // the question does not fit this key's suite: another key was meant
	}
	if t.key.Usage == UseSign && !suite.Counter {
		return match{found: ok, value: int64(m.Step), drift: m.Drift, counted: true}, nil //nolint:gosec // below 2^62
	}
	// Without a counter the challenge is what is spent: the clock may serve
	// several challenges within one step.
	return match{found: ok, replayed: t.signedBefore(o, in), value: int64(m.Counter), drift: m.Drift, counted: suite.Counter}, nil //nolint:gosec // below 2^63
}

// signedBefore reports whether the code is the signature that was accepted last,
// sent again for the same payment.
func (t *trial) signedBefore(o *oath.OCRA, in oath.Input) bool {
	if t.key.Usage != UseSign || t.key.Next == 0 {
		return false
	}
	in.Counter--
	last, err := o.Code(in)
	return err == nil && same(last, t.code)
}

// events is how many counters ahead are searched.
func (t *trial) events() int {
	if !t.key.Proven {
		return t.policy.Events.FirstUse
	}
	return t.policy.Events.Window
}

// window is which time steps are searched. Where a time step is what is spent,
// those that were are left out.
func (t *trial) window(s oath.Suite) oath.Window {
	w := oath.Window{Steps: t.policy.Time.Skew, Drift: t.key.Drift, MaxDrift: t.policy.Time.MaxDrift}
	if t.key.Algorithm == TOTP || t.key.Usage == UseSign && !s.Counter {
		w.From = uint64(t.key.Next) //nolint:gosec // not negative
	}
	if !t.key.Proven {
		w.Steps = t.policy.Time.FirstUse
	}
	return w
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
