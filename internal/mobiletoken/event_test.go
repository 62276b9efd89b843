package mobiletoken_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/oath"
)

// TestEventKeys: keys with a counter are proven, used once for each event, found within
// the window, and after a restored backup no spent code is accepted.
func TestEventKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("E1"), "events")
		p, _, _ := w.redeem(out.ClientID)
		h, err := oath.NewHOTP(p.key, oath.HOTPOptions{})
		want(t, err, "")
		first, err := w.desk.Confirm(w.Context(), system, x.Customer, x.ID, h.Code(0))
		if err != nil || first.Reason != mobiletoken.Accepted {
			t.Fatal(first.Reason, err)
		}
		if again, err := w.desk.Confirm(w.Context(), system, x.Customer, x.ID, h.Code(0)); err != nil || !again.Repeated {
			t.Fatal(again, err)
		}
		pol, _ := w.set.Policy("other-code")
		login := func(event uint64, want authenticator.Reason) {
			t.Helper()
			f, err := w.desk.Check(w.Context(), authenticator.Request{Customer: x.Customer, Policy: pol, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: h.Code(event)})
			if err != nil {
				t.Fatal(err)
			}
			var got authenticator.Reason
			err = w.d.Settle(w.Context(), x.Customer, func(tx *db.Tx) error {
				got, err = authenticator.Settle(tx, system, x.Customer, pol, f)
				return err
			})
			if err != nil || got != want {
				t.Errorf("event %d: %q, %v; want %q", event, got, err, want)
			}
		}
		login(0, authenticator.Replayed)
		login(3, authenticator.Accepted)
		login(2, authenticator.Wrong)
		login(14, authenticator.Wrong)
		login(13, authenticator.Accepted)
		if err := w.d.Write(w.Context(), func(tx *db.Tx) error { return mobiletoken.Restored(tx, audit.Recovery{}) }); err != nil {
			t.Fatal(err)
		}
		if got := w.get(x); got.Status != mobiletoken.Blocked || got.BlockedBy != mobiletoken.ByOperator {
			t.Errorf("after a restored backup: %+v", got)
		}
		login(14, authenticator.Wrong)
		_, err = w.desk.Enable(w.Context(), system, order(x))
		want(t, err, "")
		login(14, authenticator.Wrong)
	})
}

// TestAttemptsCostTheSame: an attempt at a code that can be used runs as many statements as
// one at a code that does not exist, was used, or has had too many attempts.
func TestAttemptsCostTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("E2")
		_, usable := w.enroll(c, "bank")
		_, used := w.enroll(c, "bank")
		w.redeem(used.ClientID)
		_, locked := w.enroll(c, "bank")
		cost := func(id string, want mobiletoken.Standing) [2]uint64 {
			t.Helper()
			before := w.d.Stats()
			records := w.count("journal")
			a, err := w.desk.Attempt(w.Context(), id)
			if err != nil || a.Standing != want {
				t.Fatal(a.Standing, err)
			}
			if n := w.count("journal"); n != records {
				t.Errorf("%s: an attempt left a record", want)
			}
			return [2]uint64{w.d.Stats().Statements - before.Statements, w.d.Stats().Units - before.Units}
		}
		least := cost(usable.ClientID, mobiletoken.Usable)
		for range 3 {
			cost(locked.ClientID, mobiletoken.Usable)
		}
		for id, standing := range map[string]mobiletoken.Standing{used.ClientID: mobiletoken.Closed, locked.ClientID: mobiletoken.Locked, "NOBODY": mobiletoken.Closed} {
			if got := cost(id, standing); got != least {
				t.Errorf("%s: %v statements and units; a usable one %v", standing, got, least)
			}
		}
	})
}
