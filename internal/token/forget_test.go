package token_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// answerWith is what a token shows for a question once its PIN was entered.
func answerWith(t testing.TB, serial, suite, question, pin string) string {
	t.Helper()
	s, err := oath.ParseSuite(suite)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oath.NewOCRA(s, key(serial))
	if err != nil {
		t.Fatal(err)
	}
	code, err := o.Code(oath.Input{Question: question, PIN: s.HashPIN(pin)})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestReturnedKeys: what a return does to each kind of key, and what it leaves to the
// token.
func TestReturnedKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		signs := func(suite string) func(*pskc.KeyPackage) {
			return func(p *pskc.KeyPackage) {
				ocra(suite)(p)
				p.Key.Policy.Usage = pskc.UseIntegrity
			}
		}
		b.add("S1", "code", func(p *pskc.KeyPackage) { p.Key.Policy.Transactions = pskc.Some(int64(100)) })
		b.add("S1", "other", func(p *pskc.KeyPackage) { p.Key.Counter = pskc.Some(int64(7)) })
		b.add("S1", "signC", signs("OCRA-1:HOTP-SHA256-8:C-QN64"))
		b.add("S1", "signT", signs("OCRA-1:HOTP-SHA256-8:QN08-T1M"))
		b.add("S1", "unlock", func(p *pskc.KeyPackage) { ocra(unlockSuite)(p); p.Key.Policy.Usage = pskc.UseUnlock })
		for _, r := range w.load(b) {
			if r.Result != token.Imported {
				t.Fatalf("%+v", r)
			}
		}
		w.assign("S1", ident.Derive("c"))
		w.sql("UPDATE token_key SET next_value = 40, drift = 3, proven = 1, uses = 12, used_at = 1")
		w.sql("INSERT INTO token_attempt (device, act, failures, blocks, claimed_at) VALUES ($1, 'unlock', 1, 0, 1)", w.device("S1").ID)
		w.sql("INSERT INTO token_unlock (device, challenge, given_at) VALUES ($1, '00000018', 1)", w.device("S1").ID)
		_, err := w.care().Return(t.Context(), by(), w.order("S1"))
		want(t, err, "")
		step := w.clock.Now().Unix()/60 + 21
		for _, k := range w.item("S1").Keys {
			resync := map[string]bool{"other": true, "signC": true}[k.KeyID]
			next := map[string]int64{"code": 40, "other": 40, "signC": 40, "signT": step, "unlock": 40}[k.KeyID]
			uses := map[string]int64{"code": 12}[k.KeyID] // what is left of a limited number is the token's
			if k.ResyncFirst != resync || k.Next != next || k.Uses != uses || k.Proven || !k.Used.IsZero() || k.Drift != 3 {
				t.Errorf("%s: %+v", k.KeyID, k)
			}
		}
		if w.count("token_attempt") != 0 || w.count("token_unlock") != 1 {
			t.Error("attempts stay, or a challenge could be answered again")
		}
	})
}

// TestReturnedPIN: the next owner of a token whose PIN enters the computation
// chooses one of their own, with the first code.
func TestReturnedPIN(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		w.assigned("OLD", "HOTP")
		owner := w.device("OLD").Customer
		var b box
		b.add("S1", "k", func(p *pskc.KeyPackage) {
			ocra("OCRA-1:HOTP-SHA1-6:QN08-PSHA1")(p)
			p.Key.Policy.PIN = &pskc.PINPolicy{KeyID: "pin", Mode: pskc.PINAlgorithmic}
		})
		b.pinKey("S1", "pin", "9182")
		w.load(b)
		w.assign("S1", ident.Derive("before"))
		_, err := c.Return(t.Context(), by(), w.order("S1"))
		want(t, err, "")
		given, err := c.Replace(t.Context(), by(), w.order("OLD"), w.device("S1").ID)
		want(t, err, "")
		if len(given.Handover.Question) != 8 {
			t.Fatalf("asked %q", given.Handover.Question)
		}
		_, err = c.Activate(t.Context(), by(), w.order("S1"), token.Activation{Code: "123456"})
		want(t, err, "token.pin_form")
		answer := func(pin string) string {
			return answerWith(t, "S1", "OCRA-1:HOTP-SHA1-6:QN08-PSHA1", given.Handover.Question, pin)
		}
		got, err := c.Activate(t.Context(), by(), w.order("S1"), token.Activation{Code: answer("1397"), PIN: "2580"})
		want(t, err, "")
		if got.Reason != authenticator.Wrong {
			t.Errorf("another PIN: %+v", got)
		}
		got, err = c.Activate(t.Context(), by(), w.order("S1"), token.Activation{Code: answer("2580"), PIN: "2580"})
		want(t, err, "")
		if got.Reason != authenticator.Accepted || w.device("OLD").Status != device.Retired {
			t.Errorf("%+v", got)
		}
		ch := w.challenge(owner)
		if got := w.answer(owner, answerWith(t, "S1", "OCRA-1:HOTP-SHA1-6:QN08-PSHA1", ch.Question, "2580"), ch); got != authenticator.Accepted {
			t.Errorf("the next code: %q", got)
		}
	})
}

// TestForgetters: what other packages keep about a token ends when it comes to
// stock, leaves it, or ends.
func TestForgetters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var told []ident.ID
		c := token.NewCare(w.tokens, func() *policy.Set { return w.set }, func(_ *db.Tx, id ident.ID) error { told = append(told, id); return nil })
		w.assigned("OLD", "HOTP")
		w.stock("NEW")
		o, n := w.device("OLD").ID, w.device("NEW").ID
		_, err := c.Suspend(t.Context(), by(), w.order("OLD"))
		want(t, err, "")
		_, err = c.Replace(t.Context(), by(), w.order("OLD"), n)
		want(t, err, "")
		_, err = c.Return(t.Context(), by(), w.order("OLD"))
		want(t, err, "")
		_, err = c.Retire(t.Context(), by(), w.order("OLD"))
		want(t, err, "")
		if len(told) != 3 || told[0] != n || told[1] != o || told[2] != o {
			t.Errorf("%v", told)
		}
	})
}
