package outbox_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// TestTwoNodesDeliverEachMessageOnce lets two nodes with many workers fight for
// the same messages.
func TestTwoNodesDeliverEachMessageOnce(t *testing.T) {
	t.Parallel()
	const messages = 300
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			dsn, clock, r := dbtest.DSN(t, dialect), dbtest.NewClock(), &receiver{}
			nodes := []*db.DB{dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now})}
			boxes := []*outbox.Outbox{open(t, nodes[0], clock), open(t, nodes[1], clock)}
			for i := range messages {
				put(t, nodes[i%2], boxes[i%2], message(i))
			}
			var wg sync.WaitGroup
			for _, o := range boxes {
				wg.Go(func() {
					if _, err := o.Deliver(t.Context(), r.handlers()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			n := r.counts()
			for p, times := range n {
				if times != 1 {
					t.Errorf("%s arrived %d times", p, times)
				}
			}
			a, b := boxes[0].Stats(), boxes[1].Stats()
			if len(n) != messages || a.Sent+b.Sent != messages {
				t.Errorf("%d messages arrived; %d and %d were counted", len(n), a.Sent, b.Sent)
			}
			t.Logf("the nodes delivered %d and %d", a.Sent, b.Sent)
		})
	}
}

// TestALeaseThatEndedIsTakenOver has a worker that is slower than its lease.
func TestALeaseThatEndedIsTakenOver(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		slow, quick := open(t, d, clock), open(t, d, clock)
		m := message(1)
		put(t, d, slow, m)
		holds, release := make(chan struct{}), make(chan struct{})
		stuck := outbox.HandlerFunc(func(context.Context, outbox.Message) error {
			close(holds)
			<-release
			return errLater // what it says no longer counts
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			if n, err := slow.Deliver(t.Context(), map[string]outbox.Handler{"test": stuck}); n != 1 || err != nil {
				t.Error(n, err)
			}
		}()
		<-holds
		r := &receiver{}
		deliver(t, quick, r, 0) // the lease stands
		clock.Advance(time.Minute)
		r.answer = func(outbox.Message) error { // while the second holds it, the first comes with its outcome
			close(release)
			<-done
			if s := state(t, quick, m.ID); s.State != outbox.Waiting || s.Reason != "" || !s.Due.After(clock.Now()) {
				t.Errorf("the late outcome changed it: %+v", s)
			}
			return nil
		}
		deliver(t, quick, r, 1)
		if r.got[0].Attempts != 2 || r.got[0].ID != m.ID {
			t.Errorf("the second attempt got %+v", r.got[0])
		}
		if s := state(t, quick, m.ID); s.State != outbox.Sent {
			t.Errorf("afterwards it is %+v", s)
		}
		if s := slow.Stats(); s.Overrun != 1 || s.Failed != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// victimDSN tells the test program to be the victim of TestKilledWorker.
const victimDSN = "COUNTERSIGN_OUTBOX_VICTIM"

// TestKilledWorker kills a process with SIGKILL in the middle of a delivery: the
// message must arrive all the same, once the lease has ended.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			dsn, clock := dbtest.DSN(t, dialect), dbtest.NewClock()
			d := dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now})
			o := open(t, d, clock)
			for i := range 5 {
				put(t, d, o, message(i))
			}
			killVictim(t, dsn)
			r := &receiver{}
			deliver(t, o, r, 0) // its leases stand
			clock.Advance(time.Minute)
			deliver(t, o, r, 5)
			for i := range 5 {
				if r.counts()[fmt.Sprint("payload ", i)] != 1 {
					t.Errorf("arrived: %v", r.counts())
				}
			}
		})
	}
}

// killVictim starts this program anew as a worker, waits until it holds all
// messages, and kills it.
func killVictim(t *testing.T, dsn string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$", "-test.v")
	cmd.Env = append(os.Environ(), victimDSN+"="+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	held := 0
	for s := bufio.NewScanner(out); held < 5 && s.Scan(); {
		held += strings.Count(s.Text(), "holding")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed: an error is what we expect
	if held != 5 {
		t.Fatalf("the victim held %d messages", held)
	}
}

// TestVictim is the process that TestKilledWorker kills; alone it does nothing.
func TestVictim(t *testing.T) {
	dsn := os.Getenv(victimDSN)
	if dsn == "" {
		t.Skip("this is a part of TestKilledWorker")
	}
	clock := dbtest.NewClock()
	o := open(t, dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), clock)
	_, err := o.Deliver(t.Context(), map[string]outbox.Handler{"test": outbox.HandlerFunc(func(context.Context, outbox.Message) error {
		_, _ = os.Stdout.WriteString("holding\n")
		select {} // until the end
	})})
	t.Fatal("the victim survived:", err)
}
