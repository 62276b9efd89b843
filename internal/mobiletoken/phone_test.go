package mobiletoken_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// deviceKey is a new public key as a phone gives it.
func deviceKey(t testing.TB) []byte {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// named redeems a code with a name for the key.
func (w *world) named(clientID, keyID string) phone {
	w.Helper()
	p := phone{key: make([]byte, 20)}
	_, _ = rand.Read(p.key)
	a, err := w.desk.Attempt(w.Context(), clientID)
	want(w, err, "")
	p.app = a.Application
	_, done, err := w.desk.Provision(w.Context(), mobiletoken.Provisioned{ClientID: clientID, Key: p.key, KeyID: keyID, Session: w.session(), New: true})
	if !done || err != nil {
		w.Fatal(done, err)
	}
	return p
}

func (w *world) holder(keyID string) (mobiletoken.Holder, bool) {
	w.Helper()
	h, found, err := w.desk.Holder(w.Context(), keyID)
	want(w, err, "")
	return h, found
}

// TestPhoneBindsItsKey: a phone binds its device key with its first code and not before; an
// answer that was lost is given again to the same phone only; the key shares the token's fate.
func TestPhoneBindsItsKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("1"), "bank")
		p := w.named(out.ClientID, "K1")
		mine, others := deviceKey(t), deviceKey(t)
		said := mobiletoken.Phone{DeviceKey: mine, Model: "Phone 7", Platform: "Android 17", AppVersion: "3.1", Locale: "de-CH"}
		if _, found := w.holder("K1"); found {
			t.Error("a phone without a device key is a holder")
		}
		_, err := w.desk.ConfirmPhone(t.Context(), mobiletoken.First{KeyID: "K2", Code: w.code(p), Phone: said})
		want(t, err, "mobiletoken.unknown")
		_, err = w.desk.ConfirmPhone(t.Context(), mobiletoken.First{KeyID: "K1", Code: w.code(p), Phone: mobiletoken.Phone{DeviceKey: make([]byte, 65)}})
		want(t, err, "mobiletoken.device_key")
		first := func(code string, p mobiletoken.Phone) mobiletoken.Confirmed {
			t.Helper()
			c, err := w.desk.ConfirmPhone(t.Context(), mobiletoken.First{KeyID: "K1", Code: code, Phone: p})
			want(t, err, "")
			return c
		}
		if c := first(w.wrong(p), said); c.Reason != mobiletoken.WrongCode {
			t.Errorf("a wrong first code: %q", c.Reason)
		}
		if _, found := w.holder("K1"); found {
			t.Error("a wrong first code bound a key")
		}
		code := w.code(p)
		if c := first(code, said); c.Reason != mobiletoken.Accepted || c.Token.Model != "Phone 7" || c.Token.Platform != "Android 17" || c.Token.AppVersion != "3.1" || c.Token.Locale != "de-CH" {
			t.Errorf("%q, %+v", c.Reason, c.Token)
		}
		if c := first(code, said); c.Reason != mobiletoken.Accepted || !c.Repeated {
			t.Errorf("again: %q, %v", c.Reason, c.Repeated)
		}
		w.clock.Advance(time.Minute)
		if c := first(w.code(p), said); c.Reason != mobiletoken.Accepted || !c.Repeated {
			t.Errorf("a later code: %q, %v", c.Reason, c.Repeated)
		}
		if c := first(w.code(p), said); c.Reason != mobiletoken.WrongCode {
			t.Errorf("the later code again: %q", c.Reason)
		}
		said.DeviceKey = others
		if c := first(code, said); c.Reason != mobiletoken.NotPending {
			t.Errorf("again with another key: %q", c.Reason)
		}
		h, found := w.holder("K1")
		if !found || h.Token != x.ID || h.Customer != x.Customer || !h.Live() || string(h.DeviceKey) != string(mine) || h.Device != w.get(x).Device {
			t.Errorf("%v, %+v", found, h)
		}
		_, err = w.desk.Block(t.Context(), auditOf(x), order(x), time.Time{})
		want(t, err, "")
		if h, found := w.holder("K1"); !found || h.Live() || h.Status != mobiletoken.Blocked {
			t.Errorf("blocked: %v, %+v", found, h)
		}
		_, err = w.desk.Archive(t.Context(), system, order(x))
		want(t, err, "")
		if _, found := w.holder("K1"); found {
			t.Error("an archived token has a holder")
		}
	})
}

// TestNoPINsAreTriedAgain: whoever has a copy of a phone's storage cannot try PINs at /confirmations
// once the token is in use: wrong codes count there too, and block it.
func TestNoPINsAreTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("1"), "bank")
		p := w.named(out.ClientID, "K1")
		in := mobiletoken.First{KeyID: "K1", Code: w.code(p), Phone: mobiletoken.Phone{DeviceKey: deviceKey(t)}}
		c, err := w.desk.ConfirmPhone(t.Context(), in)
		want(t, err, "")
		if c.Reason != mobiletoken.Accepted {
			t.Fatal(c.Reason)
		}
		in.Code = w.wrong(p)
		for i := range 3 {
			if c, err := w.desk.ConfirmPhone(t.Context(), in); err != nil || c.Reason != mobiletoken.WrongCode {
				t.Errorf("%d: %q, %v", i, c.Reason, err)
			}
		}
		if got := w.get(x); got.Status != mobiletoken.Blocked || got.BlockedBy != mobiletoken.ByAttempts {
			t.Errorf("%s by %s", got.Status, got.BlockedBy)
		}
		in.Code = w.code(p)
		if c, err := w.desk.ConfirmPhone(t.Context(), in); err != nil || c.Reason != mobiletoken.NotPending {
			t.Errorf("blocked: %q, %v", c.Reason, err)
		}
	})
}

// TestFormerPhoneConfirmsNothing: the phone that has the token now cannot use up the attempts of
// the one that it is coming to; and when it has come, its own key signs nothing any more.
func TestFormerPhoneConfirmsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		x, out := w.enroll(c, "bank")
		p := w.named(out.ClientID, "K1")
		confirm := func(id string, p phone) mobiletoken.Reason {
			t.Helper()
			c, err := w.desk.ConfirmPhone(t.Context(), mobiletoken.First{KeyID: id, Code: w.code(p), Phone: mobiletoken.Phone{DeviceKey: deviceKey(t)}})
			want(t, err, "")
			return c.Reason
		}
		if r := confirm("K1", p); r != mobiletoken.Accepted {
			t.Fatal(r)
		}
		w.clock.Advance(time.Minute)
		w.identify(c)
		again, err := w.desk.Redistribute(t.Context(), ann, order(x), mobiletoken.Handing{})
		want(t, err, "")
		q := w.named(again.ClientID, "K2")
		for range 5 { // with other device keys, too
			if r := confirm("K1", p); r != mobiletoken.NotPending {
				t.Fatal(r)
			}
		}
		if _, found := w.holder("K1"); !found {
			t.Error("the former phone is not in use until the new one is")
		}
		if r := confirm("K2", q); r != mobiletoken.Accepted {
			t.Fatal(r)
		}
		if _, found := w.holder("K1"); found {
			t.Error("the former phone still signs")
		}
		if h, found := w.holder("K2"); !found || h.Token != x.ID {
			t.Errorf("%v, %+v", found, h)
		}
	})
}

// TestOnce: of one name, whoever gives it and how many at once, one request is taken.
func TestOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				fresh, err := w.desk.Once(t.Context(), "K1", "j1", w.clock.Now().Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				if fresh {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			t.Errorf("%d were taken", taken.Load())
		}
		if fresh, err := w.desk.Once(t.Context(), "K2", "j1", w.clock.Now().Add(time.Minute)); !fresh || err != nil {
			t.Errorf("another phone's: %v, %v", fresh, err)
		}
		w.clock.Advance(time.Hour)
		_, err := w.desk.Sweep(t.Context(), 100)
		want(t, err, "")
		if n := w.count("mobile_request"); n != 0 {
			t.Errorf("%d are kept for ever", n)
		}
	})
}

// TestServerKeys: all nodes that need a key at once have the same one; it gets a successor after
// a year and finishes what it began.
func TestServerKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		var names sync.Map
		for range 3 {
			all.Go(func() {
				keys, err := w.node(w.d).ServerKeys(t.Context())
				if err != nil || len(keys) != 1 {
					t.Errorf("%d keys, %v", len(keys), err)
					return
				}
				names.Store(keys[0].N.String(), true)
			})
		}
		all.Wait()
		n := 0
		names.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Fatalf("%d first keys", n)
		}
		w.clock.Advance(366 * 24 * time.Hour)
		keys, err := w.desk.ServerKeys(t.Context())
		if err != nil || len(keys) != 2 {
			t.Fatalf("%d keys after a year, %v", len(keys), err)
		}
		if _, former := names.Load(keys[1].N.String()); !former {
			t.Error("the former key is not there to finish what it began")
		}
		w.clock.Advance(2 * time.Hour)
		if later, err := w.desk.ServerKeys(t.Context()); err != nil || len(later) != 1 || !later[0].Equal(keys[0]) {
			t.Errorf("%d keys later, %v", len(later), err)
		}
	})
}

// TestPhoneSaysTooMuch: what a phone says of itself is bounded.
func TestPhoneSaysTooMuch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.desk.ConfirmPhone(t.Context(), mobiletoken.First{KeyID: "K", Code: "123456", Phone: mobiletoken.Phone{DeviceKey: deviceKey(t), Model: string(make([]byte, 81))}})
		want(t, err, "mobiletoken.text")
	})
}
