package apptest_test

import (
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	emulated "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/vault"
)

// household is a customer with a card, a phone that pays, and a watch with keys of its own that is always near.
type household struct {
	customer customer.Customer
	card     vault.Account
	phone    *wallet.Wallet
	watch    *wallet.Thing
}

// newHousehold registers them by the protocol, and lets their quarantine end.
func newHousehold(t *testing.T, a *app.App, url string, clock *dbtest.Clock) *household {
	t.Helper()
	by := audit.System("test")
	device := func(scheme envelope.Scheme) *emulated.Device {
		d, err := emulated.New(url, envelope.X25519, scheme, &http.Client{}, clock.Now, rand.Reader)
		must(t, err)
		return d
	}
	h := &household{watch: &wallet.Thing{Device: device(envelope.P256), Kind: "serial", Value: "W-1"}}
	h.phone = &wallet.Wallet{Device: device(envelope.Ed25519), Near: func(int) (wallet.Peer, bool) { return h.watch, true }}
	var err error
	h.customer, err = a.Customers.Create(t.Context(), by, customer.New{Number: "1001"})
	must(t, err)
	profile := vault.DefaultProfile()
	profile.Adding = vault.AddFreely
	folder, err := a.Vault.CreatePortfolio(t.Context(), by, vault.NewPortfolio{Name: "cards", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: profile})
	must(t, err)
	h.card, err = a.Vault.AddAccount(t.Context(), by, vault.NewAccount{Customer: h.customer.ID, Portfolio: folder.ID, Number: "4147090000001237", Expires: "2912"})
	must(t, err)
	i, err := a.Companions.Invite(t.Context(), by, companion.Order{Customer: h.customer.ID}, companion.Wanted{Kind: companion.Phone})
	must(t, err)
	_, err = h.phone.Device.Enroll(t.Context(), report.Enrollment{Code: i.Code, Model: "Phone 7", Can: []string{"application"}})
	must(t, err)
	keys, err := h.watch.Device.Keys()
	must(t, err)
	named, err := h.phone.Device.Introduce(t.Context(), report.Thing{Kind: "watch", Can: []string{"interface"}, Keys: &keys, Identifiers: []report.Identifier{{Kind: h.watch.Kind, Value: h.watch.Value}}})
	must(t, err)
	h.watch.Device.Named(named[0])
	h.watch.Number = named[0].Number
	clock.Advance(8 * 24 * time.Hour)
	return h
}

// add gets a token for the card, to be used with the watch.
func (h *household) add(t *testing.T) *wallet.Token {
	t.Helper()
	x, err := h.phone.Add(t.Context(), report.TokenWish{Card: h.card.ID[:], With: []int{h.watch.Number}}, false)
	must(t, err)
	return x
}
