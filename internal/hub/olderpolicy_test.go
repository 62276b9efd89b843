package hub_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

// TestPaymentUnderOlderPolicies: while a payment is open, a document comes into force
// that was stored before signatures existed. A code that says nothing of amount and
// payee does not approve the payment (invariant 3).
func TestPaymentUnderOlderPolicies(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.signer("100")
		o, err := w.start(paying(c.Number, pay(t, "EUR", "10.00")))
		if err != nil {
			t.Fatal(err)
		}
		here := w.policies.Active().Version
		doc := strings.Replace(signing, "sca: true, ttl: 10m, steps: [[signature]]", "ttl: 10m, steps: [[secure-code]]", 1)
		sum := sha256.Sum256([]byte(doc))
		w.sql("INSERT INTO policy_version (version, document, digest, stored_at, stored_by) VALUES ($1, $2, $3, $4, 'system:old')", here+1, doc, sum[:], w.clock.Now())
		if err := w.policies.Activate(t.Context(), by(), here, here+1); err != nil {
			t.Fatal(err)
		}
		got, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})
		if !fault.Is(err, "authentication.journey") || got.State == hub.Granted {
			t.Errorf("a code approved a payment: %s, %v", got.State, err)
		}
	})
}
