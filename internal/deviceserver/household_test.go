package deviceserver_test

import (
	"math"
	"testing"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/evaluation"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// house is a person who was made up, with real devices.
type house struct {
	*world

	person *household.Person
	desk   *interaction.Desk
	owner  ident.ID
	phone  *device.Device
	own    map[int]*device.Device // by number of the person's device; nil for those without keys
	number map[int]int            // as the server numbers them
	late   []household.Event
}

// kindOf is a companion's word for a household's.
func kindOf(k household.Kind) string {
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

// settle registers all devices of a person over the protocol.
func settle(w *world, p *household.Person) *house {
	w.Helper()
	h := &house{world: w, person: p, desk: w.config.Interactions.(*interaction.Desk), owner: w.customer("household"), own: map[int]*device.Device{}, number: map[int]int{}}
	h.phone = w.phone(h.owner)
	for _, d := range p.Devices {
		t := report.Thing{Kind: kindOf(d.Kind), Group: string(d.Group), Identifiers: []report.Identifier{{Kind: "serial", Value: "S-" + string(rune('A'+d.Number))}}}
		if d.Proof == household.Signed {
			h.own[d.Number] = w.device(envelope.X25519, envelope.Ed25519)
			k, err := h.own[d.Number].Keys()
			if err != nil {
				w.Fatal(err)
			}
			t.Keys = &k
		}
		named, err := h.phone.Introduce(w.Context(), t)
		if err != nil {
			w.Fatal(err)
		}
		if h.number[d.Number] = named[0].Number; t.Keys != nil {
			h.own[d.Number].Named(named[0])
		}
	}
	if err := h.desk.Choose(w.Context(), system, h.owner, nil, interaction.Choice{Learn: true, Activity: true}); err != nil {
		w.Fatal(err)
	}
	return h
}

// report sends what the phone has to report, as the person's phone does: at once, or
// when there is network again.
func (h *house) report(e household.Event) {
	h.Helper()
	if len(h.late) > 0 && !e.At.Before(h.late[0].Sent) {
		h.send(h.late)
		h.late = nil
	}
	if !e.Live {
		h.late = append(h.late, e)
		return
	}
	h.send([]household.Event{e})
}

// send puts evidence and the server's numbers into a batch, and sends it.
func (h *house) send(events []household.Event) {
	h.Helper()
	h.clock.Set(events[len(events)-1].Sent)
	nonces := map[int][]byte{}
	if last := events[len(events)-1]; last.Truth.Fresh && last.Live {
		plan, err := h.phone.Poll(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		for _, a := range plan.Ask {
			nonces[a.Device] = a.Nonce
		}
	}
	b := report.Batch{Zone: events[0].Offset, Live: events[0].Live}
	for i := range events {
		one := household.Batch(events[i : i+1]).Events
		for j := range one {
			h.translate(&one[j], &events[i], nonces)
		}
		b.Events = append(b.Events, one...)
	}
	if _, err := h.phone.Report(h.Context(), b); err != nil {
		h.Fatalf("%v: %+v", err, b)
	}
}

func (h *house) translate(x *report.Event, e *household.Event, nonces map[int][]byte) {
	x.Device = h.number[x.Device]
	for i := range x.Seen {
		x.Seen[i] = h.number[x.Seen[i]]
	}
	if x.Kind != report.Poll && x.Kind != report.Connect && x.Kind != report.Disconnect {
		return
	}
	now := h.clock.Now()
	h.clock.Set(e.Stamp)
	defer h.clock.Set(now)
	for _, s := range e.Seen {
		if s.Proof == household.Identifier {
			continue
		}
		var nonce []byte
		if s.Proof == household.Challenged {
			nonce = nonces[h.number[s.Device]]
		}
		v, err := h.own[s.Device].Evidence(h.phone.ID(), nonce, e.Activity && s.Worn)
		if err != nil {
			h.Fatal(err)
		}
		x.Evidence = append(x.Evidence, v)
	}
}

// ask has a request of the person's judged.
func (h *house) ask(q household.Request) float64 {
	h.Helper()
	h.clock.Set(q.At)
	if _, err := h.desk.Learn(h.Context(), 10); err != nil {
		h.Fatal(err)
	}
	a := interaction.Ask{Customer: h.owner, Currency: "EUR", Request: judge.Request{Amount: int64(q.Cents)}, Access: judge.Access{Cell: q.Access, Remote: q.Channel == household.Online}}
	if q.Account {
		a.Request.Kind = judge.Account
	}
	x, judged, err := h.desk.Judge(h.Context(), system, a)
	if err != nil || !judged {
		h.Fatal(judged, err)
	}
	return x.Sum
}

// A person who was made up lives with devices that speak the real protocol, and the
// server says of nearly every request what the evaluation says that it would.
func TestALifeOverTheProtocolIsThatOfTheEvaluation(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a life of seventeen days")
	}
	const days, who = 17, 3 // more than a hundredth of the days that the small evaluation of the tests reports: 60 people, four weeks
	town := &household.Town{Seed: 21, Start: evaluation.Start(), Days: 28, Rates: household.Rates{Vacation: 1e-9}}
	p := town.Person(who)
	var want []evaluation.Scored
	for _, s := range evaluation.Replay(evaluation.Plan{Town: town, People: who + 1, Policy: judge.Usual()}) {
		if s.Person == who {
			want = append(want, s)
		}
	}
	clock := dbtest.NewClock()
	clock.Set(town.Instant(0, 0))
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
	w := newWorld(t, d, clock)
	w.serve(nil)
	h := settle(w, p)
	n, near, off := 0, 0, 0.0
	for day := range days {
		for _, e := range merged(p, day) {
			if e.request == nil {
				if e.event.At.After(clock.Now()) {
					h.report(*e.event)
				}
				continue
			}
			got := h.ask(*e.request)
			difference := math.Abs(got - want[n].Sum)
			if n++; difference < 0.3 {
				near++
			} else {
				t.Logf("day %d: %.2f over the protocol, %.2f in the evaluation", day, got, want[n-1].Sum)
			}
			off += difference
		}
	}
	t.Logf("%d requests, %d nearly alike, %.3f off on average", n, near, off/float64(n))
	if n < 10 || float64(near) < 0.9*float64(n) {
		t.Errorf("%d of %d requests are judged alike", near, n)
	}
}

// step is an event or a request.
type step struct {
	at      time.Time
	event   *household.Event
	request *household.Request
}

// merged are a day's events and requests, in their order.
func merged(p *household.Person, day int) (all []step) {
	requests := p.Requests(day)
	for e := range p.Events(day, day+1) {
		for len(requests) > 0 && requests[0].At.Before(e.At) {
			all = append(all, step{requests[0].At, nil, &requests[0]})
			requests = requests[1:]
		}
		all = append(all, step{e.At, &e, nil})
	}
	for i := range requests {
		all = append(all, step{requests[i].At, nil, &requests[i]})
	}
	return all
}
