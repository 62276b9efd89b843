package pattern

import (
	"time"

	"github.com/golang/geo/s2"
)

// Bounds of a slot: what is beyond is left out.
const (
	MaxVisits = 8  // cells in one hour
	MaxLegs   = 4  // ways between them
	MaxValues = 16 // values of contexts
)

// Slot is what one primary saw in one civil hour, each thing once: repeats and dense
// polling change nothing.
type Slot struct {
	Hour   Hour
	Last   time.Time // when the newest event of it happened
	Polls  int       // how often the primary looked; 0 for never: then absence says nothing
	Seen   Set
	Visits []Visit // at most MaxVisits
	Legs   []Leg   // at most MaxLegs
	Values []Value // at most MaxValues; the last of each device and name
}

// Visit is a cell that the primary, or a device that tells its place, was in.
type Visit struct {
	Cell  s2.CellID
	Polls int // how often the primary looked there
	Seen  Set // whom it saw there
}

// Leg is a way between two successive cells, at most 30 minutes apart: the route
// between them is taken as straight.
type Leg struct{ From, To s2.CellID }
