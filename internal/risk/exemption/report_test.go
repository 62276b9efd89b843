package exemption_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// at is noon of a day.
func at(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

// fraud reports the customer's newest payment.
func (w *world) fraud(c ident.ID, cents int64) ident.ID {
	w.t.Helper()
	all, err := w.Payments(w.t.Context(), c, ident.ID{}, 1)
	if err != nil || len(all) != 1 {
		w.t.Fatal(all, err)
	}
	must(w.t, w.ReportFraud(w.t.Context(), staff(), exemption.Fraud{Customer: c, Use: all[0].ID, Cents: cents}))
	return all[0].ID
}

// report is that of a quarter.
func (w *world) report(year, number int) exemption.Report {
	w.t.Helper()
	r, err := w.Report(w.t.Context(), exemption.Quarter{Year: year, Number: number})
	must(w.t, err)
	return r
}

// transfers is the part about credit transfers.
func transfers(r exemption.Report) exemption.InstrumentReport { return r.Instruments[0] }

// TestRisk: a band opens after a quarter at or below the reference rate, ceases after two
// above it in a row, and resumes after one at or below it (SCA-35, SCA-38, SCA-39).
func TestRisk(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		small, larger := transfer(c, euros(t, "100")), transfer(c, euros(t, "100.01"))
		byCard := small
		byCard.Instrument = exemption.Card
		exempted := func(r exemption.Request) bool { return w.decide(t, r).Exemption == policy.ExemptRisk }
		// EUR 1,000,000 a quarter; EUR 150 of fraud is 0.015 %, EUR 100 is 0.010 %.
		for i, q := range []struct {
			cents         int64 // of fraud
			small, larger bool  // exempted in the next quarter
			standing      exemption.Standing
		}{
			{15_001, false, false, exemption.Closed},
			{15_000, true, false, exemption.Open},
			{15_001, true, false, exemption.Warned},
			{15_000, true, false, exemption.Open},
			{15_001, true, false, exemption.Warned},
			{15_001, false, false, exemption.Closed},
			{15_001, false, false, exemption.Closed},
			{10_000, true, true, exemption.Open},
		} {
			year, number := 2027+i/4, i%4+1
			clock.Set(at(year, time.Month(number*3-2), 1)) // 90 days before the end at least
			if i > 0 {
				clock.Set(at(year, time.Month(number*3), 20))
			}
			w.approved(c, euros(t, "1000000"), exemption.Transfer)
			w.fraud(c, q.cents)
			next := exemption.Quarter{Year: year, Number: number}.Next()
			clock.Set(time.Unix(int64(next.First())*24*60*60, 0).Add(11 * time.Minute))
			if i > 0 && exempted(small) {
				t.Error("sums of long ago are relied upon")
			}
			must(t, w.Refresh(t.Context()))
			if exempted(small) != q.small || exempted(larger) != q.larger || exempted(byCard) {
				t.Errorf("after %dQ%d: %v, %v", year, number, w.decide(t, small).Reasons, w.decide(t, larger).Reasons)
			}
			x := transfers(w.report(year, number))
			if x.Bands[0].Standing != q.standing || x.Rolling != (exemption.Rate{Fraud: q.cents, Total: 100_000_000}) {
				t.Errorf("%dQ%d: %+v, want %s", year, number, x, q.standing)
			}
		}
	})
}

// TestAFirstQuarter: a band stays closed until 90 days are on record.
func TestAFirstQuarter(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		clock.Set(at(2027, 1, 2)) // 89 days
		w.approved(c, euros(t, "1000"), exemption.Transfer)
		for _, x := range []struct {
			now  time.Time
			want bool
		}{{at(2027, 4, 1), false}, {at(2027, 5, 1), false}, {at(2027, 6, 30), false}, {at(2027, 7, 1), true}} {
			clock.Set(x.now)
			must(t, w.Refresh(t.Context()))
			if got := w.decide(t, transfer(c, euros(t, "50"))); got.Exempt() != x.want {
				t.Errorf("%s: %v", x.now, codes(got, policy.ExemptRisk))
			}
			w.approved(c, euros(t, "1000"), exemption.Transfer)
		}
	})
}

// TestRolling: fraud is counted by value over 90 days, by the day of the payment (SCA-38).
func TestRolling(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		clock.Set(at(2027, 1, 10))
		w.approved(c, pay(t, order("100", "USD", stranger)), exemption.Transfer) // EUR 80
		first := w.fraud(c, 0)
		clock.Set(at(2027, 2, 10))
		w.approved(c, euros(t, "20"), exemption.Transfer)
		w.approved(c, euros(t, "7"), exemption.Card)
		rolling := func(now time.Time) exemption.Rate {
			t.Helper()
			clock.Set(now)
			q := exemption.QuarterOf(exemption.DayOf(now))
			return transfers(w.report(q.Year, q.Number)).Rolling
		}
		for _, x := range []struct {
			now  time.Time
			want exemption.Rate
		}{
			{at(2027, 2, 10), exemption.Rate{Fraud: 8000, Total: 8000}}, // the day is not over
			{at(2027, 2, 11), exemption.Rate{Fraud: 8000, Total: 10_000}},
			{at(2027, 4, 10), exemption.Rate{Fraud: 8000, Total: 10_000}},
			{at(2027, 4, 11), exemption.Rate{Total: 2000}},
			{at(2027, 5, 11), exemption.Rate{Total: 2000}},
			{at(2027, 5, 12), exemption.Rate{}},
		} {
			if got := rolling(x.now); got != x.want {
				t.Errorf("%s: %+v, want %+v", x.now, got, x.want)
			}
		}
		if found, err := w.WithdrawFraud(t.Context(), staff(), c, first); err != nil || !found {
			t.Error(found, err)
		}
		if found, err := w.WithdrawFraud(t.Context(), staff(), c, first); err != nil || found {
			t.Error("withdrawn twice", err)
		}
		if got := transfers(w.report(2027, 1)); got.Total.FraudPayments != 0 || got.Total.Payments != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// TestFraudReports: one for a payment, of at most its value.
func TestFraudReports(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		w.approved(c, euros(t, "20"), exemption.Transfer)
		clock.Advance(time.Second)
		w.approved(c, pay(t, order("20", "NOK", stranger)), exemption.Card)
		all, err := w.Payments(t.Context(), c, ident.ID{}, 10)
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		crowns, euro := all[0], all[1]
		for _, x := range []struct {
			use   ident.ID
			cents int64
			fault string
		}{
			{somebody(), 1, "exemption.unknown"},
			{euro.ID, -1, "exemption.fraud_value"},
			{euro.ID, 2001, "exemption.fraud_value"},
			{crowns.ID, 0, "exemption.fraud_value"},
			{euro.ID, 0, ""},
			{euro.ID, 1500, ""},
			{crowns.ID, 170, ""},
		} {
			err := w.ReportFraud(t.Context(), staff(), exemption.Fraud{Customer: c, Use: x.use, Cents: x.cents})
			if x.fault == "" {
				must(t, err)
			} else {
				refused(t, err, x.fault)
			}
		}
		refused(t, w.ReportFraud(t.Context(), staff(), exemption.Fraud{Customer: somebody(), Use: euro.ID}), "exemption.unknown")
		if n := w.count("SELECT COUNT(*) FROM exemption_fraud WHERE cents = CASE WHEN instrument = 'card' THEN 170 ELSE 1500 END"); n != 2 {
			t.Errorf("%d reports", n)
		}
		if page, err := w.Payments(t.Context(), c, crowns.ID, 10); err != nil || len(page) != 1 || page[0].ID != euro.ID || !page[0].Fraud {
			t.Errorf("the second page: %+v, %v", page, err)
		}
		_, err = w.Payments(t.Context(), c, ident.ID{}, 0)
		refused(t, err, "exemption.limit")
	})
}

// TestReport is the record of a quarter (SCA-40).
func TestReport(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		_, err := w.Report(t.Context(), exemption.Quarter{Year: 2027, Number: 1})
		refused(t, err, "exemption.quarter")
		empty := w.report(2026, 4)
		if empty.Complete || empty.From != "2026-10-01" || empty.Until != "2026-11-01" || len(empty.Instruments) != 2 || transfers(empty).Total != (exemption.Row{Exemption: "total"}) {
			t.Errorf("%+v", empty)
		}
		c := somebody()
		clock.Set(at(2026, 12, 31))
		w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin})
		for range 3 {
			if got := w.exempt(t, transfer(c, euros(t, "10"))); got != policy.ExemptLowValue {
				t.Fatal(got)
			}
		}
		w.fraud(c, 0)
		if got := w.exempt(t, exemption.Request{Customer: c, Risk: allow(), View: exemption.Balance}); got != policy.ExemptAccess {
			t.Fatal(got)
		}
		w.approved(c, pay(t, order("50", "EUR", friend), order("120", "EUR", stranger)), exemption.Transfer)
		w.approved(c, pay(t, order("1", "NOK", friend)), exemption.Transfer)
		clock.Set(at(2027, 1, 1))
		w.approved(c, euros(t, "99"), exemption.Transfer) // of the next quarter
		clock.Set(at(2027, 1, 2))
		want := exemption.InstrumentReport{
			Instrument: exemption.Transfer,
			Rows: []exemption.Row{
				{Exemption: "strong", Payments: 3, Cents: 17_000, AverageCents: 8500, FraudPercent: "0.0000", SharePercent: "50.00", Unconverted: 1},
				{Exemption: "low-value", Payments: 3, Cents: 3000, FraudPayments: 1, FraudCents: 1000, FraudPercent: "33.3333", AverageCents: 1000, SharePercent: "50.00"},
			},
			Total:   exemption.Row{Exemption: "total", Payments: 6, Cents: 20_000, FraudPayments: 1, FraudCents: 1000, FraudPercent: "5.0000", AverageCents: 4000, SharePercent: "100.00", Unconverted: 1},
			Rolling: exemption.Rate{Fraud: 1000, Total: 20_000}, Percent: "5.0000",
			Bands: []exemption.BandReport{{"etv-100", 100, "0.0150", exemption.Closed}, {"etv-250", 250, "0.0100", exemption.Closed}, {"etv-500", 500, "0.0050", exemption.Closed}},
		}
		got := w.report(2026, 4)
		if diff := cmp.Diff(want, transfers(got)); diff != "" || !got.Complete || got.Until != "2026-12-31" {
			t.Errorf("%+v %s", got, diff)
		}
		if diff := cmp.Diff([]exemption.AccessReport{{policy.ExemptAccess, 1}}, got.Accesses); diff != "" {
			t.Error(diff)
		}
		again := &world{Desk: &exemption.Desk{DB: d, Policies: w.Policies}, t: t, clock: clock} // another node
		if diff := cmp.Diff(got, again.report(2026, 4)); diff != "" {
			t.Errorf("another node says: %s", diff)
		}
	})
}
