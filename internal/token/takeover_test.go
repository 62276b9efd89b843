package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

func totpKey(p *pskc.KeyPackage) {
	p.Key.Algorithm, p.Key.Profile, p.Key.Counter, p.Key.Interval = pskc.AlgorithmTOTP, pskc.ProfileTOTP, pskc.Int{}, pskc.Some(30)
}

// takeOver takes a token over for a customer of its own, who gets the policies that it
// serves.
func (w *world) takeOver(l token.Legacy) (customer ident.ID, bad token.Refusal) {
	w.t.Helper()
	customer = ident.Derive("customer", l.Serial)
	w.write(func(tx *db.Tx) error {
		o, refused, err := w.tokens.Inspect(tx, customer, l, w.set)
		if bad = refused; err != nil || bad != (token.Refusal{}) || o.Theirs {
			return err
		}
		if err := w.tokens.Take(tx, by(), customer, o); err != nil {
			return err
		}
		served, err := token.Served(tx, o.Device, w.set)
		for _, p := range served {
			if err == nil {
				err = authenticator.Enroll(tx, by(), customer, p)
			}
		}
		return err
	})
	return customer, bad
}

// moved is takeOver of a token that nothing speaks against.
func (w *world) moved(l token.Legacy) ident.ID {
	w.t.Helper()
	c, bad := w.takeOver(l)
	if bad != (token.Refusal{}) {
		w.t.Fatalf("%s: %+v", l.Serial, bad)
	}
	return c
}

// TestMovedCounter: the next code works at once, also a few events on; codes that the
// other server has accepted, or may have, do not.
func TestMovedCounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.load(box{(&box{}).add("E1", "k", func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(3) })})
		c := w.moved(token.Legacy{Serial: "e-1", Name: "  red   one ", Counter: new(int64(500))})
		for _, spent := range []uint64{0, 3, 498} {
			if got := w.verify(c, hotp("E1", spent)); got != authenticator.Wrong {
				t.Errorf("the code of event %d: %q", spent, got)
			}
		}
		if got := w.verify(c, hotp("E1", 499)); got != authenticator.Replayed {
			t.Errorf("the last code before: %q", got)
		}
		if got := w.verify(c, hotp("E1", 510)); got != authenticator.Wrong {
			t.Errorf("a code beyond the window of a proven token: %q", got)
		}
		w.clock.Advance(time.Hour)
		if got := w.verify(c, hotp("E1", 503)); got != authenticator.Accepted {
			t.Errorf("a code three events on: %q", got)
		}
		it := w.item("E1")
		if it.Device.Status != device.Active || it.Device.Customer != c || it.Device.Name != "red one" || it.Keys[0].Next != 504 {
			t.Errorf("%+v", it)
		}
	})
}

// TestMovedClock: with its drift a token is searched narrowly and works at once;
// without, widely. A code that it showed before the import is spent.
func TestMovedClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.load(box{(&box{}).add("T1", "k", totpKey), (&box{}).add("T2", "k", totpKey), (&box{}).add("T3", "k", totpKey)})
		ahead := 4 * time.Minute
		known, unknown, slow := w.moved(token.Legacy{Serial: "T1", Drift: &ahead}), w.moved(token.Legacy{Serial: "T2"}), w.moved(token.Legacy{Serial: "T3"})
		shows := func(serial string, off time.Duration) string { return totp(serial, w.clock.Now().Add(off)) }
		if got := w.verify(known, shows("T1", ahead-30*time.Second)); got == authenticator.Accepted {
			t.Error("a code that was shown before the import was accepted")
		}
		if got := w.verify(known, shows("T1", 0)); got != authenticator.Wrong {
			t.Errorf("a code without the drift: %q", got)
		}
		if got := w.verify(known, shows("T1", ahead)); got != authenticator.Accepted {
			t.Errorf("the code that is shown now, four minutes ahead: %q", got)
		}
		if got := w.verify(known, shows("T1", ahead)); got != authenticator.Replayed {
			t.Errorf("the same again: %q", got)
		}
		if got := w.verify(unknown, shows("T2", 5*time.Minute)); got != authenticator.Accepted {
			t.Errorf("a clock that nothing is known of, five minutes ahead: %q", got)
		}
		// A slow clock works as soon as it shows what nobody can have seen before.
		if got := w.verify(slow, shows("T3", -2*time.Minute)); got != authenticator.Wrong {
			t.Errorf("a code of two minutes before the import: %q", got)
		}
		w.clock.Advance(2 * time.Minute)
		if got := w.verify(slow, shows("T3", -2*time.Minute)); got != authenticator.Accepted {
			t.Errorf("two minutes later: %q", got)
		}
	})
}

// TestMovedSigning: a signing key has a counter of its own.
func TestMovedSigning(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("G1", "sign", signs(signSuite))
		b.add("G1", "code", func(p *pskc.KeyPackage) { p.Device.Manufacturer, p.Device.Model = "oath.ALDR", "k400" })
		w.load(b)
		if _, bad := w.takeOver(token.Legacy{Serial: "G1", Counter: new(int64(7))}); bad.Code != token.RefusedCounter || !strings.Contains(bad.Reason, "sign_counter is missing") {
			t.Errorf("without the counter of signatures: %+v", bad)
		}
		c := w.moved(token.Legacy{Serial: "G1", Counter: new(int64(7)), SignCounter: new(int64(20))})
		if got := w.verify(c, hotp("G1", 7)); got != authenticator.Accepted {
			t.Errorf("a code: %q", got)
		}
		w.signers()
		p := pay(t, "10.00", "NOK", kari)
		for counter, want := range map[uint64]authenticator.Reason{18: authenticator.Wrong, 20: authenticator.Accepted} {
			if got := w.sign(c, p, typed(t, w, "G1", signSuite, "k400", p, oath.Input{Counter: counter})); got != want {
				t.Errorf("the signature of event %d: %q", counter, got)
			}
		}
	})
}

// TestMovedPIN: a PIN that the server must know comes along, or the token does not.
func TestMovedPIN(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		typedPIN := func(p *pskc.KeyPackage) { p.Key.Policy.PIN = &pskc.PINPolicy{Mode: pskc.PINPrepend} }
		var b box
		b.add("P1", "k", typedPIN)
		b.add("P2", "k", func(p *pskc.KeyPackage) {
			p.Key.Policy.PIN = &pskc.PINPolicy{Mode: pskc.PINAppend, KeyID: "pin"}
		})
		b.pinKey("P2", "pin", "2580")
		b.add("P3", "k", typedPIN)
		w.load(b)
		for _, pin := range []string{"", "12", "pin of it"} {
			if _, bad := w.takeOver(token.Legacy{Serial: "P1", Counter: new(int64(1)), PIN: pin}); bad.Code != token.RefusedPIN || pin != "" && strings.Contains(bad.Reason, pin) {
				t.Errorf("PIN %q: %+v", pin, bad)
			}
		}
		c := w.moved(token.Legacy{Serial: "P1", Counter: new(int64(1)), PIN: "7391"})
		for code, want := range map[string]authenticator.Reason{hotp("P1", 1): authenticator.Wrong, "7392" + hotp("P1", 1): authenticator.Wrong, "7391" + hotp("P1", 1): authenticator.Accepted} {
			if got := w.verify(c, code); got != want {
				t.Errorf("%q: %q", code, got)
			}
		}
		// What the import of the keys brought stays, unless the other server knew another.
		c = w.moved(token.Legacy{Serial: "P2", Counter: new(int64(1))})
		if got := w.verify(c, hotp("P2", 1)+"2580"); got != authenticator.Accepted {
			t.Errorf("the PIN of the keys: %q", got)
		}
	})
}

// TestNotMoved: what speaks against a takeover, and that it changes nothing.
func TestNotMoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		for _, serial := range []string{"OK", "TAKEN", "LOST", "BLOCKED", "LOW", "TWIN", "TWO", "RESYNC"} {
			b.add(serial, "k", func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(100) })
		}
		b.add("TWIN", "k", func(p *pskc.KeyPackage) { p.Device.Manufacturer = "oath.ELSE" })
		b.add("TWO", "k2", func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(100) })
		b.add("SOON", "k", func(p *pskc.KeyPackage) { p.Device.ExpiryDate = w.clock.Now().Add(time.Hour) })
		b.add("CLOCK", "k", totpKey)
		b.add("UNLOCK", "k", func(p *pskc.KeyPackage) {
			ocra("OCRA-1:HOTP-SHA1-6:QN08")(p)
			p.Key.Policy.Usage = pskc.UseUnlock
			p.Key.Challenge = &pskc.ChallengeFormat{Encoding: pskc.Decimal, Min: 8, Max: 8, CheckDigit: true}
		})
		for _, r := range w.load(b) {
			if r.Result != token.Imported {
				t.Fatalf("%+v", r)
			}
		}
		w.assign("TAKEN", ident.Derive("somebody"))
		w.write(func(tx *db.Tx) error {
			for sql, serial := range map[string]string{
				"UPDATE device SET status = 'blocked' WHERE serial = $1": "BLOCKED", "UPDATE device SET status = 'retired' WHERE serial = $1": "LOST",
				"UPDATE token_key SET resync_first = 1 WHERE device = (SELECT id FROM device WHERE serial = $1)": "RESYNC",
			} {
				if _, err := tx.Exec(sql, serial); err != nil {
					return err
				}
			}
			return nil
		})
		w.clock.Advance(2 * time.Hour)
		far, at := time.Hour, new(int64(500))
		before := w.everything()
		for _, c := range []struct {
			l          token.Legacy
			code, says string
		}{
			{token.Legacy{Serial: "NOWHERE", Counter: at}, token.RefusedMissing, "countersign token import"},
			{token.Legacy{Serial: "OK", Manufacturer: "oath.OTHER", Counter: at}, token.RefusedMissing, "not here"},
			{token.Legacy{Serial: "TWIN", Counter: at}, token.RefusedAmbiguous, "name the manufacturer"},
			{token.Legacy{Serial: "TAKEN", Counter: at}, token.RefusedTaken, "another customer's"},
			{token.Legacy{Serial: "BLOCKED", Counter: at}, token.RefusedState, "blocked"},
			{token.Legacy{Serial: "LOST", Counter: at}, token.RefusedState, "retired"},
			{token.Legacy{Serial: "SOON", Counter: at}, token.RefusedState, "over since 2026-11-02"},
			{token.Legacy{Serial: "RESYNC", Counter: at}, token.RefusedState, "resynchronized first"},
			{token.Legacy{Serial: "OK", Counter: at, Expires: w.clock.Now().Add(-time.Hour)}, token.RefusedState, "over since"},
			{token.Legacy{Serial: "OK", Counter: at, Expires: w.clock.Now().AddDate(40, 0, 0)}, token.RefusedState, "thirty years"},
			{token.Legacy{Serial: "OK", Counter: at, Name: "\a"}, token.RefusedName, "cannot be shown"},
			{token.Legacy{Serial: "OK"}, token.RefusedCounter, "the counter is missing"},
			{token.Legacy{Serial: "LOW", Counter: new(int64(99))}, token.RefusedCounter, "99, lower than the 100 that is known"},
			{token.Legacy{Serial: "LOW", Counter: new(int64(-1))}, token.RefusedCounter, "lower"},
			{token.Legacy{Serial: "OK", Counter: new(int64(1<<62 + 1))}, token.RefusedCounter, "out of range"},
			{token.Legacy{Serial: "TWO", Counter: at}, token.RefusedKeys, "several event counters"},
			{token.Legacy{Serial: "CLOCK", Drift: &far}, token.RefusedClock, "off by 1h0m0s, and the policy secure-code allows 10m0s"},
			{token.Legacy{Serial: "UNLOCK"}, token.RefusedModel, "no key that gives codes"},
		} {
			if _, bad := w.takeOver(c.l); bad.Code != c.code || !strings.Contains(bad.Reason, c.says) {
				t.Errorf("%+v: %+v, want %s %q", c.l, bad, c.code, c.says)
			}
		}
		if d := cmp.Diff(before, w.everything()); d != "" {
			t.Errorf("refusals changed something: %s", d)
		}
		if c := w.moved(token.Legacy{Serial: "OK", Counter: new(int64(100)), Expires: w.clock.Now().AddDate(1, 0, 0)}); w.verify(c, hotp("OK", 100)) != authenticator.Accepted || !w.item("OK").Device.Expires.Equal(w.clock.Now().AddDate(1, 0, 0)) {
			t.Errorf("%+v", w.item("OK"))
		}
	})
}

// TestTakenMeanwhile: a token that changed since it was inspected is not taken.
func TestTakenMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.load(box{(&box{}).add("M1", "k", nil), (&box{}).add("M2", "k", nil)})
		for serial, change := range map[string]string{
			"M1": "UPDATE token_key SET next_value = 900 WHERE device = $1", "M2": "UPDATE device SET status = 'retired' WHERE id = $1",
		} {
			err := w.d.Write(t.Context(), func(tx *db.Tx) error {
				c := ident.Derive("customer", serial)
				o, bad, err := w.tokens.Inspect(tx, c, token.Legacy{Serial: serial, Counter: new(int64(10))}, w.set)
				if err != nil || bad != (token.Refusal{}) {
					t.Errorf("%+v, %v", bad, err)
				}
				if _, err := tx.Exec(change, o.Device.ID); err != nil {
					return err
				}
				return w.tokens.Take(tx, by(), c, o)
			})
			if !errors.Is(err, token.ErrTaken) || w.item(serial).Device.Status != device.Stock {
				t.Errorf("%s: %v", serial, err)
			}
		}
	})
}
