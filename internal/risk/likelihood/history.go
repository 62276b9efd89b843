package likelihood

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Bounds of a history.
const (
	MaxEntries = 100
	MaxAge     = 183 * 24 * time.Hour // six months
	PerDay     = 10                   // rows that one day can add
)

// Entry is one row of a user's history.
type Entry struct {
	Event ident.ID  // what it was learned from
	At    time.Time // when that happened
	Row   Attempt
}

// History is what one user taught, oldest first. The zero value has no row.
type History struct {
	Entries []Entry
}

// Learn adds the row of an event that ended well. The deltas are what it changes
// for the counts of all users, rows that leave to make room included. It reports
// false, and adds nothing, when the event is known already or its day has taught
// enough.
func (h *History) Learn(e Entry) (deltas []Delta, learned bool) {
	day := 0
	for _, x := range h.Entries {
		if x.Event == e.Event {
			return nil, false
		}
		if x.At.Truncate(24 * time.Hour).Equal(e.At.Truncate(24 * time.Hour)) {
			day++
		}
	}
	if day >= PerDay {
		return nil, false
	}
	at, _ := slices.BinarySearchFunc(h.Entries, e, func(a, b Entry) int { return a.At.Compare(b.At) })
	h.Entries = slices.Insert(h.Entries, at, e)
	deltas = append(deltas, Delta{Row: e.Row, Rows: 1, Users: b2i(len(h.Entries) == 1)})
	return append(deltas, h.trim(max(0, len(h.Entries)-MaxEntries))...), true
}

// Expire drops rows older than [MaxAge] before now.
func (h *History) Expire(now time.Time) []Delta {
	n := 0
	for n < len(h.Entries) && now.Sub(h.Entries[n].At) > MaxAge {
		n++
	}
	return h.trim(n)
}

// Unlearn removes what an event taught.
func (h *History) Unlearn(event ident.ID) []Delta {
	i := slices.IndexFunc(h.Entries, func(e Entry) bool { return e.Event == event })
	if i < 0 {
		return nil
	}
	row := h.Entries[i].Row
	h.Entries = slices.Delete(h.Entries, i, i+1)
	return []Delta{{Row: row, Rows: -1, Users: -b2i(len(h.Entries) == 0)}}
}

// Forget drops all rows.
func (h *History) Forget() []Delta { return h.trim(len(h.Entries)) }

// trim drops the n oldest rows.
func (h *History) trim(n int) (deltas []Delta) {
	for i := range n {
		deltas = append(deltas, Delta{Row: h.Entries[i].Row, Rows: -1, Users: -b2i(i == len(h.Entries)-1)})
	}
	h.Entries = slices.Delete(h.Entries, 0, n)
	return deltas
}

// same counts the rows with a value at a level.
func (h *History) same(level int, value string) (n int) {
	for i := range h.Entries {
		if h.Entries[i].Row[level] == value {
			n++
		}
	}
	return n
}

// Knows reports whether the user has had the value at the level.
func (h *History) Knows(level int, value string) bool { return h.same(level, value) > 0 }

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
