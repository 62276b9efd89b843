package idserver_test

import (
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

// restore does what a recovery does with the mobile IDs, their certificates and requests.
func (w *world) restore() {
	w.Helper()
	w.write(func(tx *db.Tx) error {
		for _, hook := range []audit.Hook{mobileid.Restored, pki.Restored, idserver.Restored} {
			if err := hook(tx, audit.Recovery{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// strong is what a customer has shown.
type strong struct{}

func (strong) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }
func (strong) Note() (key, value string)                 { return "authentication", "a proof" }
func (strong) Shown() []ident.ID                         { return nil }
func (strong) Factors() authenticator.Factor {
	return authenticator.Possession | authenticator.Knowledge
}

// TestRestored: a mobile ID that may have been revoked after the backup signs nothing, and its certificates are on
// hold for everybody, until staff have released it; its owner cannot.
func TestRestored(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		p := w.published()
		asked := w.start()
		l := w.card.next(applet.Sign)
		w.restore()
		p.are(certificateHold)
		m := w.mobile(w.owner)
		if m.State != mobileid.StateSuspended || m.By != mobileid.ByRestore || m.Reason != "restored from a backup" {
			t.Fatalf("%s by %q: %s", m.State, m.By, m.Reason)
		}
		w.card.answer(l, applet.Answer{Signature: w.card.hash(w.card.keys[l.Role], l.Signed())})
		w.deliver()
		w.examine()
		w.is(asked, idserver.Denied, idserver.Withdrawn)
		in := ask(phone)
		in.Provider.Entitled = true
		if _, err := w.desk.Start(t.Context(), shop, in); !fault.Is(err, "mobileid.suspended") {
			t.Errorf("a phone is asked: %v", err)
		}
		o := mobileid.Order{Customer: m.Customer, Mobile: m.ID, Reason: "a test"}
		mine := o
		mine.Proof = strong{}
		if _, err := w.signers.Resume(t.Context(), audit.Customer(m.Customer), mine); !fault.Is(err, "mobileid.help_desk") {
			t.Errorf("the owner releases it: %v", err)
		}
		w.restore() // once more changes nothing
		got, err := w.signers.Resume(t.Context(), officer, o)
		if err != nil || got.State != mobileid.StateActive {
			t.Fatal(got.State, err)
		}
		p.are(-1)
		again := w.start()
		w.card.sign()
		w.deliver()
		w.is(again, idserver.Granted, "")
	})
}

// TestRestoredTwiceHeld: what was suspended in the backup is so for both reasons, and what is being registered
// anew by its owner stays on hold.
func TestRestoredTwiceHeld(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		p := w.published()
		o := mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"}
		_, err := w.signers.Suspend(t.Context(), audit.Customer(w.owner.Customer), o)
		w.check(err)
		w.restore()
		causes := func() (all []mobileid.Cause) {
			x, err := w.signers.Profile(t.Context(), w.owner.Customer, w.owner.ID)
			w.check(err)
			for _, h := range x.Holds {
				all = append(all, h.Cause)
			}
			return all
		}
		if got := causes(); !slices.Equal(got, []mobileid.Cause{mobileid.ByRestore, mobileid.ByOwner}) {
			t.Fatalf("held for %v", got)
		}
		for _, c := range []mobileid.Cause{mobileid.ByOwner, mobileid.ByRestore} {
			p.are(certificateHold)
			end := o
			end.Hold = c
			_, err := w.signers.Resume(t.Context(), officer, end)
			w.check(err)
		}
		p.are(-1)
		w.restore()
		mine := o
		mine.Proof = strong{}
		_, err = w.signers.Reregister(t.Context(), audit.Customer(w.owner.Customer), mine)
		w.check(err)
		w.card.generate()
		w.card.generate()
		w.deliver()
		if m := w.mobile(w.owner); m.State != mobileid.StateSuspended || m.By != mobileid.ByRestore {
			t.Errorf("%s by %q", m.State, m.By)
		}
		w.published().are(certificateHold)
	})
}

// TestRestoredRevocations: what was revoked before the backup stays so.
func TestRestoredRevocations(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		p := w.published()
		_, err := w.signers.Revoke(t.Context(), officer, mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"})
		w.check(err)
		w.restore()
		p.are(cessationOfOperation)
		if m := w.mobile(w.owner); m.State != mobileid.StateRevoked || w.count("mobile_id_hold") != 0 {
			t.Errorf("%s; %d holds", m.State, w.count("mobile_id_hold"))
		}
	})
}
