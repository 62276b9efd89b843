package idserver_test

import (
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/idserver"
)

// TestSweepPending: a request whose end left no message is judged a day after its time, and denied if that is not possible.
func TestSweepPending(t *testing.T) {
	for name, x := range map[string]struct {
		spoil func(*world)
		want  idserver.State
		why   idserver.Reason
	}{
		"signed":   {func(*world) {}, idserver.Granted, ""},
		"no judge": {func(w *world) { w.judge.fail = errors.New("the authority is away") }, idserver.Denied, idserver.Unjudged},
		"transaction gone": {func(w *world) {
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec("DELETE FROM mobile_id_request WHERE kind = 'sign'")
				return err
			})
		}, idserver.Denied, idserver.Unjudged},
	} {
		t.Run(name, func(t *testing.T) {
			registered(t, func(t *testing.T, w *world) {
				w.signers.Ended = nil
				w.start()
				w.card.sign()
				w.deliver()
				x.spoil(w)
				sweep := func(n int64) {
					t.Helper()
					if got, err := w.desk.Sweep(t.Context(), 100); err != nil || got != n {
						t.Errorf("%d, %v", got, err)
					}
				}
				w.clock.Advance(23 * time.Hour)
				sweep(0)
				w.examine()
				w.stored(idserver.Pending, "")
				w.clock.Advance(2 * time.Hour)
				sweep(1)
				w.stored(x.want, x.why)
				sweep(0)
				kind := idserver.AuditDenied
				if x.want == idserver.Granted {
					kind = idserver.AuditGranted
				}
				if n := w.count("journal WHERE kind = $1", kind); n != 1 {
					t.Errorf("%d records", n)
				}
			})
		})
	}
}
