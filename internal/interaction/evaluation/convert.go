package evaluation

import (
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// tell hands on what a server learns from a report, event by event. What has no time is
// nothing to learn from and is never recent (decision DD-14).
func tell(e *household.Event, f func(*pattern.Event)) {
	if e.Stamp.IsZero() {
		return
	}
	x := pattern.Event{At: e.Stamp, Offset: e.Offset}
	switch e.Kind {
	case household.Context:
		x.Kind, x.Device, x.Context = pattern.Context, number(e.Device), value(e)
		f(&x)
		return
	case household.Connect, household.Disconnect:
		x.Kind, x.Device, x.Proof = pattern.Connect, number(e.Device), proof(e.Seen[0].Proof)
		if e.Kind == household.Disconnect {
			x.Kind = pattern.Disconnect
		}
		f(&x)
		return
	case household.Poll:
	}
	if e.Cell.IsValid() {
		at := x
		at.Kind, at.Cell = pattern.Place, e.Cell
		f(&at)
	}
	poll := x
	poll.Kind, poll.Proof = pattern.Poll, pattern.Identifier
	for _, s := range e.Seen {
		poll.Seen.Add(number(s.Device))
	}
	f(&poll)
	for _, s := range e.Seen {
		sight(e, s, x, f)
	}
}

// sight tells of a device that proved itself, and that it feels a body.
func sight(e *household.Event, s household.Sighting, x pattern.Event, f func(*pattern.Event)) {
	if x.Device, x.Proof = number(s.Device), proof(s.Proof); !x.Proof.Authenticated() {
		return
	}
	x.Kind = pattern.Sight
	f(&x)
	if s.Worn {
		x.Kind, x.Active = pattern.Activity, e.Activity
		f(&x)
	}
}

func number(n int) pattern.Number { return pattern.Number(n) } //nolint:gosec // a person has a dozen devices

func proof(p household.Proof) pattern.Proof {
	switch p {
	case household.Signed:
		return pattern.Signed
	case household.Challenged:
		return pattern.Challenged
	case household.Identifier:
	}
	return pattern.Identifier
}

func value(e *household.Event) pattern.Value {
	v := pattern.Value{Device: number(e.Device), Name: pattern.Volume, Number: e.Number}
	if e.Name == "temperature" {
		v.Name = pattern.Temperature
	}
	return v
}

func group(g household.Group) judge.Group {
	switch g {
	case household.AtHome:
		return judge.Home
	case household.OnBody:
		return judge.Body
	case household.InCar:
		return judge.Car
	case household.AtWork:
		return judge.Job
	case household.InBag:
	}
	return judge.Bag
}
