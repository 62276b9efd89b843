package household

import "github.com/countersign-auth/countersign/envelope/report"

// Batch is what a phone says of some events of one time zone, at most
// [report.MaxEvents] of its own events. Devices that proved themselves sign evidence,
// which needs their keys and is left to who has them.
func Batch(events []Event) (b report.Batch) {
	for i := range events {
		e := &events[i]
		if i == 0 {
			b.Zone, b.Live = e.Offset, e.Live
		}
		b.Events = e.tell(b.Events)
	}
	return b
}

// tell appends an event as its phone tells it: where it is comes before whom it sees.
func (e *Event) tell(all []report.Event) []report.Event {
	x := report.Event{}
	if !e.Stamp.IsZero() {
		x.Time = e.Stamp.UnixMilli()
	}
	if e.Kind != Poll {
		x.Kind, x.Device = report.Kind(e.Kind), e.Device
		if e.Kind == Context {
			x.Context = &report.Value{Name: e.Name, Number: &e.Number}
		}
		return append(all, x)
	}
	if e.Cell.IsValid() {
		at := x
		at.Kind, at.Place = report.Place, &report.Cell{Token: e.Cell.ToToken()}
		all = append(all, at)
	}
	x.Kind = report.Poll
	for _, s := range e.Seen {
		x.Seen = append(x.Seen, s.Device)
	}
	all = append(all, x)
	if worn := e.worn(); worn > 0 {
		all = append(all, report.Event{Time: x.Time, Kind: report.Activity, Device: worn, Active: e.Activity})
	}
	return all
}

// worn is the number of a device that feels a pulse, if it is seen; 0 for none.
func (e *Event) worn() int {
	if !e.Activity {
		return 0
	}
	for _, s := range e.Seen {
		if s.Worn {
			return s.Device
		}
	}
	return 0
}

// weight is how many events of a report an event becomes, at most.
const weight = 3
