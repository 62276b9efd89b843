package password_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
)

// judging is a method that needs no database.
func judging() *password.Passwords { return password.New(nil, nil, nil) }

func codes(j password.Judgement) (all []string) {
	for _, m := range j.Mistakes {
		all = append(all, m.Code)
	}
	return all
}

// TestJudge: all mistakes of a password are named at once, by codes that stay.
func TestJudge(t *testing.T) {
	t.Parallel()
	p := judging()
	rules := policy.DefaultSecret()
	rules.Context = []string{"Musterbank"}
	words := []string{"Erika", "Mustermann", "10023456", "+4915112345678", "erika@example.org"}
	for _, c := range []struct {
		secret string
		want   []string
	}{
		{"correct horse battery staple", nil},
		{"wandernde Gänse im März", nil},
		{"日本語のパスワードです", nil},
		{strings.Repeat("wer sägt was ", 9), nil},
		{"kurz", []string{password.TooShort, password.Weak}},
		{"", []string{password.TooShort, password.Weak}},
		{"password1", []string{password.Common, password.Weak}},
		{"P4$$w0rd", []string{password.Common, password.Weak}},
		{"drowssap", []string{password.Common, password.Weak}},
		{"iloveyou2024!", []string{password.Common, password.Weak}},
		{"abcdefghijkl", []string{password.Pattern, password.Weak}},
		{"xyxyxyxyxyxyxy", []string{password.Pattern, password.Weak}},
		{"qwertzuiop", []string{password.Weak}},
		{"mustermann10023456", []string{password.Context, password.Weak}},
		{"Musterbank-1!", []string{password.Context, password.Weak}},
		{"Mu5t3rb4nk!", []string{password.Context, password.Weak}},
		{"erikaMustermann", []string{password.Context, password.Weak}},
		{"tab\tund wieder tab", []string{password.Characters}},
		{"nicht \U000E0FFF vergeben", []string{password.Characters}},
		{"kaputt \xff und mehr", []string{password.Characters}},
		{strings.Repeat("wer sägt was ", 10), []string{password.TooLong}},
		{strings.Repeat("a", 100000), []string{password.TooLong}},
	} {
		got := p.Judge(rules, 8, c.secret, words)
		if d := cmp.Diff(c.want, codes(got)); d != "" {
			t.Errorf("%.40q, strength %d: %s", c.secret, got.Score, d)
		}
		for _, m := range got.Mistakes {
			if m.Text == "" || c.secret != "" && strings.Contains(m.Text, c.secret) {
				t.Errorf("%.40q: the text %q", c.secret, m.Text)
			}
		}
	}
}

// TestJudgeByRules: what the officer allows is allowed.
func TestJudgeByRules(t *testing.T) {
	t.Parallel()
	p := judging()
	rules := policy.DefaultSecret()
	if got := p.Judge(rules, 15, "gänsewein!7x", nil); !slices.Equal(codes(got), []string{password.TooShort}) {
		t.Errorf("alone: %v", codes(got))
	}
	rules.Common, rules.Strength = true, 0
	if got := p.Judge(rules, 8, "password1", nil); !got.Fit() {
		t.Errorf("common ones are allowed: %v", codes(got))
	}
	rules.Strength = 4
	if got := p.Judge(rules, 8, "gänsewein", nil); !slices.Equal(codes(got), []string{password.Weak}) {
		t.Errorf("strength %d: %v", got.Score, codes(got))
	}
}

func TestJudgePIN(t *testing.T) {
	t.Parallel()
	p := judging()
	rules := policy.Secret{Kind: policy.KindPIN, Length: policy.Length{Pair: 4, Alone: 6, Max: 8}, Key: 1}
	words := []string{"10023459", "+49 151 86420975"}
	for _, c := range []struct {
		pin  string
		want []string
	}{
		{"7305", nil},
		{"７３０５", nil}, // full-width digits are digits: NFKC
		{"92740618", nil},
		{"730", []string{password.TooShort}},
		{"927406181", []string{password.TooLong}},
		{"73o5", []string{password.DigitsOnly}},
		{"٧٣٠٥", []string{password.DigitsOnly}},
		{"", []string{password.TooShort, password.DigitsOnly}},
		{"1234", []string{password.Common, password.Pattern}},
		{"7777", []string{password.Common, password.Pattern}},
		{"87654", []string{password.Common, password.Pattern}},
		{"939393", []string{password.Pattern}},
		{"2345", []string{password.Common, password.Context, password.Pattern}},
		{"864209", []string{password.Context}},
	} {
		got := codes(p.Judge(rules, 4, c.pin, words))
		without := func(all []string) []string {
			return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == password.Common })
		}
		if d := cmp.Diff(without(c.want), without(got)); d != "" {
			t.Errorf("%q: %s", c.pin, d)
		}
	}
	if got := codes(p.Judge(rules, 4, "1234", nil)); !slices.Contains(got, password.Common) {
		t.Errorf("1234: %v", got)
	}
}

// TestCommonWords: the embedded list can be read, and is the one that was meant.
func TestCommonWords(t *testing.T) {
	t.Parallel()
	words := password.CommonWords()
	if len(words) < 15000 || len(words) > 25000 {
		t.Errorf("%d words", len(words))
	}
	for w := range words {
		if n := utf8.RuneCountInString(w); n < 8 && strings.Trim(w, "0123456789") != "" || w != strings.ToLower(w) {
			t.Fatalf("the word %q is not for this list", w)
		}
	}
	for _, w := range []string{"12345678", "password", "football1", "123456", "trustno1"} {
		if _, there := words[w]; !there {
			t.Errorf("%q is missing", w)
		}
	}
}

// TestStrengthIsBounded: whatever is typed, judging it takes a bounded number of steps:
// zxcvbn never sees more than a window, and none of its matchers tries combinations.
func TestStrengthIsBounded(t *testing.T) {
	t.Parallel()
	p := judging()
	rules := policy.DefaultSecret()
	longest := 0
	password.WatchStrength(p, func(n int) { longest = max(longest, n) })
	for _, unit := range []string{"4@8({[<369!1|70$5+%2", "p4$$w0rd", "19/10/1999", "asdfghjkl", "é€日", "a", "qwertyuiop123!"} {
		secret := string([]rune(strings.Repeat(unit, 128))[:128])
		p.Judge(rules, 8, secret, []string{strings.Repeat(unit, 9)})
	}
	if longest == 0 || longest > 40 {
		t.Errorf("%d bytes were looked at", longest)
	}
}

// FuzzJudge: no secret makes it panic, the answer is the same for all forms of one text,
// and what is taken has the length that the rules want.
func FuzzJudge(f *testing.F) {
	for _, s := range []string{"", "1234", "correct horse battery staple", "P4$$w0rd", "4@8({[<369!1|70$5+%2", "日本語", "\xff", "ﬁne Ångström ① ", strings.Repeat("ﷺ", 128)} {
		f.Add(s, "Erika", true)
		f.Add(s, "", false)
	}
	p := judging()
	f.Fuzz(func(t *testing.T, secret, word string, pin bool) {
		rules := policy.DefaultSecret()
		if pin {
			rules = policy.Secret{Kind: policy.KindPIN, Length: policy.Length{Pair: 4, Alone: 6, Max: 12}, Key: 1}
		}
		got := p.Judge(rules, rules.Length.Pair, secret, []string{word})
		normal := norm.NFKC.String(secret)
		n := utf8.RuneCountInString(normal)
		if got.Fit() && (n < rules.Length.Pair || n > rules.Length.Max || got.Score < rules.Strength) {
			t.Errorf("%q is taken: %+v", secret, got)
		}
		if utf8.ValidString(secret) && len(secret) < 1000 {
			if again := p.Judge(rules, rules.Length.Pair, normal, []string{word}); !slices.Equal(codes(got), codes(again)) {
				t.Errorf("%q: %v, in its normal form %v", secret, codes(got), codes(again))
			}
		}
	})
}
