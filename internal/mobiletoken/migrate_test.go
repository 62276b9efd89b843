package mobiletoken_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// TestMigration: in every step the old token logs in and the new one does not, until the
// first code of the new one; then the other way round. It is taken up again on another
// node after every step, as after a crash.
func TestMigration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for number, keep := range map[string]bool{"M1": true, "M2": false} {
			old, was := w.active(w.customer(number), "bank")
			login := func(p phone, want authenticator.Reason) {
				t.Helper()
				w.clock.Advance(time.Minute)
				if why, err := w.login(w.Context(), w.node(w.d), old.Customer, w.code(p)); why != want || err != nil {
					t.Errorf("%s, %v; want %s", why, err, want)
				}
			}
			m, next, _, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(old), KeepSerial: &keep, Name: "new phone"})
			want(t, err, "")
			login(was, authenticator.Accepted)
			w.clock.Advance(15 * 24 * time.Hour) // the code runs out on the way
			_, err = w.desk.Sweep(w.Context(), 10)
			want(t, err, "")
			login(was, authenticator.Accepted)
			w.desk = w.node(w.d)
			got, found, err := w.desk.Migration(w.Context(), old.Customer, next.ID)
			if err != nil || !found || got.ID != m.ID || got.Old != old.ID {
				t.Fatalf("%+v, %t, %v", got, found, err)
			}
			_, _, _, err = w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(old)})
			want(t, err, "mobiletoken.migrating")
			out, err := w.desk.Renew(w.Context(), system, order(next), mobiletoken.Handing{})
			want(t, err, "")
			p, _, _ := w.redeem(out.ClientID)
			w.desk = w.node(w.d)
			login(was, authenticator.Accepted)
			login(p, authenticator.Wrong)
			w.confirm(next, p, mobiletoken.Accepted)
			login(was, authenticator.Wrong)
			login(p, authenticator.Accepted)
			a, b := w.get(old), w.get(next)
			if a.Status != mobiletoken.Archived || a.Before != mobiletoken.Active || b.Status != mobiletoken.Active || (b.Serial == a.Serial) != keep || b.Name != "new phone" {
				t.Errorf("%+v\n%+v", a, b)
			}
			want(t, w.desk.Abandon(w.Context(), system, order(next)), "mobiletoken.no_migration")
		}
	})
}

// TestMigrationEnds: what ends a migration before its time, and that the old token is
// left as it was, or as the act made it.
func TestMigrationEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for number, c := range map[string]struct {
			end func(old, next mobiletoken.Token) error
			old mobiletoken.Status
		}{
			"abandoned by the old one": {func(old, _ mobiletoken.Token) error { return w.desk.Abandon(w.Context(), system, order(old)) }, mobiletoken.Active},
			"abandoned by the new one": {func(_, next mobiletoken.Token) error { return w.desk.Abandon(w.Context(), system, order(next)) }, mobiletoken.Active},
			"the new one is archived": {func(_, next mobiletoken.Token) error {
				_, err := w.desk.Archive(w.Context(), system, order(next))
				return err
			}, mobiletoken.Active},
			"the old one is blocked": {func(old, _ mobiletoken.Token) error {
				_, err := w.desk.Block(w.Context(), system, order(old), time.Time{})
				return err
			}, mobiletoken.Blocked},
			"the old one is archived": {func(old, _ mobiletoken.Token) error {
				_, err := w.desk.Archive(w.Context(), system, order(old))
				return err
			}, mobiletoken.Archived},
		} {
			old, _ := w.active(w.customer(ident.Derive(number).String()[:12]), "bank")
			_, next, out, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(old)})
			want(t, err, "")
			p, _, _ := w.redeem(out.ClientID)
			want(t, c.end(old, next), "")
			if a, b := w.get(old).Status, w.get(next).Status; a != c.old || b != mobiletoken.Archived {
				t.Errorf("%s: the old one is %s, the new one %s", number, a, b)
			}
			if _, found, err := w.desk.Migration(w.Context(), old.Customer, old.ID); found || err != nil {
				t.Errorf("%s: it is open, %v", number, err)
			}
			w.confirm(next, p, mobiletoken.NotPending)
			if n := w.count("mobile_holder WHERE customer = $1 AND tokens = $2", old.Customer, map[bool]int{true: 0, false: 1}[c.old == mobiletoken.Archived]); n != 1 {
				t.Errorf("%s: the places are wrong", number)
			}
		}
	})
}

// TestMigrationMoves: whoever keeps something for a token moves it in the same transaction,
// and a failure undoes the whole.
func TestMigrationMoves(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, _ := w.active(w.customer("M9"), "bank")
		_, next, out, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(old)})
		want(t, err, "")
		p, _, _ := w.redeem(out.ClientID)
		var moved []ident.ID
		w.desk.Moved = func(_ *db.Tx, _, from, to ident.ID) error {
			moved = append(moved, from, to)
			return db.ErrNoRow
		}
		if _, err := w.desk.Confirm(w.Context(), system, old.Customer, next.ID, w.code(p)); err == nil {
			t.Error("a failure was passed over")
		}
		if w.get(old).Status != mobiletoken.Active || w.get(next).Status != mobiletoken.Provisioning {
			t.Error("half of a migration is left")
		}
		w.desk.Moved = func(_ *db.Tx, _, from, to ident.ID) error { moved = []ident.ID{from, to}; return nil }
		w.confirm(next, p, mobiletoken.Accepted)
		if len(moved) != 2 || moved[0] != old.ID || moved[1] != next.ID {
			t.Errorf("moved: %v", moved)
		}
	})
}

// TestRestored: after a database was restored from yesterday, no code of what is missing
// counts again, nothing that was under way goes on by itself, and what is missing is
// renewed.
func TestRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("MR")
		x, p := w.active(c, "bank")
		y, out := w.enroll(c, "bank")
		z, open := w.enroll(c, "bank")
		w.redeem(out.ClientID)
		w.clock.Advance(time.Hour)
		if err := w.d.Write(w.Context(), func(tx *db.Tx) error { return mobiletoken.Restored(tx, audit.Recovery{}) }); err != nil {
			t.Fatal(err)
		}
		if why, err := w.login(w.Context(), w.desk, c, w.code(p)); why == authenticator.Accepted || err != nil {
			t.Error("a code of the lost time was accepted", err)
		}
		w.clock.Advance(5 * time.Minute)
		if why, err := w.login(w.Context(), w.desk, c, w.code(p)); why != authenticator.Accepted || err != nil {
			t.Error(why, err)
		}
		if _, _, done := w.redeem(open.ClientID); done || w.get(y).Status != mobiletoken.Created || w.get(z).Status != mobiletoken.Created || w.get(x).Status != mobiletoken.Active {
			t.Error("something goes on")
		}
		_, err := w.desk.Renew(w.Context(), system, order(y), mobiletoken.Handing{})
		want(t, err, "")
	})
}
