package payment_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
)

// TestSigningExamples holds docs/signing.md to the code, and the code to it: makers
// of tokens build by that page.
func TestSigningExamples(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/signing.md")
	if err != nil {
		t.Fatal(err)
	}
	profiles, examples := map[string]payment.Profile{}, 0
	for _, m := range regexp.MustCompile("(?ms)^```(yaml|signing)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if m[1] == "signing" {
			examples++
			example(t, profiles, m[2])
			continue
		}
		var p payment.Profile
		if err := yaml.Unmarshal([]byte(m[2]), &p); err != nil {
			t.Fatalf("%v in\n%s", err, m[2])
		}
		if err := p.Validate(); err != nil {
			t.Errorf("the profile %s: %v", p.Code, err)
		}
		profiles[p.Code] = p
	}
	if examples < 10 || len(profiles) < 5 {
		t.Errorf("%d examples of %d profiles found", examples, len(profiles))
	}
}

// example checks one block of lines "key: value".
func example(t *testing.T, profiles map[string]payment.Profile, block string) {
	t.Helper()
	var profile payment.Profile
	var orders []payment.Order
	var want []payment.Entry
	question, refused := "", ""
	for line := range strings.Lines(block) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		bare := strings.ReplaceAll(value, " ", "")
		switch name {
		case "profile":
			var known bool
			if profile, known = profiles[value]; !known {
				t.Fatalf("there is no profile %s", value)
			}
		case "pay":
			sum, payee, _ := strings.Cut(value, " to ")
			currency, amount, _ := strings.Cut(sum, " ")
			scheme, account, _ := strings.Cut(payee, " ")
			orders = append(orders, payment.Order{Amount: amount, Currency: currency, Payee: payment.Payee{Scheme: payment.Scheme(scheme), Account: account}})
		case "question":
			if before, cut := strings.CutSuffix(bare, "0…"); cut {
				bare = before + strings.Repeat("0", profile.Length-len(before))
			}
			question = bare
		case "refused":
			refused = value
		default:
			want = append(want, payment.Entry{Field: payment.Field(name), Text: bare})
		}
	}
	p, err := payment.New(orders...)
	if err != nil {
		t.Fatalf("%v in\n%s", err, block)
	}
	entries, err := profile.Entries(p)
	if refused != "" {
		if !fault.Is(err, refused) {
			t.Errorf("%v, want %s, for\n%s", err, refused, block)
		}
		return
	}
	got, err2 := profile.Question(p)
	if err != nil || err2 != nil || got != question || len(entries) != len(want) {
		t.Fatalf("the question is %q, %v, %v, of %v for\n%s", got, err, err2, entries, block)
	}
	for i, e := range entries {
		if e != want[i] {
			t.Errorf("%v, want %v, in\n%s", e, want[i], block)
		}
	}
}
