package evaluation_test

import (
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/evaluation"
)

func report(at time.Time, lat float64, seen ...int) household.Event {
	e := household.Event{Kind: household.Poll, At: at, Stamp: at, Cell: s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, 9)).Parent(household.CellLevel)}
	for _, n := range seen {
		e.Seen = append(e.Seen, household.Sighting{Device: n, Proof: household.Identifier})
	}
	return e
}

// The baseline is what the text says: N-1 days of a weekday are not enough, N are, and
// other weekdays and periods are other patterns.
func TestTheBaselineIsASetPerWeekday(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)
	b := evaluation.NewBaseline()
	ask := func(at time.Time, lat float64, seen ...int) float64 {
		return b.Score(household.Moment{Request: household.Request{At: at, Channel: household.Online}, Reports: []household.Event{report(at.Add(-time.Minute), lat, seen...)}})
	}
	b.Learn(report(monday, 51, 1, 2))
	if got := ask(monday.AddDate(0, 0, 7), 52); got < 2 {
		t.Errorf("one Monday is a pattern already: %.2f", got)
	}
	b.Learn(report(monday.AddDate(0, 0, 7), 51, 1, 3))
	for _, c := range []struct {
		name string
		at   time.Time
		lat  float64
		seen []int
		want float64
	}{
		{"all there", monday.AddDate(0, 0, 14), 51, []int{1}, 2},
		{"a device that was there once is not missed", monday.AddDate(0, 0, 14), 51, []int{1, 9}, 2},
		{"the device is missing", monday.AddDate(0, 0, 14), 51, nil, 1},
		{"the place is another one", monday.AddDate(0, 0, 14), 52, []int{1}, 1},
		{"both", monday.AddDate(0, 0, 14), 52, nil, 0},
		{"Tuesday has no pattern", monday.AddDate(0, 0, 15), 52, nil, 2},
		{"nor has the morning", monday.AddDate(0, 0, 14).Add(-11 * time.Hour), 52, nil, 2},
		{"after eight weeks it is forgotten", monday.AddDate(0, 0, 70), 52, nil, 2},
	} {
		if got := ask(c.at, c.lat, c.seen...); got < c.want || got > c.want+0.01 {
			t.Errorf("%s: %.3f, want %.0f", c.name, got, c.want)
		}
	}
}
