package judge

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Group is where a device usually is. Devices of one group come and go together, so
// what they say together is bounded.
type Group uint8

// The groups of devices.
const (
	Bag    Group = iota // laptop, tablet, headset: carried, and stolen, with the phone
	Home                // access point, television, speaker, thermostat, hub
	Body                // watch, bracelet: worn
	Car                 // vehicle
	Job                 // what stays at work
	Groups              // how many there are
)

// String returns the word that policies and codes of terms use.
func (g Group) String() string {
	switch g {
	case Home:
		return "home"
	case Body:
		return "body"
	case Car:
		return "car"
	case Job:
		return "job"
	case Bag, Groups:
	}
	return "bag"
}

// Device is a registered device, and when it was seen last.
type Device struct {
	Number pattern.Number
	Group  Group
	// Fresh says that it is in quarantine, suspended or disputed: it gives nothing,
	// neither by presence nor by absence.
	Fresh bool

	Proof pattern.Proof // strongest within the window; Nothing when it was not seen
	Age   time.Duration // since it was seen so
	// Active says that it feels a body without a break, with a proof of its own.
	Active bool
	// Interface says that the request was started on it, as the user interface of the
	// primary (a tertiary device).
	Interface bool
}

// Fix is a cell in which the primary, or a device of the customer, was.
type Fix struct {
	Cell s2.CellID
	Age  time.Duration
}

// Access is where the request comes from.
type Access struct {
	Kind   AccessKind
	Cell   s2.CellID // 0 for unknown
	Remote bool      // over a network: it has no place
}

// Kind is what is asked for.
type Kind uint8

// The kinds of requests (DI-102).
const (
	Transaction Kind = iota // a payment
	Account                 // access to account information
	Service                 // access to a service or product
)

// Request is what is asked for.
type Request struct {
	Kind        Kind
	Amount      int64  // minor units of the policy's currency; 0 for none
	Spent       int64  // what was allowed with restrictions today, in the same units
	Category    string // merchant category code, four digits; "" for none
	Contactless bool
}

// Recent is what is known of the last interactions when a request is judged.
type Recent struct {
	At     time.Time
	Offset int // minutes east of UTC of the civil time where the primary is

	Polled  bool          // the primary looked within the window
	PollAge time.Duration // since then
	Devices []Device
	Fixes   []Fix           // within the window, newest first
	Values  []pattern.Value // of contexts, within the window
	Access  Access
	Request Request
	Travel  bool // a travel notice of the customer covers the day and the place
	Mute    bool // the primary never reports: only requests say when and where it is used (DI-84)
}

// Hour returns the civil hour in which the request is judged.
func (r *Recent) Hour() pattern.Hour { return pattern.HourOf(r.At, r.Offset) }
