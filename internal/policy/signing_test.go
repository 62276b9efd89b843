package policy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// signs is good with a policy that signs payments.
var signs = strings.NewReplacer(
	"journeys:\n", `  - code: s
    method: token
    use: sign
    failures: {max: 5, cool_down: 15m, max_blocks: 10}
    events: {window: 10, first_use: 100, resync: 1000}
    time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}
    challenge: {length: 8, ttl: 3m, max: 8}
signing:
  - {code: k, keypad: decimal, single: [account, amount], currency: EUR}
journeys:
  - {purpose: payment, channel: web, ttl: 10m, steps: [[a], [s]]}
`,
	"policies: [a]}", "policies: [a, s], signing: k}",
).Replace(good)

func TestEveryMistakeOfSigningIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := policy.Parse([]byte(signs)); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ old, broken, says string }{
		{"code: k,", `code: "",`, `signing: the code "" is empty`},
		{"single: [account, amount]", "single: [amount]", "signing profile k: single is"},
		{"use: sign", "use: magic", `policy s: use is "magic"; it must be code or sign`},
		{"signing: k}", "signing: x}", `model m: names the unknown signing profile "x"`},
		{"signing: k}", "}", "model m: a signing profile and a policy of use sign go together"},
		{"purpose: login, channel: web, ttl: 10m, steps: [[a]]", "purpose: login, channel: web, ttl: 10m, steps: [[a, s]]", "journey login on web: step 1 asks for a signature"},
		{"purpose: login, channel: web, ttl: 10m, steps: [[a]]", "purpose: login, channel: web, ttl: 10m, steps: [[a]], risk: {on: true, step_up: [s]}", "journey login on web: risk.step_up asks for a signature"},
		{"[[a], [s]]", "[[a], [a, s]]", "journey payment on web: no step takes signatures only"},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		for _, c := range cases {
			if !strings.Contains(signs, c.old) {
				t.Fatalf("the case %q breaks nothing", c.broken)
			}
			_, err := b.Store(t.Context(), by(), []byte(strings.Replace(signs, c.old, c.broken, 1)))
			if !fault.Is(err, "policy.invalid") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v; want %q", c.broken, err, c.says)
			}
		}
		if v := store(t, b, signs); v != 1 {
			t.Errorf("stored as %d", v)
		}
	})
	source, err := os.ReadFile("signing.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`m\.check\(`).FindAll(source, -1)); n != len(cases) {
		t.Errorf("there are %d rules and %d cases: add those of the new ones", n, len(cases))
	}
}

// TestDocumentsWithoutSigningStayReadable: what was stored before tokens signed is
// read, and means codes.
func TestDocumentsWithoutSigningStayReadable(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(strings.Replace(good, "purpose: login", "purpose: payment", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Policies[0].Use != policy.UseCode || len(s.Signing) != 0 {
		t.Errorf("%+v", s)
	}
	if j, _ := s.Journey("payment", "web"); s.Linked(j) {
		t.Error("a payment approved by codes is said to be linked")
	}
	if _, signs := s.ProfileOf("m"); signs {
		t.Error("its model signs")
	}
}

func TestSigningIsFound(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(signs))
	if err != nil {
		t.Fatal(err)
	}
	want := payment.Profile{Code: "k", Keypad: payment.Decimal, Length: 64, Single: []payment.Field{payment.FieldAccount, payment.FieldAmount}, Currency: "EUR"}
	if p, found := s.ProfileOf("m"); !found || !cmp.Equal(p, want) {
		t.Errorf("%t, %s", found, cmp.Diff(p, want))
	}
	if _, found := s.ProfileOf("unknown"); found {
		t.Error("an unknown model signs")
	}
	for step, want := range map[string][2]bool{"": {false, false}, "a": {false, false}, "s": {true, true}, "a s": {true, false}} {
		if anyOf, all := s.Signs(strings.Fields(step)); anyOf != want[0] || all != want[1] {
			t.Errorf("%q: %t, %t", step, anyOf, all)
		}
	}
	j, _ := s.Journey("payment", "web")
	if !s.Linked(j) {
		t.Error("a journey with a signature is not linked")
	}
}
