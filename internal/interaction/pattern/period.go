package pattern

import "fmt"

// Period is a part of a civil day: the hours from From to To, To left out. A period
// over midnight has To at or below From, and is counted by the days that its hours
// have.
type Period struct{ From, To int }

// String writes the period as people do.
func (p Period) String() string { return fmt.Sprintf("%02d:00–%02d:00", p.From, p.To) }

// Has reports whether an hour of the day is in the period.
func (p Period) Has(hour int) bool {
	if p.From < p.To {
		return p.From <= hour && hour < p.To
	}
	return p.From <= hour || hour < p.To
}

// Five returns the usual periods of a day (DI-61): early morning, morning, midday,
// afternoon and evening.
func Five() []Period { return []Period{{0, 6}, {6, 12}, {12, 15}, {15, 18}, {18, 24}} }

// Three returns the coarse ones (DI-63): morning, day, evening.
func Three() []Period { return []Period{{0, 9}, {9, 18}, {18, 24}} }

// Hourly returns the hours (DI-62).
func Hourly() []Period { return Every(1) }

// Every returns periods of n hours, 1 to 24; the last one may be shorter.
func Every(n int) (all []Period) {
	for h := 0; h < DayHours; h += n {
		all = append(all, Period{h, min(h+n, DayHours)})
	}
	return all
}
