package token

import (
	"time"

	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// place is where the codes of a resynchronization stand in the wide windows.
type place struct {
	outcome     Sync
	first, last int64 // counters or time steps of the first and the last code
	drift       int   // that the key has from now on, in its steps
	counted     bool  // first and last mean something
	clocked     bool  // drift was found, not just kept
	skip        int64 // of TooEarly
}

// lost is a place whose codes were spent before they could be.
func (place) lost() place { return place{outcome: NoMatch} }

// at is the place of codes that were found so often in a window. Codes that stand
// at two places are no good: at the lower one they would stay good for another
// use, and at the higher one the token might be left behind for good.
func (x *resyncing) at(places int, last int64, drift int) place {
	p := place{outcome: Synchronized, last: last, first: last - int64(len(x.codes)) + 1, drift: drift}
	switch {
	case places == 0:
		p.outcome = NoMatch
	case places > 1:
		p.outcome = Ambiguous
	}
	return p
}

// locate searches the codes in the wide windows.
func (u *Upkeep) locate(x *resyncing) (place, error) {
	seed, err := u.tokens.ring.Open(sealLabel, x.Device, x.key.seed)
	if err != nil {
		return place{}, err
	}
	defer clear(seed)
	switch x.key.Algorithm {
	case HOTP:
		return x.hotp(seed)
	case TOTP:
		return x.totp(seed)
	case OCRA:
	}
	var pin []byte
	if x.key.PINMode == PINAlgorithmic {
		if pin, err = u.tokens.ring.Open(pinLabel, x.Device, x.key.pinSealed); err != nil {
			return place{}, err
		}
		defer clear(pin)
	}
	return x.ocra(seed, pin)
}

func (x *resyncing) hotp(seed []byte) (place, error) {
	h, err := oath.NewHOTP(seed, oath.HOTPOptions{Hash: x.key.Hash, Digits: x.key.Digits})
	if err != nil {
		return place{}, err
	}
	last, n := h.Locate(x.codes, uint64(x.key.Next), x.policy.Events.Resync) //nolint:gosec // not negative
	p := x.at(n, int64(last), x.key.Drift)                                   //nolint:gosec // below 2^63
	p.counted = true
	if n > 0 || !x.restore {
		return p, nil
	}
	if last, n := h.Locate(x.codes, uint64(x.known), int(x.key.Next-x.known)); n > 0 { //nolint:gosec // not negative
		p.outcome, p.skip = TooEarly, max(x.key.Next-int64(last)-1, 0) //nolint:gosec // below 2^63
	}
	return p, nil
}

func (x *resyncing) totp(seed []byte) (place, error) {
	h, err := oath.NewTOTP(seed, oath.TOTPOptions{Hash: x.key.Hash, Digits: x.key.Digits, Step: x.key.Step, Epoch: x.key.Epoch})
	if err != nil {
		return place{}, err
	}
	w := wide(x.policy.Time, x.key.Drift)
	w.From = uint64(x.key.Next) //nolint:gosec // not negative
	m, n := h.Locate(x.codes, x.now, w)
	p := x.at(n, int64(m.Step), m.Drift) //nolint:gosec // below 2^62
	p.counted, p.clocked = true, true
	return p, nil
}

// wide is the window of a resynchronization by time. What max_drift forbids need
// not be searched.
func wide(t policy.Time, drift int) oath.Window {
	return oath.Window{Steps: min(t.Resync, t.MaxDrift+max(drift, -drift)), Drift: drift, MaxDrift: t.MaxDrift}
}

// ocra searches answers to the challenges that were posed. When each of them was
// given is not known, only that they came one after another: of a token with a
// clock, each may be some steps younger than the one before.
func (x *resyncing) ocra(seed, pin []byte) (place, error) {
	suite, err := oath.ParseSuite(x.key.Suite)
	if err != nil {
		return place{}, err
	}
	o, err := oath.NewOCRA(suite, seed)
	if err != nil {
		return place{}, err
	}
	var w oath.Window
	gaps := 0
	if suite.Step > 0 {
		w, gaps = wide(x.policy.Time, x.key.Drift), 2
		if suite.Counter {
			gaps = 1 // every counter is searched with every step: a quarter of the work
		}
	}
	ahead := min(x.policy.Events.Resync, oath.MaxWindow/(2*w.Steps+1))
	found := map[oath.Match]bool{}
	places := 0
	for _, ages := range x.ages(gaps) {
		m, n, err := o.Locate(x.answers(suite, pin, ages), ahead, w)
		if err != nil {
			return place{}, err
		}
		if n > 0 && !found[m] {
			found[m] = true
			places += n
		}
	}
	var m oath.Match
	for m = range found { // any of them: with two of them the place is ambiguous
		break
	}
	p := x.at(places, int64(m.Counter), x.key.Drift) //nolint:gosec // below 2^63
	if p.counted, p.clocked = suite.Counter, suite.Step > 0; p.clocked {
		p.drift = m.Drift
	}
	return p, nil
}

// ages lists how many steps before the last answer each may have been given, if
// there are at most so many between one and the next.
func (x *resyncing) ages(gaps int) [][]int {
	all := [][]int{{0}}
	for range len(x.codes) - 1 {
		var longer [][]int
		for _, a := range all {
			for g := range gaps + 1 {
				longer = append(longer, append([]int{a[0] + g}, a...))
			}
		}
		all = longer
	}
	return all
}

func (x *resyncing) answers(suite oath.Suite, pin []byte, ages []int) (all []oath.Answer) {
	for i, code := range x.codes {
		in := oath.Input{Counter: uint64(x.key.Next), Question: x.posed[i].Question, Time: x.now.Add(-time.Duration(ages[i]) * suite.Step)} //nolint:gosec // not negative
		if suite.PIN != oath.NoPIN {
			in.PIN = suite.HashPIN(string(pin))
		}
		all = append(all, oath.Answer{Code: code, Input: in})
	}
	return all
}
