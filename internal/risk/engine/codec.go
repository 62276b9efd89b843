package engine

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// stored is the form in which a profile is kept: values of rows are numbers into a
// list, because they repeat.
type stored struct {
	Values       []string          `json:"values,omitempty"`
	Rows         []storedRow       `json:"rows,omitempty"`
	Tags         map[string]Tag    `json:"tags,omitempty"`
	Sessions     spending.Sum      `json:"sessions,omitzero"`
	NewTags      spending.Sum      `json:"new_tags,omitzero"`
	NewAddresses spending.Sum      `json:"new_addresses,omitzero"`
	Last         Spot              `json:"last,omitzero"`
	LastGood     time.Time         `json:"last_good,omitzero"`
	Changed      time.Time         `json:"changed,omitzero"`
	Failures     spending.Sum      `json:"failures,omitzero"`
	Pay          spending.Customer `json:"pay,omitzero"`
	Rate         spending.Velocity `json:"rate,omitzero"`
	Day          time.Time         `json:"day,omitzero"`
	Paid         int               `json:"paid,omitempty"`
	Packed       packed            `json:"packed,omitzero"`
}

type storedRow struct {
	Event ident.ID               `json:"e"`
	At    int64                  `json:"t"` // microseconds
	Row   [likelihood.Levels]int `json:"r"`
}

// MarshalJSON writes the profile, so that people can read it.
func (p *Profile) MarshalJSON() ([]byte, error) { return json.Marshal(p.stored()) }

func (p *Profile) stored() *stored {
	s := stored{
		Tags: p.Tags, Sessions: p.Sessions, NewTags: p.NewTags, NewAddresses: p.NewAddresses, Last: p.Last, LastGood: p.LastGood, Changed: p.Changed,
		Failures: p.Failures, Pay: p.Pay, Rate: p.Rate, Day: p.Day, Paid: p.Paid,
	}
	index := map[string]int{}
	for _, e := range p.History.Entries {
		r := storedRow{Event: e.Event, At: e.At.UnixMicro()}
		for l, v := range e.Row {
			n, seen := index[v]
			if !seen {
				n = len(s.Values)
				index[v], s.Values = n, append(s.Values, v)
			}
			r.Row[l] = n
		}
		s.Rows = append(s.Rows, r)
	}
	return &s
}

// UnmarshalJSON reads what MarshalJSON or Pack wrote. Rows that point nowhere, in a document
// that was damaged, have empty values.
func (p *Profile) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if err := s.unpack(); err != nil {
		return err
	}
	*p = Profile{
		Tags: s.Tags, Sessions: s.Sessions, NewTags: s.NewTags, NewAddresses: s.NewAddresses, Last: s.Last, LastGood: s.LastGood, Changed: s.Changed,
		Failures: s.Failures, Pay: s.Pay, Rate: s.Rate, Day: s.Day, Paid: s.Paid,
	}
	p.History.Entries = slices.Grow(p.History.Entries, len(s.Rows))
	for _, r := range s.Rows {
		e := likelihood.Entry{Event: r.Event, At: time.UnixMicro(r.At).UTC()}
		for l, n := range r.Row {
			if n >= 0 && n < len(s.Values) {
				e.Row[l] = s.Values[n]
			}
		}
		p.History.Entries = append(p.History.Entries, e)
	}
	return nil
}
