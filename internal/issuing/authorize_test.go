package issuing_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// DI-10, DI-11, DI-141 to DI-143: a right cryptogram of each kind, on each path, in both suites, is approved with a code.
func TestDI143RightCryptogramsAreApproved(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*vault.Profile){"aes": nil, "emv-tdes": func(p *vault.Profile) { p.Suite = "emv-tdes" }} {
		dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
			w := newWorld(t, d, clock, change)
			for _, path := range []issuing.Path{issuing.Direct, issuing.ByMerchant, issuing.Network} {
				r := w.payment(1200)
				r.Path = path
				if got := w.ask(r); got.Outcome != issuing.Approve || got.Approved != 1200 || len(got.Code) != 6 || got.Token != w.token.ID || got.Customer != w.who {
					t.Errorf("%s, %s: %+v", name, path, got)
				}
			}
			dynamic := w.bare(100)
			dynamic.Dynamic = &issuing.Dynamic{Index: w.key.Index, Data: []byte("challenge"), Counter: 10}
			data := must[[]byte](t)(cryptogram.Input{Dynamic: []byte("challenge"), Count: 10}.Data())
			dynamic.Dynamic.Cryptogram = w.suite().Cryptogram(data)
			static := w.bare(100)
			static.Dynamic = &issuing.Dynamic{Index: w.key.Index, Counter: 11}
			static.Dynamic.Cryptogram = w.suite().Cryptogram(must[[]byte](t)(cryptogram.Input{Static: "COUNTERSIGN", Count: 11}.Data()))
			code := w.bare(100)
			code.Code = &issuing.Code{Index: w.key.Index, Counter: 12, Device: [8]byte{0xAA}, Value: w.suite().Code(12, [8]byte{0xAA})}
			for what, r := range map[string]issuing.Request{"dynamic": dynamic, "static": static, "code": code} {
				if got := w.ask(r); got.Outcome != issuing.Approve {
					t.Errorf("%s, %s: %+v", name, what, got)
				}
			}
			if g := w.grant(); g.Used != 6 || g.Charged != 3900 {
				t.Errorf("%+v", g)
			}
		})
	}
}

// DI-78, DI-144, DI-196: whatever the pattern says, a cryptogram over other data, under another key or for another amount is refused, and
// nothing is taken; enough misses end the key.
func TestDI144WrongCryptograms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.judged = func(interaction.Ask) judge.Outcome { return judge.Allow }
		other := w.payment(1200)
		other.Chip.Transaction.Unpredictable[0] ^= 1
		w.refused("another number of the terminal", other, issuing.WrongCryptogram, "")
		amount := w.payment(1200)
		amount.Amount = 1201
		w.refused("another amount", amount, issuing.WrongCryptogram, "")
		currency := w.payment(1200)
		currency.Currency = "KWD"
		w.refused("another currency", currency, issuing.WrongCryptogram, "")
		unknown := w.payment(1200)
		unknown.Chip.Application.Index = 100
		w.refused("a key that was never given", unknown, issuing.WrongCryptogram, "")
		if g := w.grant(); g.Used != 0 || g.Charged != 0 {
			t.Errorf("%+v", g)
		}
		for range vault.Misses - 3 {
			r := w.payment(1)
			r.Chip.Cryptogram[0] ^= 1
			w.refused("a guess", r, issuing.WrongCryptogram, "")
		}
		w.refused("a right one after too many guesses", w.payment(1), issuing.WornKey, "ended")
	})
}

// DI-26, DI-27: a worn key's cryptogram verifies and is refused, with its own reason, though the card is in good standing; a counter is good once.
func TestDI27WornKeysAndDI137Counters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.payment(100)
		if got := w.ask(first); got.Outcome != issuing.Approve {
			t.Fatalf("%+v", got)
		}
		again := first
		again.Key = "another key"
		w.refused("the same cryptogram in another message", again, issuing.OldCounter, "")
		w.refused("more than the key's amount", w.payment(25_000), issuing.WornKey, "amount")
		for range 9 {
			if got := w.ask(w.payment(1)); got.Outcome != issuing.Approve {
				t.Fatalf("%+v", got)
			}
		}
		w.refused("the eleventh use", w.payment(1), issuing.WornKey, "uses")
		w.clock.Advance(6 * 24 * 3600 * 1e9)
		w.refused("after its time", w.payment(1), issuing.WornKey, "time")
	})
}

// The standing of token, card and device decides before the cryptogram, and takes nothing.
func TestStandingComesFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		unknown := w.payment(1)
		unknown.Number = "4900000000000003"
		w.refused("an unknown token", unknown, issuing.UnknownToken, "")
		other := w.payment(1)
		other.Device = ident.Derive("another")
		w.refused("another device", other, issuing.OtherDevice, "")
		own := w.payment(1)
		own.Device = w.token.Device
		if got := w.ask(own); got.Outcome != issuing.Approve {
			t.Errorf("its own device: %+v", got)
		}
		w.ok(w.vault.Suspend(t.Context(), ann, w.token.ID, vault.Cause{Reason: vault.ByCustomer}))
		w.refused("suspended", w.payment(1), issuing.Suspended, "suspended")
		w.ok(w.vault.Resume(t.Context(), ann, w.token.ID, vault.Cause{Reason: vault.ByCustomer}))
		w.ok(w.vault.BlockAccount(t.Context(), ann, w.card.ID, "stolen"))
		w.refused("a blocked card", w.payment(1), issuing.Standing, "blocked")
		w.ok(w.vault.UnblockAccount(t.Context(), ann, w.card.ID, "found"))
		if got := w.ask(w.payment(1)); got.Outcome != issuing.Approve {
			t.Errorf("unblocked: %+v", got)
		}
		w.ok(w.vault.RenewAccount(t.Context(), ann, w.card.ID, w.clock.Now().UTC().Format("0601"), 1, "short"))
		w.clock.Advance(31 * 24 * 3600 * 1e9)
		w.refused("an expired card", w.payment(1), issuing.Expired, "card")
		w.ok(w.vault.RenewAccount(t.Context(), ann, w.card.ID, "2912", 2, "the next one"))
		w.refused("the next card, with a key that is over", w.payment(1), issuing.WornKey, "time")
		w.clock.Advance(4 * 366 * 24 * 3600 * 1e9)
		w.refused("an expired token", w.payment(1), issuing.Expired, "")
		w.ok(w.vault.Delete(t.Context(), ann, w.token.ID, ""))
		w.refused("a deleted token", w.payment(1), issuing.UnknownToken, "deleted")
	})
}

// The risk engine is asked about payments that could be made, once each, and hears what became of them; in the shadow, and where something else speaks
// against a payment, its word decides nothing.
func TestRiskOfCircumstances(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		said, asked := issuing.Risked{Event: ident.Derive("event"), Outcome: issuing.Approve, Counts: true}, 0
		var paid []bool
		w.desk.Risk = func(_ context.Context, _ audit.Actor, r *issuing.Request, tok *vault.Token) (issuing.Risked, error) {
			asked++
			if r.Amount != 1200 || tok.ID != w.token.ID {
				t.Errorf("asked about %+v", r)
			}
			said.Done = func(_ context.Context, ok bool) { paid = append(paid, ok) }
			return said, nil
		}
		r := w.payment(1200)
		if got := w.ask(r); got.Outcome != issuing.Approve || got.Risk != said.Event || asked != 1 {
			t.Errorf("%+v, asked %d times", got, asked)
		}
		if got := w.ask(r); !got.Repeated || asked != 1 {
			t.Errorf("a repeat: %+v, asked %d times", got, asked)
		}
		wrong := w.payment(1200)
		wrong.Chip.Cryptogram[0] ^= 1
		w.refused("a wrong cryptogram", wrong, issuing.WrongCryptogram, "")
		if asked != 1 {
			t.Error("asked about a wrong cryptogram")
		}
		said.Outcome = issuing.StepUp
		if got := w.ask(w.payment(1200)); got.Outcome != issuing.StepUp || got.Reason != issuing.Risk || got.Approved != 0 {
			t.Errorf("%+v", got)
		}
		said.Outcome = issuing.Decline
		w.refused("too risky", w.payment(1200), issuing.Risk, "")
		said.Counts = false
		if got := w.ask(w.payment(1200)); got.Outcome != issuing.Approve || got.Risk != said.Event {
			t.Errorf("in the shadow: %+v", got)
		}
		said.Counts = true
		w.judged = func(interaction.Ask) judge.Outcome { return judge.Deny }
		w.refused("refused by the pattern", w.payment(1200), issuing.Pattern, "")
		if want := []bool{true, false, false, true, false}; !slices.Equal(paid, want) {
			t.Errorf("told %v", paid)
		}
		if g := w.grant(); g.Used != 2 || g.Charged != 2400 {
			t.Errorf("%+v", g)
		}
		w.desk.Risk = func(context.Context, audit.Actor, *issuing.Request, *vault.Token) (issuing.Risked, error) {
			return issuing.Risked{}, errors.New("no engine")
		}
		if _, err := w.desk.Authorize(t.Context(), ann, w.payment(1200)); err == nil {
			t.Error("decided without the engine")
		}
	})
}

// A customer who is suspended pays nothing, and nothing is taken.
func TestASuspendedCustomerPaysNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ok(w.customers.Suspend(t.Context(), ann, w.who, "asked for by the court"))
		w.refused("a suspended customer", w.payment(1), issuing.Standing, "customer")
		if g := w.grant(); g.Used != 0 {
			t.Errorf("%+v", g)
		}
	})
}

// DI-77, DI-98 to DI-101: with a right cryptogram the pattern decides: allow, within limits, for a part, another authentication, refuse.
func TestDI98ThePatternDecides(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			judged  judge.Outcome
			over    string
			partial bool
			amount  int64
			outcome issuing.Outcome
			why     issuing.Reason
			paid    int64
		}{
			"allow":            {judge.Allow, "", false, 100, issuing.Approve, "", 100},
			"limited":          {judge.Limited, "", false, 100, issuing.Approve, "", 100},
			"deny":             {judge.Deny, "", true, 100, issuing.Decline, issuing.Pattern, 0},
			"step-up":          {judge.StepUp, "", true, 100, issuing.StepUp, issuing.Pattern, 0},
			"above the limit":  {judge.StepUp, "amount", false, 6000, issuing.Decline, issuing.Restriction, 0},
			"a part of it":     {judge.StepUp, "amount", true, 6000, issuing.Partial, issuing.Restriction, 5000},
			"not the category": {judge.StepUp, "category", true, 6000, issuing.Decline, issuing.Restriction, 0},
		} {
			w.over = c.over
			w.judged = func(a interaction.Ask) judge.Outcome {
				if a.Customer != w.who || a.Primary != w.token.Device || a.Request.Category != "5411" || a.Currency != "EUR" {
					t.Errorf("%+v", a)
				}
				if c.over == "amount" && a.Request.Amount <= 5000 {
					return judge.Limited
				}
				return c.judged
			}
			r, before := w.payment(c.amount), w.grant()
			r.Partial = c.partial
			got := w.ask(r)
			if got.Outcome != c.outcome || got.Reason != c.why || got.Approved != c.paid || got.Approves() != (len(got.Code) == 6) || got.Judged.IsZero() {
				t.Errorf("%s: %+v", name, got)
			}
			if g := w.grant(); g.Charged-before.Charged != c.paid || (g.Used > before.Used) != got.Approves() {
				t.Errorf("%s took %+v", name, g)
			}
		}
	})
}

// ISO-3: the same message again, on 16 connections at once, has one answer and one effect; the same key with other content is a duplicate.
func TestISO3Repeats(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(700)
		var wg sync.WaitGroup
		answers := make(chan issuing.Decision, 16)
		for range cap(answers) {
			wg.Go(func() {
				d, err := w.desk.Authorize(t.Context(), ann, r)
				if err != nil {
					t.Error(err)
				}
				answers <- d
			})
		}
		wg.Wait()
		close(answers)
		codes, first := map[string]bool{}, 0
		for d := range answers {
			codes[d.ID.String()+d.Code] = d.Outcome == issuing.Approve
			if !d.Repeated {
				first++
			}
		}
		if len(codes) != 1 || first != 1 || w.grant().Used != 1 || w.grant().Charged != 700 {
			t.Errorf("%d answers, %d first ones, %+v", len(codes), first, w.grant())
		}
		other := r
		other.Amount = 701
		w.refused("other content", other, issuing.Duplicate, "")
	})
}

// ISO-11, DI-31: two payments at the last use: one passes.
func TestISO11TheLastUse(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, func(p *vault.Profile) { p.Key.Uses, p.LowUses = 1, 0 })
		all := []issuing.Request{w.payment(1), w.payment(2), w.payment(3)}
		var wg sync.WaitGroup
		outcomes := make(chan issuing.Decision, len(all))
		for _, r := range all {
			wg.Go(func() {
				x, err := w.desk.Authorize(t.Context(), ann, r)
				if err != nil {
					t.Error(err)
				}
				outcomes <- x
			})
		}
		wg.Wait()
		close(outcomes)
		approved := 0
		for x := range outcomes {
			if x.Approves() {
				approved++
			} else if x.Reason != issuing.WornKey || x.Detail != "uses" {
				t.Errorf("%+v", x)
			}
		}
		if approved != 1 {
			t.Errorf("%d approved", approved)
		}
	})
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, change := range map[string]func(*issuing.Request){
			"no key": func(r *issuing.Request) { r.Key = "" }, "a path": func(r *issuing.Request) { r.Path = "pigeon" }, "negative": func(r *issuing.Request) { r.Amount = -1 },
			"thirteen digits": func(r *issuing.Request) { r.Amount = 1e12 }, "a currency": func(r *issuing.Request) { r.Currency = "978" }, "no proof": func(r *issuing.Request) { r.Chip = nil },
			"two proofs": func(r *issuing.Request) { r.Code = &issuing.Code{} }, "a long name": func(r *issuing.Request) { r.Merchant.Name = string(make([]byte, 41)) },
		} {
			r := w.payment(1)
			change(&r)
			if _, err := w.desk.Authorize(t.Context(), ann, r); !fault.Is(err, "issuing.request") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
