package registration_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/registration"
)

// TestPartsEndWithTheCode: what was chosen under a code that is taken back is forgotten.
func TestPartsEndWithTheCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, passwords := parted(t, w, "[sms-code]")
		c := w.customer("100")
		for name, end := range map[string]func(registration.Issued){
			"revoked": func(code registration.Issued) {
				if err := w.desk.Revoke(t.Context(), by(), c.ID, code.ID); err != nil {
					t.Error(err)
				}
			},
			"replaced": func(registration.Issued) { w.letter(c) },
			"restored": func(registration.Issued) {
				w.write(func(tx *db.Tx) error { return registration.Restored(tx, audit.Recovery{}) })
			},
		} {
			code := w.letter(c)
			r := w.open("100", code.Value)
			w.give(r, horse)
			w.kept(t, c, 1)
			end(code)
			w.kept(t, c, 0)
			if got, _ := w.give(r, "right"); got.Refused != registration.Over || w.knows(passwords, c, horse) {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

// TestPartsAtOnce: of two people who finish one registration at the same moment one
// does, and one password counts.
func TestPartsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, passwords := parted(t, w, "[]")
		c := w.customer("100")
		r := w.open("100", w.letter(c).Value)
		secrets := []string{horse, lumber, "fresco over river"}
		done := make([]bool, len(secrets))
		var wg sync.WaitGroup
		for i, s := range secrets {
			wg.Go(func() {
				got, _, err := w.desk.Give(t.Context(), by(), r.Handle, registration.Given{Value: s})
				done[i] = err == nil && got.Refused == registration.Accepted && got.State == registration.Done
				if err != nil && !fault.Is(err, "registration.busy") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		won := 0
		for i, s := range secrets {
			if w.knows(passwords, c, s) != done[i] {
				t.Errorf("%q is done: %v", s, done[i])
			}
			if done[i] {
				won++
			}
		}
		if won != 1 {
			t.Errorf("%d registrations were completed", won)
		}
	})
}

// TestForgotten is F-6.5: with an identification the password is cancelled at once, and
// the customer registers anew with a new activation code. Staff learn no password.
func TestForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, passwords := parted(t, w, "[]")
		c := w.customer("100")
		w.give(w.open("100", w.letter(c).Value), horse)
		desk := audit.Staff(ident.Derive("hanna"), "hanna")
		in := registration.Forgotten{Policy: "password"}
		if _, err := w.desk.Forgotten(t.Context(), desk, c.ID, in); !fault.Is(err, "identification.required") || !w.knows(passwords, c, horse) {
			t.Errorf("without an identification: %v", err)
		}
		in.Identified = w.identify(c, audit.Staff(ident.Derive("otto"), "otto")).ID
		if _, err := w.desk.Forgotten(t.Context(), desk, c.ID, in); fault.KindOf(err) != fault.Denied {
			t.Errorf("with somebody else's: %v", err)
		}
		in.Identified = w.identify(c, desk).ID
		for policyCode, want := range map[string]string{"secure-code": "registration.policy", "sms-code": "registration.policy", "x": "registration.policy"} {
			if _, err := w.desk.Forgotten(t.Context(), desk, c.ID, registration.Forgotten{Policy: policyCode, Identified: in.Identified}); !fault.Is(err, want) {
				t.Errorf("%s: %v", policyCode, err)
			}
		}
		w.block(c, "password")
		out, err := w.desk.Forgotten(t.Context(), desk, c.ID, in)
		if err != nil || out.Value == "" || w.knows(passwords, c, horse) {
			t.Fatalf("%+v, %v", out, err)
		}
		r := w.open("100", out.Value)
		if _, bad := w.give(r, horse); !slices.Equal(bad, []string{password.UsedBefore}) {
			t.Errorf("the forgotten one: %v", bad)
		}
		if got, _ := w.give(r, lumber); got.State != registration.Done || !w.knows(passwords, c, lumber) {
			t.Errorf("the new one: %+v", got)
		}
		if held := w.holds(c.ID); len(held) != 1 || held[0].Failures.Blocked(w.clock.Now()) {
			t.Errorf("what was guessed at is no more: %+v", held)
		}
		if _, err := w.desk.Forgotten(t.Context(), desk, ident.Derive("nobody"), in); !fault.Is(err, "customer.unknown") {
			t.Errorf("nobody: %v", err)
		}
	})
}

// block counts wrong passwords until no more are tried.
func (w *world) block(c customer.Customer, policyCode string) {
	w.t.Helper()
	p, _ := w.policies.Active().Policy(policyCode)
	w.write(func(tx *db.Tx) error {
		for {
			reason, err := authenticator.Settle(tx, by(), c.ID, p, authenticator.Finding{Reason: authenticator.Wrong})
			if err != nil || reason == authenticator.Blocked || reason == authenticator.Held {
				return err
			}
			if reason != authenticator.Wrong {
				return errors.New("it was " + string(reason))
			}
		}
	})
}
