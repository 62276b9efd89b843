package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/policy"
)

// secretly is knows with rules for the secrets of the policy pw.
func secretly(rules string) []byte {
	return []byte(strings.Replace(knows, "method: password\n", "method: password\n    secret: {"+rules+"}\n", 1))
}

func TestSecretDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rules string
		want  policy.Secret
	}{
		{"", policy.DefaultSecret()},
		{"history: 3", policy.Secret{Kind: policy.KindPassword, Length: policy.Length{Pair: 8, Alone: 15, Max: 128}, History: 3}},
		{"kind: pin", policy.Secret{Kind: policy.KindPIN, Length: policy.Length{Pair: 6, Alone: 6, Max: 12}, Key: 1}},
		{
			"kind: pin, key: 7, length: {pair: 4, alone: 5, max: 8}, allow_common: true, context: [Bank], max_age: 2160h",
			policy.Secret{
				Kind: policy.KindPIN, Key: 7, Length: policy.Length{Pair: 4, Alone: 5, Max: 8}, Common: true, Context: []string{"Bank"}, MaxAge: 90 * 24 * time.Hour,
			},
		},
	} {
		s, err := policy.Parse(secretly(c.rules))
		if err != nil {
			t.Fatalf("%q: %v", c.rules, err)
		}
		pw, _ := s.Policy("pw")
		if d := cmp.Diff(c.want, pw.Secret); d != "" {
			t.Errorf("%q: %s", c.rules, d)
		}
	}
}

// Every mistake is found, at its line, and all at once.
func TestSecretMistakes(t *testing.T) {
	t.Parallel()
	cases := []struct{ rules, says string }{
		{"kind: word", `secret.kind is "word"`},
		{"key: 1", "secret.key is for PINs"},
		{"kind: pin, key: 1001", "secret.key is 1001"},
		{"kind: pin, strength: 1", "secret.strength is for passwords"},
		{"length: {max: 129}", "secret.length.max is 129"},
		{"length: {pair: 7}", "secret.length.pair is 7"},
		{"length: {pair: 20, alone: 16}", "secret.length.alone is 16"},
		{"length: {alone: 14}", "secret.length.alone is 14"},
		{"kind: pin, length: {pair: 3}", "secret.length.pair is 3"},
		{"kind: pin, length: {max: 13}", "secret.length.max is 13"},
		{"strength: 5", "secret.strength is 5"},
		{"history: 11", "secret.history is 11"},
		{"max_age: 23h", "secret.max_age is 23h"},
		{"context: [ab]", "secret.context: a word"},
		{"context: [" + strings.Repeat("word, ", 50) + "word]", "secret.context has 51 words"},
	}
	for _, c := range cases {
		_, found := policy.Examine(secretly(c.rules))
		if len(found) != 1 || !strings.Contains(found[0].Text, c.says) || !strings.HasPrefix(found[0].Text, "policy pw: ") || found[0].Line == 0 {
			t.Errorf("%q: %+v", c.rules, found)
		}
	}
	if _, found := policy.Examine(secretly("strength: 5, history: 11, max_age: 1s")); len(found) != 3 {
		t.Errorf("three mistakes at once: %+v", found)
	}
	token := strings.Replace(knows, "method: token\n", "method: token\n    secret: {history: 1}\n", 1)
	if _, err := policy.Parse([]byte(token)); err == nil || !strings.Contains(err.Error(), "secret and with belong to passwords") {
		t.Errorf("a token with rules for secrets: %v", err)
	}
	for _, with := range []string{"[pw]", "[a]", "[nobody]"} {
		doc := strings.Replace(knows, "method: password\n", "method: password\n    with: "+with+"\n", 1)
		if _, err := policy.Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), "policy pw: with names") {
			t.Errorf("with %s: %v", with, err)
		}
	}
}

// A secret that is all that is asked for must be longer, and a PIN is never enough.
func TestSecretAlone(t *testing.T) {
	t.Parallel()
	both, err := policy.Parse(secretly(""))
	if err != nil {
		t.Fatal(err)
	}
	only := strings.Replace(string(secretly("")), "[[pw], [a]]", "[[pw]]", 1)
	either := strings.Replace(string(secretly("")), "[[pw], [a]]", "[[pw, a]]", 1)
	for _, c := range []struct {
		doc   string
		alone bool
		least int
	}{{string(secretly("")), false, 8}, {only, true, 15}, {either, true, 15}} {
		s, err := policy.Parse([]byte(c.doc))
		if err != nil {
			t.Fatal(err)
		}
		if pw, _ := s.Policy("pw"); s.Alone("pw") != c.alone || s.Least(pw) != c.least {
			t.Errorf("alone %v, least %d, want %v and %d", s.Alone("pw"), s.Least(pw), c.alone, c.least)
		}
	}
	pin := strings.Replace(only, "secret: {}", "secret: {kind: pin}", 1)
	if _, err := policy.Parse([]byte(pin)); err != nil {
		t.Errorf("a stored document must stay readable: %v", err)
	}
	if _, found := policy.Examine([]byte(pin)); len(found) != 1 || !strings.Contains(found[0].Text, "policy pw: a journey asks for this PIN and nothing else") {
		t.Errorf("a PIN alone: %+v", found)
	}
	if both.Alone("a") || both.Alone("nobody") {
		t.Error("a token is no knowledge")
	}
}

// What the officer changes about secrets shows in the comparison, by its path.
func TestSecretDiff(t *testing.T) {
	t.Parallel()
	before, err := policy.Parse(secretly("history: 3"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := policy.Parse(secretly("history: 5, max_age: 2160h"))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := policy.Diff(before, after)
	want := []policy.Change{
		{Path: "policies[pw].secret.history", Old: "3", New: "5"},
		{Path: "policies[pw].secret.max_age", New: "2160h0m0s"},
	}
	if d := cmp.Diff(want, changes); err != nil || d != "" {
		t.Errorf("%v: %s", err, d)
	}
}
