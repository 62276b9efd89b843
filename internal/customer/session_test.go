package customer_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

func (w *world) sessions() *customer.Sessions {
	return &customer.Sessions{DB: w.DB, Rand: rand.Reader}
}

func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	if err := w.DB.Write(w.Context(), f); err != nil {
		w.Fatal(err)
	}
}

// gadget gives a customer a device.
func (w *world) gadget(c ident.ID, serial string) (d device.Device) {
	w.Helper()
	d = device.Device{ID: ident.Derive(serial), Kind: device.Token, Serial: serial, Model: "k200", Status: device.Stock, Created: w.clock.Now()}
	w.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(device.InsertSQL, d.Row()...); err != nil {
			return err
		}
		_, err := device.Assign(tx, d.ID, c, 0)
		return err
	})
	d.Status, d.Customer = device.Active, c
	return d
}

func (w *world) begin(l customer.Login) string {
	w.Helper()
	token, err := w.sessions().Begin(w.Context(), l)
	if err != nil {
		w.Fatal(err)
	}
	return token
}

func (w *world) in(token string) bool {
	w.Helper()
	_, ok, err := w.sessions().Use(w.Context(), token)
	if err != nil {
		w.Fatal(err)
	}
	return ok
}

// SCA-09, SCA-74: five minutes without use, eight hours in all.
func TestSessionsEndByTime(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1", Name: "Ada"})
		l := customer.Login{Customer: c.ID, Agent: "Firefox"}
		idle, busy := w.begin(l), w.begin(l)
		if idle == busy || len(idle) < 22 {
			w.Errorf("tokens %q and %q", idle, busy)
		}
		for range 2 {
			w.clock.Advance(customer.IdleLimit - time.Second)
			if !w.in(busy) {
				w.Fatal("a session in use has ended")
			}
		}
		if w.in(idle) {
			w.Error("a session that was not used for five minutes is open")
		}
		if _, ok, _ := w.sessions().Peek(w.Context(), busy); !ok {
			w.Error("nothing is seen of an open session")
		}
		for range 2 { // looking is no use
			w.clock.Advance(customer.IdleLimit/2 + time.Second)
			if _, _, err := w.sessions().Peek(w.Context(), busy); err != nil {
				w.Fatal(err)
			}
		}
		if w.in(busy) {
			w.Error("a session that was only looked at is open")
		}
		long := w.begin(l)
		began := w.clock.Now()
		for w.clock.Now().Sub(began) < customer.AbsoluteLimit-4*time.Minute {
			w.clock.Advance(4 * time.Minute)
			if !w.in(long) {
				w.Fatalf("ended after %s", w.clock.Now().Sub(began))
			}
		}
		w.clock.Advance(4 * time.Minute)
		if w.in(long) || w.in("") || w.in("made up") {
			w.Error("a session is open after eight hours, or without a token")
		}
		if n, err := w.sessions().Sweep(w.Context(), 10); n != 3 || err != nil {
			w.Errorf("%d swept, %v", n, err)
		}
	})
}

// Whoever got in with a token that is out of use is out with it; sessions by other
// tokens of the customer stay.
func TestSessionsEndWithTheirDevice(t *testing.T) {
	each(t, func(w *world) {
		c := w.create(customer.New{Number: "1"})
		other := w.begin(customer.Login{Customer: c.ID, Device: w.gadget(c.ID, "OTHER").ID})
		for _, act := range []device.Act{device.Suspend, device.Lose, device.Return, device.Retire} {
			d := w.gadget(c.ID, string(act))
			s := w.begin(customer.Login{Customer: c.ID, Device: d.ID})
			if !w.in(s) {
				w.Fatalf("not in before the act %s", act)
			}
			w.write(func(tx *db.Tx) error { _, err := d.Change(tx, device.Change{Act: act}); return err })
			if w.in(s) {
				w.Errorf("in after the act %s", act)
			}
		}
		if !w.in(other) {
			w.Error("a session by another token has ended")
		}
		w.write(func(tx *db.Tx) error { return customer.Restored(tx, audit.Recovery{}) })
		if w.in(other) {
			w.Error("a session has outlived the restoration of a backup")
		}
	})
}

// SCA-74: logout, ending the others, and a customer who may not be here any more.
func TestSessionsAreEnded(t *testing.T) {
	each(t, func(w *world) {
		c, d := w.create(customer.New{Number: "1"}), w.create(customer.New{Number: "2"})
		here, there, another := w.begin(customer.Login{Customer: c.ID, Agent: "here"}), w.begin(customer.Login{Customer: c.ID, Agent: "there"}), w.begin(customer.Login{Customer: d.ID})
		all, err := w.sessions().Of(w.Context(), c.ID, here)
		if err != nil || len(all) != 2 || all[0].Own == all[1].Own {
			w.Fatalf("%+v, %v", all, err)
		}
		for _, x := range all {
			if x.Own != (x.Agent == "here") || x.Actor() != audit.Customer(c.ID) {
				w.Errorf("%+v", x)
			}
		}
		if n, err := w.sessions().EndOthers(w.Context(), here); n != 1 || err != nil {
			w.Errorf("%d ended, %v", n, err)
		}
		if w.in(there) || !w.in(here) || !w.in(another) {
			w.Error("the wrong sessions have ended")
		}
		if err := w.sessions().End(w.Context(), here); err != nil || w.in(here) {
			w.Errorf("in after logout, %v", err)
		}
		if err := w.sessions().End(w.Context(), here); err != nil {
			w.Errorf("the second logout: %v", err)
		}
		if n, err := w.sessions().EndOthers(w.Context(), here); n != 0 || err != nil {
			w.Errorf("an ended session ended %d others, %v", n, err)
		}
		if err := w.Suspend(w.Context(), desk, d.ID, "asked for"); err != nil || w.in(another) {
			w.Errorf("a suspended customer is in, %v", err)
		}
		for kind, want := range map[string]int{customer.AuditLoggedIn: 2, customer.AuditLoggedOut: 1, customer.AuditSessionsEnded: 1} {
			var n int
			w.write(func(tx *db.Tx) error {
				return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1 AND actor = $2", kind, audit.Customer(c.ID).String()).Scan(&n)
			})
			if n != want {
				w.Errorf("%d records %s by the customer; want %d", n, kind, want)
			}
		}
	})
}
