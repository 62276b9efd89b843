package sms_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

// bounds are wide but for what a test makes narrow.
func bounds(change func(*policy.SMS)) policy.SMS {
	rule := policy.SMS{
		Countries: []string{"NO", "DE"}, PrefixDigits: 5, Number: 1000, Source: 1000, Prefix: 1000, Hour: 1000, Day: 1000,
		Conversion: policy.Conversion{Sent: 10, Alarm: 50, CutOff: 20, Pause: 6 * time.Hour},
	}
	change(&rule)
	return rule
}

// spend asks for a code and sends it when it may be; it returns what was decided.
func (w *world) spend(b *sms.Budget, rule policy.SMS, s sms.Spending) (v sms.Verdict) {
	w.t.Helper()
	if err := w.d.Settle(w.t.Context(), s.Customer, func(tx *db.Tx) (err error) {
		if v, err = b.Allow(tx, rule, s); err != nil {
			return err
		}
		n := 0
		if v == sms.Allowed {
			n = 1
		}
		_, err = b.Spend(tx, rule, s, n)
		return err
	}); err != nil {
		w.t.Error(err)
	}
	return v
}

// somebody is a customer with a number of their own.
func somebody(n int) sms.Spending {
	return sms.Spending{Customer: ident.Derive("customer", strconv.Itoa(n)), Number: "+47912" + strconv.Itoa(10000+n), Source: "192.0.2." + strconv.Itoa(n%200)}
}

// TestEveryBound: of each, so many codes are sent, the next is not, and it is again when
// the windows have passed.
func TestEveryBound(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*policy.SMS)
		spend   func(n int) sms.Spending
		want    sms.Verdict
		another sms.Spending // is not bounded by it
		after   time.Duration
	}{
		"number": {
			func(r *policy.SMS) { r.Number = 3 }, func(int) sms.Spending { return somebody(1) }, sms.OverNumber, somebody(2), 70 * time.Minute,
		},
		"a number of many customers": {
			func(r *policy.SMS) { r.Number = 3 }, func(n int) sms.Spending { s := somebody(n); s.Number = "+4791234567"; return s }, sms.OverNumber, somebody(99), 70 * time.Minute,
		},
		"source": {
			func(r *policy.SMS) { r.Source = 3 }, func(n int) sms.Spending { s := somebody(n); s.Source = "203.0.113.1"; return s }, sms.OverSource, somebody(99), 70 * time.Minute,
		},
		"prefix": {
			func(r *policy.SMS) { r.Prefix = 3 }, somebody, sms.OverPrefix, sms.Spending{Customer: ident.Derive("x"), Number: "+4748000000"}, 70 * time.Minute,
		},
		"hour": {func(r *policy.SMS) { r.Hour = 3 }, somebody, sms.OverHour, sms.Spending{}, 70 * time.Minute},
		"day":  {func(r *policy.SMS) { r.Day = 3 }, somebody, sms.OverDay, sms.Spending{}, 25 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, w *world) {
				b, rule := &sms.Budget{Ring: w.Ring}, bounds(c.change)
				for n := range 3 {
					if v := w.spend(b, rule, c.spend(n)); v != sms.Allowed {
						t.Fatalf("code %d: %q", n, v)
					}
				}
				for range 2 { // what is refused is not counted
					if v := w.spend(b, rule, c.spend(3)); v != c.want {
						t.Errorf("beyond the bound: %q, want %q", v, c.want)
					}
				}
				if c.another.Number != "" {
					if v := w.spend(b, rule, c.another); v != sms.Allowed {
						t.Errorf("somebody else: %q", v)
					}
				}
				w.clock.Advance(c.after)
				if v := w.spend(b, rule, c.spend(3)); v != sms.Allowed {
					t.Errorf("later: %q", v)
				}
				if s := b.Stats(); s.Withheld[c.want] != 2 || s.Sent < 4 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestNumbersThatAreNeverTexted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		b, rule := &sms.Budget{Ring: w.Ring}, bounds(func(*policy.SMS) {})
		for number, want := range map[string]sms.Verdict{
			"+4791234567": sms.Allowed, "+4915123456789": sms.Allowed, "+447400123456": sms.BadCountry, "+499001234567": sms.BadClass,
			"+4721234567": sms.BadClass, "+445612345678": sms.BadClass, "+4712345678": sms.BadClass,
		} {
			if v := w.spend(b, rule, sms.Spending{Customer: ident.Derive("c"), Number: number}); v != want {
				t.Errorf("%s: %q, want %q", number, v, want)
			}
		}
	})
}

// TestNobodysCodeCostsTheSame: as many statements, and nothing is counted.
func TestNobodysCodeCostsTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		b, rule := &sms.Budget{Ring: w.Ring}, bounds(func(r *policy.SMS) { r.Hour, r.Day = 1, 1 })
		for range 5 {
			if v := w.spend(b, rule, sms.Spending{Customer: ident.Derive("nobody"), Source: "192.0.2.1"}); v != sms.Allowed {
				t.Errorf("%q", v)
			}
		}
		if v := w.spend(b, rule, somebody(1)); v != sms.Allowed {
			t.Errorf("nobody's requests used up somebody's budget: %q", v)
		}
	})
}

// back sends codes to a prefix, of which some come back right, and lets them run out.
func (w *world) back(b *sms.Budget, rule policy.SMS, sent, right int) {
	w.t.Helper()
	for n := range sent {
		s := somebody(n)
		made := w.clock.Now()
		if v := w.spend(b, rule, s); v != sms.Allowed {
			w.t.Fatalf("code %d: %q", n, v)
		}
		if n < right {
			if err := w.d.Settle(w.t.Context(), s.Customer, func(tx *db.Tx) error { return b.Right(tx, s.Customer, "+47912", made) }); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.clock.Advance(21 * time.Minute)
}

// TestConversion: a prefix whose codes nobody gives back has an alarm, then is cut off,
// once each; staff can end it, or time does.
func TestConversion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		b, rule := &sms.Budget{Ring: w.Ring}, bounds(func(*policy.SMS) {})
		w.back(b, rule, 9, 0) // too few to conclude anything
		if v := w.spend(b, rule, somebody(0)); v != sms.Allowed || len(w.alarms()) != 0 {
			t.Errorf("%q, %+v", v, w.alarms())
		}
		w.back(b, rule, 11, 8) // 8 of 21: below the alarm
		for range 3 {
			if v := w.spend(b, rule, somebody(0)); v != sms.Allowed {
				t.Errorf("%q", v)
			}
		}
		if all := w.alarms(); len(all) != 1 || all[0].CutOff || all[0].Prefix != "+47912" || all[0].Right != 8 || w.recorded(sms.AuditAlarm) != 1 {
			t.Errorf("%+v, %d records", all, w.recorded(sms.AuditAlarm))
		}
		w.back(b, rule, 40, 0) // 8 of more than 60: cut off
		for range 3 {
			if v := w.spend(b, rule, somebody(0)); v != sms.CutOff {
				t.Errorf("%q", v)
			}
		}
		if v := w.spend(b, rule, sms.Spending{Customer: ident.Derive("x"), Number: "+4748000000"}); v != sms.Allowed {
			t.Errorf("another prefix: %q", v)
		}
		if w.recorded(sms.AuditCutOff) != 1 || b.Stats().CutOffs != 1 {
			t.Errorf("%d records, %+v", w.recorded(sms.AuditCutOff), b.Stats())
		}
		ann := audit.Staff(ident.Derive("ann"), "ann")
		for _, reason := range []string{"", "a\nb", strings.Repeat("x", 201)} {
			if err := w.Lift(t.Context(), ann, "+47912", reason); err == nil {
				t.Errorf("lifted because %q", reason)
			}
		}
		if err := w.Lift(t.Context(), audit.Customer(ident.Derive("c")), "+47912", "please"); err == nil {
			t.Error("lifted by a customer")
		}
		if err := w.Lift(t.Context(), ann, "+47912", "the carrier had an outage"); err != nil || w.recorded(sms.AuditLifted) != 1 {
			t.Error(err)
		}
		if err := w.Lift(t.Context(), ann, "+47912", "again"); err == nil {
			t.Error("lifted twice")
		}
		if v := w.spend(b, rule, somebody(0)); v != sms.Allowed {
			t.Errorf("after that: %q", v)
		}
		w.back(b, rule, 12, 0)
		if v := w.spend(b, rule, somebody(0)); v != sms.CutOff {
			t.Errorf("and again nobody gives them back: %q", v)
		}
		w.clock.Advance(6 * time.Hour)
		if v := w.spend(b, rule, somebody(0)); v != sms.Allowed {
			t.Errorf("when the time is over: %q", v)
		}
		w.clock.Advance(72 * time.Hour)
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { _, err := sms.SweepBudget(tx, 1000); return err }); err != nil {
			t.Fatal(err)
		}
		if n := w.rows("sms_budget"); n != 0 {
			t.Errorf("%d windows are left", n)
		}
	})
}

// TestPrecision: codes of many customers at once pass a bound by no more than there are at
// the same moment, and what was sent is counted exactly.
func TestPrecision(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		const crowd = 40
		b, rule := &sms.Budget{Ring: w.Ring}, bounds(func(r *policy.SMS) { r.Hour = 10 })
		sent := 0
		for round := range 3 {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for n := range crowd {
				wg.Go(func() {
					if v := w.spend(b, rule, somebody(round*crowd+n)); v == sms.Allowed {
						mu.Lock()
						defer mu.Unlock()
						sent++
					}
				})
			}
			wg.Wait()
			if round == 0 && (sent < 10 || sent > 10+crowd) || round > 0 && sent > 10+crowd {
				t.Errorf("round %d: %d codes", round, sent)
			}
		}
		var counted int
		if err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT CAST(SUM(sent) AS BIGINT) FROM sms_budget WHERE scope = 'hour'").Scan(&counted)
		}); err != nil || counted != sent {
			t.Errorf("%d sent, %d counted, %v", sent, counted, err)
		}
	})
}

func (w *world) alarms() []sms.Alarm {
	w.t.Helper()
	all, err := w.Alarms(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) rows(from string, args ...any) (n int) {
	w.t.Helper()
	if err := w.d.Read(w.t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n) }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) recorded(kind string) int { return w.rows("journal WHERE kind = $1", kind) }
