package report

import (
	"math"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a batch.
const (
	MaxEvents = 500
	MaxSeen   = 64      // devices in one poll
	MaxNumber = 255     // highest short number
	MaxZone   = 18 * 60 // minutes east or west of UTC
	MaxLevel  = 14      // finest cell of S2
	MaxAge    = 72 * time.Hour
	MaxAhead  = time.Minute // of an event, to the time that its message was sent

	maxQuantity = 1e12
	maxText     = 64
)

// Kind is what an event tells.
type Kind string

// The kinds of events.
const (
	Poll       Kind = "poll"       // the primary looked, and Seen were there: it is what makes absence
	Seen       Kind = "seen"       // a device was there
	Connect    Kind = "connect"    // a channel to a device began
	Disconnect Kind = "disconnect" // and ended
	Place      Kind = "place"      // where the primary, or a device, is
	Context    Kind = "context"    // a value of a device
	Activity   Kind = "activity"   // a worn device feels a body, or no longer does
)

// Event is one thing that happened.
type Event struct {
	Time     int64      `json:"t,omitzero"` // 0: not known
	Kind     Kind       `json:"kind"`
	Device   int        `json:"device,omitzero"` // short number; 0: the primary
	Seen     []int      `json:"seen,omitempty"`  // of a poll
	Evidence []Evidence `json:"evidence,omitempty"`
	Place    *Cell      `json:"place,omitempty"`
	Context  *Value     `json:"context,omitempty"`
	Active   bool       `json:"activity,omitzero"`
}

// Cell is a place.
type Cell struct {
	Token string `json:"cell"` // of S2, level 14 or coarser
}

// Value is a value of the context of a device: a number, or a category.
type Value struct {
	Name     string   `json:"name"` // such as temperature
	Number   *float64 `json:"number,omitempty"`
	Category string   `json:"category,omitzero"`
}

// At returns the time of the event; the zero time when the device did not say.
func (e *Event) At() time.Time {
	if e.Time == 0 {
		return time.Time{}
	}
	return time.UnixMilli(e.Time).UTC()
}

var namePattern = regexp.MustCompile(`^[a-z][a-z_]{0,31}$`)

// check says what is wrong with an event of a message that was sent at a time.
func (e *Event) check(sent time.Time) *Error {
	if at := e.At(); !at.IsZero() && (at.Before(sent.Add(-MaxAge)) || at.After(sent.Add(MaxAhead))) {
		return wrong("/t", "an event is at most 72 hours older than its message, and no more than a minute ahead of it")
	}
	if e.Device < 0 || e.Device > MaxNumber {
		return wrong("/device", "a short number is at most 255")
	}
	if err := e.shape(); err != nil {
		return err
	}
	for n, x := range e.Evidence {
		if err := x.check(); err != nil {
			return err.below("/evidence/" + strconv.Itoa(n))
		}
		if x.Device != e.Device && !e.saw(x.Device) {
			return wrong("/evidence/"+strconv.Itoa(n)+"/device", "evidence is of a device that was seen")
		}
	}
	return nil
}

func (e *Event) saw(device int) bool {
	for _, n := range e.Seen {
		if n == device {
			return true
		}
	}
	return false
}

// shape refuses members that an event of its kind does not have.
func (e *Event) shape() *Error {
	switch {
	case len(e.Seen) > 0 && e.Kind != Poll:
		return wrong("/seen", "only a poll has it")
	case (e.Place != nil) != (e.Kind == Place):
		return wrong("/place", "a place has it, and nothing else")
	case (e.Context != nil) != (e.Kind == Context):
		return wrong("/context", "a context has it, and nothing else")
	case e.Active && e.Kind != Activity:
		return wrong("/activity", "only an activity has it")
	}
	switch e.Kind {
	case Poll:
		return e.poll()
	case Seen, Connect, Disconnect, Activity:
		if e.Device == 0 {
			return wrong("/device", "say which device")
		}
	case Place:
		return e.Place.check()
	case Context:
		return e.Context.check()
	default:
		return wrong("/kind", "unknown kind of event")
	}
	return nil
}

func (e *Event) poll() *Error {
	if e.Device != 0 {
		return wrong("/device", "a poll tells of all devices in seen")
	}
	if len(e.Seen) > MaxSeen {
		return wrong("/seen", "at most 64 devices")
	}
	var had [MaxNumber + 1]bool
	for n, d := range e.Seen {
		if d < 1 || d > MaxNumber || had[d] {
			return wrong("/seen/"+strconv.Itoa(n), "short numbers from 1 to 255, each once")
		}
		had[d] = true
	}
	return nil
}

// check refuses what is no cell on the globe, or finer than a cell may be.
func (c *Cell) check() *Error {
	id, err := strconv.ParseUint(c.Token, 16, 64)
	if err != nil || len(c.Token) > 16 || strings.ToLower(c.Token) != c.Token || strings.HasSuffix(c.Token, "0") || strings.ContainsAny(c.Token, "+_") {
		return wrong("/place/cell", "a cell is the token of a cell of S2")
	}
	id <<= 4 * uint(16-len(c.Token))
	end := bits.TrailingZeros64(id)
	switch {
	case id>>61 > 5 || end%2 != 0 || end > 60:
		return wrong("/place/cell", "there is no such cell on the globe")
	case 30-end/2 > MaxLevel:
		return wrong("/place/cell", "a cell is of level 14 or coarser: send no finer places")
	}
	return nil
}

func (v *Value) check() *Error {
	switch {
	case !namePattern.MatchString(v.Name):
		return wrong("/context/name", "a name has up to 32 letters a to z and underscores")
	case (v.Number != nil) == (v.Category != ""):
		return wrong("/context", "give a number or a category")
	case v.Number != nil && math.Abs(*v.Number) > maxQuantity:
		return wrong("/context/number", "the number is too large")
	case utf8.RuneCountInString(v.Category) > maxText:
		return wrong("/context/category", "at most 64 characters")
	}
	return nil
}
