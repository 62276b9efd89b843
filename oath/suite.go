package oath

import (
	"fmt"
	"strings"
	"time"
)

// QuestionFormat is the alphabet of an OCRA question (RFC 6287, table 2).
type QuestionFormat byte

// The question formats.
const (
	Alphanumeric QuestionFormat = 'A' // ASCII letters and digits
	Numeric      QuestionFormat = 'N' // decimal digits
	Hexadecimal  QuestionFormat = 'H' // hexadecimal digits of either case
)

// PINHash says whether and how a PIN goes into an OCRA computation.
type PINHash uint8

// The forms of P (RFC 6287, section 6.3).
const (
	NoPIN PINHash = iota
	PINSHA1
	PINSHA256
	PINSHA512
)

// hash is the hash function of a PINHash other than NoPIN.
func (p PINHash) hash() Hash { return Hash(p - 1) }

// Suite is a parsed OCRASuite (RFC 6287, section 6): one way to compute a
// response. Suites are comparable, and equal exactly when their texts are.
// Make one with ParseSuite; a Suite written by hand is checked by NewOCRA.
type Suite struct {
	Hash        Hash
	Digits      int            // 4 to 10, or 0: no truncation, the whole HMAC
	Counter     bool           // C
	Question    QuestionFormat // QA, QN, QH
	QuestionMax int            // 4 to 64 characters
	PIN         PINHash        // P
	Session     int            // S: bytes, 1 to 512; 0 when absent
	Step        time.Duration  // T: 1-59 s, 1-59 min or 1-48 h; 0 when absent
}

// String returns the OCRASuite text; ParseSuite(t).String() is t.
func (s Suite) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "OCRA-1:HOTP-%v-%d:", s.Hash, s.Digits)
	if s.Counter {
		b.WriteString("C-")
	}
	fmt.Fprintf(&b, "Q%c%02d", s.Question, s.QuestionMax)
	if s.PIN != NoPIN {
		fmt.Fprintf(&b, "-P%v", s.PIN.hash())
	}
	if s.Session != 0 {
		fmt.Fprintf(&b, "-S%03d", s.Session)
	}
	if s.Step != 0 {
		b.WriteString("-T" + stepText(s.Step))
	}
	return b.String()
}

// stepText is G of RFC 6287, table 3. Sixty seconds are a minute and sixty
// minutes an hour, so each size has one spelling only.
func stepText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%dS", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dM", d/time.Minute)
	}
	return fmt.Sprintf("%dH", d/time.Hour)
}

// MarshalText returns the text of the suite; it fails for a suite that
// ParseSuite would refuse.
func (s Suite) MarshalText() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return []byte(s.String()), nil
}

// UnmarshalText is ParseSuite, for configuration files and flags.
func (s *Suite) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSuite(string(text))
	return err
}

// MinQuestion returns the shortest question that is accepted, in characters:
// as long as the response (RFC 6287, section 8.2, IC4), at least four, and
// never more than the suite can carry. A shorter number may be filled with
// zeros on the left, which does not change its response.
func (s Suite) MinQuestion() int { return min(max(s.Digits, 4), s.QuestionMax) }

// HashPIN returns P for a PIN or password: its digest by the suite's hash, or
// nil for a suite without PIN.
func (s Suite) HashPIN(pin string) []byte {
	if s.PIN == NoPIN {
		return nil
	}
	h := s.PIN.hash().newFunc()()
	h.Write([]byte(pin))
	return h.Sum(nil)
}

// check reports a suite that was not made by ParseSuite and has no valid text.
func (s Suite) check() error {
	p, err := ParseSuite(s.String())
	if err == nil && p != s {
		err = fmt.Errorf("oath: the OCRA suite %+v has values that no suite text can carry", s)
	}
	return err
}
