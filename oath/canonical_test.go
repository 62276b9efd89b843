package oath_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/countersign-auth/countersign/oath"
)

// TestCanonicalVectors drives testdata/codes.txt: what people type, and the
// code or the problem.
func TestCanonicalVectors(t *testing.T) {
	t.Parallel()
	problems := map[string]oath.CodeProblem{
		"empty": oath.CodeEmpty, "too short": oath.CodeTooShort, "too long": oath.CodeTooLong, "not a digit": oath.CodeNotDigit,
	}
	for _, v := range readVectors(t, "codes.txt", 52) {
		v.run(t, func(t *testing.T, v *vector) {
			typed, expect := v.text("typed"), v.str("expect")
			got, err := oath.Canonical(typed)
			if expect == "ok" {
				if got != v.str("code") || err != nil {
					t.Errorf("Canonical(%q) = %q, %v, want %s", typed, got, err, v.str("code"))
				}
				return
			}
			var e *oath.CodeError
			if !errors.As(err, &e) || e.Problem != problems[expect] || got != "" {
				t.Fatalf("Canonical(%q) = %q, %v, want: %s", typed, got, err, expect)
			}
			if v.has("at") && e.At != int(v.num("at")) {
				t.Errorf("the problem is at %d, want %s", e.At, v.str("at"))
			}
			if !strings.Contains(err.Error(), "type ") {
				t.Errorf("the error %q does not say what to do", err)
			}
		})
	}
}

// TestCanonicalKeepsSecrets checks that an error repeats nothing of what was typed.
func TestCanonicalKeepsSecrets(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"hunter2", "Zebra-Zebra", "ZZZZ777777777777777777ZZ", "77777777777777777777", "7", strings.Repeat("Z", 500)} {
		if _, err := oath.Canonical(s); err == nil || strings.ContainsAny(err.Error(), "Z7") || strings.Contains(err.Error(), "hunter") {
			t.Errorf("Canonical(%.30q): %v", s, err)
		}
	}
}

// TestCanonicalRange checks codes with a PIN around them, and the bounds.
func TestCanonicalRange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s        string
		min, max int
		want     string
	}{
		{"1234 755224", 10, 14, "1234755224"},
		{"755224", 10, 14, ""},
		{"123456789012345", 10, 14, ""},
		{strings.Repeat("1", 40), 1, 1000, strings.Repeat("1", 40)},
		{strings.Repeat("1", 41), 1, 1000, ""},
		{"", 0, 10, ""},
		{"5", 1, 1, "5"},
	} {
		if got, err := oath.CanonicalRange(tt.s, tt.min, tt.max); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("CanonicalRange(%q, %d, %d) = %q, %v", tt.s, tt.min, tt.max, got, err)
		}
	}
}

// TestCanonicalEveryScript checks the premise of digit: the decimal digits of
// Unicode stand in runs of ten, zero first. It also maps every one of them.
func TestCanonicalEveryScript(t *testing.T) {
	t.Parallel()
	runs := 0
	check := func(lo, hi, stride uint32) {
		if stride != 1 || (hi-lo+1)%10 != 0 {
			t.Fatalf("the digits %U-%U are no runs of ten", lo, hi)
		}
		for z := lo; z <= hi; z += 10 {
			var s strings.Builder
			for d := range uint32(10) {
				s.WriteRune(rune(z + d))
			}
			if got, err := oath.Canonical(s.String()); got != "0123456789" || err != nil {
				t.Errorf("%U: %q, %v", z, got, err)
			}
			runs++
		}
	}
	for _, r := range unicode.Nd.R16 {
		check(uint32(r.Lo), uint32(r.Hi), uint32(r.Stride))
	}
	for _, r := range unicode.Nd.R32 {
		check(r.Lo, r.Hi, r.Stride)
	}
	if runs < 60 {
		t.Errorf("only %d scripts were tried", runs)
	}
}
