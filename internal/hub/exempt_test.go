package hub_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// exempting are rules of a bank that leaves strong authentication out for payments of
// low value, which its risk engine allows.
var exempting = strings.NewReplacer(
	"{purpose: payment, channel: web, sca: true, ttl: 10m, steps: [[signature]]}", "{purpose: payment, channel: web, sca: true, ttl: 10m, steps: [[signature]], risk: {on: true}, exempt: true}",
	"{purpose: login, channel: web, ttl: 10m, steps: [[secure-code]]}", "{purpose: login, channel: web, ttl: 10m, steps: [[secure-code]], risk: {on: true, step_up: [second]}}",
).Replace(signing) + `
exemptions:
  order: [own, recurring, trusted, corporate, low-value, risk]
  warrant: 5m
  access: {on: false, valid: 4320h}
  provider: {on: false, valid: 4320h}
  own: {on: false}
  recurring: {on: false, apart: 144h}
  trusted: {on: false}
  corporate: {on: false, protocols: []}
  low_value: {on: true, most: 30, limit: count, sum: 100, count: 2, all: true}
  risk: {on: false, score: 100, bands: [{code: etv-100, most: 100, card: 130, transfer: 15}, {code: etv-250, most: 250, card: 60, transfer: 10}, {code: etv-500, most: 500, card: 10, transfer: 5}]}
  euro: {rates: {}}
`

// TestSmallPaymentsAreExempted: two in a row after a signature need none; the third does,
// and with it two more are free. What risk does not allow is never exempted (SCA-33).
func TestSmallPaymentsAreExempted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signer("100")
		w.activate(exempting)
		_, o := asking(t, w, func(c *hub.Config) {
			c.Exemptions = &exemption.Desk{DB: w.d, Policies: w.policies, Rand: c.Rand}
		})
		w.activate(exempting)
		begin := func(amount string) hub.Outcome {
			return w.must(w.start(hub.Start{CustomerNumber: "100", Purpose: "payment", Payment: pay(t, "EUR", amount), Risk: home(0)}))
		}
		count := uint64(0)
		approve := func(out hub.Outcome) hub.Outcome {
			count++
			return w.must(w.step(out.Handle, hub.Proof{Code: sign(t, out, "100", count-1)}))
		}
		w.known("100", "PLAIN100", 0)
		o.decision = score.StepUp
		first := begin("10")
		if first.State != hub.Open || first.Exempt != "" {
			t.Fatalf("the first payment: %+v", first)
		}
		if got := approve(first); got.State != hub.Granted || got.Exempt != "" {
			t.Fatalf("signed: %+v", got)
		}
		o.decision = score.Allow
		for range 2 {
			for i := range 2 {
				got := begin("30")
				if got.State != hub.Granted || got.Exempt != policy.ExemptLowValue || got.Factors != 0 || len(got.Policies) != 0 {
					t.Fatalf("small payment %d: %+v", i+1, got)
				}
				if look, err := w.hub.Get(t.Context(), by(), got.Handle); err != nil || look.Exempt != policy.ExemptLowValue || look.State != hub.Granted {
					t.Errorf("looked at: %+v, %v", look, err)
				}
				if a, err := w.hub.Granted(t.Context(), by(), got); err != nil || a.Text != "" {
					t.Errorf("an assertion without a proof: %+v, %v", a, err)
				}
			}
			third := begin("1")
			if third.State != hub.Open || third.Exempt != "" || !slices.Equal(third.Policies, []string{"signature"}) {
				t.Fatalf("the third: %+v", third)
			}
			if got := approve(third); got.State != hub.Granted {
				t.Fatalf("the third, signed: %+v", got)
			}
		}
		small := hub.Start{CustomerNumber: "100", Purpose: "payment", Payment: pay(t, "EUR", "1"), Risk: home(0), Key: "small"}
		free := w.must(w.start(small))
		again := w.must(w.start(small))
		if free.Exempt != policy.ExemptLowValue || cmp.Diff(free, again) != "" {
			t.Errorf("the same small payment under one key: %s", cmp.Diff(free, again))
		}
		if a, err := w.hub.Granted(t.Context(), by(), again); err != nil || a.Text != "" {
			t.Errorf("an assertion of the repetition: %+v, %v", a, err)
		}
		if got := begin("30.01"); got.State != hub.Open {
			t.Errorf("a larger payment: %+v", got)
		}
		o.decision = score.StepUp
		if got := begin("1"); got.State != hub.Open || got.Risk != score.StepUp {
			t.Errorf("a small payment that is stepped up: %+v", got)
		}
		if n := w.count("exemption_use WHERE exemption = 'low-value'"); n != 5 {
			t.Errorf("%d uses", n)
		}
		if n := w.count("exemption_use WHERE exemption = 'strong'"); n != 3 {
			t.Errorf("%d strong payments", n)
		}
	})
}
