package app

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
)

// reported are the days that a phone may report afterwards.
const reported = 3

// simulatedHouse is a made-up person with devices that speak the real protocol.
type simulatedHouse struct {
	e      *env
	person *household.Person
	phone  *companion.Device
	own    map[int]*companion.Device // by number of the person's device; nil for those without keys
	number map[int]int               // as the server numbers them
	then   time.Time                 // of what a device signs; zero for now
	taken  report.Taken
	http   *http.Client
}

// drive registers a phone for each code, and reports the days until now.
func (c populationCmd) drive(e *env) error {
	text, err := os.ReadFile(c.Codes)
	if err != nil {
		return hinted{err, "Give --codes a file with the code of an invitation on each line."}
	}
	days := min(c.Days, reported)
	now := e.now()
	start := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	town := &household.Town{Seed: c.Seed, Start: start, Days: max(days, 28)}
	for i, code := range strings.Fields(string(text)) {
		h := &simulatedHouse{e: e, person: town.Person(c.First + i), own: map[int]*companion.Device{}, number: map[int]int{}, http: &http.Client{Timeout: time.Minute}}
		if err := h.settle(c.URL, code); err != nil {
			return fmt.Errorf("person %d: %w", h.person.Number, err)
		}
		if err := h.live(days, now); err != nil {
			return fmt.Errorf("person %d: %w", h.person.Number, err)
		}
		if err := e.jsonLine(map[string]any{"person": h.person.Number, "devices": len(h.number), "events": h.taken.Events, "undated": h.taken.Undated, "unproven": h.taken.Unproven}); err != nil {
			return err
		}
	}
	return nil
}

// now is the devices' clock.
func (h *simulatedHouse) now() time.Time {
	if h.then.IsZero() {
		return h.e.now()
	}
	return h.then
}

func (h *simulatedHouse) device(url string) (*companion.Device, error) {
	return companion.New(url, envelope.Hybrid, envelope.Ed25519, h.http, h.now, h.e.rand)
}

// settle registers the phone by its code, and has it name the devices of that day.
func (h *simulatedHouse) settle(url, code string) (err error) {
	if h.phone, err = h.device(url); err != nil {
		return err
	}
	if _, err := h.phone.Enroll(h.e.ctx, report.Enrollment{Code: code, Model: "made up", Can: []string{"application", "interface", "sensors"}}); err != nil {
		return err
	}
	for _, d := range h.person.Devices {
		if !d.On(0) {
			continue
		}
		t := report.Thing{Kind: kindOfHousehold(d.Kind), Group: string(d.Group), Identifiers: []report.Identifier{{Kind: "serial", Value: "H" + strconv.Itoa(h.person.Number) + "-" + strconv.Itoa(d.Number)}}}
		if d.Proof == household.Signed {
			if err := h.equip(url, d.Number, &t); err != nil {
				return err
			}
		}
		named, err := h.phone.Introduce(h.e.ctx, t)
		if err != nil {
			return err
		}
		if h.number[d.Number] = named[0].Number; t.Keys != nil {
			h.own[d.Number].Named(named[0])
		}
	}
	return nil
}

// equip gives a device keys.
func (h *simulatedHouse) equip(url string, number int, t *report.Thing) error {
	d, err := h.device(url)
	if err != nil {
		return err
	}
	k, err := d.Keys()
	h.own[number], t.Keys = d, &k
	return err
}

// kindOfHousehold is a companion's word for a household's.
func kindOfHousehold(k household.Kind) string {
	switch k {
	case household.Television:
		return "tv"
	case household.Wearable:
		return "watch"
	case household.Desk:
		return "desktop"
	default:
		return string(k)
	}
}

// live reports what has happened until now, as a phone does that was without network.
func (h *simulatedHouse) live(days int, now time.Time) error {
	var batch report.Batch
	for e := range h.person.Events(0, days) {
		if e.Sent.After(now) || now.Sub(e.Stamp) > report.MaxAge && !e.Stamp.IsZero() {
			continue
		}
		if len(batch.Events) > 40 || batch.Zone != e.Offset {
			if err := h.send(&batch); err != nil {
				return err
			}
		}
		batch.Zone = e.Offset
		more, err := h.translate(e)
		if err != nil {
			return err
		}
		batch.Events = append(batch.Events, more...)
	}
	return h.send(&batch)
}

// send sends a batch and empties it.
func (h *simulatedHouse) send(b *report.Batch) error {
	if len(b.Events) == 0 {
		return nil
	}
	a, err := h.phone.Report(h.e.ctx, *b)
	if err != nil {
		return err
	}
	if t := a.Taken; t != nil {
		h.taken.Events, h.taken.Undated, h.taken.Unproven = h.taken.Events+t.Events, h.taken.Undated+t.Undated, h.taken.Unproven+t.Unproven
	}
	*b = report.Batch{}
	return nil
}

// translate brings an event to the server's numbers, with what its devices signed then.
func (h *simulatedHouse) translate(e household.Event) ([]report.Event, error) {
	all := household.Batch([]household.Event{e}).Events
	for i := range all {
		x := &all[i]
		x.Device = h.number[x.Device]
		for j := range x.Seen {
			x.Seen[j] = h.number[x.Seen[j]]
		}
		if x.Kind == report.Poll || x.Kind == report.Connect || x.Kind == report.Disconnect {
			if err := h.sign(x, e); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (h *simulatedHouse) sign(x *report.Event, e household.Event) error {
	h.then = e.Stamp
	defer func() { h.then = time.Time{} }()
	for _, s := range e.Seen {
		if s.Proof == household.Identifier || e.Stamp.IsZero() {
			continue
		}
		v, err := h.own[s.Device].Evidence(h.phone.ID(), nil, e.Activity && s.Worn)
		if err != nil {
			return err
		}
		x.Evidence = append(x.Evidence, v)
	}
	return nil
}
