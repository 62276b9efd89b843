package httpapi_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
)

// enrolled has a device use a code.
func (w *world) enrolled(code string) companion.Companion {
	w.Helper()
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	c, err := w.config.Companions.Enroll(w.Context(), code, companion.Thing{
		Model: "Phone 7", Can: []companion.Capability{companion.Application}, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "SN-12345678"}},
		Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub},
	})
	w.must(err)
	return c
}

// TestCompanions: a device from its invitation to its end.
func TestCompanions(t *testing.T) {
	each(t, func(w *world) {
		w.customer("10023")
		const at = "/v1/customers/10023/companions"
		w.post(at+"/invitations", fields{"kind": "phone"}).problem(http.StatusForbidden, "identification.required")
		w.identify("10023")
		invited := w.post(at+"/invitations", fields{"kind": "phone", "name": "my phone"}).status(http.StatusCreated).has(fields{"kind": "phone", "name": "my phone"})
		w.get(at).status(http.StatusOK).has(fields{"companions": "[]"}).first("invitations", fields{"id": invited.text("id")})
		c := w.enrolled(invited.text("code"))
		one := at + "/" + c.ID.String()
		w.get(one).status(http.StatusOK).has(fields{"number": 1, "kind": "phone", "group": "bag", "state": "fresh", "proof": "signed", "name": "my phone", "model": "Phone 7"}).first("identifiers", fields{"kind": "serial", "value": "…5678"})
		w.get(at).has(fields{"invitations": "[]"}).first("companions", fields{"id": c.ID.String()})
		w.advance(72*time.Hour + time.Second)
		w.get(one).has(fields{"state": "active"})

		w.post(one+"/change", fields{"name": "old phone", "group": "job", "roles": []string{"hub"}}).status(http.StatusOK).has(fields{"name": "old phone", "group": "job", "roles": "[hub]"})
		w.post(one+"/change", fields{"roles": []string{"tertiary"}}).problem(http.StatusUnprocessableEntity, "companion.role").has(fields{"field": "/roles"})
		w.post(one+"/suspend", fields{"reason": "asked"}).status(http.StatusOK).has(fields{"state": "suspended"})
		w.post(one+"/suspend", fields{"reason": "asked"}).problem(http.StatusConflict, "companion.state")
		w.post(one+"/resume", fields{"reason": "asked"}).problem(http.StatusForbidden, "identification.required")
		w.identify("10023")
		w.post(one+"/resume", fields{"reason": "asked"}).status(http.StatusOK).has(fields{"state": "active"})
		w.post(one+"/lose", fields{"reason": "in a taxi"}).status(http.StatusOK).has(fields{"state": "lost", "identifiers": "[]"})
		w.post(one+"/remove", fields{"reason": "in a taxi"}).status(http.StatusOK)
		w.get(one).problem(http.StatusNotFound, "companion.unknown")
		w.get(one+"/history").status(http.StatusOK).first("events", fields{"kind": companion.AuditRemoved})
	})
}

// TestCompanionInvitations: withdrawn ones are of no use, and a client needs the scope.
func TestCompanionInvitations(t *testing.T) {
	each(t, func(w *world) {
		w.customer("10023")
		w.identify("10023")
		const at = "/v1/customers/10023/companions"
		id := w.post(at+"/invitations", fields{"kind": "watch"}).status(http.StatusCreated).text("id")
		w.post(at+"/invitations/"+id+"/withdraw", fields{}).status(http.StatusOK).has(fields{"id": id})
		w.post(at+"/invitations/"+id+"/withdraw", fields{}).problem(http.StatusNotFound, "companion.invitation")
		w.post(at+"/invitations", fields{"kind": "toaster"}).problem(http.StatusUnprocessableEntity, "request.choice").has(fields{"field": "/kind"})
		w.get("/v1/customers/77/companions").problem(http.StatusNotFound, "customer.unknown")
		w.get(at+"/nonsense").problem(http.StatusNotFound, "companion.unknown")
		w.do(request{method: http.MethodPost, path: at + "/invitations", body: fields{"kind": "phone"}, token: w.token(client.CompanionsRead)}).problem(http.StatusForbidden, "client.scope")
	})
}
