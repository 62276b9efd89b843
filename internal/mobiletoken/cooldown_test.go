package mobiletoken_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// S-13: for a while a new phone cannot change tokens; another one can, codes are good, and a
// block needs nothing.
func TestCoolDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Applications[0].Activation.CoolDown = 24 * time.Hour
		c := w.customer("1")
		old, _ := w.active(c, "bank")
		w.clock.Advance(25 * time.Hour)
		fresh, p := w.active(c, "bank")
		self := audit.Customer(c)
		by := func(x mobiletoken.Token) mobiletoken.Order {
			return mobiletoken.Order{Customer: c, Token: old.ID, Proof: proof{x.Device}, Warned: true}
		}
		_, err := w.desk.Archive(t.Context(), self, by(fresh))
		want(t, err, "mobiletoken.cool_down")
		_, _, _, err = w.desk.Migrate(t.Context(), self, mobiletoken.Migrate{Order: by(fresh)})
		want(t, err, "mobiletoken.cool_down")
		_, _, err = w.desk.Enroll(t.Context(), self, mobiletoken.Enrollment{Customer: c, Application: "bank", Proof: proof{fresh.Device}})
		want(t, err, "mobiletoken.cool_down")
		w.clock.Advance(time.Minute)
		if why, err := w.login(t.Context(), w.desk, c, w.code(p)); err != nil || why != "" {
			t.Errorf("a login with the new phone: %q, %v", why, err)
		}
		_, err = w.desk.Block(t.Context(), self, mobiletoken.Order{Customer: c, Token: fresh.ID}, time.Time{})
		want(t, err, "")
		_, err = w.desk.Enable(t.Context(), self, mobiletoken.Order{Customer: c, Token: fresh.ID, Proof: proof{old.Device}})
		want(t, err, "")
		w.clock.Advance(24 * time.Hour)
		_, err = w.desk.Archive(t.Context(), self, by(fresh))
		want(t, err, "")
	})
}
