package idserver_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// stored fails unless a request has come to a state in the table, where nobody has looked at it.
func (w *world) stored(want idserver.State, why idserver.Reason) {
	w.Helper()
	if w.count("identity_request WHERE state = $1 AND reason = $2", string(want), string(why)) != 1 {
		w.Errorf("no request is stored as %s (%s)", want, why)
	}
}

// TestGrantedUnseen: a request is judged and granted, recorded and confirmed although its service never
// comes to look, and the evidence is there when it does, after a year.
func TestGrantedUnseen(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		o := w.start()
		w.card.sign()
		w.stored(idserver.Pending, "")
		w.deliver()
		w.examine()
		w.stored(idserver.Granted, "")
		w.deliver()
		if l := w.card.next(applet.Show); l.Text != "Signed: I accept." {
			t.Errorf("the phone shows %q", l.Text)
		}
		if n := w.count("journal WHERE kind = $1 AND actor = 'system:identity'", idserver.AuditGranted); n != 1 {
			t.Errorf("%d records", n)
		}
		w.judge.fail = errors.New("nobody is asked again")
		w.clock.Advance(365 * 24 * time.Hour)
		if e := w.is(o, idserver.Granted, "").Evidence; len(e.CMS) == 0 || len(e.OCSP) == 0 || len(e.Stamp) == 0 || e.Person == "" || e.Serial == "" {
			t.Error("the evidence is not whole")
		}
	})
}

// TestDeniedUnseen: whatever a request comes to is stored and recorded although nobody looks.
func TestDeniedUnseen(t *testing.T) {
	say := func(r applet.Result) func(*world) {
		return func(w *world) { w.card.answer(w.card.next(applet.Sign), applet.Answer{Result: r}) }
	}
	for name, x := range map[string]struct {
		end func(*world)
		why idserver.Reason
	}{
		"refused":       {say(applet.Cancelled), "cancelled"},
		"not me":        {say(applet.NotMe), "reported"},
		"wrong control": {say(applet.WrongControl), "wrong_control"},
		"wrong PIN":     {say(applet.WrongPIN), "wrong_pin"},
		"PIN blocked":   {say(applet.PINBlocked), "pin_blocked"},
		"postponed":     {say(applet.Postponed), "postponed"},
		"no answer": {func(w *world) {
			w.clock.Advance(time.Hour)
			_, err := w.signers.Sweep(w.Context(), 100)
			w.check(err)
		}, "timed_out"},
		"late answer": {func(w *world) {
			w.clock.Advance(time.Hour)
			w.card.sign()
		}, "timed_out"},
		"suspended": {func(w *world) {
			_, err := w.signers.Suspend(w.Context(), officer, mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"})
			w.check(err)
		}, idserver.Withdrawn},
		"wrong signature": {func(w *world) {
			w.card.answer(w.card.next(applet.Sign), applet.Answer{Signature: make([]byte, 64)})
		}, idserver.Unproven},
		"our judge says no": {func(w *world) {
			w.judge.verdict = &mobileid.Verdict{Reason: mobileid.BadCertificate}
			w.card.sign()
		}, idserver.Unproven},
	} {
		t.Run(name, func(t *testing.T) {
			registered(t, func(t *testing.T, w *world) {
				w.start()
				x.end(w)
				w.deliver()
				w.examine()
				w.stored(idserver.Denied, x.why)
				w.deliver()
				if n := w.count("journal WHERE kind = $1", idserver.AuditDenied); n != 1 || w.card.count(applet.Show) != 0 {
					t.Errorf("%d records of the denial, %d confirmations", n, w.card.count(applet.Show))
				}
			})
		})
	}
}

// TestNobodyUnseen: a request to a number that nobody has ends in the same way.
func TestNobodyUnseen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start()
		w.clock.Advance(time.Hour)
		_, err := w.signers.Sweep(t.Context(), 100)
		w.check(err)
		w.examine()
		w.stored(idserver.Denied, "timed_out")
	})
}

// TestUnseenNoStatus: a judgement that is not possible is tried again for a day, by itself, and ends as a denial.
func TestUnseenNoStatus(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"no status": func(w *world) { w.judge.verdict = &mobileid.Verdict{Reason: mobileid.NoRevocation} },
		"no answer": func(w *world) { w.judge.fail = errors.New("the authority is away") },
		"stale":     func(w *world) { w.judge.verdict = &mobileid.Verdict{Reason: mobileid.StaleRevocation} },
	} {
		t.Run(name, func(t *testing.T) {
			registered(t, func(t *testing.T, w *world) {
				w.start()
				w.card.sign()
				w.deliver()
				spoil(w)
				for range 23 {
					w.examine()
					w.stored(idserver.Pending, "")
					w.clock.Advance(time.Hour)
				}
				for range 3 {
					w.clock.Advance(time.Hour)
					w.examine()
				}
				for range 40 { // an authority that never answers at all
					w.clock.Advance(4 * time.Hour)
					w.examine()
				}
				w.stored(idserver.Denied, idserver.Unjudged)
				w.judge.verdict, w.judge.fail = nil, nil
				w.clock.Advance(4 * time.Hour)
				w.examine()
				w.stored(idserver.Denied, idserver.Unjudged)
			})
		})
	}
}

// TestUnseenStatusComesBack: once the status can be learned the request is granted by itself.
func TestUnseenStatusComesBack(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		w.start()
		w.card.sign()
		w.deliver()
		w.judge.verdict = &mobileid.Verdict{Reason: mobileid.NoRevocation}
		w.examine()
		w.stored(idserver.Pending, "")
		w.judge.verdict = nil
		w.clock.Advance(time.Minute)
		w.examine()
		w.stored(idserver.Granted, "")
	})
}

// TestSeenAndUnseen: of those who look and the message that judges by itself one grants.
func TestSeenAndUnseen(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		o := w.start()
		w.card.sign()
		w.deliver()
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range 16 {
			wg.Go(func() {
				<-start
				if i == 7 {
					w.examine()
					return
				}
				if got, err := w.desk.Get(t.Context(), shop, o.Handle, 0); err != nil || got.State != idserver.Granted {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		close(start)
		wg.Wait()
		w.examine()
		w.deliver()
		if n := w.count("journal WHERE kind = $1", idserver.AuditGranted); n != 1 || w.card.count(applet.Show) != 1 {
			t.Errorf("%d records of one grant, %d confirmations", n, w.card.count(applet.Show))
		}
	})
}
