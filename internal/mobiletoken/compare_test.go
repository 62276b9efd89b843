package mobiletoken_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// S-04: a device is in use only once its owner has typed what it shows; a photographed code
// helps nobody.
func TestCompare(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Applications[0].Activation.Compare = true
		c := w.customer("1")
		old, first := w.active(c, "bank") // asked for by the system: nothing is compared
		self, shown := audit.Customer(c), proof{old.Device}
		x, out, err := w.desk.Enroll(t.Context(), self, mobiletoken.Enrollment{Customer: c, Application: "bank", Proof: shown})
		want(t, err, "")
		p, _, _ := w.redeem(out.ClientID)
		w.confirm(x, p, mobiletoken.NotCompared)
		it, err := w.desk.Get(t.Context(), c, x.ID)
		if err != nil || !it.Compare || it.Status != mobiletoken.Provisioning || it.Tries != (limit.State{}) {
			t.Fatalf("%+v, %v", it, err)
		}
		right, err := mobiletoken.ComparisonCode(p.key)
		want(t, err, "")
		other, _ := mobiletoken.ComparisonCode(first.key)
		o := mobiletoken.Order{Customer: c, Token: x.ID, Proof: shown}
		if _, err := w.desk.Compare(t.Context(), self, mobiletoken.Order{Customer: c, Token: x.ID}, right); err == nil {
			t.Error("compared without a proof")
		}
		_, err = w.desk.Compare(t.Context(), self, o, "12345")
		want(t, err, "mobiletoken.comparison_form")
		if why, err := w.desk.Compare(t.Context(), self, o, other); other != right && (err != nil || why != mobiletoken.WrongCode) {
			t.Errorf("another device's digits: %q, %v", why, err)
		}
		w.confirm(x, p, mobiletoken.NotCompared)
		if why, err := w.desk.Compare(t.Context(), self, o, right); err != nil || why != mobiletoken.Accepted {
			t.Fatalf("%q, %v", why, err)
		}
		w.confirm(x, p, mobiletoken.Accepted)
	})
}

// Wrong digits count: the last that is allowed takes the key away.
func TestCompareIsNoGuessing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Applications[0].Activation.Compare = true
		c := w.customer("1")
		old, _ := w.active(c, "bank")
		self, shown := audit.Customer(c), proof{old.Device}
		_, x, out, err := w.desk.Migrate(t.Context(), self, mobiletoken.Migrate{Order: mobiletoken.Order{Customer: c, Token: old.ID, Proof: shown}})
		want(t, err, "")
		p, _, _ := w.redeem(out.ClientID)
		right, _ := mobiletoken.ComparisonCode(p.key)
		wrong := "0000"
		if right == wrong {
			wrong = "1111"
		}
		for n, reason := range []mobiletoken.Reason{mobiletoken.WrongCode, mobiletoken.WrongCode, mobiletoken.TooMany, mobiletoken.NotPending} {
			why, err := w.desk.Compare(t.Context(), self, mobiletoken.Order{Customer: c, Token: x.ID, Proof: shown}, wrong)
			if err != nil || why != reason {
				t.Errorf("%d: %q, %v; want %q", n, why, err, reason)
			}
		}
		if got := w.get(x); got.Status != mobiletoken.Created {
			t.Errorf("the new token is %s", got.Status)
		}
		if got := w.get(old); got.Status != mobiletoken.Active {
			t.Errorf("the old token is %s", got.Status)
		}
	})
}

// The known answer is for those who write a client in another language.
func TestComparisonCode(t *testing.T) {
	t.Parallel()
	for key, code := range map[byte]string{1: "5425", 2: "4210"} {
		if got, err := mobiletoken.ComparisonCode(bytes.Repeat([]byte{key}, 32)); err != nil || got != code {
			t.Errorf("%d: %s, %v; want %s", key, got, err, code)
		}
	}
}

// S-06: the link of a notice blocks at once and needs nothing else; it is good for one token
// and for a while.
func TestDisown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		x, _ := w.active(c, "bank")
		y, out := w.enroll(c, "bank")
		at := w.clock.Now()
		key := w.desk.DisownKey(c, x.ID, at)
		for _, bad := range []string{"", "x", key + "A", map[bool]string{true: "B", false: "A"}[key[0] == 'A'] + key[1:], key[:len(key)-1] + "_"} {
			if bad == key {
				continue
			}
			_, err := w.desk.Disown(t.Context(), bad)
			want(t, err, "mobiletoken.disown_key")
		}
		if got, err := w.desk.Disowned(t.Context(), key); err != nil || got.Token.ID != x.ID || got.Token.Status != mobiletoken.Active || got.Stopped() {
			t.Fatalf("to look changes nothing: %s, %v", got.Token.Status, err)
		}
		for range 2 {
			got, err := w.desk.Disown(t.Context(), key)
			if err != nil || got.Token.Status != mobiletoken.Blocked || got.Token.BlockedBy != mobiletoken.ByOperator || !got.Stopped() {
				t.Fatalf("%s by %s, %v", got.Token.Status, got.Token.BlockedBy, err)
			}
		}
		if got, err := w.desk.Disown(t.Context(), w.desk.DisownKey(c, y.ID, at)); err != nil || got.Token.Status != mobiletoken.Archived || !got.Stopped() {
			t.Fatalf("%s, %v", got.Token.Status, err)
		}
		if _, _, done := w.redeem(out.ClientID); done {
			t.Error("the code of a disowned token was redeemed")
		}
		w.clock.Advance(mobiletoken.DisownFor + time.Microsecond)
		_, err := w.desk.Disown(t.Context(), key)
		want(t, err, "mobiletoken.disown_key")
	})
}
