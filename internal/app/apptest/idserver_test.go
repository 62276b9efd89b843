package apptest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
)

// TestSignatureForAService: a person signs on the card for an online service, the ID server grants, and its
// evidence verifies. With the card suspended nothing is asked, and its certificates are on hold; with the customer
// closed they are revoked.
func TestSignatureForAService(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number, shop := s.numbers[0], audit.System("shop")
		node := in.Run(t)
		var o idserver.Outcome
		in.Open(t, func(a *app.App) {
			var err error
			o, err = a.Identity.Start(t.Context(), shop, idserver.Request{Provider: ap(1), User: mobileid.User{Number: number}, Kind: idserver.Signature, Text: "I accept the offer."})
			s.check(err)
			if _, err := a.Identity.Signature(t.Context(), shop, o.Handle); !fault.Is(err, "evidence.no_signature") {
				t.Errorf("what is not granted has a signature: %v", err)
			}
			s.air.Sign(t, number, signingPIN)
			for deadline := time.Now().Add(time.Minute); o.Evidence == nil || len(o.Evidence.Stamp) == 0; time.Sleep(5 * time.Millisecond) { // until the node has done its work
				o, err = a.Identity.Get(t.Context(), shop, o.Handle, 0)
				s.check(err)
				if time.Now().After(deadline) || o.State == idserver.Denied {
					t.Fatalf("the request is %s (%s)", o.State, o.Reason)
				}
			}
		})
		node.Stop(t)
		in.Open(t, func(a *app.App) {
			name, err := a.Identity.Signature(t.Context(), shop, o.Handle)
			s.check(err)
			file, err := a.SignatureEvidence(t.Context(), shop, mobileid.AnyProvider, name)
			s.check(err)
			s.check(os.WriteFile(filepath.Join(in.Dir, "signed.zip"), file, 0o600))
		})
		if out := in.Must(t, "evidence", "verify", filepath.Join(in.Dir, "signed.zip")); !strings.Contains(out, "I accept the offer.") {
			t.Errorf("the evidence says %s", out)
		}
		in.Open(t, func(a *app.App) {
			card := s.cardOf(a, number)
			s.check(a.SIMs.Suspend(t.Context(), setUp, card, "lost"))
			s.stand(a, number, pki.OnHold)
			_, err := a.Identity.Start(t.Context(), shop, idserver.Request{Provider: ap(1), User: mobileid.User{Number: number}, Kind: idserver.Signature, Text: "I accept."})
			if !fault.Is(err, "mobileid.card") {
				t.Errorf("a suspended card is asked: %v", err)
			}
			s.check(a.SIMs.Resume(t.Context(), setUp, card, "found"))
			s.stand(a, number, pki.Good)
			s.check(a.Customers.Close(t.Context(), setUp, s.people[number], "moved away"))
			s.stand(a, number, pki.Revoked)
		})
	})
}

// cardOf is the number on the card of a phone number.
func (s *simSigners) cardOf(a *app.App, number string) (iccid string) {
	s.t.Helper()
	s.check(a.DB.Read(s.t.Context(), func(tx *db.Tx) error {
		c, found, err := a.SIMs.CardOf(tx, number)
		if err == nil && !found {
			s.t.Fatalf("nobody's card has the number %s", number)
		}
		iccid = c.ICCID
		return err
	}))
	return iccid
}

// stand fails unless both certificates of a person have a status.
func (s *simSigners) stand(a *app.App, number string, want pki.Status) {
	s.t.Helper()
	all, _, err := a.PKI.List(s.t.Context(), pki.Filter{Customer: s.people[number]}, "", 10)
	s.check(err)
	if len(all) != 2 {
		s.t.Errorf("there are %d certificates", len(all))
	}
	for _, c := range all {
		if c.Status != want || want == pki.Revoked && c.Reason.String() != "cessationOfOperation" {
			s.t.Errorf("the certificate %s is %s (%s); want %s", c.Serial, c.Status, c.Reason, want)
		}
	}
}
