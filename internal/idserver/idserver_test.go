package idserver_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/payment"
)

var (
	shop     = audit.System("shop")
	stranger = audit.System("stranger")
)

func ask(number string) idserver.Request {
	return idserver.Request{Provider: mobileid.Provider{Code: "shop", Name: "Corner Shop"}, User: mobileid.User{Number: number}, Kind: idserver.Signature, Text: "I accept."}
}

// Somebody without a mobile ID is answered like anybody: the request waits, and is denied because nobody
// answered, once and for all. Only services that may know are told at once (F-3.5).
func TestUnknownNumberRunsOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o, err := w.desk.Start(t.Context(), shop, ask("+41791234567"))
		if err != nil || o.State != idserver.Pending || len(o.Control) != 4 || o.Withheld != "" {
			t.Fatalf("%+v, %v", o, err)
		}
		if _, err := w.desk.Get(t.Context(), stranger, o.Handle, 0); !fault.Is(err, "identity.unknown") {
			t.Errorf("somebody else looks at it: %v", err)
		}
		w.clock.Advance(time.Hour)
		for range 2 {
			got, err := w.desk.Get(t.Context(), shop, o.Handle, 0)
			if err != nil || got.State != idserver.Denied || got.Reason != "timed_out" || got.Evidence != nil {
				t.Errorf("%+v, %v", got, err)
			}
		}
		in := ask("+41791234568")
		in.Provider.Entitled = true
		if _, err := w.desk.Start(t.Context(), shop, in); !fault.Is(err, "mobileid.unknown") {
			t.Errorf("who may know is not told: %v", err)
		}
	})
}

func TestBadRequests(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		pay, err := payment.New(payment.Order{Amount: "90.00", Currency: "EUR", Payee: payment.Payee{Name: "Wood"}})
		if err != nil {
			t.Fatal(err)
		}
		for code, spoil := range map[string]func(*idserver.Request){
			"identity.kind":      func(r *idserver.Request) { r.Kind = "blessing" },
			"identity.what":      func(r *idserver.Request) { r.Payment = pay },
			"identity.document":  func(r *idserver.Request) { r.Text, r.Document = "", &idserver.Document{} },
			"identity.reference": func(r *idserver.Request) { r.Reference = string(make([]byte, 200)) },
			"identity.control":   func(r *idserver.Request) { r.Control = "guessed" },
			"mobileid.number":    func(r *idserver.Request) { r.User.Number = "12" },
			"mobileid.ttl":       func(r *idserver.Request) { r.TTL = time.Second },
			"mobileid.text":      func(r *idserver.Request) { r.Text = "I accept \u202e100" },
		} {
			in := ask("+41791234567")
			spoil(&in)
			if _, err := w.desk.Start(t.Context(), shop, in); !fault.Is(err, code) {
				t.Errorf("%s: %v", code, err)
			}
		}
	})
}
