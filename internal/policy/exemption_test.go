package policy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// exempting is what a bank with every exemption adds to its document.
const exempting = `exemptions:
  order: [own, trusted, recurring, corporate, risk, low-value]
  warrant: 5m
  access: {on: true, valid: 4320h}
  provider: {on: true, valid: 720h}
  own: {on: true}
  trusted: {on: true}
  recurring: {on: true, apart: 144h}
  corporate: {on: true, protocols: [ebics, host-to-host]}
  low_value: {on: true, most: 30, limit: count, sum: 100, count: 5, all: false}
  risk: {on: true, score: 90, bands: [{code: a, most: 90, card: 130, transfer: 15}, {code: b, most: 250, card: 60, transfer: 10}, {code: c, most: 500, card: 10, transfer: 5}]}
  euro: {until: 2027-01-31, rates: {USD: "1.0845", JPY: "162.5"}}
`

func TestExemptionsAreOff(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if s.Exemptions.Any() {
		t.Errorf("%+v", s.Exemptions)
	}
	if d := cmp.Diff(policy.Version0().Exemptions, s.Exemptions); d != "" {
		t.Errorf("a document that says nothing has other defaults: %s", d)
	}
	for _, e := range append(policy.PaymentExemptions(), policy.ExemptAccess, policy.ExemptProvider, "other") {
		if s.Exemptions.Uses(e) {
			t.Errorf("%s is on", e)
		}
	}
	on, err := policy.Parse([]byte(good + "exemptions: {low_value: {on: true}, risk: {on: true}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := s.Exemptions
	want.LowValue.On, want.Risk.On = true, true
	if d := cmp.Diff(want, on.Exemptions); d != "" {
		t.Error(d)
	}
}

func TestExemptions(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(good + exempting))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(policy.PaymentExemptions(), policy.ExemptAccess, policy.ExemptProvider) {
		if !s.Exemptions.Uses(e) {
			t.Errorf("%s is off", e)
		}
	}
	other, err := policy.Parse([]byte(good + strings.NewReplacer("most: 90", "most: 100", `"1.0845"`, `"1.1"`, "count: 5", "count: 3", "[ebics, host-to-host]", "[ebics]").Replace(exempting)))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := policy.Diff(s, other)
	want := []policy.Change{
		{"exemptions.low_value.count", "5", "3"},
		{"exemptions.corporate.protocols", "[ebics, host-to-host]", "[ebics]"},
		{"exemptions.risk.bands[a].most", "90", "100"},
		{"exemptions.euro.rates.USD", "1.0845", "1.1"},
	}
	if err != nil || cmp.Diff(want, changes) != "" {
		t.Error(err, cmp.Diff(want, changes))
	}
}

func TestMistakesAboutExemptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, broken, says string }{
		{"[own, trusted,", "[own, own,", "exemptions: order is"},
		{"[own, trusted,", "[own,", "exemptions: order is"},
		{"[own, trusted,", "[own, access,", "exemptions: order is"},
		{"warrant: 5m", "warrant: 16m", "exemptions: warrant is 16m0s; it must be 1m to 15m"},
		{"warrant: 5m", "warrant: 59s", "exemptions: warrant is 59s"},
		{"valid: 4320h", "valid: 4321h", "exemptions: access.valid is 4321h0m0s; it must be 1h to 4320h"},
		{"valid: 720h", "valid: 59m", "exemptions: provider.valid is 59m0s"},
		{"apart: 144h", "apart: 59m", "exemptions: recurring.apart is 59m0s"},
		{"most: 30,", "most: 31,", "exemptions: low_value.most is 31; it must be 1 to 30 euro"},
		{"most: 30,", "most: 0,", "exemptions: low_value.most is 0"},
		{"limit: count", "limit: both", `exemptions: low_value.limit is "both"`},
		{"sum: 100", "sum: 101", "exemptions: low_value.sum is 101"},
		{"count: 5", "count: 6", "exemptions: low_value.count is 6"},
		{"[ebics, host-to-host]", "[]", "exemptions: corporate.protocols is empty"},
		{"[ebics, host-to-host]", "[ebics, ebics]", `exemptions: corporate.protocols has "ebics"`},
		{"[ebics, host-to-host]", `[""]`, `exemptions: corporate.protocols has ""`},
		{"score: 90", "score: 1001", "exemptions: risk.score is 1001"},
		{"bands: [{code: a, most: 90, card: 130, transfer: 15}, {code: b, most: 250, card: 60, transfer: 10}, {code: c, most: 500, card: 10, transfer: 5}]", "bands: []", "exemptions: risk.bands is empty"},
		{"{code: b,", "{code: a,", `exemptions: risk.bands: "a" has no code of its own`},
		{"{code: b, most: 250,", "{code: b, most: 90,", `exemptions: risk.bands: "b" has no code of its own, or is not above`},
		{"most: 500", "most: 501", "exemptions: risk.bands: c.most is 501; it must be 1 to 500"},
		{"{code: a, most: 90,", "{code: a, most: 0,", "exemptions: risk.bands: a.most is 0"},
		{"card: 130", "card: 131", "exemptions: risk.bands: a.card is 131; up to EUR 100 it must be 0 to 130"},
		{"most: 90, card: 130", "most: 101, card: 130", "exemptions: risk.bands: a.card is 130; up to EUR 250 it must be 0 to 60"},
		{"transfer: 10", "transfer: 11", "exemptions: risk.bands: b.transfer is 11; up to EUR 250 it must be 0 to 10"},
		{"until: 2027-01-31", "until: 31.1.2027", `exemptions: euro.until is "31.1.2027"`},
		{"until: 2027-01-31, ", "", `exemptions: euro.until is ""`},
		{"USD:", "usd:", `exemptions: euro.rates has "usd"`},
		{"USD:", "XAU:", `exemptions: euro.rates has "XAU"`},
		{"USD:", "EUR:", `exemptions: euro.rates has "EUR"`},
		{`"1.0845"`, `"0"`, `exemptions: euro.rates.USD is "0"`},
		{`"1.0845"`, `"-1"`, `exemptions: euro.rates.USD is "-1"`},
		{`"1.0845"`, `"1/2"`, `exemptions: euro.rates.USD is "1/2"`},
		{`"1.0845"`, `"1e3"`, `exemptions: euro.rates.USD is "1e3"`},
	} {
		if !strings.Contains(exempting, c.old) {
			t.Fatalf("the case %q breaks nothing", c.broken)
		}
		doc := good + strings.Replace(exempting, c.old, c.broken, 1)
		if _, all := policy.Examine([]byte(doc)); !slices.ContainsFunc(all, func(m policy.Mistake) bool { return strings.Contains(m.Text, c.says) && m.Line > 20 }) {
			t.Errorf("%s: %v; want %q with its line", c.broken, all, c.says)
		}
	}
}

// TestEveryRuleOfExemptionsHasItsCase counts the checks in the source, as for the others.
func TestEveryRuleOfExemptionsHasItsCase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"exemption.go": 16, "euro.go": 3} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`m\.check\(`).FindAll(source, -1)); n != want {
			t.Errorf("%s has %d rules; the cases were written for %d: add those of the new ones", name, n, want)
		}
	}
}

func TestCents(t *testing.T) {
	t.Parallel()
	last := time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
	x := policy.Euro{Until: "2027-01-31", Rates: map[string]string{"USD": "1.0845", "JPY": "162.5", "KWD": "0.335", "HUF": "0.000000001"}}
	for _, c := range []struct {
		amount payment.Amount
		at     time.Time
		want   int64
		ok     bool
	}{
		{payment.Amount{Minor: 3000, Currency: "EUR"}, last, 3000, true},
		{payment.Amount{Minor: 3000, Currency: "EUR"}, last.Add(time.Second), 3000, true},
		{payment.Amount{Minor: 10845, Currency: "USD"}, last, 10000, true},
		{payment.Amount{Minor: 10846, Currency: "USD"}, last, 10001, true}, // rounded up
		{payment.Amount{Minor: 1, Currency: "USD"}, last, 1, true},
		{payment.Amount{Minor: 1625, Currency: "JPY"}, last, 1000, true},
		{payment.Amount{Minor: 335, Currency: "KWD"}, last, 100, true},
		{payment.Amount{Minor: 10845, Currency: "USD"}, last.Add(time.Second), 0, false}, // out of date
		{payment.Amount{Minor: 100, Currency: "NOK"}, last, 0, false},
		{payment.Amount{Minor: payment.MaxMinor, Currency: "HUF"}, last, 0, false}, // too much
	} {
		if got, ok := x.Cents(c.amount, c.at); ok != c.ok || ok && got != c.want {
			t.Errorf("%s at %s: %d, %t; want %d, %t", c.amount, c.at, got, ok, c.want, c.ok)
		}
	}
	x.Until = ""
	if _, ok := x.Cents(payment.Amount{Minor: 1, Currency: "USD"}, last); ok {
		t.Error("a table without an end is used")
	}
}

// exemptions draws what a set says about exemptions.
func exemptions(t *rapid.T, s *policy.Set) {
	on := func(name string) bool { return rapid.Bool().Draw(t, name) }
	length := func(low, high int, name string) int { return rapid.IntRange(low, high).Draw(t, name) }
	span := func(low, high time.Duration, name string) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, name))
	}
	s.Exemptions = policy.Exemptions{
		Order: rapid.Permutation(policy.PaymentExemptions()).Draw(t, "order"), Warrant: span(time.Minute, 15*time.Minute, "warrant"),
		Access: policy.AccessExemption{On: on("access"), Valid: span(time.Hour, 4320*time.Hour, "access")}, Provider: policy.AccessExemption{On: on("provider"), Valid: span(time.Hour, 4320*time.Hour, "provider")},
		Trusted: policy.Switch{On: on("trusted")}, Own: policy.Switch{On: on("own")}, Recurring: policy.RecurringRule{On: on("recurring"), Apart: span(time.Hour, 8784*time.Hour, "apart")},
		LowValue:  policy.LowValueRule{On: on("low"), Most: length(1, 30, "most"), Limit: rapid.SampledFrom([]policy.Limit{policy.LimitSum, policy.LimitCount}).Draw(t, "limit"), Sum: length(1, 100, "sum"), Count: length(1, 5, "count"), All: on("all")},
		Corporate: policy.CorporateRule{On: on("corporate"), Protocols: []string{"ebics"}},
		Risk:      policy.RiskRule{On: on("risk"), Score: length(0, 1000, "score"), Bands: []policy.Band{{Code: "x", Most: length(1, 100, "most"), Card: length(0, 130, "card"), Transfer: length(0, 15, "transfer")}}},
		Euro:      policy.Euro{Until: "2027-01-31", Rates: map[string]string{"USD": "1.1"}},
	}
}
