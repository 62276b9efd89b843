package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/golang/geo/s2"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/web/lab"
)

// stage plays scenes of the demo's house for the device lab. A scene is what the phone saw in the three hours before a payment, with what the
// devices signed, on a working day to come: the server takes it and judges in one transaction, which is then undone.
type stage struct {
	mu     sync.Mutex // one scene at a time: they have one clock
	p      *pastServer
	closed func() error
	house  *simulatedHouse
	owner  ident.ID
	name   string
	places map[lab.Whereabouts]spot
	usual  [24]lab.Whereabouts
	offset int
	day    time.Time // midnight of the day, in the person's time
}

// spot is what the phone mostly meets at a place.
type spot struct {
	cell s2.CellID
	near map[int]bool // by number of the person's device
}

// What the scenes of a house are made of.
const (
	sceneHours = 3
	sceneStep  = 10 * time.Minute
)

// errUndone ends the transaction of a scene.
var errUndone = errors.New("a scene is undone")

// addStage opens the house of the demo for the lab.
func (a *App) addStage(ctx context.Context, dir string) (*stage, error) {
	b, err := os.ReadFile(filepath.Join(dir, houseFile)) //nolint:gosec // in the folder of the demo
	if err != nil {
		return nil, err
	}
	var h house
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, fmt.Errorf("the demo's house: %w", err)
	}
	owner, err := a.Customers.GetByNumber(ctx, houseOwner)
	if err != nil {
		return nil, err
	}
	s := &stage{owner: owner.ID, name: owner.Name, places: map[lab.Whereabouts]spot{}}
	if s.p, s.closed, err = a.openPast(ctx, a.Now()); err != nil {
		return nil, err
	}
	town := &household.Town{Seed: houseSeed, Start: h.Start, Days: houseDays + 3}
	s.house = &simulatedHouse{e: &env{ctx: ctx, now: s.p.now, rand: a.Rand}, person: town.Person(housePerson), own: map[int]*device.Device{}, number: h.Numbers, http: s.p.face}
	remembered := func(m device.Memory) *device.Device {
		return &device.Device{HTTP: s.p.face, URL: "http://past", Now: s.house.now, Rand: a.Rand, Memory: m}
	}
	s.house.phone = remembered(h.Phone)
	for n, m := range h.Own {
		s.house.own[n] = remembered(m)
	}
	s.learn(h.Start)
	now := a.Now().UTC()
	for s.day = now.Truncate(24*time.Hour).AddDate(0, 0, 1); s.day.Weekday() != time.Wednesday; s.day = s.day.AddDate(0, 0, 1) {
	}
	return s, nil
}

// close gives the stage's database back when the demo ends.
func (s *stage) close(ctx context.Context) {
	<-ctx.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.closed(); err != nil {
		s.p.Log.WarnContext(context.WithoutCancel(ctx), "the database of the demo's house was not closed", telemetry.Err(err))
	}
}

// learn finds out where the person is at which hour of working days, and what the phone meets there.
func (s *stage) learn(start time.Time) {
	kinds := map[household.PlaceKind]lab.Whereabouts{household.Home: lab.Home, household.Work: lab.Work, household.OnWay: lab.Way}
	cells, seen, polls := map[lab.Whereabouts]map[s2.CellID]int{}, map[lab.Whereabouts]map[int]int{}, map[lab.Whereabouts]int{}
	var hours [24]map[lab.Whereabouts]int
	for e := range s.house.person.Between(start, start.AddDate(0, 0, houseDays)) {
		w, known := kinds[e.Truth.Place]
		if e.Kind != household.Poll || !known {
			continue
		}
		s.offset = e.Offset
		at := e.At.Add(time.Duration(e.Offset) * time.Minute)
		if cells[w] == nil {
			cells[w], seen[w] = map[s2.CellID]int{}, map[int]int{}
		}
		polls[w]++
		cells[w][e.Cell]++
		for _, x := range e.Seen {
			seen[w][x.Device]++
		}
		if day := at.Weekday(); day != time.Saturday && day != time.Sunday {
			if hours[at.Hour()] == nil {
				hours[at.Hour()] = map[lab.Whereabouts]int{}
			}
			hours[at.Hour()][w]++
		}
	}
	for w, n := range polls {
		near := map[int]bool{}
		for d, times := range seen[w] {
			near[d] = 2*times > n
		}
		s.places[w] = spot{mostly(cells[w]), near}
	}
	rome := s2.CellIDFromLatLng(s2.LatLngFromDegrees(41.9, 12.5)).Parent(household.CellLevel)
	s.places[lab.Away] = spot{rome, map[int]bool{}}
	for h := range s.usual {
		if s.usual[h] = mostly(hours[h]); s.usual[h] == "" {
			s.usual[h] = lab.Home
		}
	}
}

// mostly is what was counted most.
func mostly[K interface{ ~string | ~uint64 }](counts map[K]int) (most K) {
	for k, n := range counts {
		if n > counts[most] || n == counts[most] && k < most {
			most = k
		}
	}
	return most
}

// Look plays a scene, and has a payment in it judged.
func (s *stage) Look(ctx context.Context, x lab.Scene) (out lab.Seen, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.Where == lab.Usual {
		x.Where = s.usual[x.Hour]
	}
	if x.Stolen {
		x.Where, x.Watch = lab.Away, false
	}
	out = lab.Seen{Owner: s.name, Where: x.Where}
	events, err := s.play(x, &out)
	if err != nil {
		return out, err
	}
	end := s.day.Add(time.Duration(x.Hour)*time.Hour + 30*time.Minute - time.Duration(s.offset)*time.Minute)
	s.p.clock.Store(end.UnixMilli())
	err = s.p.desk.DB.Write(ctx, func(tx *db.Tx) error {
		phone, found, err := companion.ByRequestor(tx, ident.ID(s.house.phone.ID()))
		if err != nil || !found {
			return errors.Join(err, fault.NotFoundf("lab.no_house", "The house's phone is not registered any more. Begin the demo anew."))
		}
		if _, err := s.p.desk.Take(tx, phone, interaction.Batch{Sent: end, Body: &report.Batch{Zone: s.offset, Events: events}}); err != nil {
			return err
		}
		d, judged, err := s.p.desk.Assess(tx, audit.System("demo"), interaction.Ask{
			Customer: s.owner, Primary: phone.ID, Reference: "a scene", Currency: "EUR", Access: judge.Access{Cell: s.places[x.Where].cell},
			Request: judge.Request{Kind: judge.Transaction, Amount: x.Amount * 100, Category: "5411", Contactless: true},
		})
		if err != nil || !judged {
			return errors.Join(err, fault.Conflictf("lab.no_pattern", "The server does not judge by devices: its policies or the customer do not want it."))
		}
		s.inWords(&out, &d)
		return errUndone
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return out, err
}

// play makes what the phone reports of a scene, and tells which devices it meets at its end.
func (s *stage) play(x lab.Scene, out *lab.Seen) (events []report.Event, err error) {
	at := s.places[x.Where]
	end := s.day.Add(time.Duration(x.Hour)*time.Hour + 30*time.Minute - time.Duration(s.offset)*time.Minute)
	var seen []household.Sighting
	for _, d := range s.house.person.Devices {
		if !d.On(0) {
			continue
		}
		worn := d.Group == household.OnBody
		near := at.near[d.Number]
		if worn || d.Kind == household.Wearable {
			near = x.Watch && !x.Stolen
		}
		out.Things = append(out.Things, lab.HouseThing{Kind: kindOfHousehold(d.Kind), Group: string(d.Group), Near: near, Signs: d.Proof == household.Signed})
		if near {
			seen = append(seen, household.Sighting{Device: d.Number, Proof: d.Proof, Worn: worn})
		}
	}
	for t := end.Add(-sceneHours * time.Hour); !t.After(end); t = t.Add(sceneStep) {
		more, err := s.house.translate(household.Event{Kind: household.Poll, At: t, Stamp: t, Sent: end, Offset: s.offset, Seen: seen, Cell: at.cell, Activity: x.Watch && !x.Stolen})
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	return events, nil
}

// inWords brings a decision into the lab's words.
func (s *stage) inWords(out *lab.Seen, d *interaction.Decision) {
	out.Outcome, out.Over, out.Sum = string(d.Outcome), d.Details.Over, d.Sum
	out.Allow, out.Limit, out.Deny = d.Details.Allow, d.Details.Limit, d.Details.Deny
	kinds := map[int]string{}
	for _, x := range s.house.person.Devices {
		kinds[s.house.number[x.Number]] = kindOfHousehold(x.Kind)
	}
	for _, t := range d.Details.Terms {
		x := lab.HouseTerm{Code: t.Code, Points: float64(t.Weight) / 1000}
		if t.Device > 0 {
			x.Kind = kinds[int(t.Device)]
		}
		out.Terms = append(out.Terms, x)
	}
}
