package app_test

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// pays has a phone enroll with the code of an invitation, get a token for the customer's first card, and pay with it twice, the second
// time with a wrong cryptogram: pays FILE NUMBER, where FILE has the code.
func pays(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pays FILE NUMBER")
	}
	code, _ := at(ts, args[0], "code").(string)
	now := time.Now()
	by := audit.System("test")
	withAppAt(ts, func() time.Time { return now }, func(ctx context.Context, a *app.App) {
		phone, _ := household(ctx, ts, a, code)
		now = now.Add(73 * time.Hour) // out of quarantine
		who, err := a.Customers.GetByNumber(ctx, args[1])
		ts.Check(err)
		cards, err := a.Vault.Accounts(ctx, who.ID)
		ts.Check(err)
		token, err := a.Vault.Issue(ctx, by, cards[0].ID, phone.ID)
		ts.Check(err)
		ts.Check(a.Vault.Activate(ctx, by, token.ID))
		granted, err := a.Vault.Renew(ctx, by, token.ID, vault.Key, 1)
		ts.Check(err)
		key, err := cryptogram.NewKey(cryptogram.AES, granted.Secret)
		ts.Check(err)
		for n := 1; n <= 2; n++ {
			data, err := cryptogram.Input{Static: "COUNTERSIGN", Count: uint32(n)}.Data()
			ts.Check(err)
			proof := issuing.Dynamic{Index: granted.Index, Counter: n, Cryptogram: key.Cryptogram(data)}
			proof.Cryptogram[0] ^= byte(n - 1)
			_, err = a.Issuing.Authorize(ctx, by, issuing.Request{
				Key: "script" + string(rune('0'+n)), Path: issuing.ByMerchant, Number: token.Number, Amount: 1250, Currency: "EUR", At: now, Dynamic: &proof,
				Merchant: issuing.Merchant{ID: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1"},
			})
			ts.Check(err)
			now = now.Add(time.Second)
		}
		_, err = a.Vault.Renew(ctx, by, token.ID, vault.Data, 2) // newer, and no key
		ts.Check(err)
	})
}
