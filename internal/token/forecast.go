package token

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
)

// Months is how many months a forecast looks back.
const Months = 12

// Forecast is how long the stock will do.
type Forecast struct {
	At     time.Time     // when it was counted
	Since  [Months]Month // the months that it looks back on, oldest first; the last one is under way
	Models []ModelStock  // by code
}

// Month is the span of a calendar month in UTC; the last one ends with the count.
type Month struct{ From, Before time.Time }

// ModelStock is the stock of one model, and where it goes.
type ModelStock struct {
	Model    string
	Stock    int64         // in stock
	Assigned [Months]int64 // tokens that customers got in each month and still have, or had when they ended
	PerMonth float64       // mean of the last whole three months, or of as many as there were since the first token was given out
	RunsOut  time.Time     // when the stock is used up at that rate; zero: not within ten years
}

// Forecast counts. It reads indexes only and takes about as long again as
// Tokens.Shelf, tenths of a second at a million tokens: a page should keep it for a
// while. A token that came back to stock counts as never assigned: what matters is how
// fast the stock shrinks.
func (c *Care) Forecast(ctx context.Context) (f Forecast, err error) {
	err = c.tokens.db.Read(ctx, func(tx *db.Tx) error {
		f = Forecast{At: tx.Now, Since: months(tx.Now)}
		counts, err := device.Counts(tx, device.Token)
		if err != nil {
			return err
		}
		models := map[string]*ModelStock{}
		of := func(code string) *ModelStock {
			if models[code] == nil {
				models[code] = &ModelStock{Model: code}
			}
			return models[code]
		}
		for _, x := range counts {
			if m := of(x.Model); x.Status == device.Stock {
				m.Stock = x.N
			}
		}
		for i, span := range f.Since {
			handed, err := device.Handed(tx, device.Token, span.From, span.Before)
			if err != nil {
				return err
			}
			for code, n := range handed {
				of(code).Assigned[i] = n
			}
		}
		for _, m := range models {
			m.project(tx.Now)
			f.Models = append(f.Models, *m)
		}
		return nil
	})
	slices.SortFunc(f.Models, func(a, b ModelStock) int { return cmp.Compare(a.Model, b.Model) })
	return f, err
}

// months are the calendar months up to now.
func months(now time.Time) (all [Months]Month) {
	now = now.UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := range all {
		all[i] = Month{first.AddDate(0, i+1-Months, 0), first.AddDate(0, i+2-Months, 0)}
	}
	all[Months-1].Before = now.Add(time.Microsecond)
	return all
}

// farthest is how far ahead a forecast is worth its ink.
const farthest = 10 * 12

// project says when the stock is used up.
func (m *ModelStock) project(now time.Time) {
	whole := m.Assigned[:Months-1]
	for len(whole) > 1 && whole[0] == 0 {
		whole = whole[1:]
	}
	whole = whole[max(0, len(whole)-3):]
	var sum int64
	for _, n := range whole {
		sum += n
	}
	m.PerMonth = float64(sum) / float64(len(whole))
	if m.PerMonth == 0 {
		return
	}
	const month = 365.25 / 12 * 24 * float64(time.Hour)
	if ahead := float64(m.Stock) / m.PerMonth; ahead <= farthest {
		m.RunsOut = now.Add(time.Duration(ahead * month)).Truncate(24 * time.Hour)
	}
}
