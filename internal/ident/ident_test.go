package ident_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/ident"
)

func TestIDTextIsOneToOneAndSortsLikeTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "raw")
		id := ident.ID(raw)
		if id.IsZero() {
			t.Skip("none has no text")
		}
		back, err := ident.Parse(strings.ToUpper(id.String()))
		if err != nil || back != id {
			t.Fatalf("%v came back as %v, %v", id, back, err)
		}
	})
	now := time.UnixMilli(1_800_000_000_000)
	a, b := ident.New(now, rand.Reader), ident.New(now.Add(time.Millisecond), rand.Reader)
	if a.String() >= b.String() {
		t.Errorf("%s does not sort before %s", a, b)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := ident.Derive("a").String()
	for _, s := range []string{"", "x", good + "0", good[:25] + "u", good[:25] + "z", strings.Repeat("i", 26)} {
		if id, err := ident.Parse(s); err == nil {
			t.Errorf("Parse(%q) = %v", s, id)
		}
	}
}

func TestDeriveSeparatesItsParts(t *testing.T) {
	t.Parallel()
	if ident.Derive("ab", "c") == ident.Derive("a", "bc") || ident.Derive("a") != ident.Derive([]string{"a"}...) {
		t.Error("Derive confuses its parts")
	}
}

func TestCodeSurvivesHowPeopleType(t *testing.T) {
	t.Parallel()
	for _, n := range []int{8, 10, 16, 29} {
		code := ident.NewCode(n, rand.Reader)
		want := strings.ReplaceAll(code, "-", "")
		odd := strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(strings.ToLower(code))
		for _, typed := range []string{code, odd, " " + want + "\n", fullWidth(code)} {
			if got, err := ident.ReadCode(typed); err != nil || got != want {
				t.Errorf("ReadCode(%q) = %q, %v; want %q", typed, got, err, want)
			}
		}
	}
}

func TestCheckCharactersCatchSlips(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	code := []byte(strings.ReplaceAll(ident.NewCode(16, rand.Reader), "-", ""))
	for i := range code {
		for j := range alphabet {
			slip := bytes.Clone(code)
			if slip[i] = alphabet[j]; slip[i] == code[i] {
				continue
			}
			if _, err := ident.ReadCode(string(slip)); !errors.Is(err, ident.ErrCodeCheck) {
				t.Fatalf("one wrong character at %d passed: %v", i, err)
			}
		}
		for j := i + 1; j < len(code); j++ {
			slip := bytes.Clone(code)
			if slip[i], slip[j] = slip[j], slip[i]; bytes.Equal(slip, code) {
				continue
			}
			if _, err := ident.ReadCode(string(slip)); !errors.Is(err, ident.ErrCodeCheck) {
				t.Fatalf("swapped %d and %d passed: %v", i, j, err)
			}
		}
	}
}

func TestReadCodeNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]error{
		"":                        ident.ErrCodeLength,
		"ABCD":                    ident.ErrCodeLength,
		"ABCD-EFGH-JK":            ident.ErrCodeCheck,
		"ABCD-EFGH-JU":            ident.ErrCodeCharacter,
		"ABCD-EFGH-J€":            ident.ErrCodeCharacter,
		strings.Repeat("A", 3000): ident.ErrCodeLength,
	} {
		if _, err := ident.ReadCode(typed); !errors.Is(err, want) {
			t.Errorf("ReadCode(%.20q): %v; want %v", typed, err, want)
		}
	}
}

func FuzzReadCode(f *testing.F) {
	f.Add("ABCD-EFGH-JK")
	f.Fuzz(func(t *testing.T, s string) {
		if code, err := ident.ReadCode(s); err == nil {
			if again, err := ident.ReadCode(ident.Group(code)); err != nil || again != code {
				t.Errorf("%q is canonical but reads as %q, %v", code, again, err)
			}
		}
	})
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '!' && r <= '~' {
			return r - '!' + '！'
		}
		return r
	}, s)
}
