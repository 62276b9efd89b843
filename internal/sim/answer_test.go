package sim_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

func keys(t testing.TB) ota.Keys {
	t.Helper()
	c, err := hex.DecodeString(keyC)
	if err != nil {
		t.Fatal(err)
	}
	k, err := hex.DecodeString(keyK)
	if err != nil {
		t.Fatal(err)
	}
	return ota.Keys{KIc: c, KID: k}
}

// TestTheWholeWay: a command goes out as the card expects it, is acknowledged and answered, once each.
func TestTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.send(w.card())
		w.is(id, sim.Waiting)
		w.deliver()
		w.is(id, sim.Sent)
		got := w.center.all()
		if len(got) != 1 || got[0].To != phone || got[0].ID != id {
			t.Fatalf("%+v", got)
		}
		c := opened(t, got[0])
		if c.Security != ota.Profile(3, ota.AES) || c.TAR != ota.SignatureTAR || c.Counter != 1 || !bytes.Equal(c.Data, []byte{1, 5}) {
			t.Errorf("%+v", c)
		}
		for range 2 {
			w.receive(phone, reply(t, c, ota.MoreTime, nil)...)
			w.is(id, sim.Acknowledged)
		}
		for _, from := range []string{phone[1:], "00" + phone[1:]} {
			w.receive(from, reply(t, c, ota.OK, []byte("signed"))...)
			w.is(id, sim.Answered)
		}
		w.has("acknowledged", "answered")
		if a := w.heard.answered[0]; a.Message != id || a.Customer != owner || a.Class != "status" || a.Status != ota.OK || string(a.Data) != "signed" {
			t.Errorf("%+v", a)
		}
		if s := w.Stats(); s.Copies != 2 || s.Sent != 1 || s.Answered != 1 || s.Acknowledged != 1 {
			t.Errorf("%+v", s)
		}
		if n := w.count("journal WHERE kind IN ($1, $2)", sim.AuditSent, sim.AuditEnded); n != 2 {
			t.Errorf("%d records", n)
		}
	})
}

// TestAnyOrder: whatever order answers and receipts come in, and however often, the Handler hears of
// the answer once and of the acknowledgement at most once, and never after it.
func TestAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		rapid.Check(t, func(r *rapid.T) {
			refs := []string{strconv.Itoa(w.count("sim_message"))}
			w.center.answer = func(int) ([]string, error) { return refs, nil }
			w.heard.order = nil
			w.clock.Advance(time.Second)
			id := w.send(card)
			w.deliver()
			all := w.center.all()
			c := opened(t, all[len(all)-1])
			data := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(r, "data")
			var events []func()
			for _, b := range slices.Concat(reply(t, c, ota.OK, data), reply(t, c, ota.MoreTime, nil)) {
				for range rapid.IntRange(1, 2).Draw(r, "copies") {
					events = append(events, func() { w.receive(phone, b) })
				}
			}
			events = append(events, func() {
				if err := w.Receipt(t.Context(), sim.Receipt{Gateway: "test", Reference: refs[0], State: sim.FateDelivered}); err != nil {
					t.Error(err)
				}
			})
			order := make([]int, len(events))
			for i := range order {
				order[i] = i
			}
			for _, i := range rapid.Permutation(order).Draw(r, "order") {
				events[i]()
			}
			w.is(id, sim.Answered)
			if h := w.heard.order; !slices.Equal(h, []string{"answered"}) && !slices.Equal(h, []string{"acknowledged", "answered"}) {
				t.Errorf("heard %v", h)
			}
			if a := w.heard.answered[len(w.heard.answered)-1]; a.Message != id || !bytes.Equal(a.Data, data) {
				t.Errorf("%d octets of %d", len(a.Data), len(data))
			}
		})
		if n := w.count("sim_part"); n != 0 && n > 64 {
			t.Errorf("%d parts are left", n)
		}
	})
}

// TestPartsOnTwoNodes: the parts of one answer come to two nodes at the same moment, with copies;
// one of them finds it whole, and the Handler hears it once.
func TestPartsOnTwoNodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		nodes := []*world{w, w.node()}
		card := w.card()
		for round := range 5 {
			w.send(card)
			w.deliver()
			parts := reply(t, opened(t, w.center.all()[round]), ota.OK, bytes.Repeat([]byte{7}, 300))
			var wg sync.WaitGroup
			for i := range 2 * len(parts) {
				wg.Go(func() { nodes[i%2].receive(phone, parts[i/2]) })
			}
			wg.Wait()
			if n := len(w.heard.answered); n != round+1 {
				t.Fatalf("round %d: answered %d times", round, n)
			}
		}
	})
}

// TestForgeries: nothing but the card's key moves a message.
func TestForgeries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.send(w.card())
		w.deliver()
		c := opened(t, w.center.all()[0])
		good := reply(t, c, ota.OK, []byte("signed"))[0]
		r := ota.Response{TAR: c.TAR, Counter: c.Counter, Data: []byte("forged")}
		wrong, _ := r.Pack(c.Security, ota.Keys{KIc: keys(t).KID, KID: keys(t).KIc})
		plain, _ := r.Pack(ota.Security{}, ota.Keys{})
		failed := ota.Response{TAR: c.TAR, Counter: c.Counter, Status: ota.SecurityError}
		unprotected, _ := failed.Pack(ota.Security{}, ota.Keys{})
		elsewhere := c
		elsewhere.TAR = ota.TAR{0xB0, 0, 0}
		future := c
		future.Counter++
		for name, b := range map[string][]byte{
			"another key": append([]byte{2, 0x71, 0}, wrong...), "no protection": append([]byte{2, 0x71, 0}, plain...), "an error without protection": append([]byte{2, 0x71, 0}, unprotected...),
			"another TAR": reply(t, elsewhere, ota.OK, nil)[0], "a counter that was never sent": reply(t, future, ota.OK, nil)[0],
			"a command": append([]byte{2, 0x70, 0}, good[3:]...), "no header": []byte("hello"), "nothing": {}, "cut": good[:len(good)-1], "long": append(bytes.Clone(good), 0),
		} {
			w.receive(phone, b)
			if s := w.sending(id); s.State != sim.Sent {
				t.Errorf("%s: %s", name, s.State)
			}
		}
		for bit := range len(good) * 8 {
			b := bytes.Clone(good)
			b[bit/8] ^= 1 << (bit % 8)
			w.receive(phone, b)
		}
		w.receive("+4790000000", good)
		w.receive("Bank", good)
		w.is(id, sim.Sent)
		w.has()
		if s := w.Stats(); s.Hints == 0 || s.Forged == 0 || s.Strange == 0 {
			t.Errorf("%+v", s)
		}
		w.receive(phone, good)
		w.is(id, sim.Answered)
		w.has("answered")
	})
}

// TestForgedPart: somebody sends a part with the reference of an answer under way, before and
// after the true one; the answer is found all the same.
func TestForgedPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.send(w.card())
		w.deliver()
		parts := reply(t, opened(t, w.center.all()[0]), ota.OK, bytes.Repeat([]byte{7}, 300))
		forged := func(i int, with byte) []byte {
			b := bytes.Clone(parts[i])
			b[len(b)-1] ^= with
			return b
		}
		w.receive(phone, forged(1, 1), parts[0], forged(0, 2), parts[1], forged(1, 4))
		w.has()
		w.receive(phone, forged(2, 1), parts[2])
		w.is(id, sim.Answered)
		w.has("answered")
		if n := w.count("sim_part"); n != 0 {
			t.Errorf("%d parts are left", n)
		}
	})
}

// TestFloodOfParts: parts that never become whole are bounded, and forgotten.
func TestFloodOfParts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.send(w.card())
		for i := range 200 {
			w.receive(phone, []byte{7, 0, 3, byte(i), 3, 1, 0x71, 0, byte(i)}, []byte{5, 0, 3, 1, 200, 1, 9})
		}
		if n := w.count("sim_part"); n == 0 || n > 64 {
			t.Errorf("%d parts", n)
		}
		w.clock.Advance(16 * time.Minute)
		if _, err := w.Sweep(t.Context(), 100); err != nil || w.count("sim_part") != 0 {
			t.Error(err)
		}
	})
}

// TestErrorsOfTheCard: one under checksum is an answer; "counter low" is none, because the center may
// have delivered twice.
func TestErrorsOfTheCard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		id := w.send(card)
		w.deliver()
		c := opened(t, w.center.all()[0])
		w.receive(phone, reply(t, c, ota.CounterLow, nil)...)
		if s := w.is(id, sim.Sent); s.Reason != "counter_low" {
			t.Errorf("%+v", s)
		}
		w.receive(phone, reply(t, c, ota.MoreTime, nil)...)
		w.receive(phone, reply(t, c, ota.CounterLow, nil)...)
		w.receive(phone, reply(t, c, ota.OutOfMemory, nil)...)
		if s := w.is(id, sim.Answered); s.Reason != "out_of_memory" {
			t.Errorf("%+v", s)
		}
		w.has("acknowledged", "answered")
	})
}

// TestHandlerFails: what cannot be stored is not taken, so that the center brings it again.
func TestHandlerFails(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.send(w.card())
		w.deliver()
		parts := reply(t, opened(t, w.center.all()[0]), ota.OK, bytes.Repeat([]byte{7}, 200))
		w.heard.fail = 1
		w.receive(phone, parts[0])
		a := sim.Arrival{Gateway: "test", From: phone, Coding: 0xF6, Data: parts[1]}
		if err := w.Receive(t.Context(), a); err == nil {
			t.Error("an answer was taken that nobody has heard")
		}
		w.is(id, sim.Sent)
		if err := w.node().Receive(t.Context(), a); err != nil { // the node died; another gets it
			t.Error(err)
		}
		w.is(id, sim.Answered)
		w.has("answered")
	})
}

// TestDrop: an answer to a message that was dropped is not heard, and what waits is not sent.
func TestDrop(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		drop := func() {
			id := w.send(card)
			if len(w.center.all()) == 0 {
				w.deliver()
			}
			if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return w.Drop(tx, id) }); err != nil {
				t.Fatal(err)
			}
			w.is(id, sim.Failed)
		}
		drop()
		w.receive(phone, reply(t, opened(t, w.center.all()[0]), ota.OK, nil)...)
		drop()
		w.deliver()
		if n := len(w.center.all()); n != 1 {
			t.Errorf("%d packets", n)
		}
		w.has()
	})
}
