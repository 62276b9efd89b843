package foureyes_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TestSignsOfLife runs on the test's own time: a long run is not taken for dead,
// and one that was is broken off.
func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: time.Now})
		w := newWorld(t, d, nil)
		p := w.propose(ann, policy.ActImport, "1")
		w.is(w.approve(bob, p), "")
		ended := make(chan error)
		go func() {
			_, err := w.CarryOut(t.Context(), bob, p.ID, []byte("1"), func(ctx context.Context, _ foureyes.Warrant) error {
				<-ctx.Done()
				return ctx.Err()
			})
			ended <- err
		}()
		for range 60 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if n, err := w.Sweep(t.Context(), 10); n != 0 || err != nil || w.state(p) != foureyes.Running {
				t.Fatalf("swept %d, %v: %s", n, err, w.state(p))
			}
		}
		w.sql("UPDATE proposal SET state = 'failed'")
		time.Sleep(time.Minute)
		synctest.Wait()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		default:
			t.Error("a run that was taken for dead goes on")
			w.sql("UPDATE proposal SET state = 'running'")
		}
	})
}
