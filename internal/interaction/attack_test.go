package interaction_test

import (
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)
func TestReportsOfTwoDevicesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 8 {
			w.pass(3 * time.Hour)
			at := w.now()
			w.look(house(), false, w.ap) // the row is there
			var all sync.WaitGroup
			both := func(c companion.Companion, e report.Event) {
				all.Go(func() {
					err := w.d.Write(t.Context(), func(tx *db.Tx) error {
						_, err := w.desk.Take(tx, c, interaction.Batch{Sent: at, Body: &report.Batch{Events: []report.Event{e}}})
						time.Sleep(10 * time.Millisecond) // the transactions overlap where the database lets them
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			both(w.watch, report.Event{Time: at.UnixMilli(), Kind: report.Connect, Device: w.watch.Number})
			both(w.phone, w.poll(at, false, w.ap))
			all.Wait()
			if p, q := w.shown(w.watch), w.shown(w.ap); p != pattern.Signed || q != pattern.Identifier {
				t.Fatalf("the watch is shown as %s, the access point as %s", p, q)
			}
		}
	})
}
