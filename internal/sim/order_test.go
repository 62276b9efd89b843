package sim_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
)

// several puts messages to a card on their way in one transaction, as a removal of two keys does.
func (w *world) several(c sim.Card, n int) (ids []ident.ID) {
	w.t.Helper()
	if err := w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		ids = nil
		for range n {
			id, err := w.Send(tx, tester, w.message(c))
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return ids
}

// counters are those of the packets that the center has, in the order in which it got them.
func (w *world) counters() (all []uint64) {
	w.t.Helper()
	for _, o := range w.center.all() {
		all = append(all, opened(w.t, o).Counter)
	}
	return all
}

// TestPacketsOfACardKeepTheirOrder: whichever the outbox claims first, the center gets them by their counters,
// each once: the card would take none that was overtaken.
func TestPacketsOfACardKeepTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.several(w.card(), 3)
		record, err := w.Hand(t.Context(), outbox.Message{ID: ids[2]})
		if err != nil || record == nil {
			t.Fatal(err)
		}
		// The record of the last one is not stored yet: what comes now neither repeats it nor the others.
		next := w.send(w.find(iccid))
		if err := w.Deliver(t.Context(), outbox.Message{ID: next}); err != nil {
			t.Fatal(err)
		}
		if err := w.d.Write(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		if got := w.counters(); !slices.Equal(got, []uint64{1, 2, 3, 4}) {
			t.Errorf("the center got %v", got)
		}
		for _, id := range append(ids, next) {
			w.is(id, sim.Sent)
		}
		w.clock.Advance(time.Minute)
		w.deliver()
		if n := len(w.center.all()); n != 4 {
			t.Errorf("%d packets went out", n)
		}
	})
}

// TestACrowdKeepsItsOrder: the same with all workers at once.
func TestACrowdKeepsItsOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const crowd = 150
		w.several(w.card(), crowd)
		w.deliver()
		got := w.counters()
		if !slices.IsSorted(got) || len(slices.Compact(got)) != crowd {
			t.Errorf("the center got %v", got)
		}
	})
}

// TestWhatIsStuckIsWaitedFor: while no center takes a packet those after it wait, and go in their order then; what is
// refused for good, or has run out, holds up nobody.
func TestWhatIsStuckIsWaitedFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		w.center.answer = func(int) ([]string, error) { return nil, errors.New("busy") }
		ids := w.several(card, 2)
		if _, err := w.Hand(t.Context(), outbox.Message{ID: ids[1]}); err == nil || outbox.IsPermanent(err) {
			t.Errorf("an error %v", err)
		}
		if got := w.counters(); !slices.Equal(got, []uint64{1}) {
			t.Errorf("the center was tried with %v", got)
		}
		w.center.answer = func(n int) ([]string, error) {
			if n == 2 {
				return nil, outbox.Permanent(errors.New("no such phone"))
			}
			return nil, nil
		}
		if _, err := w.Hand(t.Context(), outbox.Message{ID: ids[1]}); err != nil {
			t.Error(err)
		}
		if got := w.counters(); !slices.Equal(got, []uint64{1, 1, 2}) {
			t.Errorf("the center was tried with %v", got)
		}
		w.clock.Advance(6 * time.Minute) // both have run out, and the first was never taken
		late := w.send(card)
		w.deliver()
		if got := w.counters(); !slices.Equal(got, []uint64{1, 1, 2, 3}) {
			t.Errorf("the center was tried with %v", got)
		}
		w.is(late, sim.Sent)
	})
}

// TestCardsDoNotWaitForEachOther: a packet that hangs at the center holds up its own card alone.
func TestCardsDoNotWaitForEachOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const other = "8947000000000000002"
		if _, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "cards.csv", Open: file(head, line(iccid, phone, 3), line(other, "+4791234568", 3))}); err != nil {
			t.Fatal(err)
		}
		mine, theirs := w.send(w.find(iccid)), w.send(w.find(other))
		inside := false
		w.center.answer = func(n int) ([]string, error) {
			if n == 1 {
				inside = true
				w.center.answer = nil
				w.center.mu.Unlock()
				defer w.center.mu.Lock()
				_, err := w.Hand(t.Context(), outbox.Message{ID: theirs})
				return nil, err
			}
			return nil, nil
		}
		if _, err := w.Hand(t.Context(), outbox.Message{ID: mine}); err != nil || !inside {
			t.Error(inside, err)
		}
		if n := len(w.center.all()); n != 2 {
			t.Errorf("%d packets", n)
		}
	})
}
