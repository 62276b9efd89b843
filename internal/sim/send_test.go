package sim_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// TestCountersOfManyNodes: a hundred messages to one card from two nodes at once have a hundred counters.
func TestCountersOfManyNodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const crowd = 100
		nodes := []*world{w, w.node()}
		m := w.message(w.card())
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				n := nodes[i%2]
				if err := n.d.Settle(t.Context(), ident.Derive("sender", string(rune(i))), func(tx *db.Tx) error { _, err := n.Send(tx, tester, m); return err }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.deliver()
		var counters []uint64
		for _, o := range w.center.all() {
			counters = append(counters, opened(t, o).Counter)
		}
		slices.Sort(counters)
		for i, c := range counters {
			if c != uint64(i)+1 {
				t.Fatalf("counters %v", counters)
			}
		}
		if len(counters) != crowd {
			t.Errorf("%d packets", len(counters))
		}
	})
}

// TestReadThenWriteRepeatsCounters is the negative control of the test above: whoever reads the counter
// and writes it in two steps meets others who did.
func TestReadThenWriteRepeatsCounters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		var read sync.WaitGroup
		read.Add(10)
		for range 10 {
			wg.Go(func() {
				var n int64
				err := w.d.Read(t.Context(), func(tx *db.Tx) error {
					return tx.Row("SELECT counter FROM sim_key_set WHERE card = $1", card.ID).Scan(&n)
				})
				read.Done()
				read.Wait()
				if err == nil {
					err = w.d.Write(t.Context(), func(tx *db.Tx) error {
						_, err := tx.Exec("UPDATE sim_key_set SET counter = $2 WHERE card = $1", card.ID, n+1)
						return err
					})
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[n+1] = true
			})
		}
		wg.Wait()
		if len(seen) != 1 {
			t.Errorf("%d counters: the control does not show what it is for", len(seen))
		}
	})
}

// TestCrashBetweenCounterAndSend: the node dies after the commit, before the center hears of it, or after it
// did and before we knew; the next node sends the same octets, and no other packet has their counter.
func TestCrashBetweenCounterAndSend(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		w.send(card) // and the node dies
		next := w.node()
		w.center.answer = func(n int) ([]string, error) {
			if n == 1 {
				return nil, errors.New("the connection was lost after the center had it")
			}
			return nil, nil
		}
		next.deliver()
		w.clock.Advance(time.Minute)
		next.deliver()
		got := w.center.all()
		if len(got) != 2 || !slices.EqualFunc(got[0].Parts, got[1].Parts, bytes.Equal) {
			t.Fatalf("%+v", got)
		}
		next.send(card)
		next.deliver()
		if a, b := opened(t, got[1]), opened(t, w.center.all()[2]); a.Counter != 1 || b.Counter != 2 {
			t.Errorf("counters %d and %d", a.Counter, b.Counter)
		}
		w.clock.Advance(time.Minute)
		next.deliver()
		if n := len(w.center.all()); n != 3 {
			t.Errorf("a packet that a center has was sent again: %d", n)
		}
	})
}

// TestFailedTransaction: it sends nothing.
func TestFailedTransaction(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.message(w.card())
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := w.Send(tx, tester, m); err != nil {
				return err
			}
			return errHandler
		})
		w.deliver()
		if !errors.Is(err, errHandler) || len(w.center.all()) != 0 || w.count("sim_message") != 0 {
			t.Error(err)
		}
	})
}

// TestRestored: after a restore from a backup no counter is used again that a card has seen since, and
// answers of the time that is lost are heard by nobody.
func TestRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		early := w.send(card)
		w.deliver()
		backup := w.keep()
		var last ota.Command
		for range 20 { // after the backup
			w.send(card)
			w.deliver()
		}
		all := w.center.all()
		last = opened(t, all[len(all)-1])
		backup()
		// The negative control: without the hook the counter repeats.
		w.send(card)
		w.deliver()
		all = w.center.all()
		if c := opened(t, all[len(all)-1]); c.Counter != 2 {
			t.Errorf("the backup was not put back: %d", c.Counter)
		}
		backup()
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return w.Restored(tx, audit.Recovery{}) }); err != nil {
			t.Fatal(err)
		}
		w.is(early, sim.Failed)
		w.has("lost")
		for _, o := range all {
			w.receive(phone, reply(t, opened(t, o), ota.OK, nil)...)
		}
		w.has("lost")
		w.send(card)
		w.deliver()
		all = w.center.all()
		if c := opened(t, all[len(all)-1]); c.Counter <= last.Counter || c.Counter != 1+sim.Jump+1 {
			t.Errorf("counter %d after %d", c.Counter, last.Counter)
		}
	})
}

// keep copies the tables as a backup has them; the function puts them back.
func (w *world) keep() (restore func()) {
	w.t.Helper()
	tables := []string{"sim_key_set", "sim_message", "sim_part", "sim_receipt", "outbox"}
	exec := func(sql string) {
		if err := w.d.Write(w.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, table := range tables {
		exec("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table)
	}
	return func() {
		for _, table := range tables {
			exec("DELETE FROM " + table)
			exec("INSERT INTO " + table + " SELECT * FROM kept_" + table)
		}
	}
}

// TestKeySetsRunOut: the next key set takes over before the counter can kill the first one, and without any
// nothing is sent.
func TestKeySetsRunOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Open: file(head, line(iccid, phone, 2), line(iccid, phone, 5))}); err != nil {
			t.Fatal(err)
		}
		card := w.find(iccid)
		spend := func(set int, left uint64) {
			if err := w.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE sim_key_set SET counter = $3 WHERE card = $1 AND number = $2", card.ID, set, ota.MaxCounter-1-left)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		spend(2, 1)
		for _, want := range []struct {
			set     int
			counter uint64
		}{{2, ota.MaxCounter - 1}, {5, 1}, {5, 2}} {
			if s := w.sending(w.send(card)); s.KeySet != want.set || s.Counter != want.counter {
				t.Errorf("key set %d, counter %d; want %+v", s.KeySet, s.Counter, want)
			}
		}
		spend(5, 0)
		if _, err := w.trySend(w.message(card)); !fault.Is(err, "sim.spent") {
			t.Error(err)
		}
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return w.Restored(tx, audit.Recovery{}) }); err != nil {
			t.Error(err) // jumps to the end, not beyond
		}
	})
}

func TestWhatCannotBeSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		for code, change := range map[string]func(*sim.Message){
			"sim.card": func(m *sim.Message) { m.Card = ident.Derive("x") }, "sim.class": func(m *sim.Message) { m.Class = "Sign it" },
			"sim.expires": func(m *sim.Message) { m.Expires = w.clock.Now() }, "sim.too_long": func(m *sim.Message) { m.Data = make([]byte, 6*134) },
		} {
			m := w.message(card)
			change(&m)
			if _, err := w.trySend(m); !fault.Is(err, code) {
				t.Errorf("%s: %v", code, err)
			}
		}
		m := w.message(card)
		m.Data = make([]byte, 5*134)
		if _, err := w.trySend(m); err != nil {
			t.Error(err)
		}
		w.deliver()
		if c := opened(t, w.center.all()[0]); len(c.Data) != 5*134 || c.Counter != 1 {
			t.Errorf("%d octets with counter %d", len(c.Data), c.Counter)
		}
		for i, o := range w.center.all()[0].Parts {
			if len(o) > 140 {
				t.Errorf("part %d has %d octets", i, len(o))
			}
		}
	})
}

// TestNoAnswer: whatever keeps an answer away, the Handler hears of it once, and of no answer later.
func TestNoAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		refs := []string{"a", "b"}
		receipts := func(fates ...sim.Fate) {
			for i, f := range fates {
				if err := w.Receipt(t.Context(), sim.Receipt{Gateway: "test", Reference: refs[i], State: f, Code: "123"}); err != nil {
					t.Error(err)
				}
			}
		}
		card := w.card()
		for name, c := range map[string]struct {
			center error
			then   func()
			state  sim.State
			why    sim.Reason
		}{
			"refused":               {outbox.Permanent(errors.New("no such number")), func() {}, sim.Failed, sim.Refused},
			"never taken":           {errors.New("no session"), func() { w.clock.Advance(6 * time.Minute); w.deliver() }, sim.Expired, sim.TimedOut},
			"never answered":        {nil, func() { w.clock.Advance(6 * time.Minute); w.sweep() }, sim.Expired, sim.TimedOut},
			"the phone is off":      {nil, func() { receipts(sim.FateDelivered, sim.FateExpired) }, sim.Expired, sim.TimedOut},
			"undeliverable":         {nil, func() { receipts("unknown", sim.FateFailed, "x") }, sim.Failed, sim.Undelivered},
			"no answer to delivery": {nil, func() { receipts(sim.FateDelivered, sim.FateDelivered); w.clock.Advance(6 * time.Minute); w.sweep() }, sim.Expired, sim.TimedOut},
		} {
			refs = []string{name + " a", name + " b", name + " c"}
			w.heard.order, w.heard.lost = nil, nil
			w.center.answer = func(int) ([]string, error) { return refs[:2], c.center }
			before := len(w.center.all())
			m := w.message(card)
			m.Data = make([]byte, 200)
			id, err := w.trySend(m)
			if err != nil {
				t.Fatal(err)
			}
			w.deliver()
			c.then()
			w.is(id, c.state)
			w.receive(phone, reply(t, opened(t, w.center.all()[before]), ota.OK, nil)...)
			w.is(id, c.state)
			if w.has("lost"); !slices.Equal(w.heard.lost, []sim.Reason{c.why}) {
				t.Errorf("%s: %v", name, w.heard.lost)
			}
		}
	})
}

func (w *world) sweep() {
	w.t.Helper()
	if _, err := w.Sweep(w.t.Context(), 100); err != nil {
		w.t.Error(err)
	}
}

// TestReceipts: they come before the center's answer or after it, and say nothing against the card.
func TestReceipts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		receipt := func(ref string, f sim.Fate) {
			if err := w.Receipt(t.Context(), sim.Receipt{Gateway: "test", Reference: ref, State: f}); err != nil {
				t.Error(err)
			}
		}
		w.center.answer = func(int) ([]string, error) { return []string{"1"}, nil }
		id := w.send(card)
		receipt("1", sim.FateDelivered)
		w.deliver()
		w.is(id, sim.Delivered)
		w.center.answer = func(int) ([]string, error) { return []string{"2"}, nil }
		id = w.send(card)
		w.deliver()
		w.receive(phone, reply(t, opened(t, w.center.all()[1]), ota.MoreTime, nil)...)
		receipt("2", sim.FateFailed)
		w.is(id, sim.Acknowledged)
		w.has("acknowledged")
		w.clock.Advance(91 * 24 * time.Hour)
		w.sweep()
		w.clock.Advance(91 * 24 * time.Hour)
		w.sweep()
		if w.count("sim_receipt")+w.count("sim_message") != 0 {
			t.Error("something is kept for ever")
		}
	})
}
