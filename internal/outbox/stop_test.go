package outbox_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// TestStopLetsDeliveriesFinish: a delivery that is under way when the node is told to stop is
// not cut off, so that its message does not go out again; one that hangs is, after a while.
func TestStopLetsDeliveriesFinish(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for i, hangs := range []bool{false, true} {
			c := outbox.Config{Now: clock.Now, Rand: rand.Reader, Poll: time.Millisecond, Finish: time.Hour}
			if hangs {
				c.Finish = time.Millisecond
			}
			o := outbox.New(d, keyringtest.Open(t, d), c)
			m := message(i)
			put(t, d, o, m)
			ctx, stop := context.WithCancel(t.Context())
			holds, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
			h := outbox.HandlerFunc(func(ctx context.Context, _ outbox.Message) error {
				close(holds)
				if hangs {
					<-ctx.Done()
					return ctx.Err()
				}
				<-release
				return ctx.Err()
			})
			go func() { defer close(ended); o.Run(ctx, map[string]outbox.Handler{"test": h}) }()
			select {
			case <-holds:
			case <-ended:
			}
			stop()
			close(release)
			<-ended
			want := outbox.Sent
			if hangs {
				want = outbox.Waiting
			}
			if s := state(t, o, m.ID); s.State != want {
				t.Errorf("hangs %t: the message is %s", hangs, s.State)
			}
			clock.Advance(time.Hour)
		}
	})
}
