package apptest_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	emulated "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/pushservice"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/push"
)

// TestDI209DevicesAreWoken: a watch that says where pushes reach it is woken by a running node when its half of a key waits for it; the push says nothing, and
// a watch that wants none, or is lost, gets none.
func TestDI209DevicesAreWoken(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		service := pushservice.New(pushservice.Config{Now: clock.Now, Rand: rand.Reader})
		at := httptest.NewServer(service)
		defer at.Close()
		address := apptest.FreeAddress(t)
		in.More = []string{"COUNTERSIGN_DEVICES_ADDRESS=" + address, "COUNTERSIGN_PUSH_CONTACT=mailto:it@bank.example", "COUNTERSIGN_PUSH_SERVICES=", "COUNTERSIGN_PUSH_LOOPBACK=true"}
		node := in.Run(t)
		defer node.Stop(t)
		in.Open(t, func(a *app.App) {
			by, h := audit.System("test"), newHousehold(t, a, "http://"+address, clock)
			c, watch := h.customer, h.watch
			clock.Advance(8 * 24 * time.Hour) // they are no longer fresh

			answer, err := watch.Device.Ask(t.Context(), report.Wallet{Wake: &report.Wake{}})
			must(t, err)
			subscribed, err := pushservice.Subscribe(t.Context(), &http.Client{}, at.URL, answer.Pay.Push, rand.Reader)
			must(t, err)
			where := report.Wallet{Wake: &report.Wake{Endpoint: subscribed.Endpoint, P256DH: subscribed.P256DH, Auth: subscribed.Auth}}
			bad := where
			bad.Wake = &report.Wake{Endpoint: "https://elsewhere.example/x", P256DH: subscribed.P256DH, Auth: subscribed.Auth}
			if _, err := watch.Device.Ask(t.Context(), bad); !emulated.Is(err, "push.endpoint") {
				t.Errorf("an address that is no push service: %v", err)
			}
			for range 2 { // at every start
				_, err = watch.Device.Ask(t.Context(), where)
				must(t, err)
			}

			token := h.add(t)
			m, ok, err := subscribed.Next(t.Context(), 30*time.Second)
			if err != nil || !ok || string(m.Body) != `{"t":"letters"}` || m.Urgency != "normal" || m.TTL != 24*time.Hour {
				t.Fatalf("%+v, %v, %v", m, ok, err)
			}
			letters, err := watch.Fetch(t.Context())
			must(t, err)
			if len(letters) != 1 || letters[0].Kind != report.LetterPart {
				t.Errorf("%+v", letters)
			}
			all, err := a.Companions.List(t.Context(), c.ID)
			must(t, err)
			own := all[slices.IndexFunc(all, func(x companion.Item) bool { return x.Number == watch.Number })].ID
			if h := health(t, a, c.ID)[own]; h.State != push.Reached {
				t.Errorf("%+v", h)
			}

			_, err = watch.Device.Ask(t.Context(), report.Wallet{Wake: &report.Wake{Off: true}})
			must(t, err)
			must(t, h.phone.Renew(t.Context(), token))
			if waiting, err := watch.Fetch(t.Context()); err != nil || len(waiting) != 1 || len(service.Pushes()) != 1 {
				t.Errorf("it wants no pushes, and gets %d: %v, %d letters", len(service.Pushes()), err, len(waiting))
			}
			_, err = watch.Device.Ask(t.Context(), where)
			must(t, err)
			must(t, a.Companions.Lose(t.Context(), by, companion.On{Order: companion.Order{Customer: c.ID, Reason: "stolen"}, Companion: own}))
			if h, there := health(t, a, c.ID)[own]; there {
				t.Errorf("a lost device is woken: %+v", h)
			}
		})
	})
}
