package mobiletoken_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// TestList: what a list says of each token.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("L1")
		x, p := w.active(c, "bank")
		w.clock.Advance(time.Minute)
		if why, err := w.login(w.Context(), w.desk, c, w.code(p)); why != authenticator.Accepted || err != nil {
			t.Fatal(why, err)
		}
		_, next, _, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(x)})
		want(t, err, "")
		all, err := w.desk.List(w.Context(), c)
		want(t, err, "")
		if len(all) != 2 || all[0].ID != x.ID || all[0].Model != "Phone 7" || !all[0].Used.Equal(w.clock.Now()) || all[0].Migration == nil || all[0].Code.State(w.clock.Now()) != "used" ||
			all[1].ID != next.ID || all[1].Code.State(w.clock.Now()) != "valid" || !all[1].Used.IsZero() || all[1].Pending {
			t.Errorf("%+v", all)
		}
		if got := all[1].Code.State(w.clock.Now().Add(200 * time.Hour)); got != "expired" {
			t.Errorf("after its time the code is %s", got)
		}
	})
}

// TestMethod: codes of the tokens in use that serve the policy, and of no others; each
// once; and what is refused by form.
func TestMethod(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("S1")
		x, p := w.active(c, "bank")
		_, other := w.active(c, "same")
		pol, _ := w.set.Policy("mobile-code")
		check := func(id ident.ID, code string) authenticator.Finding {
			t.Helper()
			f, err := w.desk.Check(w.Context(), authenticator.Request{Customer: id, Policy: pol, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: code})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		if f := check(c, w.code(p)); f.Right || f.Reason != authenticator.Replayed {
			t.Errorf("the first code again: %+v", f)
		}
		w.clock.Advance(time.Minute)
		f := check(c, w.code(p))
		if !f.Right || f.Device != x.Device || !f.Factors.Independent() || f.Consume == nil {
			t.Errorf("%+v", f)
		}
		if f := check(c, w.code(other)); f.Right || f.Reason != authenticator.Wrong {
			t.Error("a token that does not serve the policy was accepted")
		}
		if f := check(ident.Derive("nobody"), w.code(p)); f.Right || f.Holder {
			t.Error("somebody else's code was accepted")
		}
		for steps, right := range map[int]bool{-3: false, -1: true, 0: true, 1: true, 3: false} {
			if f := check(c, w.codeAt(p, w.clock.Now().Add(time.Duration(steps)*30*time.Second))); f.Right != right {
				t.Errorf("%d steps away: %t", steps, f.Right)
			}
		}
		for _, bad := range []string{"", "12345", "12345678901", "abcdef"} {
			_, err := w.desk.Check(w.Context(), authenticator.Request{Customer: c, Policy: pol, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: bad})
			want(t, err, "mobiletoken.code_form")
		}
		want(t, w.d.Write(w.Context(), func(tx *db.Tx) error {
			_, err := w.desk.Begin(tx, authenticator.Request{})
			want(t, err, "mobiletoken.no_challenge")
			return nil
		}), "")
	})
}

// TestMiss: wrong answers of one token block it, for a while or until somebody enables it.
func TestMiss(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("S2"), "bank")
		miss := func(want bool) {
			t.Helper()
			if err := w.d.Write(w.Context(), func(tx *db.Tx) error {
				got, err := w.desk.Miss(tx, system, x.Customer, x.ID)
				if got != want {
					t.Errorf("blocked: %t", got)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []bool{false, false, true, false} {
			miss(want)
		}
		if got := w.get(x); got.Status != mobiletoken.Blocked || got.BlockedBy != mobiletoken.ByAttempts || !got.Until.Equal(w.clock.Now().Add(15*time.Minute)) {
			t.Errorf("%+v", got)
		}
		w.clock.Advance(16 * time.Minute)
		_, err := w.desk.Sweep(w.Context(), 10)
		want(t, err, "")
		if got := w.get(x); got.Status != mobiletoken.Active {
			t.Errorf("%+v", got)
		}
		miss(false)
		want(t, w.d.Write(w.Context(), func(tx *db.Tx) error { return w.desk.Hit(tx, x.Customer, x.ID) }), "")
		miss(false)
		miss(false)
	})
}

// TestKeys: each use has a key of its own, and that of signatures is there for an active
// token only.
func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, p := w.active(w.customer("K1"), "bank")
		look := func() (secret []byte, found bool) {
			want(t, w.d.Read(w.Context(), func(tx *db.Tx) error {
				_, s, ok, err := w.desk.SigningKey(tx, x.Customer, x.ID)
				secret, found = s, ok
				return err
			}), "")
			return secret, found
		}
		secret, found := look()
		derived, err := mobiletoken.Secret(p.key, mobiletoken.UseSign)
		if err != nil || !found || string(secret) != string(derived) || string(derived) == string(p.key) {
			t.Errorf("%t, %v", found, err)
		}
		_, err = w.desk.Block(w.Context(), system, order(x), time.Time{})
		want(t, err, "")
		if _, found := look(); found {
			t.Error("a blocked token signs")
		}
	})
}

// TestSuspendedCustomer: nothing is made or set going for a customer who is not active.
func TestSuspendedCustomer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("Z1"), "bank")
		want(t, w.cards.Suspend(w.Context(), ann, x.Customer, "a test"), "")
		_, _, err := w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: x.Customer, Application: "bank"})
		want(t, err, "customer.not_active")
		_, _, _, err = w.tryRedeem(w.Context(), out.ClientID)
		want(t, err, "customer.not_active")
		_, _, err = w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: ident.Derive("nobody"), Application: "bank"})
		want(t, err, "customer.unknown")
		_, _, err = w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: x.Customer, Application: "none"})
		want(t, err, "mobiletoken.application")
		want(t, w.d.Write(w.Context(), func(tx *db.Tx) error { return mobiletoken.Erase(tx, x.Customer) }), "")
		if w.count("mobile_code WHERE customer = $1", x.Customer) != 0 {
			t.Error("a code is left")
		}
	})
}
