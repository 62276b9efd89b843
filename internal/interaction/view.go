package interaction

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Overview is what is known of one primary, for lists.
type Overview struct {
	Primary companion.Companion
	Days    int       // of the last 64 on which it looked around
	From    time.Time // first and last civil day that was learned; zero: none was
	To      time.Time
	Due     time.Time // when the next lesson is; zero: there is nothing to learn
	Thin    bool      // too few days to judge by
}

// Overviews returns what is known of a customer, a line for each of their primaries that reported.
func (d *Desk) Overviews(ctx context.Context, customer ident.ID) (all []Overview, err error) {
	r := d.rules()
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		companions, err := companion.Of(tx, customer)
		if err != nil {
			return err
		}
		for _, c := range companions {
			k, found, err := load(tx, customer, c.ID)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			s, err := d.pattern(k, r.options)
			if err != nil {
				return err
			}
			o := Overview{Primary: c, Due: k.due, Days: s.Days(), Thin: s.Days() < r.ThinDays}
			if first, last, ok := s.Span(); ok {
				o.From, o.To = first.Date(), last.Date()
			}
			all = append(all, o)
		}
		return nil
	})
	return all, err
}

// Pattern returns what was learned of a primary, for tables and maps ([pattern.State.Table],
// [pattern.State.Perimeter]). The fault "interaction.pattern" (NotFound) when it never reported.
func (d *Desk) Pattern(ctx context.Context, customer, primary ident.ID) (s *pattern.State, err error) {
	r := d.rules()
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		k, found, err := load(tx, customer, primary)
		if err != nil {
			return err
		}
		if !found {
			return noPattern()
		}
		s, err = d.pattern(k, r.options)
		return err
	})
	return s, err
}

func noPattern() error {
	return fault.NotFoundf("interaction.pattern", "This device has not reported anything.")
}

// Table returns the readable pattern of a primary (DI-59 to DI-74). Faults are those of Pattern.
func (d *Desk) Table(ctx context.Context, customer, primary ident.ID, periods []pattern.Period, f pattern.Filter) ([]pattern.Row, error) {
	s, err := d.Pattern(ctx, customer, primary)
	if err != nil {
		return nil, err
	}
	return s.Table(periods, f), nil
}

// Moment is one hour of a day: who was there, and who was expected.
type Moment struct {
	Hour     pattern.Hour
	Looked   bool
	Seen     pattern.Set
	Expected []Expected
	Visits   []pattern.Visit
}

// Expected is how likely a device was to be there.
type Expected struct {
	Device      pattern.Number
	Probability float64
	Confidence  float64
}

// Day returns a civil day of a primary, hour by hour, as far as reports of it are still kept: seen
// and expected. Faults are those of Pattern.
func (d *Desk) Day(ctx context.Context, customer, primary ident.ID, day int) (hours []Moment, err error) {
	r := d.rules()
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		k, found, err := load(tx, customer, primary)
		if err != nil {
			return err
		}
		if !found {
			return noPattern()
		}
		s, err := d.pattern(k, r.options)
		if err != nil {
			return err
		}
		// A civil day lies between fourteen hours before the day in UTC and twelve after it.
		start := time.Unix(int64(day)*86400, 0).UTC()
		events, err := d.events(tx, k, "state IN ('waiting', 'learned') AND from_at < $3 AND until_at > $4", start.Add(36*time.Hour), start.Add(-16*time.Hour))
		if err != nil {
			return err
		}
		hours = picture(s, events, day)
		return nil
	})
	return hours, err
}

// picture draws a day.
func picture(s *pattern.State, events []pattern.Event, day int) []Moment {
	hours := make([]Moment, pattern.DayHours)
	for i := range hours {
		hours[i].Hour = pattern.Hour(day*pattern.DayHours + i) //nolint:gosec // a day of this century
	}
	var b pattern.Builder
	for i := range events {
		b.Add(&events[i])
	}
	b.Take(time.Unix(1<<40, 0), func(x *pattern.Slot) {
		if x.Hour.Day() != day {
			return
		}
		m := &hours[x.Hour.OfDay()]
		m.Looked, m.Seen, m.Visits = x.Polls > 0, x.Seen, append([]pattern.Visit(nil), x.Visits...)
	})
	devices := s.Devices()
	for i := range hours {
		for n := range devices.All() {
			p, confidence := s.Expect(hours[i].Hour, n)
			hours[i].Expected = append(hours[i].Expected, Expected{n, p, confidence})
		}
	}
	return hours
}
