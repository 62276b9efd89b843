package hardtoken

import (
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// Token is one token in somebody's hand. It serves one goroutine at a time.
type Token struct {
	model  Model
	unit   Unit
	now    func() time.Time
	state  State
	gens   []generator
	unlock *oath.OCRA // nil: it cannot be unlocked
}

// generator computes the codes of one function. Exactly one is set.
type generator struct {
	hotp *oath.HOTP
	totp *oath.TOTP
	ocra *oath.OCRA
}

// New takes a token out of its box. The clock now is the true time; the token's
// own clock was set to it when it was made. It fails for a model that cannot be
// built and for a unit without the secret of a function.
func New(m Model, u Unit, now func() time.Time) (*Token, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	t := &Token{model: m, unit: u, now: now, state: fresh(u)}
	for _, f := range m.Functions {
		g, err := newGenerator(f, u.Secrets[f.Name], m.PIN)
		if err != nil {
			return nil, fmt.Errorf("hardtoken: %s, function %s: %w", u.Serial, f.Name, err)
		}
		t.gens = append(t.gens, g)
	}
	if m.Unlock == "" {
		return t, nil
	}
	var err error
	if t.unlock, err = newUnlock(m.Unlock, u.Secrets[UnlockSecret]); err != nil {
		return nil, fmt.Errorf("hardtoken: %s, unlock key: %w", u.Serial, err)
	}
	return t, nil
}

// newUnlock prepares the unlock key. The challenge is a number that the display
// can show in two halves, and nothing else enters the code.
func newUnlock(text string, key []byte) (*oath.OCRA, error) {
	s, err := oath.ParseSuite(text)
	if err != nil {
		return nil, err
	}
	plain := oath.Suite{Hash: s.Hash, Digits: s.Digits, Question: oath.Numeric, QuestionMax: s.QuestionMax}
	if s != plain || s.Digits < 6 || s.Digits > codeWidth || s.QuestionMax < 6 || s.QuestionMax > codeWidth {
		return nil, fmt.Errorf("the suite %s does not fit: it needs a numeric question and a code of 6 to %d digits each, and nothing else", text, codeWidth)
	}
	return oath.NewOCRA(s, key)
}

func newGenerator(f Function, key []byte, pin PINRule) (g generator, err error) {
	switch f.Algorithm {
	case HOTP:
		g.hotp, err = oath.NewHOTP(key, oath.HOTPOptions{Hash: f.Hash, Digits: f.Digits})
	case TOTP:
		g.totp, err = oath.NewTOTP(key, oath.TOTPOptions{Hash: f.Hash, Digits: f.Digits, Step: f.Step})
	case OCRA:
		var suite oath.Suite
		if suite, err = oath.ParseSuite(f.Suite); err != nil {
			return g, err
		}
		if suite.Question != oath.Numeric || suite.QuestionMax > Width && !f.Entries || suite.Session > 0 || (suite.PIN != oath.NoPIN) != (pin == ComputedPIN) {
			return g, fmt.Errorf("the suite %s does not fit the keypad, display or PIN rule of the model", f.Suite)
		}
		g.ocra, err = oath.NewOCRA(suite, key)
	default:
		err = fmt.Errorf("unknown algorithm %q", f.Algorithm)
	}
	return g, err
}

// Model returns how the token is built.
func (t *Token) Model() Model { return t.model }

// Serial is the number printed on its back.
func (t *Token) Serial() string { return t.unit.Serial }

// Expires is the date printed on its back: the battery lasts until then.
func (t *Token) Expires() time.Time { return t.unit.Expires }

// Low reports whether the battery ends within 60 days, or has ended.
func (t *Token) Low() bool { return t.now().After(t.unit.Expires.Add(-lowTime)) }

// State returns a copy of the token's memory, for tools that look inside. What
// it shows to a person is Display.
func (t *Token) State() State {
	s := t.state
	s.Entries = append([]string(nil), s.Entries...)
	s.Counters = make(map[string]uint64, len(t.state.Counters))
	for name, n := range t.state.Counters {
		s.Counters[name] = n
	}
	return s
}

// Clock returns what the token's own clock shows now.
func (t *Token) Clock() time.Time { return t.state.Clock.At(t.now()) }

// Shift moves the token's own clock, as years in a drawer or a hot car do. It is
// a tool of a laboratory: no key can do this.
func (t *Token) Shift(d time.Duration) {
	t.state.Clock = t.state.Clock.shift(t.now(), d, t.state.Clock.PPM)
}

// SetDrift makes the token's own clock gain so many parts per million from now
// on. It is a tool of a laboratory.
func (t *Token) SetDrift(ppm float64) { t.state.Clock = t.state.Clock.shift(t.now(), 0, ppm) }

// Skip makes n codes of a function that nobody reads, as a button pressed in a
// pocket does.
func (t *Token) Skip(function string, n uint64) { t.state.Counters[function] += n }

func (t *Token) current() Function { return t.model.Functions[t.state.Function] }
