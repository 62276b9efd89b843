package exemption_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// TestStandings is the state table of a band, cell by cell (SCA-39).
func TestStandings(t *testing.T) {
	t.Parallel()
	const reference = 15 // 0.015 %
	below, at, above := exemption.Rate{Fraud: 14, Total: 100_000}, exemption.Rate{Fraud: 15, Total: 100_000}, exemption.Rate{Fraud: 16, Total: 100_000}
	for _, c := range []struct {
		from                   exemption.Standing
		below, at, above, none exemption.Standing
	}{
		{exemption.Closed, exemption.Open, exemption.Open, exemption.Closed, exemption.Closed},
		{exemption.Open, exemption.Open, exemption.Open, exemption.Warned, exemption.Open},
		{exemption.Warned, exemption.Open, exemption.Open, exemption.Closed, exemption.Warned},
		{"", exemption.Open, exemption.Open, exemption.Closed, exemption.Closed},
	} {
		for _, x := range []struct {
			rate exemption.Rate
			want exemption.Standing
		}{{below, c.below}, {at, c.at}, {above, c.above}, {exemption.Rate{}, c.none}, {exemption.Rate{Fraud: 1}, map[bool]exemption.Standing{true: exemption.Warned, false: exemption.Closed}[c.from == exemption.Open]}} {
			if got := c.from.Next(x.rate, reference); got != x.want {
				t.Errorf("%q after %+v: %s, want %s", c.from, x.rate, got, x.want)
			}
		}
	}
}

// TestAnnex compares the bands of a new installation with the annex of the RTS
// (SCA-35), in per cent.
func TestAnnex(t *testing.T) {
	t.Parallel()
	for i, want := range []struct {
		most           int
		card, transfer string
	}{{100, "0.1300", "0.0150"}, {250, "0.0600", "0.0100"}, {500, "0.0100", "0.0050"}} {
		b := policy.Version0().Exemptions.Risk.Bands[i]
		card, transfer := exemption.Rate{Fraud: int64(b.Card), Total: 100_000}.Percent(), exemption.Rate{Fraud: int64(b.Transfer), Total: 100_000}.Percent()
		if b.Most != want.most || card != want.card || transfer != want.transfer {
			t.Errorf("EUR %d: %s %s, want %+v", b.Most, card, transfer, want)
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	if got := (exemption.Rate{Fraud: 5}).Percent(); got != "" {
		t.Error(got)
	}
	huge := exemption.Rate{Fraud: 9_000_000_000_000_000_000, Total: 9_000_000_000_000_000_000}
	if huge.Within(99_999) || !huge.Within(100_000) {
		t.Error("large sums overflow")
	}
	if exemption.Standings(nil).Open(exemption.Card, "etv-100") {
		t.Error("a band is open that nothing is known of")
	}
}

// TestQuarters: quarters follow each other without a gap, and every day is in one.
func TestQuarters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := exemption.Day(rapid.Int64Range(0, 1_000_000).Draw(t, "day"))
		q := exemption.QuarterOf(day)
		if day < q.First() || day > q.Last() || q.Next().First() != q.Last()+1 || q.Last()-q.First() < 89 || q.Last()-q.First() > 91 {
			t.Fatalf("%s: %s from %s to %s", day, q, q.First(), q.Last())
		}
		if back, err := exemption.ParseQuarter(q.String()); err != nil || back != q {
			t.Fatalf("%s: %v, %v", q, back, err)
		}
	})
	for _, s := range []string{"", "2026", "2026Q0", "2026Q5", "2026q1", "26Q1", "1969Q4", "2026Q1 ", "02026Q1", "٢٠٢٦Q1"} {
		_, err := exemption.ParseQuarter(s)
		refused(t, err, "exemption.quarter")
	}
	midnight := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	q := exemption.Quarter{Year: 2026, Number: 4}
	if exemption.DayOf(midnight) != q.First() || exemption.DayOf(midnight.Add(-time.Nanosecond)) != q.First()-1 || q.First().String() != "2026-10-01" || q.Last().String() != "2026-12-31" {
		t.Error(q.First(), q.Last())
	}
	if exemption.DayOf(time.Unix(-1, 0)) != -1 {
		t.Error("days before 1970")
	}
}
