package exemption_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// applying are facts under which every exemption of payments applies.
func applying(t tb) exemption.Facts {
	now := dbtest.NewClock().Now()
	series := ident.Derive("series")
	return exemption.Facts{
		Request: exemption.Request{
			Customer: ident.Derive("customer"), Risk: allow(), Payment: pay(t, order("20", "EUR", friend)), Instrument: exemption.Transfer,
			Series: series, Protocol: "ebics", LegalPerson: true,
		},
		Now: now,
		Stored: exemption.Stored{
			Strong: now.Add(-time.Hour), Trusted: []exemption.Account{account(landlord), account(friend)}, Own: []exemption.Account{account(friend)},
			Series: exemption.Series{ID: series, Account: account(friend), Amount: payment.Amount{Minor: 2000, Currency: "EUR"}, Last: now.Add(-30 * 24 * time.Hour)},
		},
		Bands: exemption.Standings{exemption.Transfer: {"etv-100": exemption.Open, "etv-250": exemption.Warned, "etv-500": exemption.Closed}, exemption.Card: {"etv-100": exemption.Open}},
	}
}

// looking are facts under which a look at accounts is exempted.
func looking(provider string) exemption.Facts {
	now := dbtest.NewClock().Now()
	return exemption.Facts{
		Request: exemption.Request{Customer: ident.Derive("customer"), Risk: allow(), View: exemption.Balance, Provider: provider},
		Now:     now, Stored: exemption.Stored{Access: now.Add(-180 * 24 * time.Hour), Provider: now.Add(-180 * 24 * time.Hour)},
	}
}

// cell is a cell of the state tables: one thing is other than in facts under which the
// exemption applies.
type cell struct {
	exemption policy.Exemption
	what      string
	change    func(f *exemption.Facts, x *policy.Exemptions)
	want      string // codes without the exemption, or "applies"
}

func cells(t tb) []cell {
	type facts = exemption.Facts
	type rules = policy.Exemptions
	amount := func(s, currency string) func(*facts, *rules) {
		return func(f *facts, _ *rules) { f.Payment = pay(t, order(s, currency, friend)) }
	}
	batch := func(to string, amounts ...string) func(*facts, *rules) {
		return func(f *facts, _ *rules) {
			orders := []payment.Order{order(amounts[0], "EUR", to)}
			for _, a := range amounts[1:] {
				orders = append(orders, order(a, "EUR", friend))
			}
			f.Payment = pay(t, orders...)
		}
	}
	named := func(f *facts, _ *rules) {
		f.Payment = pay(t, payment.Order{Amount: "20", Currency: "EUR", Payee: payment.Payee{Name: friend}})
	}
	card := func(f *facts, _ *rules) { f.Instrument = exemption.Card }
	unknown := func(f *facts, _ *rules) { f.Instrument = "cash" }
	low := func(cents, count int64, limit policy.Limit) func(*facts, *rules) {
		return func(f *facts, x *rules) { f.Stored.LowCents, f.Stored.LowCount, x.LowValue.Limit = cents, count, limit }
	}
	all := []cell{
		{policy.ExemptAccess, "balance", nil, "applies"},
		{policy.ExemptAccess, "90 days of payments", func(f *facts, _ *rules) { f.View = exemption.History }, "applies"},
		{policy.ExemptAccess, "older payments", func(f *facts, _ *rules) { f.View = "all" }, "view"},
		{policy.ExemptAccess, "nothing named", func(f *facts, _ *rules) { f.View = "" }, "view"},
		{policy.ExemptAccess, "first access", func(f *facts, _ *rules) { f.Stored.Access = time.Time{} }, "first"},
		{policy.ExemptAccess, "180 days and a second", func(f *facts, _ *rules) { f.Now = f.Now.Add(time.Second) }, "expired"},
		{policy.ExemptAccess, "the bank's own limit", func(_ *facts, x *rules) { x.Access.Valid = time.Hour }, "expired"},
		{policy.ExemptAccess, "access by a provider only", func(f *facts, _ *rules) { f.Stored.Access = time.Time{} }, "first"},
		{policy.ExemptProvider, "balance", nil, "applies"},
		{policy.ExemptProvider, "first access through it", func(f *facts, _ *rules) { f.Stored.Provider = time.Time{} }, "first"},
		{policy.ExemptProvider, "180 days and a second", func(f *facts, _ *rules) { f.Now = f.Now.Add(time.Second) }, "expired"},
		{policy.ExemptProvider, "a payment order", func(f *facts, _ *rules) { f.View = "" }, "view"},

		{policy.ExemptOwn, "own account", nil, "applies"},
		{policy.ExemptOwn, "card", card, "instrument"},
		{policy.ExemptOwn, "somebody else's", func(f *facts, _ *rules) { f.Stored.Own = nil }, "foreign"},
		{policy.ExemptOwn, "the same number of another scheme", func(f *facts, _ *rules) { f.Stored.Own[0].Scheme = payment.Local }, "foreign"},
		{policy.ExemptOwn, "a name only", named, "foreign"},
		{policy.ExemptOwn, "batch", batch(friend, "20", "30"), "applies"},
		{policy.ExemptOwn, "batch with a stranger", batch(stranger, "20", "30"), "foreign"},
		{policy.ExemptOwn, "any amount", amount("1000000", "EUR"), "applies"},

		{policy.ExemptRecurring, "further payment", nil, "applies"},
		{policy.ExemptRecurring, "by card", card, "applies"},
		{policy.ExemptRecurring, "unknown instrument", unknown, "instrument"},
		{policy.ExemptRecurring, "no series", func(f *facts, _ *rules) { f.Series = ident.ID{} }, "none"},
		{policy.ExemptRecurring, "a series of somebody else", func(f *facts, _ *rules) { f.Stored.Series = exemption.Series{} }, "ended"},
		{policy.ExemptRecurring, "ended", func(f *facts, _ *rules) { f.Stored.Series.Ended = f.Now }, "ended"},
		{policy.ExemptRecurring, "batch", batch(friend, "20", "20"), "batch"},
		{policy.ExemptRecurring, "other payee", func(f *facts, _ *rules) { f.Stored.Series.Account = account(landlord) }, "payee"},
		{policy.ExemptRecurring, "changed amount", amount("20.01", "EUR"), "amount"},
		{policy.ExemptRecurring, "smaller amount", amount("19.99", "EUR"), "amount"},
		{policy.ExemptRecurring, "other currency", amount("20", "USD"), "amount"},
		{policy.ExemptRecurring, "too early", func(f *facts, _ *rules) { f.Stored.Series.Last = f.Now.Add(time.Second - 144*time.Hour) }, "early"},
		{policy.ExemptRecurring, "just in time", func(f *facts, _ *rules) { f.Stored.Series.Last = f.Now.Add(-144 * time.Hour) }, "applies"},

		{policy.ExemptTrusted, "on the list", nil, "applies"},
		{policy.ExemptTrusted, "by card", card, "applies"},
		{policy.ExemptTrusted, "unknown instrument", unknown, "instrument"},
		{policy.ExemptTrusted, "not on the list", func(f *facts, _ *rules) { f.Stored.Trusted = nil }, "unlisted"},
		{policy.ExemptTrusted, "a name only", named, "unlisted"},
		{policy.ExemptTrusted, "batch", batch(landlord, "20", "30"), "applies"},
		{policy.ExemptTrusted, "batch with a stranger", batch(stranger, "20", "30"), "unlisted"},
		{policy.ExemptTrusted, "any amount", amount("1000000", "EUR"), "applies"},

		{policy.ExemptCorporate, "by the protocol", nil, "applies"},
		{policy.ExemptCorporate, "other protocol", func(f *facts, _ *rules) { f.Protocol = "web" }, "protocol"},
		{policy.ExemptCorporate, "no protocol", func(f *facts, _ *rules) { f.Protocol = "" }, "protocol"},
		{policy.ExemptCorporate, "consumer", func(f *facts, _ *rules) { f.LegalPerson = false }, "consumer"},
		{policy.ExemptCorporate, "unknown instrument", unknown, "instrument"},

		{policy.ExemptLowValue, "EUR 20", nil, "applies"},
		{policy.ExemptLowValue, "EUR 30", amount("30", "EUR"), "applies"},
		{policy.ExemptLowValue, "EUR 30.01", amount("30.01", "EUR"), "amount"},
		{policy.ExemptLowValue, "USD 37.50 is EUR 30", amount("37.50", "USD"), "applies"},
		{policy.ExemptLowValue, "USD 37.51 is more", amount("37.51", "USD"), "amount"},
		{policy.ExemptLowValue, "unknown currency", amount("1", "NOK"), "currency"},
		{policy.ExemptLowValue, "no strong authentication yet", func(f *facts, _ *rules) { f.Stored.Strong = time.Time{} }, "first"},
		{policy.ExemptLowValue, "sum reaches EUR 100", low(8000, 99, policy.LimitSum), "applies"},
		{policy.ExemptLowValue, "sum passes EUR 100", low(8001, 0, policy.LimitSum), "sum"},
		{policy.ExemptLowValue, "fifth in a row", low(999_999, 4, policy.LimitCount), "applies"},
		{policy.ExemptLowValue, "sixth in a row", low(0, 5, policy.LimitCount), "count"},
		{policy.ExemptLowValue, "batch of small ones", batch(friend, "30", "30", "30"), "applies"},
		{policy.ExemptLowValue, "batch with a larger one", batch(friend, "30.01", "1"), "amount"},
		{policy.ExemptLowValue, "batch of more than EUR 100", batch(friend, "30", "30", "30", "11"), "sum"},
		{policy.ExemptLowValue, "unknown instrument", unknown, "instrument"},

		{policy.ExemptRisk, "EUR 20", nil, "applies"},
		{policy.ExemptRisk, "up to the open band", amount("100", "EUR"), "applies"},
		{policy.ExemptRisk, "up to the warned band", amount("250", "EUR"), "applies"},
		{policy.ExemptRisk, "in the closed band", amount("250.01", "EUR"), "rate"},
		{policy.ExemptRisk, "above all bands", amount("500.01", "EUR"), "amount"},
		{policy.ExemptRisk, "batch: the total counts", batch(friend, "200", "200"), "rate"},
		{policy.ExemptRisk, "another instrument", func(f *facts, _ *rules) { card(f, nil); f.Payment = pay(t, order("200", "EUR", friend)) }, "rate"},
		{policy.ExemptRisk, "rates not known", func(f *facts, _ *rules) { f.Bands = nil }, "rate"},
		{policy.ExemptRisk, "unknown currency", amount("1", "NOK"), "currency"},
		{policy.ExemptRisk, "unknown instrument", unknown, "instrument rate"},
		{policy.ExemptRisk, "highest score of low risk", func(f *facts, _ *rules) { f.Risk.Score = 100 }, "applies"},
		{policy.ExemptRisk, "higher score", func(f *facts, _ *rules) { f.Risk.Score = 101 }, "score"},
		{policy.ExemptRisk, "no score at all", func(f *facts, _ *rules) { f.Risk.Score = -1 }, "score"},
		{policy.ExemptRisk, "a check nobody knows", func(f *facts, _ *rules) { f.Risk.Checks = []exemption.Check{"other"} }, "check.other"},
		{policy.ExemptRisk, "all six checks", func(f *facts, _ *rules) { f.Risk.Checks = exemption.Checks() }, "check.spending check.device check.malware check.scenario check.payer_location check.payee_location"},
	}
	for _, c := range exemption.Checks() {
		all = append(all, cell{policy.ExemptRisk, "check " + string(c), func(f *facts, _ *rules) { f.Risk.Checks = []exemption.Check{c} }, "check." + string(c)})
	}
	for _, e := range append(policy.PaymentExemptions(), policy.ExemptAccess, policy.ExemptProvider) {
		all = append(all,
			cell{e, "off", func(_ *facts, x *rules) { *x = policy.Version0().Exemptions }, "off"},
			cell{e, "step-up", func(f *facts, _ *rules) { f.Risk.Advice = exemption.StepUp }, "step-up"},
			cell{e, "block", func(f *facts, _ *rules) { f.Risk.Advice = exemption.Block }, "block"},
			cell{e, "risk is silent", func(f *facts, _ *rules) { f.Risk = exemption.Risk{} }, "unadvised"},
			cell{e, "risk says something else", func(f *facts, _ *rules) { f.Risk.Advice = "ALLOW" }, "unadvised"},
		)
	}
	return all
}

// TestEveryCell walks through the state tables of docs/exemptions.md (SCA-29 to SCA-36).
func TestEveryCell(t *testing.T) {
	t.Parallel()
	for _, c := range cells(t) {
		set, f := everything(), applying(t)
		if c.exemption == policy.ExemptAccess {
			f = looking("")
		}
		if c.exemption == policy.ExemptProvider {
			f = looking("provider")
		}
		if c.change != nil {
			c.change(&f, &set.Exemptions)
		}
		var want []string
		for code := range strings.FieldsSeq(c.want) {
			want = append(want, string(c.exemption)+"."+code)
		}
		d := exemption.Judge(set, f)
		if got := codes(d, c.exemption); cmp.Diff(want, got) != "" {
			t.Errorf("%s, %s: %v; want %v", c.exemption, c.what, got, want)
		}
		if (c.want == "applies") != slices.ContainsFunc(d.Reasons, func(r exemption.Reason) bool { return r.Exemption == c.exemption && r.Applies() }) {
			t.Errorf("%s, %s: Applies disagrees", c.exemption, c.what)
		}
	}
}

// TestEveryReasonHasItsCell reads the codes out of the source.
func TestEveryReasonHasItsCell(t *testing.T) {
	t.Parallel()
	all := cells(t)
	n := 0
	for _, file := range []string{"decision.go", "judge.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range regexp.MustCompile(`j\.(?:because\(|unless\(.*, )"([a-z-]+)"`).FindAllSubmatch(source, -1) {
			n++
			if !slices.ContainsFunc(all, func(c cell) bool { return slices.Contains(strings.Fields(c.want), string(part[1])) }) {
				t.Errorf("%s: no cell has the reason %q", file, part[1])
			}
		}
	}
	if n < 25 {
		t.Errorf("found %d reasons only", n)
	}
}

func TestOrderOfThePolicies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set, f := everything(), applying(t)
		set.Exemptions.Order = rapid.Permutation(policy.PaymentExemptions()).Draw(t, "order")
		d := exemption.Judge(set, f)
		if d.Exemption != set.Exemptions.Order[0] || len(d.Reasons) != len(set.Exemptions.Order) || d.Policies != set.Version {
			t.Fatalf("%v: %+v", set.Exemptions.Order, d)
		}
	})
}

// facts draws anything.
func facts(t *rapid.T) exemption.Facts {
	f := applying(t)
	if rapid.Bool().Draw(t, "access") {
		f = looking(rapid.SampledFrom([]string{"", "provider"}).Draw(t, "provider"))
	} else {
		f.Payment = pay(t, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) payment.Order {
			amount := payment.Amount{Minor: rapid.Int64Range(1, 60_000).Draw(t, "minor"), Currency: "EUR"}
			return order(amount.Decimal(), "EUR", rapid.SampledFrom([]string{friend, landlord, stranger}).Draw(t, "to"))
		}), 1, 4).Draw(t, "orders")...)
	}
	f.Instrument = rapid.SampledFrom([]exemption.Instrument{exemption.Transfer, exemption.Card, ""}).Draw(t, "instrument")
	f.Risk = exemption.Risk{
		Advice: rapid.SampledFrom([]exemption.Advice{exemption.Allow, exemption.Allow, exemption.StepUp, exemption.Block, ""}).Draw(t, "advice"),
		Score:  rapid.IntRange(0, 1000).Draw(t, "score"), Checks: rapid.SliceOfN(rapid.SampledFrom(exemption.Checks()), 0, 2).Draw(t, "checks"),
	}
	f.Stored.LowCents, f.Stored.LowCount = rapid.Int64Range(0, 12_000).Draw(t, "cents"), rapid.Int64Range(0, 6).Draw(t, "count")
	return f
}

// TestNothingAgainstRisk: whatever else holds, only what risk allows is exempted, and
// every decision says why (SCA-37).
func TestNothingAgainstRisk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set, f := everything(), facts(t)
		d := exemption.Judge(set, f)
		if d.Exempt() && f.Risk.Advice != exemption.Allow {
			t.Fatalf("%s while risk says %q", d.Exemption, f.Risk.Advice)
		}
		if d.Exemption == policy.ExemptRisk && (len(f.Risk.Checks) > 0 || f.Risk.Score > set.Exemptions.Risk.Score) {
			t.Fatalf("low risk with %+v", f.Risk)
		}
		if d.Exemption == policy.ExemptLowValue && f.Stored.LowCents+f.Payment.Total().Minor > 10_000 {
			t.Fatalf("%d and %s", f.Stored.LowCents, f.Payment.Total())
		}
		kinds := set.Exemptions.Order
		if f.Payment.IsZero() {
			kinds = []policy.Exemption{map[bool]policy.Exemption{true: policy.ExemptAccess, false: policy.ExemptProvider}[f.Provider == ""]}
		}
		for _, e := range kinds {
			why := codes(d, e)
			if len(why) == 0 || len(why) > 1 && slices.Contains(why, string(e)+".applies") || e == d.Exemption && !slices.Equal(why, []string{string(e) + ".applies"}) {
				t.Fatalf("%s: %v in %+v", e, why, d)
			}
		}
	})
}
