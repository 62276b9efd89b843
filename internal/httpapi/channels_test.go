package httpapi_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/risk"
)

// started is the answer to a login by the token of 10023.
func (w *world) started(counter uint64, scopes client.Scopes, circumstances fields) *response {
	w.Helper()
	body := fields{"customer_number": "10023", "purpose": "login", "channel": "web", "proof": fields{"code": hotp("8812345", counter)}}
	if circumstances != nil {
		body["risk"] = circumstances
	}
	return w.do(request{method: http.MethodPost, path: "/v1/authentications", scopes: scopes, body: body}).status(http.StatusCreated)
}

// TestTheBankBlocksAChannel: an application blocks, lists and lifts; the same request again
// changes nothing, and lifting needs an identification.
func TestTheBankBlocksAChannel(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "8812345")
		const at, why = "/v1/customers/10023/channels", "a stolen computer"
		w.get(at).status(http.StatusOK).first("channels", fields{"channel": "web", "blocked": false, "cause": nil, "until": nil})
		until := w.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		w.post(at+"/web/block", fields{"reason": why, "until": "soon"}).problem(http.StatusUnprocessableEntity, "request.type")
		w.post(at+"/web/block", fields{"reason": why, "until": "2001-01-01T00:00:00Z"}).problem(http.StatusUnprocessableEntity, "risk.until").has(fields{"field": "/until"})
		w.post(at+"/nowhere/block", fields{"reason": why}).problem(http.StatusUnprocessableEntity, "channel.unknown")
		w.post("/v1/customers/4711/channels/web/block", fields{"reason": why}).problem(http.StatusNotFound, "customer.unknown")
		blocked := fields{"channel": "web", "blocked": true, "cause": "bank", "reason": why, "event": nil, "until": until}
		first := w.post(at+"/web/block", fields{"reason": why, "until": until}).status(http.StatusOK).has(blocked)
		again := w.post(at+"/web/block", fields{"reason": why, "until": until}).status(http.StatusOK)
		if diff := cmp.Diff(first.value, again.value); diff != "" {
			t.Errorf("the same request again: %s", diff)
		}
		var n int
		w.must(w.d.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", risk.AuditChannelBlocked).Scan(&n)
		}))
		if n != 1 {
			t.Errorf("%d records", n)
		}
		w.get(at).first("channels", blocked)
		w.started(1, client.AllScopes, nil).has(fields{"state": "denied", "accepted": false, "reason": "channel_blocked"})
		w.started(1, client.AllScopes&^client.AuthenticationsReason, nil).has(fields{"state": "denied", "accepted": false, "reason": nil})

		w.post(at+"/web/block", fields{"reason": why}).status(http.StatusOK).has(fields{"until": nil}) // it ends later: it must be lifted now
		lift := fields{"reason": "called back", "identification": "x"}
		w.post(at+"/web/lift", lift).problem(http.StatusUnprocessableEntity, "request.id")
		lift["identification"] = exampleOfNobody
		w.post(at+"/web/lift", lift).problem(http.StatusForbidden, "identification.required")
		lift["identification"] = w.identify("10023")
		key := request{method: http.MethodPost, path: at + "/web/lift", body: lift, key: "lift"}
		w.do(key).status(http.StatusOK).has(fields{"channel": "web", "blocked": false})
		w.do(key).status(http.StatusOK).has(fields{"channel": "web", "blocked": false})
		w.post(at+"/web/lift", lift).problem(http.StatusConflict, "channel.open")
		w.started(1, client.AllScopes, nil).has(fields{"state": "granted"})
	})
}

// exampleOfNobody is an id that nothing has.
const exampleOfNobody = "06gspz56g1vbn5e9nee34wsv0r"

// TestAClosedChannelTellsNothing: without the scope of reasons a client sees of a start on
// a closed channel what it sees of one that risk blocks; the finding that the event was
// legitimate lifts the block.
func TestAClosedChannelTellsNothing(t *testing.T) {
	each(t, func(w *world) {
		w.asked()
		doc, err := w.config.Policies.Active().Format()
		w.must(err)
		to, err := w.config.Policies.Store(w.Context(), by(), bytes.ReplaceAll(doc, []byte("after: proof\n        for: 24h0m0s"), []byte("after: any\n        until_lifted: true")))
		w.must(err)
		w.must(w.config.Policies.Activate(w.Context(), by(), w.config.Policies.Active().Version, to))
		w.registered("10023", "8812345")
		w.post("/v1/risk/lists", fields{"list": "block", "kind": "device", "subject": "stolen"}).status(http.StatusCreated)
		bad := fields{"address": "192.0.2.10", "agent": "curl/8", "device_tag": "stolen"}
		quiet := client.AllScopes &^ client.AuthenticationsReason
		first, second := w.started(1, quiet, bad), w.started(1, quiet, bad)
		channels := w.get("/v1/customers/10023/channels")
		channels.first("channels", fields{"channel": "web", "blocked": true, "cause": "risk", "until": nil})
		for _, r := range []*response{first, second} {
			delete(r.value, "authentication")
			r.has(fields{"state": "denied"})
		}
		if diff := cmp.Diff(first.value, second.value); diff != "" {
			t.Errorf("not uniform: %s", diff)
		}
		w.started(1, client.AllScopes, bad).has(fields{"reason": "channel_blocked", "risk.decision": "block"})

		all, _ := channels.value["channels"].([]any)
		one, _ := all[0].(map[string]any)
		event, _ := one["event"].(string)
		w.post("/v1/risk/events/"+event+"/feedback", fields{"customer_number": "10023", "label": "legitimate"}).status(http.StatusOK)
		w.get("/v1/customers/10023/channels").first("channels", fields{"channel": "web", "blocked": false})
	})
}
