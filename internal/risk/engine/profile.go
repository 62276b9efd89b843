package engine

import (
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// Bounds of a profile.
const (
	MaxTags        = 20
	PaymentsPerDay = 50
)

// Profile is all that one customer's events taught. The zero value knows nothing.
type Profile struct {
	History      likelihood.History
	Tags         map[string]Tag    // devices, by the hash of their tags
	Sessions     spending.Sum      // that ended well
	NewTags      spending.Sum      // of these, with a tag never seen before
	NewAddresses spending.Sum      // with such an address
	Last         Spot              // where the last event that ended well came from
	LastGood     time.Time         // when that was
	Changed      time.Time         // when phone, password or device were changed last
	Failures     spending.Sum      // rejected events
	Pay          spending.Customer // what is usual
	Rate         spending.Velocity // what was created lately
	Day          time.Time         // that Paid counts
	Paid         int               // payments learned on that day
}

// Tag is a device that the customer has.
type Tag struct {
	Event ident.ID  `json:"e"` // that it was learned from
	Last  time.Time `json:"l"`
}

// Spot is a place at a time.
type Spot struct {
	At       time.Time `json:"at,omitzero"`
	Lat, Lon float64
	Located  bool
}

// Note counts an event that was created, whatever becomes of it.
func (p *Profile) Note(f *score.Facts) {
	for _, i := range f.Items {
		p.Rate.Add(i.Amount, f.At)
	}
}

// Failed counts an event that was rejected.
func (p *Profile) Failed(at time.Time) { p.Failures.Add(1, at, spending.Day) }

// Learn takes in an event that ended well, and returns what that changes for the
// counts of all users. Whether it did end well, and that it is learned once, is for
// the caller to know.
func (p *Profile) Learn(event ident.ID, f *score.Facts) (deltas []likelihood.Delta) {
	switch f.Kind {
	case score.KindSession:
		deltas = p.learnSession(event, f)
	case score.KindPayment:
		p.learnPayments(f)
	case score.KindAction:
		if Sensitive(f.Type) {
			p.Changed = later(p.Changed, f.At)
		}
	}
	if f.Located && !f.At.Before(p.Last.At) {
		p.Last = Spot{f.At, f.Lat, f.Lon, true}
	}
	p.LastGood = later(p.LastGood, f.At)
	return deltas
}

// Sensitive reports whether an action changes what the customer is reached or
// recognized by.
func Sensitive(action string) bool {
	switch action {
	case "phone.change", "email.change", "password.change", "device.add", "device.rename", "device.suspend", "device.delete":
		return true
	}
	return false
}

func (p *Profile) learnSession(event ident.ID, f *score.Facts) []likelihood.Delta {
	deltas := p.History.Expire(f.At)
	isNew := !p.History.Knows(likelihood.Address, f.Row[likelihood.Address])
	more, learned := p.History.Learn(likelihood.Entry{Event: event, At: f.At, Row: f.Row})
	if deltas = append(deltas, more...); !learned {
		return deltas
	}
	p.Sessions.Add(1, f.At, spending.Month)
	if isNew {
		p.NewAddresses.Add(1, f.At, spending.Month)
	}
	for name, t := range p.Tags {
		if f.At.Sub(t.Last) > likelihood.MaxAge {
			delete(p.Tags, name)
		}
	}
	t, seen := p.Tags[f.Tag]
	if !seen || f.Tag == "" {
		p.NewTags.Add(1, f.At, spending.Month)
		t.Event = event
	}
	if f.Tag != "" {
		t.Last = later(t.Last, f.At)
		p.keepTag(f.Tag, t)
	}
	return deltas
}

// keepTag remembers a device, and forgets the one unused for longest.
func (p *Profile) keepTag(name string, t Tag) {
	if p.Tags == nil {
		p.Tags = map[string]Tag{}
	}
	if _, seen := p.Tags[name]; !seen && len(p.Tags) >= MaxTags {
		oldest := ""
		for k, x := range p.Tags {
			if o := p.Tags[oldest]; oldest == "" || x.Last.Before(o.Last) || x.Last.Equal(o.Last) && k < oldest {
				oldest = k
			}
		}
		delete(p.Tags, oldest)
	}
	p.Tags[name] = t
}

func (p *Profile) learnPayments(f *score.Facts) {
	if day := f.At.Truncate(24 * time.Hour); !day.Equal(p.Day) {
		p.Day, p.Paid = day, 0
	}
	for _, i := range f.Items {
		if p.Paid >= PaymentsPerDay {
			return
		}
		p.Paid++
		p.Pay.Learn(payment(f, i))
	}
}

func payment(f *score.Facts, i score.Item) spending.Payment {
	return spending.Payment{At: f.At, Hour: f.Hour, Amount: i.Amount, Currency: i.Currency, Payee: i.Payee}
}

// Unlearn takes out what an event taught that proved to be a fraud.
func (p *Profile) Unlearn(event ident.ID, f *score.Facts, now time.Time) []likelihood.Delta {
	for name, t := range p.Tags {
		if t.Event == event {
			delete(p.Tags, name)
		}
	}
	if f.Kind == score.KindPayment {
		for _, i := range f.Items {
			p.Pay.Unlearn(payment(f, i), now)
		}
	}
	if p.Last.At.Equal(f.At) {
		p.Last = Spot{}
	}
	return p.History.Unlearn(event)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
