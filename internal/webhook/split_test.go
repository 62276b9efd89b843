package webhook_test

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/token"
)

// An activation code leaves in two halves on two ways (F-4.1.2); only together do
// they begin a registration.
func TestSecondHalfReachesTheBank(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		fail := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ring := keyringtest.Open(t, d)
		book, err := policy.Open(t.Context(), d, slog.New(slog.DiscardHandler))
		fail(err)
		tokens, err := token.New(d, ring, rand.Reader)
		fail(err)
		box := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
		desk := registration.New(registration.Config{DB: d, Ring: ring, Policies: book, Tokens: tokens, Outbox: box, Rand: rand.Reader})
		by := audit.System("test")
		who, err := (&customer.Register{DB: d, Ring: ring, Rand: rand.Reader}).Create(t.Context(), by, customer.New{Number: "10023"})
		fail(err)

		var received struct {
			Type string
			Data registration.Half
		}
		failures := 1
		bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if failures--; failures >= 0 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			fail(json.NewDecoder(r.Body).Decode(&received))
		}))
		defer bank.Close()
		handlers := map[string]outbox.Handler{registration.MessageHalf: hook(t, bank.URL)}

		issued, err := desk.Issue(t.Context(), by, who.ID, registration.Issue{Policy: "secure-code", Split: true})
		fail(err)
		for received.Type == "" && failures > -2 {
			_, err = box.Deliver(t.Context(), handlers)
			fail(err)
			clock.Advance(time.Minute) // past the wait after a failure
		}
		if received.Type != registration.MessageHalf || received.Data.CustomerNumber != "10023" || received.Data.Part != 2 {
			t.Fatalf("the bank got %+v", received)
		}
		begin := func(code string) registration.Registration {
			r, err := desk.Begin(t.Context(), by, registration.Begin{CustomerNumber: "10023", ActivationCode: code, Policy: "secure-code", Channel: "web"})
			fail(err)
			return r
		}
		if r := begin(issued.Value + "-" + received.Data.Code); r.State != registration.Begun {
			t.Errorf("with both halves: %+v", r)
		}
		if _, err := desk.Begin(t.Context(), by, registration.Begin{CustomerNumber: "10023", ActivationCode: issued.Value, Policy: "secure-code", Channel: "web"}); err == nil {
			t.Error("half a code has the form of a whole one")
		}
	})
}
