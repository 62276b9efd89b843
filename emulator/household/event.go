package household

import (
	"time"

	"github.com/golang/geo/s2"
)

// EventKind is a kind of events in reports.
type EventKind string

// The kinds of events.
const (
	Poll       EventKind = "poll"    // the phone looked, and these were there
	Context    EventKind = "context" // a value that a device measured
	Connect    EventKind = "connect" // a channel to a device began
	Disconnect EventKind = "disconnect"
)

// Sighting is a registered device that was there.
type Sighting struct {
	Device int // number of the person's device
	Proof  Proof
	Worn   bool // it is of those that are worn
}

// Event is what a phone reports, and what is true. A poll carries the cell and the
// activity bit of its moment; in a report these are events of their own.
type Event struct {
	Person int
	Kind   EventKind
	At     time.Time // when it happened
	Stamp  time.Time // by the phone's clock; zero where the phone says no time
	Sent   time.Time // when the server gets it
	Live   bool      // sent at once
	Offset int       // of the phone's clock, minutes east of UTC

	Seen     []Sighting // of a channel: the device
	Cell     s2.CellID  // level 14; 0 where the phone reports no place
	Activity bool       // a wearable feels a pulse

	Device int // that measured a context
	Name   string
	Number float64

	Truth Truth
}

// Truth is what the server is not told.
type Truth struct {
	Place     PlaceKind
	New       bool // the place was chosen once, by chance
	Strangers int  // devices on the air that nobody registered
	Fresh     bool // polled because of a request
	Attack    Attack
}
