package httpapi_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
)

const askedNumber = "+436641234567"

// TestMobileIDRequest: a service asks a number that has no mobile ID. It is answered like any other,
// and what comes after the decision is to be had by whoever has asked only.
func TestMobileIDRequest(t *testing.T) {
	each(t, func(w *world) {
		const at = "/v1/mobile-id/requests"
		ask := fields{"user": fields{"phone_number": askedNumber}, "kind": "signature", "text": "I accept.", "reference": "invoice 41", "valid_seconds": 30}
		post := func(path string, body any) *response {
			return w.do(request{method: http.MethodPost, path: path, body: body, scopes: client.MobileIDRequests})
		}
		get := func(path string) *response {
			return w.do(request{method: http.MethodGet, path: path, scopes: client.MobileIDRequests})
		}
		made := post(at, ask).status(http.StatusCreated).has(fields{"state": "pending", "kind": "signature", "delivered": false, "reference": "invoice 41"})
		if len(made.text("control")) != 4 {
			t.Errorf("the control code is %q", made.text("control"))
		}
		one := at + "/" + made.text("request")
		receipt := fields{"text": "Thank you."}
		post(one+"/receipt", receipt).problem(http.StatusConflict, "mobileid.receipt")
		get(one+"/evidence").problem(http.StatusConflict, "evidence.no_signature")
		post(at, ask).problem(http.StatusConflict, "mobileid.busy")

		w.get(one).problem(http.StatusNotFound, "identity.unknown") // another client
		w.get(one+"/evidence").problem(http.StatusNotFound, "identity.unknown")
		w.post(one+"/receipt", receipt).problem(http.StatusNotFound, "identity.unknown")
		w.post(at, ask).problem(http.StatusNotFound, "mobileid.unknown") // who may know is told at once

		w.clock.Advance(time.Minute)
		w.must(w.clients.Refresh(t.Context()))
		get(one).status(http.StatusOK).has(fields{"state": "denied", "reason": "timed_out"})
		post(one+"/receipt", fields{"text": "Thank you \u202e."}).problem(http.StatusUnprocessableEntity, "mobileid.text").has(fields{"field": "/text"})
		post(one+"/receipt", receipt).status(http.StatusOK).has(fields{"state": "denied"})
		post(one+"/receipt", receipt).problem(http.StatusConflict, "mobileid.receipt")
	})
}

// TestMobileIDEvidence: the evidence of a granted signature comes as a file.
func TestMobileIDEvidence(t *testing.T) {
	each(t, func(w *world) {
		ask := fields{"user": fields{"phone_number": askedNumber}, "kind": "signature", "text": "I accept."}
		made := w.do(request{method: http.MethodPost, path: "/v1/mobile-id/requests", body: ask, scopes: client.MobileIDRequests}).status(http.StatusCreated)
		w.must(w.d.Write(w.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE identity_request SET state = 'granted', ended_at = created_at")
			return err
		}))
		r := w.do(request{method: http.MethodGet, path: "/v1/mobile-id/requests/" + made.text("request") + "/evidence", scopes: client.MobileIDRequests}).status(http.StatusOK).has(fields{"media_type": "application/zip"})
		file, err := base64.StdEncoding.DecodeString(r.text("content"))
		w.must(err)
		if !strings.HasPrefix(string(file), "the evidence of ") || !strings.HasSuffix(r.text("file_name"), ".zip") || strings.Contains(string(file), made.text("request")) {
			t.Errorf("%s: %q", r.text("file_name"), file)
		}
	})
}

// TestFindMobileID: who has a mobile ID is told to those who may know, and to nobody else.
func TestFindMobileID(t *testing.T) {
	each(t, func(w *world) {
		who := fields{"user": fields{"phone_number": askedNumber}}
		find := func(scopes client.Scopes, body fields) *response {
			return w.do(request{method: http.MethodPost, path: "/v1/mobile-id/profile", body: body, scopes: scopes})
		}
		find(client.MobileIDRequests, who).problem(http.StatusForbidden, "client.scope")
		find(client.MobileIDUsers, who).problem(http.StatusForbidden, "client.scope")
		find(client.MobileIDRequests|client.MobileIDUsers, who).problem(http.StatusNotFound, "mobileid.unknown")
		find(client.MobileIDRequests|client.MobileIDUsers, fields{"user": fields{"phone_number": "12"}}).problem(http.StatusUnprocessableEntity, "mobileid.number").has(fields{"field": "/user/phone_number"})
		find(client.MobileIDRequests|client.MobileIDUsers, fields{"user": fields{}}).problem(http.StatusUnprocessableEntity, "mobileid.user")
	})
}
