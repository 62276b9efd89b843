package mobiletoken_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// TestRedistribute: the token stays in use on the former device until the new one is
// proven, and then is not any more; serial number and id stay.
func TestRedistribute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, old := w.active(w.customer("A8"), "bank")
		out, err := w.desk.Redistribute(w.Context(), system, order(x), mobiletoken.Handing{})
		want(t, err, "")
		p, _, done := w.redeem(out.ClientID)
		if !done || bytes.Equal(p.key, old.key) {
			t.Fatal("the key is the same, or was not given")
		}
		login := func(p phone, want authenticator.Reason) {
			t.Helper()
			w.clock.Advance(time.Minute)
			if why, err := w.login(w.Context(), w.desk, x.Customer, w.code(p)); why != want || err != nil {
				t.Errorf("%s, %v; want %s", why, err, want)
			}
		}
		login(old, authenticator.Accepted)
		login(p, authenticator.Wrong)
		w.confirm(x, p, mobiletoken.Accepted)
		login(old, authenticator.Wrong)
		login(p, authenticator.Accepted)
		now := w.get(x)
		if now.Serial != x.Serial || now.Device == x.Device || now.Status != mobiletoken.Active {
			t.Errorf("%+v", now)
		}
		var was device.Device
		err = w.d.Read(w.Context(), func(tx *db.Tx) (err error) { was, _, err = device.Get(tx, x.Device); return err })
		if err != nil || was.Status != device.Retired || was.ReplacedBy != now.Device {
			t.Errorf("the former device: %+v, %v", was, err)
		}
	})
}

// TestSameKey: where the policies insist, the key is moved; what one device has shown the
// other cannot show again.
func TestSameKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, old := w.active(w.customer("A9"), "same")
		w.clock.Advance(time.Minute)
		out, err := w.desk.Redistribute(w.Context(), system, order(x), mobiletoken.Handing{})
		want(t, err, "")
		p, _, _ := w.redeem(out.ClientID)
		if !bytes.Equal(p.key, old.key) {
			t.Fatal("the key is another one")
		}
		other, _ := w.set.Policy("other-code")
		r := authenticator.Request{Customer: x.Customer, Policy: other, Set: w.set, Now: w.clock.Now()}
		f, err := w.desk.Check(w.Context(), r, authenticator.Proof{Code: w.code(old)})
		if err != nil || !f.Right {
			t.Fatal(f.Right, err)
		}
		if err := w.d.Settle(w.Context(), x.Customer, func(tx *db.Tx) error { _, err := f.Consume(tx); return err }); err != nil {
			t.Fatal(err)
		}
		w.confirm(x, p, mobiletoken.WrongCode) // it was shown by the former device
		w.clock.Advance(time.Minute)
		w.confirm(x, p, mobiletoken.Accepted)
	})
}
