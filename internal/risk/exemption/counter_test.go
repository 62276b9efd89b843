package exemption_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// lowOnly are the rules of a bank that exempts payments of low value alone, and
// trusted payees, which count.
func lowOnly(limit policy.Limit, all bool) *policy.Set {
	s := policy.Version0()
	s.Exemptions.LowValue.On, s.Exemptions.LowValue.Limit, s.Exemptions.LowValue.All = true, limit, all
	s.Exemptions.Trusted.On = true
	return s
}

// TestCounterTable is the state table of the counters (SCA-33).
func TestCounterTable(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, lowOnly(policy.LimitSum, true))
		c := somebody()
		small := transfer(c, euros(t, "30"))
		if got := w.exempt(t, small); got != "" {
			t.Fatalf("before any strong authentication: %s", got)
		}
		for range 2 {
			w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin})
			for i, want := range []policy.Exemption{policy.ExemptLowValue, policy.ExemptLowValue, policy.ExemptLowValue, ""} {
				if got := w.exempt(t, small); got != want {
					t.Fatalf("payment %d: %q, want %q", i, got, want)
				}
			}
			if got := w.exempt(t, transfer(c, euros(t, "10"))); got != policy.ExemptLowValue {
				t.Errorf("the rest up to EUR 100: %q", got)
			}
			if got := w.exempt(t, transfer(c, euros(t, "0.01"))); got != "" {
				t.Errorf("beyond EUR 100: %q", got)
			}
		}
		w.follow(lowOnly(policy.LimitCount, true))
		w.shown(t, exemption.Shown{Customer: c, Purpose: "other"})
		for i := range 7 {
			if got := w.exempt(t, transfer(c, euros(t, "30"))); (got == policy.ExemptLowValue) != (i < 5) {
				t.Errorf("payment %d of a row: %q", i+1, got)
			}
		}
		if n := w.count("SELECT COUNT(*) FROM exemption_use WHERE exemption = 'low-value' AND customer = $1", c); n != 2*4+5 {
			t.Errorf("%d uses are recorded", n)
		}
		if n := w.count("SELECT COUNT(*) FROM journal WHERE kind = $1 AND customer = $2", exemption.AuditUsed, c); n != 2*4+5 {
			t.Errorf("%d uses are in the audit log", n)
		}
	})
}

// TestOthersCount: payments exempted for another reason use up what is left for low
// value, where the bank wants it so.
func TestOthersCount(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, lowOnly(policy.LimitSum, true))
		for _, all := range []bool{true, false} {
			w.follow(lowOnly(policy.LimitSum, all))
			c := somebody()
			must(t, w.Trust(t.Context(), staff(), c, w.warrant(c), iban(friend)))
			if got := w.exempt(t, transfer(c, pay(t, order("90", "EUR", friend)))); got != policy.ExemptTrusted {
				t.Fatalf("to a trusted payee: %q", got)
			}
			if got := w.exempt(t, transfer(c, euros(t, "11"))); (got == policy.ExemptLowValue) == all {
				t.Errorf("all counts %t: %q", all, got)
			}
			// What has no value in euro is worth more than anything.
			if got := w.exempt(t, transfer(c, pay(t, order("1", "NOK", friend)))); got != policy.ExemptTrusted {
				t.Fatalf("to a trusted payee: %q", got)
			}
			if got := w.exempt(t, transfer(c, euros(t, "0.01"))); (got == policy.ExemptLowValue) == all {
				t.Errorf("all counts %t, after an unknown currency: %q", all, got)
			}
		}
	})
}

// TestLimitsHold: any order of payments and strong authentications, with decisions
// that were made long before they are used, never passes a limit.
func TestLimitsHold(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for _, limit := range []policy.Limit{policy.LimitSum, policy.LimitCount} {
			w := newWorld(t, d, clock, lowOnly(limit, true))
			rapid.Check(t, func(t *rapid.T) {
				c := somebody()
				sum, count, strong := int64(0), 0, false
				var made []exemption.Decision
				var worth []int64
				t.Repeat(map[string]func(*rapid.T){
					"": func(t *rapid.T) {
						if limit == policy.LimitSum && sum > 10_000 || limit == policy.LimitCount && count > 5 {
							t.Fatalf("%d payments, %d cents since the last strong authentication", count, sum)
						}
					},
					"decide": func(t *rapid.T) {
						a := payment.Amount{Minor: rapid.Int64Range(1, 3500).Draw(t, "cents"), Currency: "EUR"}
						made, worth = append(made, w.decide(t, transfer(c, euros(t, a.Decimal())))), append(worth, a.Minor)
					},
					"use": func(t *rapid.T) {
						if len(made) == 0 {
							t.Skip("nothing was decided")
						}
						i := rapid.IntRange(0, len(made)-1).Draw(t, "decision")
						_, ok := w.use(t, made[i])
						fits := strong && worth[i] <= 3000 && (limit == policy.LimitSum && sum+worth[i] <= 10_000 || limit == policy.LimitCount && count < 5)
						if want := made[i].Exempt() && fits; ok != want {
							t.Fatalf("%d cents after %d in %d payments: %t, want %t", worth[i], sum, count, ok, want)
						}
						if ok {
							sum, count = sum+worth[i], count+1
						}
					},
					"strong": func(t *rapid.T) {
						w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin})
						sum, count, strong = 0, 0, true
					},
				})
			})
		}
	})
}

// TestManyAtOnce: of many payments at once, decided before any is used, as many are
// exempted as the limit allows, and no more.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for _, c := range []struct {
			limit  policy.Limit
			amount string
			want   int64
		}{{policy.LimitSum, "30", 3}, {policy.LimitSum, "7.70", 12}, {policy.LimitCount, "30", 5}} {
			w := newWorld(t, d, clock, lowOnly(c.limit, true))
			customer := somebody()
			w.shown(t, exemption.Shown{Customer: customer, Purpose: policy.PurposeLogin})
			decision := w.decide(t, transfer(customer, euros(t, c.amount)))
			if !decision.Exempt() {
				t.Fatal("nobody would be let through: the test shows nothing")
			}
			var granted atomic.Int64
			var wg sync.WaitGroup
			for range 40 {
				wg.Go(func() {
					var ok bool
					// Write, so that nothing but the database keeps them apart.
					err := w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
						_, ok, err = w.Use(tx, staff(), decision)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if ok {
						granted.Add(1)
					}
				})
			}
			wg.Wait()
			if granted.Load() != c.want {
				t.Errorf("%s of EUR %s: %d at once, want %d", c.limit, c.amount, granted.Load(), c.want)
			}
			if n := w.count("SELECT COUNT(*) FROM exemption_use WHERE customer = $1 AND exemption = 'low-value'", customer); int64(n) != c.want {
				t.Errorf("%d uses are recorded, want %d", n, c.want)
			}
		}
	})
}

// TestAccess is about looks at accounts over 180 days (SCA-29).
func TestAccess(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		look := exemption.Request{Customer: c, Risk: allow(), View: exemption.History}
		through := look
		through.Provider = "aisp"
		expect := func(when string, own, provider bool) {
			t.Helper()
			if got := w.exempt(t, look); (got == policy.ExemptAccess) != own {
				t.Errorf("%s: %q", when, got)
			}
			if got := w.exempt(t, through); (got == policy.ExemptProvider) != provider {
				t.Errorf("%s, through the provider: %q", when, got)
			}
		}
		expect("at first", false, false)
		w.approved(c, euros(t, "5"), exemption.Transfer)
		w.warrant(c)
		expect("after other strong authentications", false, false)
		w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin})
		expect("after a login", true, false)
		clock.Advance(90 * 24 * time.Hour)
		w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin, Provider: "aisp"})
		expect("after a login through the provider", true, true)
		w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposePayment, Payment: euros(t, "5"), Instrument: exemption.Card})
		clock.Advance(90 * 24 * time.Hour)
		expect("180 days after the login", true, true)
		clock.Advance(time.Second)
		expect("a second later", false, true)
		if n := w.count("SELECT COUNT(*) FROM exemption_use WHERE customer = $1 AND exemption IN ('access', 'provider')", c); n != 6 {
			t.Errorf("%d looks are recorded", n)
		}
	})
}

// TestOffDoesNothing: without any exemption nothing is stored, and nothing exempted.
func TestOffDoesNothing(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, policy.Version0())
		c := somebody()
		w.approved(c, euros(t, "5"), exemption.Transfer)
		if n := w.count("SELECT (SELECT COUNT(*) FROM exemption_customer) + (SELECT COUNT(*) FROM exemption_use)"); n != 0 {
			t.Errorf("%d rows", n)
		}
		if d := w.decide(t, transfer(c, euros(t, "5"))); d.Exempt() || len(d.Reasons) != 6 {
			t.Errorf("%+v", d)
		}
		// A decision of yesterday's policies is worth nothing under today's.
		w.follow(lowOnly(policy.LimitSum, true))
		w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin})
		old := w.decide(t, transfer(c, euros(t, "5")))
		w.follow(policy.Version0())
		if _, ok := w.use(t, old); !old.Exempt() || ok {
			t.Errorf("%+v is used: %t", old, ok)
		}
		if _, ok := w.use(t, exemption.Decision{Exemption: policy.ExemptTrusted}); ok {
			t.Error("a decision that nobody made is used")
		}
	})
}
