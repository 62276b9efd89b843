package mobileid_test

import (
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestFailClosed: nothing is valid that could not be checked, or is not as it should be.
func TestFailClosed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		serial := func() string {
			p, err := w.desk.Profile(t.Context(), m.Customer, m.ID)
			w.check(err)
			return p.Certificates[0].Serial
		}
		for _, c := range []struct {
			name   string
			answer func(l letter)
			status mobileid.Status
			reason mobileid.Reason
		}{
			{"another key", func(l letter) {
				was := s.keys[l.Role]
				s.make(l.Role, applet.ECDSAP256)
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
				s.keys[l.Role] = was
			}, mobileid.Invalid, mobileid.WrongSignature},
			{"another text", func(l letter) {
				other := l.Command
				other.Text = "Pay 99 EUR"
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, other.Signed())})
			}, mobileid.Invalid, mobileid.WrongSignature},
			{"another nonce", func(l letter) {
				other := l.Command
				other.Nonce[0] ^= 1
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, other.Signed())})
			}, mobileid.Invalid, mobileid.WrongSignature},
			{"the signing key", func(l letter) {
				s.answer(l, applet.Answer{Signature: s.hash(applet.Signing, l.Signed())})
			}, mobileid.Invalid, mobileid.WrongSignature},
			{"noise", func(l letter) { s.answer(l, applet.Answer{Signature: []byte("no signature")}) }, mobileid.Invalid, mobileid.WrongSignature},
			{"chain", func(l letter) {
				w.ca.verdict = &mobileid.Verdict{Reason: mobileid.BadCertificate}
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
			}, mobileid.Invalid, mobileid.BadCertificate},
			{"stale list", func(l letter) {
				w.ca.verdict = &mobileid.Verdict{Reason: mobileid.StaleRevocation}
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
			}, mobileid.Invalid, mobileid.StaleRevocation},
			{"revoked", func(l letter) {
				w.check(w.ca.set(serial(), "revoked"))
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
			}, mobileid.Revoked, mobileid.RevokedCert},
			{"on hold", func(l letter) {
				w.check(w.ca.set(serial(), "hold"))
				s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
			}, mobileid.Revoked, mobileid.HeldCert},
		} {
			w.clock.Advance(soonOver)
			w.ca.verdict = nil
			w.check(w.ca.set(serial(), "good"))
			asked := w.ask(phoneA, "Pay 12 EUR")
			c.answer(s.next(applet.Sign))
			w.deliver()
			if got := w.get(asked); got.Status != c.status || got.Reason != c.reason || len(got.Stamp) > 0 {
				t.Errorf("%s: %s (%s)", c.name, got.Status, got.Reason)
			}
		}
	})
}

// TestNoAuthority: while the authority is away a signature waits for a while, and then it is invalid.
func TestNoAuthority(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		w.ca.fail = errors.New("away")
		first := w.ask(phoneA, "One")
		s.approve()
		w.deliver()
		w.status(first, mobileid.Signed, "")
		w.ca.fail = nil
		w.clock.Advance(10 * time.Second)
		w.deliver()
		w.status(first, mobileid.Valid, "")

		w.ca.fail = errors.New("away")
		second := w.ask(phoneA, "Two")
		s.approve()
		w.deliver()
		w.clock.Advance(10 * time.Minute)
		w.ca.fail = nil
		w.deliver()
		w.status(second, mobileid.Invalid, mobileid.NoRevocation)

		third := w.ask(phoneA, "Three")
		w.ca.verdict = &mobileid.Verdict{Reason: mobileid.NoRevocation}
		s.approve()
		w.deliver()
		w.status(third, mobileid.Signed, "")
		w.clock.Advance(20 * time.Second)
		w.deliver()
		w.status(third, mobileid.Invalid, mobileid.NoRevocation)
	})
}

// TestRevokedMidway: a mobile ID that is taken out of use while its signature is judged signs nothing.
func TestRevokedMidway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		asked := w.ask(phoneA, "Hello")
		s.approve()
		var once atomic.Bool
		w.ca.hold = func() {
			if once.CompareAndSwap(false, true) {
				_, err := w.desk.Suspend(w.Context(), system, order(m))
				w.check(err)
			}
		}
		w.deliver()
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
	})
}

// TestRestored: what is open in a restored database ends, no signature is taken twice, and mobile IDs are held.
func TestRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		o := w.start("1")
		w.challenge(o, "")
		s.approve()
		w.deliver()
		asked := w.ask(phoneA, "Hello")
		l := s.next(applet.Sign)
		w.cards.add(phoneB)
		r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: m.Customer, Number: phoneB})
		w.check(err)
		w.write(func(tx *db.Tx) error { return mobileid.Restored(tx, audit.Recovery{}) })
		w.status(asked, mobileid.Withdrawn, mobileid.Restarted)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		w.status(asked, mobileid.Withdrawn, mobileid.Restarted)
		_, err = w.step(o, "sim")
		want(t, err, "mobileid.nothing")
		if got := w.mobile(r.MobileID); got.State != mobileid.StateFailed {
			t.Error(got.State)
		}
		if got := w.mobile(m); got.State != mobileid.StateSuspended || got.By != mobileid.ByRestore {
			t.Error(got.State, got.By)
		}
	})
}

// TestReleaseRestored: an operator ends the holds of a restore, of all but some; another cause holds on, and nobody else does so.
func TestReleaseRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all []mobileid.MobileID
		for i := range 3 {
			m, _ := w.person(strconv.Itoa(i+1), "+4366412345"+strconv.Itoa(60+i))
			all = append(all, m)
		}
		_, err := w.desk.Suspend(t.Context(), system, mobileid.Order{Customer: all[1].Customer, Mobile: all[1].ID, Reason: "lost"})
		w.check(err)
		w.write(func(tx *db.Tx) error { return mobileid.Restored(tx, audit.Recovery{}) })
		none := func(mobileid.MobileID) bool { return false }
		_, err = w.desk.ReleaseRestored(t.Context(), audit.Actor{Kind: audit.StaffKind, ID: all[0].ID}, "compared", none)
		want(t, err, "mobileid.operator")
		_, err = w.desk.ReleaseRestored(t.Context(), system, "", none)
		want(t, err, "mobileid.reason")
		if got, err := w.desk.ReleaseRestored(t.Context(), system, "compared", func(mobileid.MobileID) bool { return true }); err != nil || got != (mobileid.Released{Kept: 3}) {
			t.Errorf("all are kept: %+v, %v", got, err)
		}
		got, err := w.desk.ReleaseRestored(t.Context(), system, "compared", func(m mobileid.MobileID) bool { return m.ID == all[2].ID })
		if err != nil || got != (mobileid.Released{Released: 2, Kept: 1}) {
			t.Errorf("%+v, %v", got, err)
		}
		for i, want := range []struct {
			state mobileid.State
			by    mobileid.Cause
		}{{mobileid.StateActive, ""}, {mobileid.StateSuspended, mobileid.ByStaff}, {mobileid.StateSuspended, mobileid.ByRestore}} {
			if m := w.mobile(all[i]); m.State != want.state || m.By != want.by {
				t.Errorf("%d: %s by %s", i, m.State, m.By)
			}
		}
	})
}

// TestSweepAndErase: what is over is forgotten in its time, and a customer with all that is theirs.
func TestSweepAndErase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		w.ask(phoneA, "Valid")
		s.approve()
		w.deliver()
		nobody, err := w.sign(closed, phoneB, "Nobody")
		w.check(err)
		w.ask(phoneA, "Left alone")
		w.clock.Advance(2 * time.Minute)
		_, err = w.desk.Sweep(t.Context(), 100)
		w.check(err)
		w.status(nobody, mobileid.TimedOut, mobileid.Withheld)
		sweep := func(days int, left int) {
			t.Helper()
			w.clock.Advance(time.Duration(days) * 24 * time.Hour)
			_, err := w.desk.Sweep(t.Context(), 100)
			w.check(err)
			if n := w.count("mobile_id_request WHERE kind = 'sign'"); n != left {
				t.Errorf("%d requests are left; want %d", n, left)
			}
		}
		sweep(89, 3)
		sweep(2, 1)
		if w.count("mobile_id_pace") != 0 {
			t.Error("counts are left")
		}
		all, err := w.desk.List(t.Context(), m.Customer, [16]byte{}, 50)
		if err != nil || len(all) != 1 || all[0].Text != "Valid" {
			t.Errorf("%v, %v", all, err)
		}
		sweep(3660, 0)

		w.check(w.register.Close(t.Context(), system, m.Customer, "test"))
		_, err = w.sign(ap, phoneA, "Closed")
		want(t, err, "mobileid.unknown")
		w.check(w.register.Erase(t.Context(), system, m.Customer))
		for serial, state := range w.ca.state {
			if state != "revoked" {
				t.Errorf("the certificate %s of nobody is %s", serial, state)
			}
		}
		for _, table := range []string{"mobile_person", "mobile_id", "mobile_id_key", "mobile_id_request"} {
			if w.count(table+" WHERE customer = $1", m.Customer) != 0 {
				t.Errorf("%s has something left", table)
			}
		}
	})
}

// TestWait: who waits is told at once, and bounds hold.
func TestWait(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		asked := w.ask(phoneA, "Hello")
		done := make(chan mobileid.Transaction)
		go func() {
			got, err := w.desk.Wait(w.Context(), ap.Code, asked.Handle, time.Minute)
			if err != nil {
				t.Error(err)
			}
			done <- got
		}()
		s.approve()
		w.deliver()
		if got := <-done; got.Status != mobileid.Valid {
			t.Error(got.Status)
		}
		if got, err := w.desk.Wait(t.Context(), ap.Code, asked.Handle, time.Hour); err != nil || got.Status != mobileid.Valid {
			t.Error(got.Status, err)
		}
	})
}

// TestWaitToTheSecond: who waits is told that the time is over when it is, and that is written then, with the count of what nobody
// answered; no sweep has to come by.
func TestWaitToTheSecond(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("1", phoneA)
		asked := w.ask(phoneA, "Hello")
		w.clock.Advance(asked.Expires.Sub(w.clock.Now()) - 20*time.Millisecond)
		waits, ended := make(chan mobileid.Transaction, 1), w.count("journal WHERE kind = $1", mobileid.AuditEnded)
		go func() {
			got, err := w.desk.Wait(w.Context(), ap.Code, asked.Handle, time.Minute)
			if err != nil {
				t.Error(err)
			}
			waits <- got
		}()
		if n := w.count("mobile_id_request WHERE status = 'timed_out'"); n != 0 {
			t.Errorf("%d have run out before their time", n)
		}
		w.clock.Advance(20 * time.Millisecond)
		if got := <-waits; got.Status != mobileid.TimedOut || got.Reason != mobileid.ServerTime || !got.Ended.Equal(asked.Expires) {
			t.Errorf("%+v", got)
		}
		if n := w.count("mobile_id_request WHERE status = 'timed_out' AND ended_at = $1", asked.Expires); n != 1 {
			t.Errorf("%d are written as over", n)
		}
		if n := w.count("journal WHERE kind = $1", mobileid.AuditEnded); n != ended+1 {
			t.Errorf("%d records, were %d", n, ended)
		}
		if n := w.count("mobile_id_pace WHERE failures = 1"); n != 1 {
			t.Error("it was not counted")
		}
		if got, err := w.desk.Wait(t.Context(), ap.Code, asked.Handle, time.Minute); err != nil || got.Status != mobileid.TimedOut {
			t.Error(got.Status, err)
		}
	})
}

// TestCancel: a provider takes its request back; another one cannot.
func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		asked := w.ask(phoneA, "Hello")
		_, err := w.desk.Cancel(t.Context(), system, "another", asked.Handle)
		want(t, err, "mobileid.transaction")
		got, err := w.desk.Cancel(t.Context(), system, ap.Code, asked.Handle)
		if err != nil || got.Status != mobileid.Withdrawn {
			t.Fatal(got.Status, err)
		}
		if l := s.next(applet.Sign); s.next(applet.Cancel).Transaction != l.Transaction {
			t.Error("the card is told of another one")
		}
		if got, err = w.desk.Cancel(t.Context(), system, ap.Code, asked.Handle); err != nil || got.Status != mobileid.Withdrawn {
			t.Error(got.Status, err)
		}
		w.ask(phoneA, "Hello")
	})
}
