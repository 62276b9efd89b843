package oath_test

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/oath"
)

var (
	anyHash = rapid.SampledFrom([]oath.Hash{oath.SHA1, oath.SHA256, oath.SHA512})
	anyKey  = rapid.SliceOfN(rapid.Byte(), 1, 200)
)

// anySuite generates every suite that there is.
var anySuite = rapid.Custom(func(t *rapid.T) oath.Suite {
	unit := rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, time.Hour}).Draw(t, "unit")
	longest := map[time.Duration]int{time.Hour: 48}[unit]
	if longest == 0 {
		longest = 59
	}
	return oath.Suite{
		Hash:        anyHash.Draw(t, "hash"),
		Digits:      rapid.SampledFrom([]int{0, 4, 5, 6, 7, 8, 9, 10}).Draw(t, "digits"),
		Counter:     rapid.Bool().Draw(t, "counter"),
		Question:    rapid.SampledFrom([]oath.QuestionFormat{oath.Alphanumeric, oath.Numeric, oath.Hexadecimal}).Draw(t, "format"),
		QuestionMax: rapid.IntRange(4, 64).Draw(t, "max"),
		PIN:         rapid.SampledFrom([]oath.PINHash{oath.NoPIN, oath.PINSHA1, oath.PINSHA256, oath.PINSHA512}).Draw(t, "pin"),
		Session:     rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 512)).Draw(t, "session"),
		Step:        unit * time.Duration(rapid.IntRange(1, longest).Draw(t, "size")),
	}
})

func anyQuestion(t *rapid.T, s oath.Suite) string {
	class := map[oath.QuestionFormat]string{oath.Alphanumeric: "[0-9A-Za-z]", oath.Numeric: "[0-9]", oath.Hexadecimal: "[0-9A-Fa-f]"}[s.Question]
	return rapid.StringMatching(fmt.Sprintf("%s{%d,%d}", class, s.MinQuestion(), s.QuestionMax)).Draw(t, "question")
}

func anyInput(t *rapid.T, s oath.Suite) oath.Input {
	in := oath.Input{
		Counter:  rapid.Uint64().Draw(t, "counter"),
		Question: anyQuestion(t, s),
		PIN:      s.HashPIN(rapid.String().Draw(t, "PIN")),
		Time:     time.Unix(rapid.Int64Range(1e8, 1e11).Draw(t, "time"), 0),
	}
	if s.Session > 0 {
		in.Session = rapid.SliceOfN(rapid.Byte(), 1, s.Session).Draw(t, "session")
	}
	if rapid.Bool().Draw(t, "two questions") {
		in.Own = anyQuestion(t, s)
	}
	return in
}

// TestSuiteRoundTrip checks parse∘format over all suites.
func TestSuiteRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySuite.Draw(t, "suite")
		back, err := oath.ParseSuite(s.String())
		if err != nil || back != s || back.String() != s.String() {
			t.Fatalf("%+v became %q, then %+v, %v", s, s.String(), back, err)
		}
	})
}

// TestOCRAReference compares all suites with the RFC's reference code.
func TestOCRAReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, key := anySuite.Draw(t, "suite"), anyKey.Draw(t, "key")
		in := anyInput(t, s)
		o, err := oath.NewOCRA(s, key)
		if err != nil {
			t.Fatal(err)
		}
		stamp := ""
		if s.Step > 0 {
			stamp = fmt.Sprintf("%x", in.Time.Unix()/int64(s.Step/time.Second))
		}
		want := refOCRA(s.String(), hex.EncodeToString(key), strconv.FormatUint(in.Counter, 16),
			refQuestion(s.Question, in.Question+in.Own), hex.EncodeToString(in.PIN), hex.EncodeToString(in.Session), stamp)
		if got, err := o.Code(in); got != want || err != nil {
			t.Fatalf("%v: Code = %s, %v, want %s", s, got, err, want)
		}
	})
}

// TestOCRAFindProperty checks that a response is found where it was made, with
// every suite, and that behind it nothing is found.
func TestOCRAFindProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySuite.Draw(t, "suite")
		s.Digits = rapid.SampledFrom([]int{0, 9, 10}).Draw(t, "long") // so that chance does not match
		o, err := oath.NewOCRA(s, anyKey.Draw(t, "key"))
		if err != nil {
			t.Fatal(err)
		}
		in := anyInput(t, s)
		in.Counter >>= 1
		code, err := o.Code(in)
		if err != nil {
			t.Fatal(err)
		}
		ahead, drift := rapid.Uint64Range(0, 9).Draw(t, "ahead"), rapid.IntRange(-3, 3).Draw(t, "drift")
		server := in
		server.Counter -= min(ahead, in.Counter)
		server.Time = in.Time.Add(-time.Duration(drift) * s.Step)
		m, ok, err := o.Find(code, server, 10, oath.Window{Steps: 3})
		if !ok || err != nil || s.Counter && m.Counter != in.Counter || s.Step > 0 && m.Drift != drift {
			t.Fatalf("%v: %+v, %v, %v", s, m, ok, err)
		}
		if s.Counter {
			server.Counter = m.Counter + 1
		}
		if s.Counter || s.Step > 0 {
			if m, ok, _ := o.Find(code, server, 10, oath.Window{Steps: 3, From: m.Step + 1}); ok {
				t.Fatalf("%v: replayed at %+v", s, m)
			}
		}
	})
}

// TestCanonicalProperty checks that a canonical code is itself canonical, and
// that separators and scripts change nothing.
func TestCanonicalProperty(t *testing.T) {
	t.Parallel()
	zeros := []rune{'0', '０', '٠', '०', '𝟎'}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching("[0-9]{4,10}").Draw(t, "code")
		var b strings.Builder
		for _, d := range code {
			b.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "-", "\u00a0", "\u2011"}).Draw(t, "separator"))
			b.WriteRune(rapid.SampledFrom(zeros).Draw(t, "script") + d - '0')
		}
		typed := b.String()
		for _, s := range []string{code, typed, typed + " "} {
			if got, err := oath.Canonical(s); got != code || err != nil {
				t.Fatalf("Canonical(%q) = %q, %v, want %s", s, got, err, code)
			}
		}
	})
}
