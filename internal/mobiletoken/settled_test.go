package mobiletoken_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// link is that of a notice which is sent now.
func (w *world) link(x mobiletoken.Token) string {
	key := w.desk.DisownKey(x.Customer, x.ID, w.clock.Now())
	w.clock.Advance(time.Microsecond)
	return key
}

// disown follows a link, and wants the token to be in a state afterwards.
func (w *world) disown(link string, settled bool, x mobiletoken.Token, status mobiletoken.Status) {
	w.Helper()
	got, err := w.desk.Disown(w.Context(), link)
	if now := w.get(x); err != nil || got.Settled != settled || now.Status != status || got.Token.Status != status {
		w.Errorf("settled %t, %s, %v; want %t, %s", got.Settled, now.Status, err, settled, status)
	}
}

// A link stops a token until staff have set it going again; whoever keeps it cannot stop it
// again and again. The notice of that act has a link that does, for it may not have been the owner.
func TestDisownSettled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("1"), "bank")
		before := w.link(x)
		w.disown(before, false, x, mobiletoken.Blocked)
		_, err := w.desk.Enable(t.Context(), system, order(x))
		want(t, err, "")
		of := w.link(x)
		if got, err := w.desk.Disowned(t.Context(), before); err != nil || !got.Settled || got.Stopped() {
			t.Errorf("%+v, %v", got, err)
		}
		w.disown(before, true, x, mobiletoken.Active)
		w.disown(of, false, x, mobiletoken.Blocked)
		w.disown(before, true, x, mobiletoken.Blocked)
	})
}

// What customers set going again themselves, and what a cool-down ends, is not settled: the
// thief of a device is no proof.
func TestDisownNotSettled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		x, _ := w.active(c, "bank")
		other, _ := w.active(c, "bank")
		link := w.link(x)
		_, err := w.desk.Block(t.Context(), audit.Customer(c), mobiletoken.Order{Customer: c, Token: x.ID}, time.Time{})
		want(t, err, "")
		w.clock.Advance(48 * time.Hour)
		_, err = w.desk.Enable(t.Context(), audit.Customer(c), mobiletoken.Order{Customer: c, Token: x.ID, Proof: proof{other.Device}})
		want(t, err, "")
		w.disown(link, false, x, mobiletoken.Blocked)
	})
}

// A token that staff bring to another device is settled, too; and what was settled stays so when
// the token moves on.
func TestDisownSettledMoves(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("1"), "bank")
		before := w.link(x)
		w.disown(before, false, x, mobiletoken.Blocked)
		out, err := w.desk.Redistribute(t.Context(), system, order(x), mobiletoken.Handing{})
		want(t, err, "")
		p, _, _ := w.redeem(out.ClientID)
		w.confirm(x, p, mobiletoken.Accepted)
		w.disown(before, true, x, mobiletoken.Active)
		after := w.link(x)
		next := w.migrated(x)
		w.disown(before, true, next, mobiletoken.Active)
		w.disown(after, false, next, mobiletoken.Blocked)
	})
}

// Wrong first codes of a new device are counted apart from wrong answers of the one in use:
// neither uses up or clears the other's.
func TestFirstCodesApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("1"), "bank")
		miss := func() (blocked bool) {
			err := w.d.Write(t.Context(), func(tx *db.Tx) (err error) {
				blocked, err = w.desk.Miss(tx, system, x.Customer, x.ID)
				return err
			})
			want(t, err, "")
			return blocked
		}
		for range 2 {
			if miss() {
				t.Fatal("blocked too early")
			}
			out, err := w.desk.Redistribute(t.Context(), system, order(x), mobiletoken.Handing{})
			want(t, err, "")
			p, _, _ := w.redeem(out.ClientID)
			for _, reason := range []mobiletoken.Reason{mobiletoken.WrongCode, mobiletoken.WrongCode, mobiletoken.TooMany} {
				got, err := w.desk.Confirm(t.Context(), system, x.Customer, x.ID, w.wrong(p))
				if err != nil || got.Reason != reason {
					t.Fatalf("%s, %v; want %s", got.Reason, err, reason)
				}
			}
		}
		if got := w.get(x); got.Status != mobiletoken.Active || got.Tries.Count != 2 {
			t.Errorf("%s with %d wrong answers", got.Status, got.Tries.Count)
		}
		if !miss() || w.get(x).Status != mobiletoken.Blocked {
			t.Error("the device in use has more tries than it may have")
		}
	})
}
