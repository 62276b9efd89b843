package oath

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// questionLen is the length of Q in the data input, in bytes
// (RFC 6287, section 5.1).
const questionLen = 128

// QuestionError says why a question cannot be used with a suite. It names
// positions and lengths only, for a question may carry payment data.
type QuestionError struct {
	Format   QuestionFormat
	Len      int // characters given
	At       int // position of the first wrong character, from 1; 0 if the length is wrong
	Min, Max int // characters allowed
}

// Error says what is wrong and what to do.
func (e *QuestionError) Error() string {
	kind := map[QuestionFormat]string{
		Alphanumeric: "letters A-Z, a-z and digits",
		Numeric:      "decimal digits",
		Hexadecimal:  "hexadecimal digits",
	}[e.Format]
	if e.At > 0 {
		return fmt.Sprintf("oath: character %d of the OCRA question is not allowed: the suite takes %s", e.At, kind)
	}
	if e.Min == e.Max {
		return fmt.Sprintf("oath: the OCRA question has %d characters: the suite takes exactly %d %s", e.Len, e.Max, kind)
	}
	return fmt.Sprintf("oath: the OCRA question has %d characters: the suite takes %d to %d %s", e.Len, e.Min, e.Max, kind)
}

// CheckQuestion reports whether a text can be a question of the suite: of its
// alphabet and not longer than it allows, nor shorter than MinQuestion. The
// error is a *QuestionError.
func (s Suite) CheckQuestion(q string) error {
	if len(q) < s.MinQuestion() || len(q) > s.QuestionMax {
		return &QuestionError{Format: s.Question, Len: len(q), Min: s.MinQuestion(), Max: s.QuestionMax}
	}
	for i := range len(q) {
		if !s.Question.has(q[i]) {
			return &QuestionError{Format: s.Question, Len: len(q), At: i + 1, Min: s.MinQuestion(), Max: s.QuestionMax}
		}
	}
	return nil
}

// has reports whether a byte belongs to the alphabet.
func (f QuestionFormat) has(c byte) bool {
	lower := c | 0x20
	switch {
	case '0' <= c && c <= '9':
		return true
	case 'a' <= lower && lower <= 'z':
		return f == Alphanumeric || f == Hexadecimal && lower <= 'f'
	}
	return false
}

// EncodeQuestion returns Q, 128 bytes, for a checked question, or for two of
// them that follow each other (RFC 6287, section 5.1 and appendix A): the
// question in hexadecimal, filled with zeros on the right, nibble by nibble. A
// number is converted as a whole and without leading zeros, so "00000000" is
// the single nibble 0 and an odd count of nibbles is usual.
func (s Suite) EncodeQuestion(questions ...string) ([questionLen]byte, error) {
	for _, q := range questions {
		if err := s.CheckQuestion(q); err != nil {
			return [questionLen]byte{}, err
		}
	}
	return s.Question.encode(strings.Join(questions, "")), nil
}

// encode does the work for text of the right alphabet, at most 128 characters.
func (f QuestionFormat) encode(text string) (q [questionLen]byte) {
	switch f {
	case Alphanumeric:
		copy(q[:], text)
		return q
	case Numeric:
		n, _ := new(big.Int).SetString(text, 10)
		text = n.Text(16)
	case Hexadecimal:
	}
	if len(text)%2 == 1 {
		text += "0"
	}
	_, _ = hex.Decode(q[:], []byte(text)) // cannot fail: hexadecimal, at most 128 nibbles
	return q
}
