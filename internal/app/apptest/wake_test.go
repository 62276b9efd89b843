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
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/vault"
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
			by := audit.System("test")
			c, err := a.Customers.Create(t.Context(), by, customer.New{Number: "1001"})
			must(t, err)
			folder, err := a.Vault.CreatePortfolio(t.Context(), by, vault.NewPortfolio{Name: "cards", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: vault.DefaultProfile()})
			must(t, err)
			card, err := a.Vault.AddAccount(t.Context(), by, vault.NewAccount{Customer: c.ID, Portfolio: folder.ID, Number: "4147090000001237", Expires: "2912"})
			must(t, err)
			i, err := a.Companions.Invite(t.Context(), by, companion.Order{Customer: c.ID}, companion.Wanted{Kind: companion.Phone})
			must(t, err)
			device := func(scheme envelope.Scheme) *emulated.Device {
				d, err := emulated.New("http://"+address, envelope.X25519, scheme, &http.Client{}, clock.Now, rand.Reader)
				must(t, err)
				return d
			}
			phone, watch := device(envelope.Ed25519), &wallet.Thing{Device: device(envelope.P256), Kind: "serial", Value: "W-1"}
			_, err = phone.Enroll(t.Context(), report.Enrollment{Code: i.Code, Model: "Phone 7", Can: []string{"application"}})
			must(t, err)
			keys, err := watch.Device.Keys()
			must(t, err)
			named, err := phone.Introduce(t.Context(), report.Thing{Kind: "watch", Can: []string{"interface"}, Keys: &keys, Identifiers: []report.Identifier{{Kind: watch.Kind, Value: watch.Value}}})
			must(t, err)
			watch.Device.Named(named[0])
			watch.Number = named[0].Number
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

			w := &wallet.Wallet{Device: phone, Near: func(int) (wallet.Peer, bool) { return watch, true }}
			token, err := w.Add(t.Context(), report.TokenWish{Card: card.ID[:], With: []int{watch.Number}}, false)
			must(t, err)
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
			must(t, w.Renew(t.Context(), token))
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
