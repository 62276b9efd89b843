package hardtoken

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// takeChallenge takes the digits of a challenge once there are enough.
func (t *Token) takeChallenge(now time.Time) {
	if len(t.state.Typed) < t.gens[t.state.Function].ocra.Suite().MinQuestion() {
		t.state.Typed, t.state.Said = "", SayShort
		return
	}
	question := t.state.Typed
	t.state.Typed = ""
	t.compute(question, now)
}

// compute makes the code and shows it. The counter moves on with every code.
func (t *Token) compute(question string, now time.Time) {
	s, g, f := &t.state, t.gens[t.state.Function], t.current()
	s.Phase = Show
	switch {
	case g.hotp != nil:
		s.Code = g.hotp.Code(s.Counters[f.Name])
		s.Counters[f.Name]++
	case g.ocra != nil:
		t.respond(question, now)
	case g.totp != nil: // computed when it is looked at
	}
}

// respond computes the answer to a challenge (RFC 6287, section 7.1) or the
// signature of data (section 7.3.1).
func (t *Token) respond(question string, now time.Time) {
	s, g, f := &t.state, t.gens[t.state.Function], t.current()
	in := oath.Input{Counter: s.Counters[f.Name], Question: question, PIN: s.PINHash, Time: s.Clock.At(now)}
	code, err := g.ocra.Code(in)
	if err != nil { // only a clock before 1970 can do this
		code = strings.Repeat("-", g.ocra.Suite().Digits)
	}
	s.Code, s.PINHash = code, nil
	if g.ocra.Suite().Counter {
		s.Counters[f.Name]++
	}
}

// timed returns the code of the moment and how many bars of its time are left.
func (t *Token) timed(f Function, now time.Time) (string, int) {
	at := t.state.Clock.At(now)
	g := t.gens[t.state.Function]
	code, err := g.totp.Code(at)
	if err != nil { // the clock stands before 1970
		return strings.Repeat("-", f.Digits), 0
	}
	step := f.Step
	if step == 0 {
		step = 30 * time.Second
	}
	spent := time.Duration(at.UnixNano()) % step
	return code, bars - int(spent*bars/step)
}
