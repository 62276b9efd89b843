package mobiletoken_test

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TestAttempts: what an attempt at a code of every kind is told, and that a code that is of
// no use gives the same password to everybody who tries it, which is not its own. (D-14,
// D-17, D-24, IP-23.)
func TestAttempts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("A1")
		x, out := w.enroll(c, "bank")
		attempt := func(id string, want mobiletoken.Standing, real bool) {
			t.Helper()
			a, err := w.desk.Attempt(w.Context(), id)
			if err != nil || a.Standing != want || len(a.Password) != 20 || (string(a.Password) == out.Password) != real {
				t.Errorf("%s, %d characters, real %t, %v; want %s", a.Standing, len(a.Password), string(a.Password) == out.Password, err, want)
			}
		}
		attempt("0000000000", mobiletoken.Closed, false)
		attempt("-1", mobiletoken.Closed, false)
		attempt(out.ClientID, mobiletoken.Usable, true)
		attempt(out.ClientID, mobiletoken.Usable, true)
		attempt(out.ClientID, mobiletoken.Usable, true) // the third and last
		attempt(out.ClientID, mobiletoken.Locked, false)
		w.clock.Advance(15 * time.Minute)
		attempt(out.ClientID, mobiletoken.Usable, true)
		w.clock.Advance(8 * 24 * time.Hour)
		attempt(out.ClientID, mobiletoken.Ended, true)
		if _, _, done := w.redeem(out.ClientID); done {
			t.Error("a code that ran out was used")
		}
		if _, err := w.desk.Extend(w.Context(), system, order(x)); err != nil {
			t.Error(err)
		}
		w.clock.Advance(15 * time.Minute) // the three attempts of this block are over
		if _, _, done := w.redeem(out.ClientID); !done {
			t.Error("a code that was extended was not taken")
		}
		attempt(out.ClientID, mobiletoken.Closed, false)
		a, _ := w.desk.Attempt(w.Context(), out.ClientID)
		b, _ := w.desk.Attempt(w.Context(), out.ClientID)
		if !bytes.Equal(a.Password, b.Password) {
			t.Error("a code that is of no use answers otherwise each time")
		}
	})
}

// TestCodeChanges: a code is extended within its bounds, renewed, cancelled, and its
// password is gone with it.
func TestCodeChanges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("A2"), "bank")
		for _, bad := range []string{"", "", "mobiletoken.not_extendable"} {
			w.clock.Advance(time.Hour)
			_, err := w.desk.Extend(w.Context(), system, order(x))
			want(t, err, bad)
		}
		again, err := w.desk.Renew(w.Context(), system, order(x), mobiletoken.Handing{})
		want(t, err, "")
		if again.Password == out.Password || again.ClientID == out.ClientID || w.count("mobile_code WHERE client_id = $1 AND status = 'superseded' AND password IS NULL", out.ClientID) != 1 {
			t.Error("the former code is left")
		}
		_, err = w.desk.Cancel(w.Context(), system, order(x))
		want(t, err, "")
		if _, _, done := w.redeem(again.ClientID); done || w.get(x).Status != mobiletoken.Created {
			t.Error("a code that was cancelled was used")
		}
		_, err = w.desk.Cancel(w.Context(), system, order(x))
		want(t, err, "mobiletoken.nothing_open")
		_, err = w.desk.Renew(w.Context(), system, order(x), mobiletoken.Handing{Valid: time.Minute})
		want(t, err, "mobiletoken.valid")
		_, err = w.desk.Renew(w.Context(), system, order(x), mobiletoken.Handing{Way: "pigeon"})
		want(t, err, "mobiletoken.way")
	})
}

// TestSweep: a week after its time a code ends and its password is destroyed; a key that is
// not proven in time is taken away; a block ends; a run is forgotten.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("A3")
		x, _ := w.enroll(c, "bank")
		y, out := w.enroll(c, "bank")
		w.redeem(out.ClientID)
		z, _ := w.active(c, "bank")
		_, err := w.desk.Block(w.Context(), system, order(z), w.clock.Now().Add(time.Hour))
		want(t, err, "")
		sweep := func(after time.Duration, sx, sy, sz mobiletoken.Status) {
			t.Helper()
			w.clock.Advance(after)
			if _, err := w.desk.Sweep(w.Context(), 100); err != nil {
				t.Fatal(err)
			}
			if a, b, c := w.get(x).Status, w.get(y).Status, w.get(z).Status; a != sx || b != sy || c != sz {
				t.Errorf("after %s: %s, %s, %s", after, a, b, c)
			}
		}
		sweep(time.Minute, mobiletoken.CodeIssued, mobiletoken.Provisioning, mobiletoken.Blocked)
		sweep(time.Hour, mobiletoken.CodeIssued, mobiletoken.Provisioning, mobiletoken.Active)
		sweep(24*time.Hour, mobiletoken.CodeIssued, mobiletoken.Created, mobiletoken.Active)
		sweep(8*24*time.Hour, mobiletoken.CodeIssued, mobiletoken.Created, mobiletoken.Active)
		sweep(6*24*time.Hour, mobiletoken.Created, mobiletoken.Created, mobiletoken.Active)
		if w.count("mobile_code WHERE status = 'expired' AND password IS NULL") != 1 || w.count("mobile_session") != 0 {
			t.Error("something is left")
		}
	})
}

// TestHandOver: a code is shown, or sent, or goes half by each way; the outbox has what
// is not shown.
func TestHandOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("A4")
		_, shown := w.enroll(c, "bank")
		_, split := w.enroll(c, "split")
		_, sent, err := w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: c, Application: "bank", Handing: mobiletoken.Handing{Way: policy.HandSent}})
		want(t, err, "")
		if len(shown.Password) != 20 || len(split.Password) != 10 || !split.Split || sent.Password != "" || shown.Download == "" {
			t.Errorf("%d, %d, %d characters are shown", len(shown.Password), len(split.Password), len(sent.Password))
		}
		if n := w.count("outbox WHERE kind = $1", mobiletoken.MessageCode); n != 2 {
			t.Errorf("%d messages; want two", n)
		}
		all, err := w.box.List(w.Context(), outbox.Waiting, ident.ID{}, 10)
		want(t, err, "")
		for _, m := range all {
			if bytes.Contains(m.Payload, []byte(shown.Password)) || bytes.Contains(m.Payload, []byte(split.Password)) {
				t.Error("what was shown is sent as well")
			}
		}
		a, err := w.desk.Attempt(w.Context(), split.ClientID)
		if err != nil || !bytes.HasPrefix(a.Password, []byte(split.Password)) {
			t.Errorf("the half that is shown is not the first of the password: %v", err)
		}
	})
}

// TestLostFinalMessage: the answer of a run can be had again, by any node, and the run is
// not done twice; a first code whose answer was lost is accepted again and changes nothing.
// (D-50, D-53.)
func TestLostFinalMessage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("A5"), "bank")
		s := w.session()
		p := phone{key: bytes.Repeat([]byte{7}, 20), app: w.set.Applications[0]}
		run := mobiletoken.Provisioned{ClientID: out.ClientID, Key: p.key, Session: s, New: true}
		if _, done, err := w.desk.Provision(w.Context(), run); !done || err != nil {
			t.Fatal(done, err)
		}
		if _, done, err := w.desk.Provision(w.Context(), run); done || err != nil {
			t.Fatalf("the run was done twice: %t, %v", done, err)
		}
		got, found, err := w.node(w.d).SessionByDigest(w.Context(), s.Digest)
		if err != nil || !found || !got.Finished || !bytes.Equal(got.Body, s.Body) || got.ClientID != out.ClientID {
			t.Fatalf("%+v, %t, %v", got, found, err)
		}
		if w.confirm(x, p, mobiletoken.Accepted).Repeated || !w.confirm(x, p, mobiletoken.Accepted).Repeated {
			t.Error("the second confirmation is no repetition")
		}
		w.clock.Advance(time.Minute)
		if why, err := w.login(w.Context(), w.desk, x.Customer, w.code(p)); why != authenticator.Accepted || err != nil {
			t.Error(why, err)
		}
		w.confirm(x, p, mobiletoken.NotPending)
	})
}

// TestSessions: a run of four passes is stored, advanced by one, ended, and its id is
// never used again. (D-34, D-35.)
func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.session()
		open := func(s mobiletoken.Session, want bool) {
			t.Helper()
			if stored, err := w.desk.Open(w.Context(), s); stored != want || err != nil {
				t.Errorf("%t, %v", stored, err)
			}
		}
		open(s, true)
		open(s, false)
		other := s
		other.ID = "another"
		open(other, false) // the same first message
		a, _, err := w.desk.Session(w.Context(), s.ID)
		want(t, err, "")
		b := a
		a.Body = []byte("further")
		want(t, w.desk.Advance(w.Context(), a), "")
		want(t, w.desk.Advance(w.Context(), b), "mobiletoken.session")
		got, _, err := w.desk.Session(w.Context(), s.ID)
		if err != nil || string(got.Body) != "further" {
			t.Errorf("%q, %v", got.Body, err)
		}
		ended, err := w.desk.Abort(w.Context(), s.ID)
		if want(t, err, ""); !ended {
			t.Error("the run was not open")
		}
		if _, found, err := w.desk.Session(w.Context(), s.ID); found || err != nil || w.count("mobile_session WHERE body IS NOT NULL") != 0 {
			t.Error("something of a failed run is left")
		}
		s.Digest = sha256.Sum256([]byte("new"))
		open(s, false)
		other.ID = "late"
		other.Expires = w.clock.Now()
		open(other, true)
		w.clock.Advance(time.Second)
		if _, found, _ := w.desk.Session(w.Context(), "late"); found {
			t.Error("a run is found after its time")
		}
	})
}

// TestFourPasses: the last answer of a run that was opened before belongs to the
// transaction that provisions; an overtaken run leaves nothing.
func TestFourPasses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("A6"), "bank")
		s := w.session()
		if _, err := w.desk.Open(w.Context(), s); err != nil {
			t.Fatal(err)
		}
		s, _, err := w.desk.Session(w.Context(), s.ID)
		want(t, err, "")
		want(t, w.desk.Advance(w.Context(), s), "")
		_, done, err := w.desk.Provision(w.Context(), mobiletoken.Provisioned{ClientID: out.ClientID, Key: make([]byte, 20), Session: s})
		want(t, err, "mobiletoken.session")
		if done || w.get(x).Status != mobiletoken.CodeIssued || w.count("mobile_code WHERE client_id = $1 AND status = 'valid'", out.ClientID) != 1 {
			t.Fatal("an overtaken run left something")
		}
		s, _, err = w.desk.Session(w.Context(), s.ID)
		want(t, err, "")
		s.Body = []byte("the end")
		if _, done, err := w.desk.Provision(w.Context(), mobiletoken.Provisioned{ClientID: out.ClientID, Key: make([]byte, 20), Session: s}); !done || err != nil {
			t.Fatal(done, err)
		}
		if got, _, err := w.desk.Session(w.Context(), s.ID); err != nil || !got.Finished || string(got.Body) != "the end" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestFirstCodes: wrong first codes count; the last that is allowed takes the key away,
// and so does time.
func TestFirstCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("A7")
		x, out := w.enroll(c, "bank")
		p, _, _ := w.redeem(out.ClientID)
		for i, wanted := range []mobiletoken.Reason{mobiletoken.WrongCode, mobiletoken.WrongCode, mobiletoken.TooMany, mobiletoken.NotPending} {
			got, err := w.desk.Confirm(w.Context(), system, c, x.ID, w.wrong(p))
			if err != nil || got.Reason != wanted {
				t.Fatalf("%d: %q, %v", i, got.Reason, err)
			}
		}
		if w.get(x).Status != mobiletoken.Created {
			t.Errorf("the token is %s", w.get(x).Status)
		}
		out, err := w.desk.Renew(w.Context(), system, order(x), mobiletoken.Handing{})
		want(t, err, "")
		p, _, _ = w.redeem(out.ClientID)
		w.clock.Advance(25 * time.Hour)
		w.confirm(x, p, mobiletoken.TooLate)
		_, err = w.desk.Confirm(w.Context(), system, c, x.ID, "12")
		want(t, err, "mobiletoken.code_form")
		_, err = w.desk.Confirm(w.Context(), system, c, ident.Derive("nothing"), "123456")
		want(t, err, "mobiletoken.unknown")
		_, err = w.desk.Confirm(w.Context(), auditOf(mobiletoken.Token{Customer: ident.Derive("stranger")}), c, x.ID, "123456")
		want(t, err, "mobiletoken.not_yours")
	})
}
