package deviceserver_test

import (
	"testing"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/policy"
)

// home is an access point that pays and has no screen, and a watch that has one.
type home struct {
	*world

	desk  *interaction.Desk
	who   ident.ID
	ap    *device.Device
	watch *device.Device
	id    ident.ID // of the access point
}

func newHome(t *testing.T, w *world) *home {
	t.Helper()
	w.set.Interaction.Mode = policy.InteractionOn
	h := &home{world: w, desk: w.config.Interactions.(*interaction.Desk), who: w.customer("95")}
	h.ap = w.device(envelope.Hybrid, envelope.Ed25519)
	if _, err := h.ap.Enroll(w.Context(), report.Enrollment{Code: w.code(h.who, companion.AccessPoint), Can: []string{"application"}}); err != nil {
		t.Fatal(err)
	}
	h.watch = w.watch(h.ap)
	h.id = w.devices(h.who)[0].ID
	w.clock.Advance(73 * time.Hour)
	for range 8 {
		var events []report.Event
		for range 24 {
			events = append(events, report.Event{Kind: report.Poll, Time: w.clock.Now().UnixMilli(), Seen: []int{h.watch.Memory.Number}})
			w.clock.Advance(time.Hour)
		}
		if _, err := h.ap.Report(w.Context(), report.Batch{Zone: 60, Events: events}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.desk.Learn(w.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// asked has a payment judged that the access point sends.
func (h *home) asked(startedOn int) (d interaction.Decision) {
	h.Helper()
	err := h.d.Write(h.Context(), func(tx *db.Tx) (err error) {
		d, _, err = h.desk.Assess(tx, system, interaction.Ask{
			Customer: h.who, Primary: h.id, Reference: "a payment", Currency: "EUR", Interface: startedOn, Access: judge.Access{Remote: true}, Request: judge.Request{Kind: judge.Transaction, Amount: 1000},
		})
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return d
}

// speaksFor is how much a device says for the customer, in thousandths.
func speaksFor(d interaction.Decision, number int) (sum int) {
	for _, t := range d.Details.Terms {
		if int(t.Device) == number {
			sum -= t.Weight // below zero it is for them
		}
	}
	return sum
}

// DI-92, DI-93, DI-95: a watch connects to an access point, which has no screen of its own, and has it send a request. The access point passes on that the watch is there,
// signed over a fresh question; a request that began on it has more confidence than one that began nowhere, and a watch that is not there, or was never registered, gives none.
func TestDI92ARequestBeginsOnATertiary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := newHome(t, w)
		number := h.watch.Memory.Number
		h.clock.Advance(3 * time.Hour) // everything before is old
		if _, err := h.ap.Report(t.Context(), poll()); err != nil {
			t.Fatal(err)
		}
		alone, claimed := h.asked(0), h.asked(number)
		if claimed.Sum != alone.Sum {
			t.Errorf("a watch that is not there: %.2f, without it %.2f", claimed.Sum, alone.Sum)
		}

		// DI-93: there is no connection yet, so the watch makes one and answers the server's question.
		if _, err := h.ap.Report(t.Context(), report.Batch{Zone: 60, Live: true, Events: []report.Event{{Kind: report.Connect, Device: number}}}); err != nil {
			t.Fatal(err)
		}
		said, started := h.asked(0), h.asked(number)
		if said.Sum <= alone.Sum || started.Sum < said.Sum || speaksFor(started, number) <= speaksFor(said, number) {
			t.Errorf("alone %.2f, said to be there %.2f (%d), and begun on it %.2f (%d)", alone.Sum, said.Sum, speaksFor(said, number), started.Sum, speaksFor(started, number))
		}
		plan, err := h.ap.Poll(t.Context())
		if err != nil || len(plan.Ask) != 1 || plan.Ask[0].Device != number {
			t.Fatalf("%v, %+v", err, plan.Ask)
		}
		e, err := h.watch.Evidence(h.ap.ID(), plan.Ask[0].Nonce, true)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := h.ap.Answer(t.Context(), report.Proofs{Zone: 60, Answers: []report.Evidence{e}}); err != nil || a.Taken == nil || a.Taken.Unproven != 0 {
			t.Fatalf("%v, %+v", err, a.Taken)
		}
		near, begun, stranger := h.asked(0), h.asked(number), h.asked(number+50)
		if near.Sum <= said.Sum || begun.Sum < near.Sum || speaksFor(begun, number) <= speaksFor(near, number) { // what worn devices say together is bounded
			t.Errorf("said %.2f, proven %.2f (%d), begun on it %.2f (%d)", said.Sum, near.Sum, speaksFor(near, number), begun.Sum, speaksFor(begun, number))
		}
		if stranger.Sum != near.Sum {
			t.Errorf("begun on a device that nobody registered: %.2f, want %.2f", stranger.Sum, near.Sum)
		}
	})
}

// DI-36: what a primary says of itself, such as what its sensors measure, is learned and counts like what it says of others.
func TestDI36ThePrimarysOwnData(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := newHome(t, w)
		speed := func(n float64) report.Event {
			return report.Event{Kind: report.Context, Time: w.clock.Now().UnixMilli(), Context: &report.Value{Name: "network_speed", Number: &n}}
		}
		for range 8 {
			var events []report.Event
			for i := range 24 {
				events = append(events, report.Event{Kind: report.Poll, Time: w.clock.Now().UnixMilli(), Seen: []int{h.watch.Memory.Number}}, speed(100+float64(i%3)))
				w.clock.Advance(time.Hour)
			}
			if a, err := h.ap.Report(w.Context(), report.Batch{Zone: 60, Events: events}); err != nil || a.Taken.Events != len(events) {
				t.Fatal(a.Taken, err)
			}
			if _, err := h.desk.Learn(w.Context(), 10); err != nil {
				t.Fatal(err)
			}
		}
		of := func(n float64) int64 { // what the line says against the customer
			t.Helper()
			h.clock.Advance(24 * time.Hour)
			if _, err := h.ap.Report(w.Context(), report.Batch{Zone: 60, Events: []report.Event{{Kind: report.Poll, Time: w.clock.Now().UnixMilli(), Seen: []int{h.watch.Memory.Number}}, speed(n)}}); err != nil {
				t.Fatal(err)
			}
			for _, x := range h.asked(0).Details.Terms {
				if x.Code == "context.value" && x.Device == 0 {
					return int64(x.Weight)
				}
			}
			t.Error("nothing is said of the line")
			return 0
		}
		if usual, odd := of(101), of(3); usual >= 0 || odd <= 0 {
			t.Errorf("an unusual line: %d, the usual one %d", odd, usual)
		}
	})
}
