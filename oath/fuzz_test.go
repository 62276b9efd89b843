package oath_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/oath"
)

// seed adds a header of every vector of a file to a corpus.
func seed(f *testing.F, file, header string, add func(string)) {
	f.Helper()
	for _, v := range parseVectors(f, file) {
		add(v.text(header))
	}
}

// FuzzParseSuite: no panic; what is accepted comes back as it was written and
// can compute; what is refused names a part that stands where it says.
func FuzzParseSuite(f *testing.F) {
	seed(f, "suites.txt", "suite", func(s string) { f.Add(s) })
	f.Fuzz(func(t *testing.T, text string) {
		s, err := oath.ParseSuite(text)
		if err == nil {
			if s.String() != text {
				t.Fatalf("%q came back as %q", text, s)
			}
			if _, err := oath.NewOCRA(s, rfcKey); err != nil {
				t.Fatalf("%q was parsed and then refused: %v", text, err)
			}
			return
		}
		var e *oath.SuiteError
		if !errors.As(err, &e) || e.At < 1 || e.At > len(text)+1 || !strings.HasPrefix(text[e.At-1:], e.Text) || e.Reason == "" {
			t.Fatalf("%q: %#v", text, err)
		}
	})
}

// FuzzCanonical: no panic; a code is 4 to 10 ASCII digits and canonical itself;
// an error is a *CodeError.
func FuzzCanonical(f *testing.F) {
	seed(f, "codes.txt", "typed", func(s string) { f.Add(s) })
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := oath.Canonical(typed)
		if err != nil {
			var e *oath.CodeError
			if !errors.As(err, &e) || code != "" || e.Problem < oath.CodeEmpty || e.Problem > oath.CodeNotDigit {
				t.Fatalf("%q: %q, %#v", typed, code, err)
			}
			return
		}
		if len(code) < 4 || len(code) > 10 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("%q became %q", typed, code)
		}
		if again, err := oath.Canonical(code); again != code || err != nil {
			t.Fatalf("%q became %q, then %q, %v", typed, code, again, err)
		}
	})
}

// FuzzQuestion: no panic; what is accepted is encoded as the reference code
// does; what is refused names a length or a character.
func FuzzQuestion(f *testing.F) {
	seed(f, "questions.txt", "question", func(s string) {
		for i := range byte(3) {
			f.Add(i, byte(8), s)
		}
	})
	f.Fuzz(func(t *testing.T, format, longest byte, q string) {
		s := oath.Suite{Digits: 4, Question: oath.QuestionFormat("ANH"[format%3]), QuestionMax: 4 + int(longest)%61}
		got, err := s.EncodeQuestion(q)
		if err == nil {
			want, _ := hex.DecodeString((refQuestion(s.Question, q) + strings.Repeat("0", 256))[:256])
			if !bytes.Equal(got[:], want) || len(q) > s.QuestionMax {
				t.Fatalf("%v: %q became %x", s, q, got)
			}
			return
		}
		var e *oath.QuestionError
		if !errors.As(err, &e) || e.Len != len(q) || e.At < 0 || e.At > len(q) {
			t.Fatalf("%v: %q: %#v", s, q, err)
		}
		if e.At == 0 && len(q) >= s.MinQuestion() && len(q) <= s.QuestionMax {
			t.Fatalf("%v: the length of %q was refused: %v", s, q, err)
		}
	})
}

// FuzzFind: no code of any form makes a search panic or match twice.
func FuzzFind(f *testing.F) {
	f.Add("755224", uint64(0), uint8(10))
	f.Add("", uint64(1<<63), uint8(1))
	f.Add("cc93cf18508d94934c64b65d8ba7667fb7cde4b0", uint64(0), uint8(3))
	f.Fuzz(func(t *testing.T, code string, from uint64, n uint8) {
		h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
		if c, ok := h.Find(code, from, int(n)); ok && (h.Code(c) != code || c < from || c-from >= uint64(n)) {
			t.Fatalf("%q in %d+%d was found at %d, whose code is %s", code, from, n, c, h.Code(c))
		}
		o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-0:C-QN08"))(t), rfcKey))(t)
		in := oath.Input{Question: "12345678", Counter: from}
		if m, ok, err := o.Find(code, in, int(n), oath.Window{}); err != nil || ok && m.Counter < from {
			t.Fatalf("%q: %+v, %v, %v", code, m, ok, err)
		}
	})
}
