package oath_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// TestSuiteVectors drives testdata/suites.txt: accepted suites come back as
// they were written, refused ones name the part and its position.
func TestSuiteVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "suites.txt", 142) {
		v.run(t, func(t *testing.T, v *vector) {
			text, expect := v.text("suite"), v.str("expect")
			s, err := oath.ParseSuite(text)
			if expect == "ok" {
				checkSuite(t, s, err, text)
				return
			}
			var e *oath.SuiteError
			if !errors.As(err, &e) {
				t.Fatalf("ParseSuite(%q) = %v, %v, want a *SuiteError", text, s, err)
			}
			if string(e.Part) != expect || e.At != int(v.num("position")) {
				t.Errorf("ParseSuite(%q) refuses %s at %d, want %s at %s", text, e.Part, e.At, expect, v.str("position"))
			}
			if s != (oath.Suite{}) {
				t.Errorf("a refused suite was returned: %+v", s)
			}
			for _, part := range []string{expect, "position " + v.str("position"), e.Reason} {
				if !strings.Contains(err.Error(), part) || part == "" {
					t.Errorf("the error %q does not say %q", err, part)
				}
			}
		})
	}
}

func checkSuite(t *testing.T, s oath.Suite, err error, text string) {
	t.Helper()
	if err != nil || s.String() != text {
		t.Fatalf("ParseSuite(%q) = %v, %v", text, s, err)
	}
	data, err := s.MarshalText()
	if err != nil || string(data) != text {
		t.Errorf("MarshalText = %s, %v", data, err)
	}
	var back oath.Suite
	if err := back.UnmarshalText(data); err != nil || back != s {
		t.Errorf("UnmarshalText = %+v, %v", back, err)
	}
	if _, err := oath.NewOCRA(s, rfcKey); err != nil {
		t.Errorf("NewOCRA: %v", err)
	}
}

// TestSuiteFields checks the values that the parts of a suite become.
func TestSuiteFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]oath.Suite{
		"OCRA-1:HOTP-SHA1-6:QN08":                        {Digits: 6, Question: oath.Numeric, QuestionMax: 8},
		"OCRA-1:HOTP-SHA256-0:C-QA10-T20S":               {Hash: oath.SHA256, Counter: true, Question: oath.Alphanumeric, QuestionMax: 10, Step: 20 * time.Second},
		"OCRA-1:HOTP-SHA512-10:QH64-PSHA256-S128-T5M":    {Hash: oath.SHA512, Digits: 10, Question: oath.Hexadecimal, QuestionMax: 64, PIN: oath.PINSHA256, Session: 128, Step: 5 * time.Minute},
		"OCRA-1:HOTP-SHA1-4:C-QN04-PSHA512-S512-T48H":    {Digits: 4, Counter: true, Question: oath.Numeric, QuestionMax: 4, PIN: oath.PINSHA512, Session: 512, Step: 48 * time.Hour},
		"OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1":              {Hash: oath.SHA256, Digits: 8, Counter: true, Question: oath.Numeric, QuestionMax: 8, PIN: oath.PINSHA1},
		"OCRA-1:HOTP-SHA512-10:C-QA64-PSHA512-S512-T59M": {Hash: oath.SHA512, Digits: 10, Counter: true, Question: oath.Alphanumeric, QuestionMax: 64, PIN: oath.PINSHA512, Session: 512, Step: 59 * time.Minute},
	} {
		if s, err := oath.ParseSuite(text); err != nil || s != want {
			t.Errorf("ParseSuite(%s) = %+v, %v", text, s, err)
		}
	}
}

// TestSuiteByHand checks that values which no text can carry are refused.
func TestSuiteByHand(t *testing.T) {
	t.Parallel()
	good := oath.Suite{Digits: 6, Question: oath.Numeric, QuestionMax: 8}
	if _, err := oath.NewOCRA(good, rfcKey); err != nil {
		t.Fatal(err)
	}
	if _, err := oath.NewOCRA(good, nil); err == nil {
		t.Error("an empty key was accepted")
	}
	for name, change := range map[string]func(*oath.Suite){
		"zero":        func(s *oath.Suite) { *s = oath.Suite{} },
		"hash":        func(s *oath.Suite) { s.Hash = 3 },
		"digits":      func(s *oath.Suite) { s.Digits = -6 },
		"many digits": func(s *oath.Suite) { s.Digits = 11 },
		"question":    func(s *oath.Suite) { s.Question = 'X' },
		"length":      func(s *oath.Suite) { s.QuestionMax = 100 },
		"PIN":         func(s *oath.Suite) { s.PIN = 4 },
		"session":     func(s *oath.Suite) { s.Session = -1 },
		"fraction":    func(s *oath.Suite) { s.Step = 1500 * time.Millisecond },
		"90 seconds":  func(s *oath.Suite) { s.Step = 90 * time.Second },
		"90 minutes":  func(s *oath.Suite) { s.Step = 90 * time.Minute },
		"negative":    func(s *oath.Suite) { s.Step = -time.Minute },
		"49 hours":    func(s *oath.Suite) { s.Step = 49 * time.Hour },
	} {
		s := good
		change(&s)
		if _, err := oath.NewOCRA(s, rfcKey); err == nil {
			t.Errorf("%s: NewOCRA accepted %+v", name, s)
		}
		if _, err := s.MarshalText(); err == nil {
			t.Errorf("%s: MarshalText accepted %+v", name, s)
		}
	}
}

// TestSuiteOtherSuite checks that a response for one suite is none for another
// that differs in its text only.
func TestSuiteOtherSuite(t *testing.T) {
	t.Parallel()
	in := oath.Input{Question: "1234567890"}
	seen := map[string]string{}
	for _, input := range []string{"QN10", "QN11", "QN64", "QA10", "QH10"} {
		o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-10:"+input))(t), rfcKey))(t)
		code := must(o.Code(in))(t)
		if other := seen[code]; other != "" {
			t.Errorf("%s and %s give the same response", input, other)
		}
		seen[code] = input
	}
}

// TestHashNames checks the spellings of hashes.
func TestHashNames(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]oath.Hash{
		"SHA1": oath.SHA1, "sha1": oath.SHA1, "SHA-1": oath.SHA1, "Sha256": oath.SHA256, "sha-256": oath.SHA256, "SHA512": oath.SHA512,
	} {
		if h, err := oath.ParseHash(s); err != nil || h != want {
			t.Errorf("ParseHash(%q) = %v, %v", s, h, err)
		}
	}
	for _, s := range []string{"", "SHA", "SHA2", "SHA--1", "SHA-SHA-1", "MD5", "sha 1", "SHA384", strings.Repeat("SHA1", 1000)} {
		if h, err := oath.ParseHash(s); err == nil || len(err.Error()) > 200 {
			t.Errorf("ParseHash(%.20q) = %v, %v", s, h, err)
		}
	}
	for h, size := range map[oath.Hash]int{oath.SHA1: 20, oath.SHA256: 32, oath.SHA512: 64, 9: 0} {
		text, err := h.MarshalText()
		var back oath.Hash
		if h.Size() != size || (err == nil) != (size > 0) || err == nil && (back.UnmarshalText(text) != nil || back != h) {
			t.Errorf("%v: size %d, text %s, %v, back %v", h, h.Size(), text, err, back)
		}
	}
	if got := fmt.Sprint(oath.Hash(9)); got != "Hash(9)" {
		t.Errorf("an unknown hash is shown as %s", got)
	}
}

// TestCheckKey checks the length policy (RFC 4226, section 4, R6) and that the
// constructors leave it to the caller.
func TestCheckKey(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{0: false, 1: false, 15: false, 16: true, 20: true, 64: true, 1024: true, 1025: false} {
		if err := oath.CheckKey(make([]byte, n)); (err == nil) != ok {
			t.Errorf("CheckKey(%d bytes): %v", n, err)
		}
	}
	if _, err := oath.NewHOTP([]byte{1}, oath.HOTPOptions{}); err != nil {
		t.Errorf("a short key of a vector: %v", err)
	}
}
