package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/sim"
)

const manyCards = 1600 // three batches and some

// many is a file of many cards, the first of them with the phone's number.
func many() func() (io.ReadCloser, error) {
	lines := []string{head, line(many0, phone, 1)}
	for i := range manyCards - 1 {
		lines = append(lines, line(fmt.Sprintf("89470000000001%05d", i+1), "", 1))
	}
	return file(lines...)
}

const many0 = "8947000000000100000"

// gone fails unless nothing is left of an import.
func (w *world) gone() {
	w.t.Helper()
	if c, k, i := w.count("sim_card"), w.count("sim_key_set"), w.count("sim_import"); c+k+i != 0 {
		w.t.Errorf("%d cards, %d key sets, %d imports are left", c, k, i)
	}
}

// TestImportLetsOthersWrite: whoever writes gets in between the batches of an import, and sees none of its cards before
// all are there.
func TestImportLetsOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card2()
		other := w.node()
		batches, written := 0, 0
		sum, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "many.csv", Open: many(), Sink: func(sim.Row) error {
			n := w.count("sim_card") - 1
			if n == written {
				return nil // of the same batch
			}
			written = n
			batches++
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			if err := w.d.Write(ctx, func(tx *db.Tx) error { _, err := other.Send(tx, tester, w.message(card)); return err }); err != nil {
				return err
			}
			if batches == 1 {
				w.unseen(other)
			}
			return nil
		}})
		if err != nil || sum.Cards != manyCards || batches != 4 || w.count("sim_message") != batches {
			t.Fatalf("%+v, %v; %d batches, %d messages between them", sum, err, batches, w.count("sim_message"))
		}
		counts, err := w.Count(t.Context())
		if err != nil || counts[sim.Stock] != manyCards-1 || counts[sim.Active] != 2 || w.find(phone).ICCID != many0 {
			t.Errorf("%v, %v", counts, err)
		}
		if w.count("sim_import") != 0 || w.count("sim_card WHERE import IS NOT NULL") != 0 {
			t.Error("the import was not tidied")
		}
		if n := w.count("journal WHERE kind = $1", sim.AuditImported); n != 3 { // the card before, the one that was refused, this one
			t.Errorf("%d records", n)
		}
	})
}

// card2 imports a card with another number.
func (w *world) card2() sim.Card {
	w.t.Helper()
	if _, err := w.ImportFile(w.t.Context(), tester, sim.Import{Open: file(head, line(other, "+4790000009", 1))}); err != nil {
		w.t.Fatal(err)
	}
	return w.find(other)
}

// unseen fails if another node sees a card of the import that runs, or can do something with it.
func (w *world) unseen(n *world) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, name := range []string{many0, phone} {
		if _, err := n.Find(ctx, name); !fault.Is(err, "sim.card") {
			w.t.Errorf("%s is seen: %v", name, err)
		}
	}
	all, err := n.List(ctx, sim.Query{})
	counts, cerr := n.Count(ctx)
	if err := errors.Join(err, cerr); err != nil || len(all) != 1 || counts[sim.Stock] != 0 || counts[sim.Active] != 1 {
		w.t.Errorf("%d cards are listed, %v, %v", len(all), counts, err)
	}
	if err := n.Retire(ctx, tester, many0, "test"); !fault.Is(err, "sim.card") {
		w.t.Error(err)
	}
	var reason string
	_, err = n.ImportFile(ctx, tester, sim.Import{Open: file(head, line(many0, "", 1)), Sink: func(r sim.Row) error { reason = r.Reason; return nil }})
	if !fault.Is(err, "sim.import_refused") || reason != "an import that has not ended has this card or its number; wait for it, or 5m0s if it was broken off" {
		w.t.Errorf("the same card again: %v, %q", err, reason)
	}
}

// TestImportGivenUp: nothing is left of an import whose caller goes away amid it, or whose number somebody else takes.
func TestImportGivenUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows := 0
		_, err := w.ImportFile(ctx, tester, sim.Import{Open: many(), Sink: func(sim.Row) error {
			if rows++; rows == 700 {
				cancel()
			}
			return nil
		}})
		if !errors.Is(err, context.Canceled) || rows < 700 {
			t.Errorf("%v after %d rows", err, rows)
		}
		w.gone()
		lines := []string{head}
		for i := range 600 {
			lines = append(lines, line(fmt.Sprintf("89470000000001%05d", i+1), "", 1))
		}
		rows = 0
		_, err = w.ImportFile(t.Context(), tester, sim.Import{Open: file(append(lines, line(iccid, phone, 1))...), Sink: func(sim.Row) error {
			if rows++; rows == 1 {
				_, err := w.node().ImportFile(t.Context(), tester, sim.Import{Open: file(head, line(other, phone, 1))})
				return err
			}
			return nil
		}})
		if !fault.Is(err, "sim.import_changed") || w.count("sim_card") != 1 || w.count("sim_key_set") != 1 || w.count("sim_import") != 0 {
			t.Errorf("%v; %d cards", err, w.count("sim_card"))
		}
	})
}

// TestImportBrokenOff: the cards of an import that stands still, because its process is gone, are dropped; if it goes on
// nevertheless, it writes nothing any more.
func TestImportBrokenOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stands, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		ended := make(chan error, 1)
		go func() {
			_, err := w.ImportFile(t.Context(), tester, sim.Import{Name: "many.csv", Open: many(), Sink: func(sim.Row) error {
				once.Do(func() { close(stands) })
				<-goOn
				return nil
			}})
			ended <- err
		}()
		<-stands
		w.clock.Advance(4 * time.Minute)
		w.sweep()
		if n := w.count("sim_card"); n != 500 {
			t.Errorf("an import that may still run has %d cards", n)
		}
		w.clock.Advance(2 * time.Minute)
		for range 6 { // a hundred cards at a time
			w.sweep()
		}
		w.gone()
		if n := w.count("journal WHERE kind = $1", sim.AuditImported); n != 1 {
			t.Errorf("%d records", n)
		}
		close(goOn)
		if err := <-ended; !fault.Is(err, "sim.import_changed") {
			t.Error(err)
		}
		w.gone()
		if sum, err := w.ImportFile(t.Context(), tester, sim.Import{Open: many()}); err != nil || sum.Cards != manyCards {
			t.Errorf("again: %+v, %v", sum, err)
		}
	})
}

// TestSameFileTwice: of two imports of one file at the same time, one takes all.
func TestSameFileTwice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		nodes := []*world{w.node(), w.node()}
		errs := make([]error, len(nodes))
		var g sync.WaitGroup
		for i, n := range nodes {
			g.Go(func() { _, errs[i] = n.ImportFile(t.Context(), tester, sim.Import{Open: many()}) })
		}
		g.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%v, %v", errs[0], errs[1])
		}
		if c, k := w.count("sim_card WHERE import IS NULL"), w.count("sim_key_set"); c != manyCards || k != manyCards || w.count("sim_import") != 0 {
			t.Errorf("%d cards, %d key sets", c, k)
		}
	})
}
