package interaction

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// States of a batch.
const (
	waiting = "waiting" // to be learned
	learned = "learned"
	undated = "undated" // nobody knows when it was: never learned, and never now
	dropped = "dropped" // not to be learned
)

// stored is an event as it is kept. Words of categories are bins already, places are cells.
type stored struct {
	At     int64   `json:"t"` // milliseconds
	Offset int     `json:"z,omitempty"`
	Kind   uint8   `json:"k"`
	Device uint8   `json:"d,omitempty"`
	Seen   []int   `json:"s,omitempty"`
	Proof  uint8   `json:"p,omitempty"`
	Cell   string  `json:"c,omitempty"`
	Name   string  `json:"n,omitempty"`
	Number float64 `json:"v,omitempty"`
	Bin    uint8   `json:"b,omitempty"`
	Active bool    `json:"a,omitempty"`
}

func cellOf(c *report.Cell) s2.CellID {
	if c == nil {
		return 0
	}
	return s2.CellIDFromToken(c.Token)
}

// encode writes events as they are kept.
func encode(events []pattern.Event) []byte {
	all := make([]stored, len(events))
	for i := range events {
		e := &events[i]
		x := stored{At: e.At.UnixMilli(), Offset: e.Offset, Kind: uint8(e.Kind), Device: uint8(e.Device), Proof: uint8(e.Proof), Active: e.Active}
		for n := range e.Seen.All() {
			x.Seen = append(x.Seen, int(n))
		}
		if e.Cell.IsValid() {
			x.Cell = e.Cell.ToToken()
		}
		if e.Kind == pattern.Context {
			x.Name, x.Number, x.Bin, x.Device = e.Context.Name.String(), e.Context.Number, e.Context.Category, uint8(e.Context.Device)
		}
		all[i] = x
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic("interaction: " + err.Error()) // numbers of reports are finite, the rest always marshals
	}
	return b
}

var errDamaged = errors.New("interaction: a stored batch is damaged")

// decode reads what encode wrote.
func decode(b []byte) ([]pattern.Event, error) {
	var all []stored
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, errDamaged
	}
	events := make([]pattern.Event, len(all))
	for i, x := range all {
		e := pattern.Event{At: time.UnixMilli(x.At).UTC(), Offset: x.Offset, Kind: pattern.Kind(x.Kind), Device: pattern.Number(x.Device), Proof: pattern.Proof(x.Proof), Active: x.Active}
		for _, n := range x.Seen {
			e.Seen.Add(pattern.Number(n)) //nolint:gosec // as it was written
		}
		if x.Cell != "" {
			e.Cell = s2.CellIDFromToken(x.Cell)
		}
		if e.Kind == pattern.Context {
			name, _ := pattern.ParseName(x.Name)
			e.Context = pattern.Value{Device: e.Device, Name: name, Number: x.Number, Category: x.Bin}
		}
		events[i] = e
	}
	return events, nil
}

// span returns the times of the oldest and of the newest event.
func span(events []pattern.Event) (from, until time.Time) {
	from, until = events[0].At, events[0].At
	for i := range events {
		if at := events[i].At; at.Before(from) {
			from = at
		} else if at.After(until) {
			until = at
		}
	}
	return from, until
}

// keep stores what was read, and notes what is recent.
func (r *reading) keep() error {
	recent, err := r.claim()
	if err != nil {
		return err
	}
	for _, x := range []struct {
		events []pattern.Event
		state  string
	}{{r.dated, waiting}, {r.undated, undated}} {
		if len(x.events) == 0 {
			continue
		}
		if err := r.insert(x.events, x.state); err != nil {
			return err
		}
	}
	w, err := r.d.window(kept{primary: r.primary, recent: recent})
	if err != nil {
		return err
	}
	for i := range r.dated {
		w.Note(&r.dated[i])
	}
	_, err = r.tx.Exec("UPDATE interaction_pattern SET recent = $3 WHERE customer = $1 AND companion = $2",
		r.from.Customer, r.primary, r.d.Ring.Seal(recentLabel, r.primary, w.Append(nil)))
	return err
}

// claim holds the row of the primary until the transaction ends, and returns what is recent in it: devices of one customer report at the same
// time, and none may write over what another has told.
func (r *reading) claim() (recent []byte, err error) {
	var due any
	if len(r.dated) > 0 {
		_, until := span(r.dated)
		due = until.Add(time.Hour + r.rules.LearnAfter)
	}
	err = r.tx.Row(`INSERT INTO interaction_pattern (customer, companion, learned, recent, version, due_at, changed_at) VALUES ($1, $2, NULL, NULL, 0, $3, $4)
		ON CONFLICT (customer, companion) DO UPDATE SET changed_at = excluded.changed_at,
		due_at = CASE WHEN interaction_pattern.due_at IS NULL OR interaction_pattern.due_at > excluded.due_at THEN excluded.due_at ELSE interaction_pattern.due_at END
		RETURNING recent`,
		r.from.Customer, r.primary, due, r.tx.Now).Scan(&recent)
	return recent, err
}

func (r *reading) insert(events []pattern.Event, state string) error {
	from, until := span(events)
	id := ident.New(r.tx.Now, r.d.Rand)
	_, err := r.tx.Exec("INSERT INTO interaction_batch (customer, companion, id, from_at, until_at, taken_at, events, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		r.from.Customer, r.primary, id, from, until, r.tx.Now, r.d.Ring.Seal(eventsLabel, id, encode(events)), state)
	return err
}
