package mobiletoken_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// migrated brings a token to another phone, and returns what is in its place.
func (w *world) migrated(old mobiletoken.Token) mobiletoken.Token {
	w.Helper()
	_, next, out, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(old)})
	want(w, err, "")
	p, _, _ := w.redeem(out.ClientID)
	w.confirm(next, p, mobiletoken.Accepted)
	return w.get(next)
}

// S-06: the link of "removed" stops what a thief has put in the token's place, however often
// it was moved on, and whatever happened before the move that was finished.
func TestDisownFollowsMigrations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, _ := w.active(w.customer("1"), "bank")
		_, _, _, err := w.desk.Migrate(t.Context(), system, mobiletoken.Migrate{Order: order(first)})
		want(t, err, "")
		want(t, w.desk.Abandon(t.Context(), system, order(first)), "")
		second := w.migrated(first)
		third := w.migrated(second)
		key := w.desk.DisownKey(first.Customer, first.ID, w.clock.Now())
		got, err := w.desk.Disowned(t.Context(), key)
		if err != nil || got.Notice.ID != first.ID || got.Token.ID != third.ID || got.Stopped() || got.Removed() || w.get(third).Status != mobiletoken.Active {
			t.Fatalf("%+v, %v", got, err)
		}
		for range 2 {
			got, err = w.desk.Disown(t.Context(), key)
			if x := w.get(third); err != nil || got.Token.ID != third.ID || !got.Stopped() || x.Status != mobiletoken.Blocked || x.BlockedBy != mobiletoken.ByOperator {
				t.Fatalf("%+v, %v", got, err)
			}
		}
	})
}

// A token that was removed, with nothing in its place, leaves nothing to stop: nobody is
// told that something was stopped.
func TestDisownRemoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, _ := w.active(w.customer("1"), "bank")
		last := w.migrated(first)
		_, err := w.desk.Archive(t.Context(), system, order(last))
		want(t, err, "")
		for _, of := range []mobiletoken.Token{first, last} {
			got, err := w.desk.Disown(t.Context(), w.desk.DisownKey(of.Customer, of.ID, w.clock.Now()))
			if err != nil || got.Token.ID != last.ID || !got.Removed() || got.Stopped() {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}
