package engine

import (
	"math"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/place"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// complete fills in what the profile says of an event.
func complete(p *Profile, f score.Facts, w World) score.Facts {
	h := fresh(&p.History, f.At)
	f.Logins = len(h.Entries)
	f.Known = f.Logins > 0
	f.NewAddress = !h.Knows(likelihood.Address, f.Row[likelihood.Address])
	f.NewNetwork = !h.Knows(likelihood.Network, f.Row[likelihood.Network])
	f.NewCountry = !h.Knows(likelihood.Country, f.Row[likelihood.Country])
	f.NewAgent = !h.Knows(likelihood.Agent, f.Row[likelihood.Agent])
	tag, seen := p.Tags[f.Tag]
	f.NewDevice = f.Tag == "" || !seen || f.At.Sub(tag.Last) > likelihood.MaxAge
	here, before := place.Place{Latitude: f.Lat, Longitude: f.Lon, Located: f.Located}, place.Place{Latitude: p.Last.Lat, Longitude: p.Last.Lon, Located: p.Last.Located}
	f.TravelKM = math.Round(place.Distance(before, here))
	f.TravelSpeed = math.Round(place.Speed(before, here, f.At.Sub(p.Last.At)))
	f.IdleDays = since(p.LastGood, f.At) / 24
	f.Changed = since(p.Changed, f.At)
	f.Failures = p.Failures.On(f.At, spending.Day)
	f.DayCount, f.DayAmount = p.Rate.Count.On(f.At, spending.Day), p.Rate.Amount.On(f.At, spending.Day)
	if s, known := likelihood.Of(h, f.Row, w.Counts); known && f.Row != (likelihood.Attempt{}) {
		f.Ratio, f.Parts = s.Total, [3]float64{s.Factors[0], s.Factors[1], s.User}
	}
	return f
}

// fresh is the history without rows that are too old: they leave it for good when
// it learns the next time.
func fresh(h *likelihood.History, now time.Time) *likelihood.History {
	n := 0
	for n < len(h.Entries) && now.Sub(h.Entries[n].At) > likelihood.MaxAge {
		n++
	}
	return &likelihood.History{Entries: h.Entries[n:]}
}

// since returns the hours from one time to another; 0 for no time or a clock that
// is off, and at least a second otherwise.
func since(from, to time.Time) float64 {
	if from.IsZero() {
		return 0
	}
	return max(to.Sub(from), time.Second).Hours()
}

// withItem fills in what is known of one payment of a batch.
func withItem(p *Profile, f score.Facts, i score.Item, w World) score.Facts {
	f.Payee, f.PayeeIn, f.Amount, f.Currency, f.Own, f.Batch = i.Payee, i.PayeeIn, i.Amount, i.Currency, i.Own, len(f.Items)
	e := p.Pay.Look(payment(&f, i))
	f.NewPayee, f.Usual = e.NewPayee, math.Round(e.Usual*1000)/1000
	known := w.Payees[i.Payee]
	f.Payers, f.Fresh, f.Frauds = known.Payers, known.Fresh, known.Frauds
	return f
}
