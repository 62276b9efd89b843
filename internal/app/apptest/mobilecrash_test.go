package apptest_test

import (
	"context"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/smpp"
)

// soon is a node that comes when the leases of the dead have ended; the cards go by the true time.
func (s *simSigners) soon() *apptest.Installation {
	later := *s.in
	later.Clock = ahead{}
	return &later
}

// TestKilledBetweenCounterAndSend: a node is killed with SIGKILL after the counter was taken and
// before the center has, or has told that it has, the packet. The next node sends the same packet,
// octet by octet; the card asks its owner once, and the signature is made once.
func TestKilledBetweenCounterAndSend(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it again and again")
	}
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		const kills = 3
		s := newSIMSigners(t, in, kills)
		var all []mobileid.Transaction
		for i, number := range s.numbers {
			s.air.Center.Always([kills]smscenter.Fate{
				{Status: smpp.Throttled},   // nothing has left
				{Silent: true},             // the phone has it, and nobody has told the node
				{Silent: true, Drop: true}, // it is lost besides
			}[i])
			before := s.air.Center.Stats().Submitted
			node := in.Serve(t, program(t))
			in.Open(t, func(a *app.App) {
				x, err := s.asks(a, i, number, "Pay 12.00 EUR")
				s.check(err)
				all = append(all, x)
			})
			if i == 0 {
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				s.check(s.air.Center.Until(ctx, func(c smscenter.Stats) bool { return c.Submitted > before }))
				stop()
			} else {
				s.air.Await(t, "the packet", func([]smpp.Message) bool { return s.signatures(number) == 1 })
			}
			node.Kill()
		}
		s.air.Center.Always(smscenter.Fate{})
		node := s.soon().Run(t)
		for _, number := range s.numbers {
			if got := s.air.Sign(t, number, signingPIN); got.Control == "" {
				t.Errorf("%s shows %+v", number, got)
			}
		}
		in.Open(t, func(a *app.App) {
			for _, x := range all {
				s.becomes(a, x, mobileid.Valid)
			}
		})
		node.Stop(t)
		s.quiet()
		packets, copies := s.counters()
		for _, number := range s.numbers {
			if n := s.signatures(number); n != 1 {
				t.Errorf("%s: %d requests", number, n)
			}
		}
		if copies < 1 || copies > 2 { // the second one is sent again unless the card's acknowledgment is quicker
			t.Errorf("%d packets were sent again", copies)
		}
		t.Logf("%d packets and %d copies around %d kills", packets-copies, copies, kills)
		in.Verify(t)
	})
}

// quiet makes sure that no phone asks anything.
func (s *simSigners) quiet() {
	s.t.Helper()
	for _, number := range s.numbers {
		if k := s.air.Tray.Card(number).Look().Kind; k != simcard.Idle && k != simcard.Notice {
			s.t.Errorf("%s still shows %q", number, k)
		}
	}
}

// TestKilledBetweenAnswerAndCommit: a node is killed with SIGKILL when it has the answer of the card
// and has not stored it. The center brings it again to the next one, and the signature is valid, once.
func TestKilledBetweenAnswerAndCommit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it")
	}
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		node := in.Serve(t, program(t))
		var x mobileid.Transaction
		in.Open(t, func(a *app.App) {
			var err error
			x, err = s.asks(a, 1, number, "Pay 12.00 EUR")
			s.check(err)
			s.air.Look(t, number, simcard.Consent)
			s.becomes(a, x, mobileid.Delivered)
			answers := len(apptest.FromCards(s.air.Carried(), number))
			release := s.blocked(a)
			s.air.Sign(t, number, signingPIN)
			s.air.Await(t, "the answer", func(all []smpp.Message) bool { return len(apptest.FromCards(all, number)) > answers })
			time.Sleep(100 * time.Millisecond) // it waits for the lock by now; if it does not, the test is weaker, and not wrong
			node.Kill()
			release()
			if x, err := a.MobileIDs.Get(t.Context(), x.Provider, x.Handle); err != nil || x.Status != mobileid.Delivered {
				t.Fatalf("%s, %v: the node was not killed before it stored the answer", x.Status, err)
			}
		})
		node = s.soon().Run(t)
		in.Open(t, func(a *app.App) {
			x := s.becomes(a, x, mobileid.Valid)
			if len(x.CMS) == 0 || len(x.OCSP) == 0 {
				t.Errorf("%d octets of CMS, %d of the status", len(x.CMS), len(x.OCSP))
			}
		})
		node.Stop(t)
		s.counters()
		if n := s.signatures(number); n != 1 {
			t.Errorf("%d requests", n)
		}
		in.Verify(t)
	})
}

// blocked holds everything that a node would have to change for an answer, until release.
func (s *simSigners) blocked(a *app.App) (release func()) {
	s.t.Helper()
	held, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		once := true
		done <- a.DB.Write(context.Background(), func(tx *db.Tx) error {
			for _, table := range []string{"sim_message", "mobile_id_request"} {
				if _, err := tx.Exec("UPDATE " + table + " SET expires_at = expires_at"); err != nil {
					return err
				}
			}
			if once {
				once = false
				close(held)
			}
			<-end
			return nil
		})
	}()
	<-held
	return func() {
		close(end)
		s.check(<-done)
	}
}

// TestYesterdaysCounters: a database that was restored is noticed, and after recover no counter is used
// again: the cards take the next request. What was signed since is lost, and answers of that time, which
// the network brings again, change nothing.
func TestYesterdaysCounters(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		s := newSIMSigners(t, in, 2)
		first, second := s.numbers[0], s.numbers[1]
		signs := func(number, text string) (x mobileid.Transaction) {
			node := in.Run(t)
			defer node.Stop(t)
			in.Open(t, func(a *app.App) {
				clock.Advance(time.Second)
				var err error
				x, err = s.asks(a, 1, number, text)
				s.check(err)
				s.air.Sign(t, number, signingPIN)
				s.becomes(a, x, mobileid.Valid)
			})
			return x
		}
		signs(first, "Pay 1.00 EUR")
		var open mobileid.Transaction
		in.Open(t, func(a *app.App) { // nobody sends it
			var err error
			open, err = s.asks(a, 1, second, "Pay 2.00 EUR")
			s.check(err)
		})
		yesterday := in.Backup(t)
		since := signs(first, "Pay 3.00 EUR")
		answers := apptest.FromCards(s.air.Carried(), first)
		highest := s.highest(first)

		yesterday()
		if _, said, code := in.Command("serve"); code != 1 {
			t.Fatalf("a node on yesterday's database: exit code %d, %s", code, said)
		}
		in.Must(t, "recover")
		in.Open(t, func(a *app.App) {
			if x, err := a.MobileIDs.Get(t.Context(), open.Provider, open.Handle); err != nil || x.Status.Open() {
				t.Errorf("what was on its way is %s, %v", x.Status, err)
			}
			if _, err := a.MobileIDs.Get(t.Context(), since.Provider, since.Handle); err == nil {
				t.Error("a signature that the database does not have")
			}
		})
		for _, number := range s.numbers { // which nobody knows to be the same as before the backup
			in.Must(t, "mobile-id", "resume", number, "--hold", "restored", "--reason", "checked", "--right", "birth-date,address,document")
		}
		again := signs(first, "Pay 4.00 EUR")
		if now := s.highest(first); now <= highest {
			t.Errorf("the counter %d came after %d", now, highest)
		}
		node := in.Run(t)
		stranger := s.air.Stranger(t)
		for _, m := range answers { // the network, or a thief of it, brings old answers once more
			stranger.Send(m)
		}
		in.Open(t, func(a *app.App) {
			if x, err := a.MobileIDs.Get(t.Context(), again.Provider, again.Handle); err != nil || x.Status != mobileid.Valid {
				t.Errorf("%s, %v", x.Status, err)
			}
		})
		node.Stop(t)
		s.counters()
		in.Verify(t)
	})
}
