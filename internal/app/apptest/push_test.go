package apptest_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/pushservice"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
)

// TestPushesFollowTheToken: a running node wakes the phone whose token may answer, by a push
// service that checks who sends; when the token migrates its binding goes with it, and ends with it.
func TestPushesFollowTheToken(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), clock)
	service := pushservice.New(pushservice.Config{Now: clock.Now, Rand: rand.Reader})
	at := httptest.NewServer(service)
	defer at.Close()
	in.More = []string{"COUNTERSIGN_PUSH_CONTACT=mailto:it@bank.example", "COUNTERSIGN_PUSH_SERVICES=", "COUNTERSIGN_PUSH_LOOPBACK=true"}
	in.Open(t, func(a *app.App) {
		mobilePolicies(t, a)
		node, by := in.Run(t), audit.System("test")
		defer node.Stop(t)
		b := node.Bank()
		defer b.Close()
		b.CreateCustomer(t, "4711")
		c, err := a.Customers.GetByNumber(t.Context(), "4711")
		must(t, err)
		x, _ := mobileToken(t, a, clock, mobiletoken.Enrollment{Customer: c.ID, Application: "bank"}, by)
		key, err := a.Pushes.PublicKey(t.Context())
		must(t, err)
		phone, err := pushservice.Subscribe(t.Context(), &http.Client{}, at.URL, key, rand.Reader)
		must(t, err)
		must(t, a.Pushes.Bind(t.Context(), audit.Customer(c.ID), c.ID, x.ID, push.Subscription{Endpoint: phone.Endpoint, P256DH: phone.P256DH, Auth: phone.Auth}))

		wake := func(policy string) {
			t.Helper()
			payload, err := json.Marshal(prompt.Push{Customer: c.ID, Prompt: ident.New(clock.Now(), rand.Reader), Policy: policy, Expires: clock.Now().Add(time.Minute)})
			must(t, err)
			must(t, a.DB.Write(t.Context(), func(tx *db.Tx) error {
				return a.Outbox.Put(tx, outbox.Message{Kind: prompt.MessagePush, Customer: c.ID, Payload: payload})
			}))
		}
		wake("another-policy") // that the token does not serve
		wake("mobile-code")
		if m, ok, err := phone.Next(t.Context(), 30*time.Second); err != nil || !ok || string(m.Body) != `{"t":"prompt"}` {
			t.Fatalf("%+v, %v, %v", m, ok, err)
		}
		if n := len(service.Pushes()); n != 1 {
			t.Errorf("%d pushes", n)
		}

		_, y, code, err := a.Mobile.Migrate(t.Context(), audit.System("test"), mobiletoken.Migrate{Order: mobiletoken.Order{Customer: c.ID, Token: x.ID}})
		must(t, err)
		prove(t, a, clock, code, y, by)
		if all := health(t, a, c.ID); all[x.ID].State != push.Unbound || all[y.ID].State != push.Taking {
			t.Errorf("after the migration: %+v", all)
		}
		_, err = a.Mobile.Archive(t.Context(), by, mobiletoken.Order{Customer: c.ID, Token: y.ID, Reason: "lost", Warned: true})
		must(t, err)
		if all := health(t, a, c.ID); len(all) != 0 {
			t.Errorf("after the end of the token: %+v", all)
		}
	})
}

func health(t *testing.T, a *app.App, customer ident.ID) map[ident.ID]push.Health {
	t.Helper()
	all, err := a.Pushes.Health(t.Context(), customer)
	must(t, err)
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
