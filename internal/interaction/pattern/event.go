package pattern

import (
	"cmp"
	"time"

	"github.com/golang/geo/s2"
)

// Number is the short number that the server gave a registered device of a customer,
// 1–255. 0 is the primary itself.
type Number uint8

// Proof is how strongly a sighting is proven, from weak to strong.
type Proof uint8

// The strengths of proof. An identifier can be copied by anybody in radio range; the
// others need a key that only the device has.
const (
	Nothing     Proof = iota // not seen
	Identifier               // its identifier was seen
	Signed                   // it signed a statement of its own
	Challenged               // it signed a fresh challenge of the server
	Contributed              // its key took part in the cryptogram that is judged
)

// Authenticated reports whether the proof needs a key.
func (p Proof) Authenticated() bool { return p >= Signed }

// String returns the word that reports and explanations use.
func (p Proof) String() string {
	switch p {
	case Identifier:
		return "identifier"
	case Signed:
		return "signed"
	case Challenged:
		return "challenged"
	case Contributed:
		return "contributed"
	case Nothing:
	}
	return "nothing"
}

// Kind is what an event tells.
type Kind uint8

// The kinds of events.
const (
	Poll       Kind = iota + 1 // the primary looked around, and Seen were there
	Sight                      // a device was there, outside of a poll
	Connect                    // a channel to a device was made
	Disconnect                 // and ended
	Place                      // where the primary, or a device, is
	Context                    // a value of a device's context
	Activity                   // a worn device feels a body, or no longer does
)

// String returns the word of reports.
func (k Kind) String() string {
	switch k {
	case Poll:
		return "poll"
	case Sight:
		return "seen"
	case Connect:
		return "connect"
	case Disconnect:
		return "disconnect"
	case Place:
		return "place"
	case Context:
		return "context"
	case Activity:
		return "activity"
	}
	return "unknown"
}

// Event is one event that a primary reported, with its time known. An undated event
// of a late batch is none: it neither teaches nor is it "now" (decision DD-14).
type Event struct {
	At      time.Time
	Offset  int // minutes east of UTC of the civil time there, -1080 to 1080
	Kind    Kind
	Device  Number    // whom it is about; 0 the primary
	Seen    Set       // of a poll: the registered devices that were there
	Proof   Proof     // of a sighting, of a poll for all that it saw
	Cell    s2.CellID // of a place: level 14 or coarser
	Context Value     // of a context
	Active  bool      // of an activity
}

// Compare orders events for a [Builder]: by time, and at one time places before whom
// the primary saw there.
func (e *Event) Compare(o *Event) int {
	return cmp.Or(e.At.Compare(o.At), cmp.Compare(e.rank(), o.rank()))
}

func (e *Event) rank() int {
	switch e.Kind {
	case Place:
		return 0
	case Connect:
		return 1
	default:
		return 2
	}
}
