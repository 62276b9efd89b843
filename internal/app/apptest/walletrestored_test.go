package apptest_test

import (
	"fmt"
	"testing"
	"time"

	emulated "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/issuing"
)

// pays makes a payment with the phone and the watch, and has it decided. The number makes its message another one.
func (h *household) pays(t *testing.T, a *app.App, x *wallet.Token, number int) (issuing.Request, issuing.Decision) {
	t.Helper()
	p, err := h.phone.Pay(t.Context(), x, wallet.Purchase{Amount: 100, Currency: "EUR"})
	must(t, err)
	r := issuing.Request{
		Key: fmt.Sprint("payment ", number), Path: issuing.Direct, Number: p.Number, Amount: 100, Currency: "EUR", Merchant: issuing.Merchant{ID: "SHOP", Category: "5411"},
		Dynamic: &issuing.Dynamic{Index: p.Index, Counter: p.Counter, Cryptogram: p.Cryptogram},
	}
	d, err := a.Issuing.Authorize(t.Context(), audit.System("test"), r)
	must(t, err)
	return r, d
}

// TestYesterdaysWallet: after a restore of yesterday's database nothing that was paid since is paid again, the keys of the backup are over, devices are quarantined, and then
// the phone pays again: with the next key, or, where it had got one that the bank has forgotten, with the card added anew.
func TestYesterdaysWallet(t *testing.T) {
	t.Parallel()
	for _, renewed := range []bool{false, true} {
		both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
			address := apptest.FreeAddress(t)
			in.More = []string{"COUNTERSIGN_DEVICES_ADDRESS=" + address}
			node := in.Run(t)
			var h *household
			var x *wallet.Token
			in.Open(t, func(a *app.App) {
				h = newHousehold(t, a, "http://"+address, clock)
				x = h.add(t)
				_, err := h.watch.Fetch(t.Context())
				must(t, err)
				if _, d := h.pays(t, a, x, 1); d.Outcome != issuing.Approve {
					t.Fatalf("%+v", d)
				}
			})
			node.Stop(t)
			yesterday := in.Backup(t)

			node = in.Run(t)
			var spent issuing.Request
			in.Open(t, func(a *app.App) {
				if renewed {
					must(t, h.phone.Renew(t.Context(), x))
					_, err := h.watch.Fetch(t.Context())
					must(t, err)
				}
				var d issuing.Decision
				if spent, d = h.pays(t, a, x, 2); d.Outcome != issuing.Approve {
					t.Fatalf("%+v", d)
				}
			})
			node.Stop(t)
			yesterday()
			in.Must(t, "recover")

			node = in.Run(t)
			defer node.Stop(t)
			in.Open(t, func(a *app.App) {
				spent.Key = "the same again"
				if d, err := a.Issuing.Authorize(t.Context(), audit.System("test"), spent); err != nil || d.Approves() {
					t.Errorf("what was paid since is paid again: %v, %+v", err, d)
				}
				if _, d := h.pays(t, a, x, 3); d.Approves() {
					t.Errorf("a key of the backup: %+v", d)
				}
				if err := h.phone.Renew(t.Context(), x); !emulated.Is(err, "wallet.fresh") {
					t.Errorf("in the quarantine: %v", err)
				}
				clock.Advance(time.Now().Add(73 * time.Hour).Sub(clock.Now())) // recover goes by the time of this machine
				err := h.phone.Renew(t.Context(), x)
				if renewed {
					if !emulated.Is(err, "wallet.index") {
						t.Errorf("a key that the bank has forgotten: %v", err)
					}
					x = h.add(t)
				} else {
					must(t, err)
				}
				_, err = h.watch.Fetch(t.Context())
				must(t, err)
				if _, d := h.pays(t, a, x, 4); d.Outcome != issuing.Approve {
					t.Errorf("after all of it: %+v", d)
				}
			})
			in.Must(t, "audit", "verify")
		})
	}
}
