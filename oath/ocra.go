package oath

import (
	"fmt"
	"math"
)

// OCRA computes and checks responses of one suite and one key (RFC 6287). It
// keeps working memory, so it serves one goroutine at a time. Formatting it
// shows its suite, never its key.
type OCRA struct {
	suite Suite
	text  string
	mac   *mac
	out   format
	msg   [maxCodes]message
}

// NewOCRA prepares a key for a suite. It fails for an empty key and for a
// suite that ParseSuite would refuse.
func NewOCRA(suite Suite, key []byte) (*OCRA, error) {
	if err := suite.check(); err != nil {
		return nil, err
	}
	if err := usableKey(key); err != nil {
		return nil, err
	}
	return &OCRA{suite: suite, text: suite.String(), mac: newMAC(suite.Hash, key), out: newFormat(suite.Digits)}, nil
}

// Suite returns the suite.
func (o *OCRA) Suite() Suite { return o.suite }

// Code returns the response to an input: decimal digits, or the whole HMAC in
// lower-case hexadecimal for a suite without truncation. It fails for an input
// that the suite does not allow; a question of the wrong form is a
// *QuestionError.
func (o *OCRA) Code(in Input) (string, error) {
	m := &o.msg[0]
	if err := m.prepare(o.suite, o.text, in); err != nil {
		return "", err
	}
	return string(o.out.append(nil, o.mac.data(m.buf))), nil
}

// Find searches for a response. A suite with a counter is tried with ahead
// counters from in.Counter on (below 1 counts as 1), a suite with a time step
// with every step of w; a suite with both with every pair. Of several matches
// the one nearest to the learned drift is returned, then the lowest counter.
//
// All candidates are always computed, as with HOTP.Find, and none twice. A
// wrong code is no error: the error is about the input alone.
func (o *OCRA) Find(code string, in Input, ahead int, w Window) (Match, bool, error) {
	return o.Resync([]Answer{{Code: code, Input: in}}, ahead, w)
}

// Resync searches for one to three responses that the token gave directly one
// after another, each to its own question and at its own time: the counter
// rises by one from answer to answer, and the clock is off by the same number
// of steps in all of them. The search starts at the counter of the first
// answer; those of the others are ignored. The match names the counter and the
// step of the last answer. No answers, or more than three, match nothing.
func (o *OCRA) Resync(answers []Answer, ahead int, w Window) (Match, bool, error) {
	m, places, err := o.Locate(answers, ahead, w)
	return m, places > 0, err
}

// Locate is Resync, and says at how many places of the window the answers stand;
// see HOTP.Locate.
func (o *OCRA) Locate(answers []Answer, ahead int, w Window) (Match, int, error) {
	if len(answers) == 0 || len(answers) > maxCodes {
		return Match{}, 0, nil
	}
	var want [maxCodes]target
	for i, a := range answers {
		if err := o.msg[i].prepare(o.suite, o.text, a.Input); err != nil {
			return Match{}, 0, err
		}
		want[i] = o.out.target(a.Code, o.suite.Hash.Size())
	}
	if o.suite.Step == 0 {
		w = Window{}
	}
	if ahead < 1 || !o.suite.Counter {
		ahead = 1
	}
	s, ok := w.span(o.msg[len(answers)-1].step)
	if !ok || ahead > MaxWindow/(2*w.Steps+1) {
		return Match{}, 0, nil
	}
	m, places := o.search(want[:len(answers)], answers[0].Counter, ahead, &s)
	return m, places, nil
}

// search tries every offset of the clock with every counter.
func (o *OCRA) search(want []target, from uint64, ahead int, s *span) (Match, int) {
	var best nearest
	lowest := s.now
	for i := range want {
		lowest = min(lowest, o.msg[i].step)
	}
	step := s.center - int64(s.Steps)
	for range 2*s.Steps + 1 {
		allowed := s.allows(lowest+step-s.now, step)
		c, inside := from, uint64(1)
		for range ahead {
			last, hit := o.try(want, c, step-s.now)
			inside &= 1 ^ less(last, c) // no wrapping past the last counter
			best.offer(hit&allowed&inside, s, step, last)
			inside &= nonzero(c ^ math.MaxUint64)
			c++
		}
		step++
	}
	m, places := best.match(s)
	if !o.suite.Counter {
		m.Counter = 0
	}
	return m, places
}

// try computes all answers with the counter of the first and one drift. It
// returns the counter of the last and 1 if all of them match.
func (o *OCRA) try(want []target, counter uint64, drift int64) (last, hit uint64) {
	hit = 1
	for i := range want {
		last = counter + uint64(i)
		m := &o.msg[i]
		hit &= want[i].match(o.mac.data(m.set(last, m.step+drift)))
	}
	return last, hit
}

// String returns the suite.
func (o *OCRA) String() string { return o.text }

// Format is String for every verb, so that no key reaches a log.
func (o *OCRA) Format(s fmt.State, _ rune) { redact(s, o.text) }
