package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
)

func TestCustomers(t *testing.T) {
	each(t, func(w *world) {
		w.post("/v1/customers", fields{
			"customer_number": "ab-12/3", "name": "Kari Nordmann", "locale": "nb",
			"contacts": []fields{{"kind": "phone", "value": "+47 912 34 567", "verified": true}},
		}).status(http.StatusCreated).has(fields{"customer_number": "AB12/3", "status": "active"})
		at := "/v1/customers/" + url.PathEscape("AB12/3")
		w.do(request{method: http.MethodGet, path: at, scopes: client.AllScopes &^ client.ContactsRead}).first("contacts", fields{"value": "+47 ••• 67"})
		w.get(at).first("contacts", fields{"value": "+4791234567", "kind": "phone"})
		w.post("/v1/customers", fields{"customer_number": "AB12/3"}).problem(http.StatusConflict, "customer.number_taken").has(fields{"field": "/customer_number"})
		w.post("/v1/customers", fields{"customer_number": "Ünal"}).problem(http.StatusUnprocessableEntity, "customer.number").has(fields{"field": "/customer_number"})
		w.post("/v1/customers", fields{"customer_number": "1", "contacts": []fields{{"kind": "phone", "value": "12"}}}).
			problem(http.StatusUnprocessableEntity, "customer.contact").has(fields{"field": "/contacts/0/value"})
		w.post("/v1/customers", fields{"customer_number": "1", "contacts": []fields{{"kind": "pigeon", "value": "12"}}}).
			problem(http.StatusUnprocessableEntity, "request.choice").has(fields{"field": "/contacts/0/kind"})

		patch := func(body fields) *response { return w.do(request{method: http.MethodPatch, path: at, body: body}) }
		patch(fields{"name": "Kari Hansen"}).status(http.StatusOK).has(fields{"name": "Kari Hansen", "locale": "nb"})
		patch(fields{"name": ""}).status(http.StatusOK).has(fields{"name": ""})
		patch(fields{"status": "suspended"}).problem(http.StatusUnprocessableEntity, "request.required").has(fields{"field": "/reason"})
		patch(fields{"status": "suspended", "name": "x"}).problem(http.StatusUnprocessableEntity, "request.status_alone")
		patch(fields{"status": "suspended", "reason": "lost"}).status(http.StatusOK).has(fields{"status": "suspended"})
		patch(fields{"status": "suspended", "reason": "lost"}).problem(http.StatusConflict, "customer.status")
		patch(fields{"status": "active", "reason": "found"}).problem(http.StatusForbidden, "identification.required")
		w.identify("AB12%2F3")
		patch(fields{"status": "active", "reason": "found"}).status(http.StatusOK).has(fields{"status": "active"})
		patch(fields{"status": "closed", "reason": "left"}).status(http.StatusOK).has(fields{"status": "closed"})
		patch(fields{"name": "x"}).problem(http.StatusConflict, "customer.closed")
	})
}

func TestSearchIsNoList(t *testing.T) {
	each(t, func(w *world) {
		for i := range 5 {
			w.post("/v1/customers", fields{"customer_number": strconv.Itoa(1000 + i), "name": "Kari", "contacts": []fields{{"kind": "email", "value": fmt.Sprintf("k%d@bank.example", i)}}}).status(http.StatusCreated)
		}
		w.post("/v1/customers/search", fields{}).problem(http.StatusUnprocessableEntity, "customer.search_empty")
		w.post("/v1/customers/search", fields{"name": "k"}).problem(http.StatusUnprocessableEntity, "customer.search_short").has(fields{"field": "/name"})
		w.post("/v1/customers/search", fields{"email": "K3@bank.example"}).status(http.StatusOK).first("customers", fields{"customer_number": "1003"})
		w.post("/v1/customers/search", fields{"customer_number": "100", "cursor": "!"}).problem(http.StatusUnprocessableEntity, "customer.cursor").has(fields{"field": "/cursor"})
		seen, cursor := 0, ""
		for range 5 {
			q := fields{"name": "kar", "limit": 2}
			if cursor != "" {
				q["cursor"] = cursor
			}
			page := w.post("/v1/customers/search", q).status(http.StatusOK)
			seen += len(page.value["customers"].([]any))
			if cursor = page.text("next_cursor"); cursor == "" {
				break
			}
		}
		if seen != 5 {
			t.Errorf("%d customers on all pages", seen)
		}
	})
}
