package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// clerk leaves a record of each delivery.
type clerk struct {
	during func()             // in the delivery; may be nil
	record func(*db.Tx) error // nil leaves nothing
}

func (*clerk) Deliver(context.Context, outbox.Message) error {
	return errors.New("not Hand was called")
}

func (c *clerk) Hand(context.Context, outbox.Message) (func(*db.Tx) error, error) {
	if c.during != nil {
		c.during()
	}
	return c.record, nil
}

func (c *clerk) handlers() map[string]outbox.Handler { return map[string]outbox.Handler{"test": c} }

// note is a record that stores itself.
func note(tx *db.Tx) error {
	tx.Append(db.Record{Kind: "test.handed", Actor: "test"})
	return nil
}

// TestARecordSharesTheTransactionOfTheOutcome: of a record that fails nothing is stored,
// not even that the message was sent, and it is delivered again.
func TestARecordSharesTheTransactionOfTheOutcome(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, m := open(t, d, clock), message(1)
		put(t, d, o, m)
		c := &clerk{record: func(tx *db.Tx) error { return errors.Join(note(tx), errLater) }}
		if n, err := o.Deliver(t.Context(), c.handlers()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if s := state(t, o, m.ID); s.State != outbox.Waiting || records(t, d, "test.handed") != 0 || o.Stats().Sent != 0 {
			t.Errorf("after a record that failed: %+v", s)
		}
		clock.Advance(time.Minute) // the lease ends
		c.record = note
		if n, err := o.Deliver(t.Context(), c.handlers()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if s := state(t, o, m.ID); s.State != outbox.Sent || records(t, d, "test.handed") != 1 {
			t.Errorf("after one that did not: %+v", s)
		}
	})
}

// TestARecordIsKeptAfterTheLease: the other side has the message, whatever became of
// the lease.
func TestARecordIsKeptAfterTheLease(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		// One worker: two could take the message again themselves, once the clock has moved.
		slow, quick := openWith(t, d, clock, outbox.Config{Workers: 1}), open(t, d, clock)
		put(t, d, slow, message(1))
		r := &receiver{}
		c := &clerk{record: note, during: func() {
			clock.Advance(time.Minute)
			deliver(t, quick, r, 1)
		}}
		if n, err := slow.Deliver(t.Context(), c.handlers()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if s := slow.Stats(); s.Overrun != 1 || s.Sent != 0 || records(t, d, "test.handed") != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestNothingToRecord: a handler may leave nothing.
func TestNothingToRecord(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, m := open(t, d, clock), message(1)
		put(t, d, o, m)
		if n, err := o.Deliver(t.Context(), (&clerk{}).handlers()); n != 1 || err != nil || state(t, o, m.ID).State != outbox.Sent {
			t.Errorf("%d attempts, %v", n, err)
		}
	})
}
