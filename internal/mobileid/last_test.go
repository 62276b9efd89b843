package mobileid_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// sudden are changes behind the back of the package, by which no open request is withdrawn: the last look has to find them.
func sudden() map[string]string {
	return map[string]string{
		"mobile ID suspended": "UPDATE mobile_id SET state = 'suspended'",
		"mobile ID revoked":   "UPDATE mobile_id SET state = 'revoked'",
		"mobile ID rests":     "UPDATE mobile_id SET held_until = 4102444800000000", // 2100
		"customer suspended":  "UPDATE customer SET status = 'suspended'",
		"customer closed":     "UPDATE customer SET status = 'closed'",
	}
}

func (w *world) exec(sql string) {
	w.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec(sql)
		return err
	})
}

// TestValidAtLast: what changes while a signature is being validated is seen before it counts as valid.
func TestValidAtLast(t *testing.T) {
	changes := sudden()
	changes["certificate renewed"] = "UPDATE mobile_id_key SET serial = serial || '00'"
	changes["key ended"] = "UPDATE mobile_id_key SET state = 'ended'"
	for name, sql := range changes {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.person("1", phoneA)
				_, s := w.person("2", phoneB)
				asked := w.ask(phoneB, "Hello")
				s.approve()
				w.ca.hold = func() { w.exec(sql) }
				w.deliver()
				w.status(asked, mobileid.Revoked, mobileid.RevokedCert)
			})
		})
	}
}

// TestTakenAtLast: what changes between the check of a proof and its settlement is seen before it counts.
func TestTakenAtLast(t *testing.T) {
	changes := sudden()
	changes["taken"] = "UPDATE mobile_id_request SET taken = 1"
	changes["time"] = ""
	changes["nothing"] = ""
	for name, sql := range changes {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				m, s := w.person("1", phoneA)
				o := w.start("1")
				w.challenge(o, "")
				s.approve()
				w.deliver()
				_, id, _ := w.handles().Open(o.Handle)
				p, _ := w.book.Active().Policy("sim")
				f, err := mobileid.Method{Desk: w.desk}.Check(t.Context(), authenticator.Request{Authentication: id, Customer: m.Customer, Policy: p, Set: w.book.Active(), Now: w.clock.Now()}, authenticator.Proof{})
				if err != nil || !f.Right {
					t.Fatal(f.Right, err)
				}
				if sql != "" {
					w.exec(sql)
				}
				if name == "time" {
					w.clock.Advance(4 * time.Minute)
				}
				w.write(func(tx *db.Tx) error {
					ok, err := f.Consume(tx)
					if ok != (name == "nothing") {
						t.Errorf("it counts: %v", ok)
					}
					return err
				})
			})
		})
	}
}

// TestAnotherPaymentWhileAsked: a request for one payment is nothing for another one, also while it is open.
func TestAnotherPaymentWhileAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		o := w.start("1", pay(t, "90.00", "Kari Nordmann"))
		w.challenge(o, "")
		_, id, _ := w.handles().Open(o.Handle)
		p, _ := w.book.Active().Policy("sim-sign")
		r := authenticator.Request{Authentication: id, Customer: m.Customer, Policy: p, Payment: pay(t, "90.00", "Kari Nordmann"), Set: w.book.Active(), Now: w.clock.Now()}
		_, err := mobileid.Method{Desk: w.desk}.Check(t.Context(), r, authenticator.Proof{})
		want(t, err, "mobileid.pending")
		r.Payment = pay(t, "91.00", "Kari Nordmann")
		_, err = mobileid.Method{Desk: w.desk}.Check(t.Context(), r, authenticator.Proof{})
		want(t, err, "mobileid.nothing")
		if out, err := w.hub.Get(t.Context(), bank(), o.Handle); err != nil || out.State != hub.Open {
			t.Error(out.State, err)
		}
		s.approve()
		w.deliver()
		_, err = mobileid.Method{Desk: w.desk}.Check(t.Context(), r, authenticator.Proof{})
		want(t, err, "mobileid.nothing")
	})
}

// TestAnswerOfAnotherKind: what a card answers to something else does not end a request, whatever it says.
func TestAnswerOfAnotherKind(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		o := order(m)
		o.Role = applet.Signing
		asked, err := w.desk.Unblock(t.Context(), system, o)
		w.check(err)
		l := s.next(applet.Unblock)
		w.write(func(tx *db.Tx) error {
			a := applet.Answer{Kind: applet.Show, Transaction: l.Transaction, Result: applet.Done, Tries: -1}
			return w.desk.Answered(tx, mobileid.Answer{Message: l.id, Data: a.Append(nil)})
		})
		w.status(asked, mobileid.Failed, mobileid.BadAnswer)
	})
}
