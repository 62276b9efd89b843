package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
)

var errLater = errors.New("the line is busy")

func TestOnlyCommittedMessagesAreSent(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := open(t, d, clock), &receiver{}
		refused := errors.New("refused")
		err := d.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(o.Put(tx, message(1)), refused) })
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		m := message(2)
		m.Customer = ident.Derive("customer")
		put(t, d, o, m)
		deliver(t, o, r, 1)
		got := r.got[0]
		if got.ID != m.ID || got.Customer != m.Customer || string(got.Payload) != "payload 2" || got.Attempts != 1 {
			t.Errorf("got %+v", got)
		}
		if s := state(t, o, m.ID); s.State != outbox.Sent || s.Ended.IsZero() {
			t.Errorf("afterwards it is %+v", s)
		}
		deliver(t, o, r, 0)
	})
}

func TestPayloadsAreSealedAndDeletedAfterwards(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := open(t, d, clock), &receiver{}
		put(t, d, o, message(1))
		if b := payload(t, d); len(b) == 0 || bytes.Contains(b, []byte("payload")) {
			t.Errorf("stored is %q", b)
		}
		deliver(t, o, r, 1)
		if b := payload(t, d); b != nil {
			t.Errorf("after the delivery there is %q", b)
		}
	})
}

func payload(t *testing.T, d *db.DB) (b []byte) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT payload FROM outbox`).Scan(&b) }); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNotBeforeAndExpires(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := open(t, d, clock), &receiver{}
		early, late := message(1), message(2)
		early.NotBefore = clock.Now().Add(time.Hour)
		late.Expires = clock.Now().Add(time.Minute)
		late.NotBefore = clock.Now().Add(time.Minute)
		put(t, d, o, early, late)
		deliver(t, o, r, 0)
		clock.Advance(time.Hour)
		deliver(t, o, r, 2)
		if n := r.counts(); n["payload 1"] != 1 || n["payload 2"] != 0 {
			t.Errorf("arrived: %v", n)
		}
		if s := state(t, o, late.ID); s.State != outbox.Dead || !strings.Contains(s.Reason, "expired") {
			t.Errorf("the late one is %+v", s)
		}
		if err := o.Retry(t.Context(), audit.System("test"), late.ID); !fault.Is(err, "outbox.expired") {
			t.Errorf("Retry of an expired one: %v", err)
		}
		if s := o.Stats(); s.Sent != 1 || s.Expired != 1 || s.Dead != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestDedupeSendsTheFirst(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := open(t, d, clock), &receiver{}
		a, b, c := message(1), message(2), message(3)
		a.Dedupe, b.Dedupe, c.Dedupe = "k", "k", "other"
		put(t, d, o, a, b, c)
		deliver(t, o, r, 2)
		b.ID = ident.Derive("again")
		put(t, d, o, b)
		deliver(t, o, r, 0) // also after the first was sent
		clock.Advance(25 * time.Hour)
		run(t, o, r, nil) // forgets
		put(t, d, o, b)
		deliver(t, o, r, 1)
		if n := r.counts(); n["payload 1"] != 1 || n["payload 3"] != 1 || n["payload 2"] != 1 {
			t.Errorf("arrived: %v", n)
		}
	})
}

// run runs the outbox until done says so; nil is one round.
func run(t *testing.T, o *outbox.Outbox, r *receiver, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stopped := make(chan struct{})
	before := o.Stats().Purged
	if done == nil {
		done = func() bool { return o.Stats().Purged > before }
	}
	go func() { defer close(stopped); o.Run(ctx, r.handlers()) }()
	for !done() && ctx.Err() == nil {
		time.Sleep(time.Millisecond) // polling another goroutine, not waiting for time to pass
	}
	if ctx.Err() != nil {
		t.Error("Run did not do it in 30 s")
	}
	cancel()
	<-stopped
}

func TestTemporaryFailuresWaitLongerEachTime(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := open(t, d, clock), &receiver{answer: func(outbox.Message) error { return errLater }}
		m := message(1)
		put(t, d, o, m)
		for attempt, want := 1, time.Second; attempt < 20; attempt, want = attempt+1, min(2*want, 10*time.Minute) {
			deliver(t, o, r, 1)
			s := state(t, o, m.ID)
			wait := s.Due.Sub(clock.Now())
			if s.State != outbox.Waiting || s.Attempts != attempt || s.Reason != errLater.Error() || wait > want || wait < want*3/4 {
				t.Fatalf("attempt %d: waits %v of %v; %+v", attempt, wait, want, s)
			}
			deliver(t, o, r, 0)
			clock.Advance(wait)
		}
		deliver(t, o, r, 1)
		if s := state(t, o, m.ID); s.State != outbox.Dead || s.Attempts != 20 {
			t.Fatalf("after the last attempt: %+v", s)
		}
		if n := records(t, d, outbox.AuditDead); n != 1 {
			t.Errorf("%d records of giving up", n)
		}
		if b, err := o.Backlog(t.Context()); err != nil || b.Dead != 1 || b.Waiting != 0 {
			t.Errorf("%+v, %v", b, err)
		}

		r.answer = nil
		if err := o.Retry(t.Context(), audit.System("test"), m.ID); err != nil {
			t.Fatal(err)
		}
		deliver(t, o, r, 1)
		if s := state(t, o, m.ID); s.State != outbox.Sent || s.Attempts != 1 || s.Reason != "" {
			t.Errorf("after Retry: %+v", s)
		}
		if err := o.Retry(t.Context(), audit.System("test"), m.ID); !fault.Is(err, "outbox.not_dead") {
			t.Errorf("Retry of a sent one: %v", err)
		}
		if err := o.Retry(t.Context(), audit.System("test"), ident.Derive("none")); !fault.Is(err, "outbox.unknown") {
			t.Errorf("Retry of none: %v", err)
		}
		if n := records(t, d, outbox.AuditRetried); n != 1 {
			t.Errorf("%d records of retrying", n)
		}
	})
}

func records(t *testing.T, d *db.DB, kind string) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM journal WHERE kind = $1`, kind).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFailuresOfDifferentSorts(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for name, c := range map[string]struct {
			err  error
			want outbox.State
			wait time.Duration // at least
		}{
			"permanent":       {outbox.Permanent(errors.New("no such number")), outbox.Dead, 0},
			"temporary":       {errLater, outbox.Waiting, 0},
			"asked to wait":   {fault.Limitedf(time.Hour, "x.y", "slowly"), outbox.Waiting, time.Hour},
			"an odd error":    {errors.New("bad \x00 \xff " + strings.Repeat("x", 2000)), outbox.Waiting, 0},
			"a panic":         {nil, outbox.Waiting, 0},
			"permanent inner": {errors.Join(outbox.Permanent(errLater)), outbox.Dead, 0},
		} {
			t.Run(name, func(t *testing.T) {
				o, r := open(t, d, clock), &receiver{answer: func(outbox.Message) error {
					if c.err == nil {
						panic("the payload is payload 1")
					}
					return c.err
				}}
				m := message(1)
				m.ID = ident.Derive(name)
				put(t, d, o, m)
				if n, err := o.Deliver(t.Context(), r.handlers()); n < 1 || err != nil {
					t.Fatal(n, err)
				}
				s := state(t, o, m.ID)
				if s.State != c.want || s.Reason == "" || len(s.Reason) > 300 || strings.Contains(s.Reason, "payload 1") {
					t.Errorf("%+v", s)
				}
				if s.State == outbox.Waiting && s.Due.Sub(clock.Now()) < c.wait {
					t.Errorf("due in %v", s.Due.Sub(clock.Now()))
				}
			})
		}
	})
}

func TestMessagesWithoutAHandlerWait(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := open(t, d, clock), &receiver{}
		m := message(1)
		m.Kind = "later"
		put(t, d, o, m)
		deliver(t, o, r, 0)
		if n, err := o.Deliver(t.Context(), nil); n != 0 || err != nil {
			t.Errorf("without any handler: %d, %v", n, err)
		}
		if n, err := o.Deliver(t.Context(), map[string]outbox.Handler{"later": r, "test": r}); n != 1 || err != nil {
			t.Errorf("with its handler: %d, %v", n, err)
		}
	})
}

func TestListPages(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o := open(t, d, clock)
		for i := range 7 {
			put(t, d, o, message(i))
		}
		seen := map[ident.ID]bool{}
		for after := (ident.ID{}); ; {
			list, err := o.List(t.Context(), outbox.Waiting, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				if seen[m.ID] || m.Payload != nil {
					t.Errorf("%s came twice, or with its payload", m.ID)
				}
				seen[m.ID], after = true, m.ID
			}
			if len(list) < 3 {
				break
			}
		}
		if len(seen) != 7 {
			t.Errorf("listed %d", len(seen))
		}
		if _, err := o.List(t.Context(), outbox.Waiting, ident.ID{}, 0); !fault.Is(err, "outbox.page_size") {
			t.Error(err)
		}
	})
}

// TestRunWakesAtOnce would take hours if Run only polled.
func TestRunWakesAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		o, r := openWith(t, d, clock, outbox.Config{Poll: time.Hour}), &receiver{}
		go func() {
			for i := range 100 {
				if err := d.Write(context.WithoutCancel(t.Context()), func(tx *db.Tx) error { return o.Put(tx, message(i)) }); err != nil {
					t.Error(err)
				}
			}
		}()
		run(t, o, r, func() bool { return len(r.counts()) == 100 })
		for p, n := range r.counts() {
			if n != 1 {
				t.Errorf("%s arrived %d times", p, n)
			}
		}
	})
}
