package hub_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// lenient are rules of a bank that uses every exemption but that of low risk, for logins, too.
var lenient = strings.NewReplacer(
	"risk: {on: true, step_up: [second]}}", "risk: {on: true, step_up: [second]}, exempt: true}",
	"access: {on: false", "access: {on: true", "provider: {on: false", "provider: {on: true", "own: {on: false}", "own: {on: true}",
	"recurring: {on: false", "recurring: {on: true", "trusted: {on: false}", "trusted: {on: true}",
	"corporate: {on: false, protocols: []}", "corporate: {on: true, protocols: [ebics]}",
).Replace(exempting)

// exempter is a world whose bank exempts by rules, and whose risk engine allows.
func exempter(t *testing.T, w *world, rules string) (*exemption.Desk, *oracle) {
	t.Helper()
	w.signer("100")
	w.activate(rules)
	desk := &exemption.Desk{DB: w.d, Policies: w.policies}
	_, o := asking(t, w, func(c *hub.Config) { desk.Rand, c.Exemptions = c.Rand, desk })
	w.activate(rules)
	return desk, o
}

// familiar lets the engine get to know the customer 100 under policies that exempt no login,
// and goes back to rules.
func (w *world) familiar(rules string) (next int) {
	w.t.Helper()
	w.activate(judged)
	next = w.known("100", "PLAIN100", 0)
	w.activate(rules)
	return next
}

// proved tells the desk of a strong authentication, as the unit that grants one does.
func (w *world) proved(desk *exemption.Desk, s exemption.Shown) ident.ID {
	w.t.Helper()
	s.Authentication, s.Channel, s.Instrument = ident.New(w.clock.Now(), desk.Rand), "web", exemption.Transfer
	w.write(func(tx *db.Tx) error { return desk.Strong(tx, s) })
	return s.Authentication
}

func (w *world) id(number string) ident.ID {
	w.t.Helper()
	c, err := w.customers.GetByNumber(context.Background(), number)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.ID
}

// TestLooksAreExempted: balance and recent payments need no proof for 180 days after a
// strong login, by the customer and by each provider on its own (SCA-29).
func TestLooksAreExempted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk, o := exempter(t, w, lenient)
		who := w.id("100")
		look := func(g hub.Grounds) hub.Outcome {
			return w.must(w.start(hub.Start{CustomerNumber: "100", Grounds: g, Risk: home(0)}))
		}
		expect := func(name string, g hub.Grounds, want policy.Exemption) hub.Outcome {
			t.Helper()
			got := look(g)
			if state := map[bool]hub.State{true: hub.Granted, false: hub.Open}[want != ""]; got.Exempt != want || got.State != state || got.Factors != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			return got
		}
		own, through, others := hub.Grounds{View: exemption.Balance}, hub.Grounds{View: exemption.History, Provider: "aisp"}, hub.Grounds{View: exemption.History, Provider: "other"}
		w.familiar(lenient)
		expect("before any strong login", own, "")
		w.proved(desk, exemption.Shown{Customer: who, Purpose: policy.PurposeLogin})
		seen := expect("after one", own, policy.ExemptAccess)
		if _, err := w.hub.Assert(t.Context(), by(), seen.Handle, ""); !fault.Is(err, "evidence.not_granted") {
			t.Errorf("an assertion about nothing that was shown: %v", err)
		}
		if _, err := w.hub.Proven(t.Context(), by(), seen.Handle); !fault.Is(err, "authentication.not_granted") {
			t.Errorf("a warrant of nothing that was shown: %v", err)
		}
		expect("more than that", hub.Grounds{}, "")
		expect("a provider's first", through, "")
		w.proved(desk, exemption.Shown{Customer: who, Purpose: policy.PurposeLogin, Provider: "aisp"})
		expect("a provider's second", through, policy.ExemptProvider)
		expect("another provider's", others, "")
		o.decision = score.StepUp
		expect("stepped up", own, "")
		o.decision = score.Allow
		w.clock.Advance(180*24*time.Hour + time.Second)
		expect("half a year later", own, "")
		expect("half a year later, the provider's", through, "")
		if n := w.count("exemption_use WHERE instrument = '' AND exemption = 'access'"); n != 1 {
			t.Errorf("%d looks by the customer", n)
		}
		if n := w.count("exemption_use WHERE instrument = '' AND exemption = 'provider'"); n != 1 {
			t.Errorf("%d looks by the provider", n)
		}
	})
}

// TestAStrongLoginOpensItsProvider: the provider that a login with two factors comes
// through is the one that may look afterwards.
func TestAStrongLoginOpensItsProvider(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		exempter(t, w, strings.Replace(lenient, "{code: plain, name: Button, manufacturer: oath.PLAIN,", "{code: plain, name: Button, manufacturer: oath.PLAIN, device_pin: true,", 1))
		at := w.known("100", "PLAIN100", 0)
		g := hub.Grounds{Provider: "aisp"}
		open := w.must(w.start(hub.Start{CustomerNumber: "100", Grounds: g, Risk: home(0)}))
		if got := w.must(w.step(open.Handle, hub.Proof{Code: code("PLAIN100", uint64(at))})); got.State != hub.Granted || !got.Factors.Independent() {
			t.Fatalf("a strong login: %+v", got)
		}
		for provider, want := range map[string]policy.Exemption{"aisp": policy.ExemptProvider, "other": ""} {
			got := w.must(w.start(hub.Start{CustomerNumber: "100", Grounds: hub.Grounds{View: exemption.Balance, Provider: provider}, Risk: home(0)}))
			if got.Exempt != want {
				t.Errorf("%s: %+v", provider, got)
			}
		}
	})
}

// TestEachKindOfPayment: own accounts, trusted payees, series and corporate protocols, each
// once with what it stands on and once without (SCA-30, SCA-31, SCA-32, SCA-34).
func TestEachKindOfPayment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk, _ := exempter(t, w, lenient)
		who := w.id("100")
		w.familiar(lenient)
		rent := pay(t, "EUR", "900")
		payee := rent.Orders()[0].Payee
		begin := func(g hub.Grounds, p payment.Payment) policy.Exemption {
			return w.must(w.start(hub.Start{CustomerNumber: "100", Purpose: "payment", Payment: p, Grounds: g, Risk: home(0)})).Exempt
		}
		expect := func(name string, g hub.Grounds, want policy.Exemption) {
			t.Helper()
			if got := begin(g, rent); got != want {
				t.Errorf("%s: %q, not %q", name, got, want)
			}
		}
		warrant := func(p payment.Payment) exemption.Warrant {
			purpose := policy.PurposeSelfService
			if !p.IsZero() {
				purpose = policy.PurposePayment
			}
			return exemption.Warrant{Authentication: w.proved(desk, exemption.Shown{Customer: who, Purpose: purpose, Payment: p}), Payment: p}
		}
		none := hub.Grounds{}
		expect("nothing", none, "")
		expect("corporate", hub.Grounds{Protocol: "ebics", LegalPerson: true}, policy.ExemptCorporate)
		expect("a consumer", hub.Grounds{Protocol: "ebics"}, "")
		expect("an unknown protocol", hub.Grounds{Protocol: "fax", LegalPerson: true}, "")

		s, err := desk.BeginSeries(t.Context(), by(), who, warrant(rent), rent)
		if err != nil {
			t.Fatal(err)
		}
		series := hub.Grounds{Series: s.ID}
		expect("the next of a series, at once", series, "")
		w.clock.Advance(145 * time.Hour)
		expect("somebody's series", hub.Grounds{Series: ident.Derive("another")}, "")
		if got := begin(series, pay(t, "EUR", "901")); got != "" {
			t.Errorf("another amount: %q", got)
		}
		expect("the next of a series", series, policy.ExemptRecurring)
		expect("the one after, at once", series, "")
		w.clock.Advance(145 * time.Hour)
		if ended, err := desk.EndSeries(t.Context(), by(), who, s.ID); err != nil || !ended {
			t.Fatal(ended, err)
		}
		expect("a series that ended", series, "")

		if err := desk.Trust(t.Context(), by(), who, warrant(payment.Payment{}), payee); err != nil {
			t.Fatal(err)
		}
		expect("trusted", none, policy.ExemptTrusted)
		if found, err := desk.Distrust(t.Context(), by(), who, warrant(payment.Payment{}), payee); err != nil || !found {
			t.Fatal(found, err)
		}
		expect("trusted no more", none, "")

		if err := desk.SetAccounts(t.Context(), by(), who, []exemption.Account{{Scheme: payee.Scheme, Account: payee.Account}}); err != nil {
			t.Fatal(err)
		}
		expect("own", none, policy.ExemptOwn)
	})
}

// TestManySmallPaymentsAtOnce: of 64 payments at once as many are exempted as the limit
// allows, and the others are open (SCA-33).
func TestManySmallPaymentsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk, _ := exempter(t, w, strings.Replace(exempting, "count: 2", "count: 5", 1))
		w.known("100", "PLAIN100", 0)
		for round := range 2 {
			w.proved(desk, exemption.Shown{Customer: w.id("100"), Purpose: policy.PurposeSelfService})
			var exempt, open atomic.Int64
			var all sync.WaitGroup
			for range 64 {
				all.Go(func() {
					out, err := w.start(hub.Start{CustomerNumber: "100", Purpose: "payment", Payment: pay(t, "EUR", "20"), Risk: home(0)})
					switch {
					case err == nil && out.Exempt == policy.ExemptLowValue && out.State == hub.Granted:
						exempt.Add(1)
					case err == nil && out.Exempt == "" && out.State == hub.Open:
						open.Add(1)
					default:
						t.Errorf("%+v, %v", out, err)
					}
				})
			}
			all.Wait()
			if exempt.Load() != 5 || open.Load() != 59 {
				t.Errorf("round %d: %d exempted, %d open", round, exempt.Load(), open.Load())
			}
		}
		if n := w.count("exemption_use WHERE exemption = 'low-value'"); n != 10 {
			t.Errorf("%d uses", n)
		}
	})
}

// TestGrounds: what does not belong to the purpose is refused, and a key stands for the
// grounds, too.
func TestGrounds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		exempter(t, w, lenient)
		long := strings.Repeat("x", hub.MaxGround+1)
		for _, c := range []struct {
			purpose, field string
			g              hub.Grounds
		}{
			{"login", "/view", hub.Grounds{View: "everything"}},
			{"login", "/provider", hub.Grounds{Provider: long}},
			{"login", "/provider", hub.Grounds{Provider: "a\nb"}},
			{"login", "/series", hub.Grounds{Series: ident.Derive("x")}},
			{"login", "/protocol", hub.Grounds{Protocol: "ebics"}},
			{"login", "/protocol", hub.Grounds{LegalPerson: true}},
			{"payment", "/view", hub.Grounds{View: exemption.Balance}},
			{"payment", "/provider", hub.Grounds{Provider: "aisp"}},
			{"payment", "/protocol", hub.Grounds{Protocol: long}},
		} {
			in := hub.Start{CustomerNumber: "100", Purpose: c.purpose, Grounds: c.g}
			if c.purpose == "payment" {
				in.Payment = pay(t, "EUR", "10")
			}
			if _, err := w.start(in); !fault.Is(err, "authentication.grounds") || fault.From(err).Field != c.field {
				t.Errorf("%s with %+v: %v", c.purpose, c.g, err)
			}
		}
		first := hub.Start{CustomerNumber: "100", Key: "one", Grounds: hub.Grounds{Provider: "aisp"}, Risk: home(0)}
		was := w.must(w.start(first))
		if again := w.must(w.start(first)); again.Handle != was.Handle {
			t.Error("the same request began another one")
		}
		first.Grounds.Provider = "other"
		if _, err := w.start(first); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("other grounds under the same key: %v", err)
		}
	})
}
