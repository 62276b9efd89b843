package oath

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Input is what one OCRA computation works on (RFC 6287, section 5.1). What
// the suite asks for must be there; a PIN or session that it does not use is
// refused, for it would look checked and not be. Counter and Time are ignored
// by suites without them.
type Input struct {
	Counter  uint64    // C
	Question string    // Q; with two questions, the other party's
	Own      string    // one's own question, in the modes of sections 7.2 and 7.3.2
	PIN      []byte    // P: the digest of the PIN, see Suite.HashPIN
	Session  []byte    // S: at most the suite's length; filled with zero bytes on the left
	Time     time.Time // T

	pair bool // two questions, even if one is empty
}

// Answer is a code and the input that it should belong to.
type Answer struct {
	Code string
	Input
}

// message is the data input of one computation, laid out as
// suite | 00 | C | Q | P | S | T.
type message struct {
	buf     []byte
	counter int   // position of C, or 0
	time    int   // position of T, or 0
	step    int64 // T by our clock
}

// prepare lays out an input. It is the only place that judges one.
func (m *message) prepare(s Suite, text string, in Input) error {
	q, err := s.EncodeQuestion(in.questions()...)
	if err != nil {
		return err
	}
	if err := s.checkSecrets(in); err != nil {
		return err
	}
	*m = message{buf: append(append(m.buf[:0], text...), 0)}
	if s.Counter {
		m.counter = len(m.buf)
		m.buf = binary.BigEndian.AppendUint64(m.buf, in.Counter)
	}
	m.buf = append(m.buf, q[:]...)
	m.buf = append(m.buf, in.PIN...)
	m.buf = append(m.buf, make([]byte, s.Session-len(in.Session))...)
	m.buf = append(m.buf, in.Session...)
	if s.Step == 0 {
		return nil
	}
	m.time = len(m.buf)
	m.step, err = clock{size: int64(s.Step / time.Second)}.at(in.Time)
	m.buf = binary.BigEndian.AppendUint64(m.buf, word(m.step))
	return err
}

// questions lists the one or two questions.
func (in Input) questions() []string {
	if in.Own == "" && !in.pair {
		return []string{in.Question}
	}
	return []string{in.Question, in.Own}
}

// checkSecrets compares the lengths of P and S with the suite.
func (s Suite) checkSecrets(in Input) error {
	switch {
	case s.PIN == NoPIN && len(in.PIN) > 0:
		return fmt.Errorf("oath: the suite %v uses no PIN: leave it out", s)
	case s.PIN != NoPIN && len(in.PIN) != s.PIN.hash().Size():
		return fmt.Errorf("oath: the suite %v needs the PIN as a digest of %d bytes, not %d: use HashPIN",
			s, s.PIN.hash().Size(), len(in.PIN))
	case s.Session == 0 && len(in.Session) > 0:
		return fmt.Errorf("oath: the suite %v uses no session data: leave them out", s)
	case s.Session > 0 && len(in.Session) == 0:
		return fmt.Errorf("oath: the suite %v needs session data of 1 to %d bytes", s, s.Session)
	case len(in.Session) > s.Session:
		return fmt.Errorf("oath: the session data have %d bytes, the suite %v takes at most %d", len(in.Session), s, s.Session)
	}
	return nil
}

// set moves the message to another counter and step; parts that the suite does
// not have are left alone.
func (m *message) set(counter uint64, step int64) []byte {
	if m.counter > 0 {
		binary.BigEndian.PutUint64(m.buf[m.counter:], counter)
	}
	if m.time > 0 {
		binary.BigEndian.PutUint64(m.buf[m.time:], word(step))
	}
	return m.buf
}
