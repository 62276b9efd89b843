package oath

import (
	"fmt"
	"time"
)

// TOTPOptions says how a token makes codes. The zero value is the default of
// RFC 6238: SHA-1, six digits, steps of 30 s since the Unix epoch.
type TOTPOptions struct {
	Hash   Hash          // SHA1 unless set
	Digits int           // 6 to 10; 0 means 6
	Step   time.Duration // X, whole seconds from 1 s on; 0 means 30 s
	Epoch  int64         // T0, in Unix seconds
}

// TOTP computes and checks the time-based codes of one key (RFC 6238). It
// keeps working memory, so it serves one goroutine at a time. It has no clock:
// every method is told the time. Formatting it shows its options, never its key.
type TOTP struct {
	hotp *HOTP
	clock
}

// NewTOTP prepares a key. It fails as NewHOTP does, and for a step that is not
// a positive number of whole seconds.
func NewTOTP(key []byte, o TOTPOptions) (*TOTP, error) {
	if o.Step == 0 {
		o.Step = 30 * time.Second
	}
	if o.Step < time.Second || o.Step%time.Second != 0 {
		return nil, fmt.Errorf("oath: a time step cannot be %v: use whole seconds, at least 1s", o.Step)
	}
	h, err := NewHOTP(key, HOTPOptions{Hash: o.Hash, Digits: o.Digits})
	if err != nil {
		return nil, err
	}
	return &TOTP{hotp: h, clock: clock{epoch: o.Epoch, size: int64(o.Step / time.Second)}}, nil
}

// Step returns T, the number of whole steps from the epoch to a time
// (RFC 6238, section 4.2). It fails for a time before the epoch.
func (t *TOTP) Step(at time.Time) (uint64, error) {
	step, err := t.at(at)
	return word(step), err
}

// Code returns the code at a time. It fails for a time before the epoch.
func (t *TOTP) Code(at time.Time) (string, error) {
	step, err := t.Step(at)
	if err != nil {
		return "", err
	}
	return t.CodeAt(step), nil
}

// CodeAt returns the code of a step.
func (t *TOTP) CodeAt(step uint64) string { return t.hotp.Code(step) }

// Find searches for a canonical code in a window around a time: 2·Steps+1
// steps, centered on the time plus the learned drift. Of several matches the
// one nearest to the center is returned, and of two equally near ones the
// earlier. Steps below w.From never match.
//
// As with HOTP.Find every step is always computed, the time depends on the
// window alone, and nothing is allocated. A time before the epoch, or a window
// with a negative number of steps, matches nothing.
func (t *TOTP) Find(code string, at time.Time, w Window) (Match, bool) {
	return t.Resync([]string{code}, at, w)
}

// Resync searches for one to three codes of directly consecutive steps, the
// last of them within w of a time. It returns the step of the last code and
// the drift that it shows; the first code must not lie below w.From, so that a
// code that was accepted before cannot help to move the clock.
func (t *TOTP) Resync(codes []string, at time.Time, w Window) (Match, bool) {
	m, places := t.Locate(codes, at, w)
	return m, places > 0
}

// Locate is Resync, and says at how many places of the window the codes stand;
// see HOTP.Locate.
func (t *TOTP) Locate(codes []string, at time.Time, w Window) (Match, int) {
	seq, valid := newSequence(codes, t.hotp.out, t.hotp.hash.Size())
	now, err := t.at(at)
	s, inRange := w.span(now)
	if !valid || err != nil || !inRange {
		return Match{}, 0
	}
	before := int64(len(codes) - 1)
	step := s.center - int64(w.Steps) - before
	var best nearest
	for range 2*w.Steps + len(codes) {
		hit := seq.step(t.hotp.mac.counter(word(step)))
		best.offer(hit&s.allows(step-before, step), &s, step, 0)
		step++
	}
	return best.match(&s)
}

// String describes the token without its key.
func (t *TOTP) String() string {
	return fmt.Sprintf("TOTP-%v-%d/%ds", t.hotp.hash, t.hotp.out.digits, t.size)
}

// Format is String for every verb, so that no key reaches a log.
func (t *TOTP) Format(s fmt.State, _ rune) { redact(s, t.String()) }
