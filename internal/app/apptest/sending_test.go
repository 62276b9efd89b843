package apptest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

const (
	deadSenders = 4  // nodes that are killed
	impatient   = 6  // customers who ask for codes all the time
	decisions   = 15 // of each customer and node: all of them are below the limits on codes
	underWay    = 15 // texts that the center has of a node when it is killed
	unanswered  = 3  // of them, those that it never answered
	lease       = time.Minute
)

// TestKilledSender kills nodes with SIGKILL while they hand codes to a message center
// by SMPP. Every customer asks for each code twice at once, and once more when the node
// died before it answered. Still there is one text for each decision: it reaches the phone,
// and again only when a node died between the center's taking it and the record of that.
func TestKilledSender(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it again and again")
	}
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		center, all := askers(t, in, impatient, nil, "")
		for round := range deadSenders {
			for range unanswered {
				center.Next(smscenter.Fate{Silent: true})
			}
			node := in.Serve(t, program(t))
			killAmongTexts(t, center, node, all, (round+1)*decisions)
		}
		node := in.Serve(t, program(t))
		bank := node.Bank()
		defer bank.Close()
		asked := 0
		for _, a := range all {
			if !a.ask(t, bank) {
				t.Fatalf("customer %s got no answer from a node that lives", a.number)
			}
			asked += len(a.handles)
		}
		node.Stop(t)
		drained := afterTheLeases(t, in, asked)
		again := 0
		for _, a := range all {
			again += a.check(t, drained, center)
		}
		if again < deadSenders*unanswered {
			t.Errorf("only %d texts came twice: no node was killed while it sent", again)
		}
		t.Logf("%d decisions and their texts around %d kills; %d texts came again", asked, deadSenders, again)
		in.Verify(t)
	})
}

// killAmongTexts lets the customers ask, and kills the node once the center has got so
// many texts of it.
func killAmongTexts(t *testing.T, center *smscenter.Center, node *apptest.Node, all []*asker, most int) {
	t.Helper()
	bank := node.Bank()
	defer bank.Close()
	before := center.Stats().Submitted
	var load sync.WaitGroup
	for _, a := range all {
		load.Go(func() {
			for a.ask(t, bank) && len(a.handles) < most && a.start(bank) {
			}
		})
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := center.Until(ctx, func(s smscenter.Stats) bool { return s.Submitted >= before+underWay }); err != nil {
		t.Error(err)
	}
	node.Kill()
	load.Wait()
}

// ahead is the clock of a node that comes when the leases of the dead have ended.
type ahead struct{}

func (ahead) Now() time.Time { return time.Now().Add(lease + time.Second) }

// ways is what the outbox did for the texts of each customer.
type ways struct{ texts, attempts map[string]int }

// afterTheLeases lets another node send what the dead ones held, until nothing waits and
// the center has told of every text.
func afterTheLeases(t *testing.T, in *apptest.Installation, texts int) (w ways) {
	t.Helper()
	later := *in
	later.Clock = ahead{}
	node := later.Run(t)
	defer node.Stop(t)
	in.Open(t, func(a *app.App) {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // until another process has done its work
			delivered := 0
			w = ways{map[string]int{}, map[string]int{}}
			err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Each(`SELECT c.number, o.attempts, s.state FROM sms s JOIN outbox o ON o.id = s.id JOIN customer c ON c.id = s.customer WHERE s.class = 'code'`, nil, func(r db.Row) error {
					var number, state string
					var attempts int
					err := r.Scan(&number, &attempts, &state)
					w.texts[number]++
					w.attempts[number] += attempts
					if state == "delivered" {
						delivered++
					}
					return err
				})
			})
			switch {
			case err != nil:
				t.Fatal(err)
			case delivered == texts:
				return
			case time.Now().After(deadline):
				t.Fatalf("of %d texts %d are known to have arrived", texts, delivered)
			}
		}
	})
	return w
}

// check compares the phone with the decisions; again is how many texts came once more.
func (a *asker) check(t *testing.T, w ways, center *smscenter.Center) (again int) {
	t.Helper()
	got := map[string]int{}
	for _, s := range center.Inbox(a.phone) {
		got[s.Text]++
		again++
	}
	again -= len(got)
	if len(got) != len(a.handles) || w.texts[a.number] != len(a.handles) {
		t.Errorf("customer %s: %d decisions, %d texts were made, and %d came", a.number, len(a.handles), w.texts[a.number], len(got))
	}
	if most := w.attempts[a.number] - w.texts[a.number]; again > most {
		t.Errorf("customer %s: %d texts came again, of %d that were handed over again", a.number, again, most)
	}
	for text, n := range got {
		if n > 1+deadSenders {
			t.Errorf("customer %s: one text came %d times: %q", a.number, n, text)
		}
	}
	return again
}
