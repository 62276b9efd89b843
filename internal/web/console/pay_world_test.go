package console_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

const (
	pan      = "4147090000001237"
	shopName = "Corner shop"
)

// purse is a customer's phone that pays.
type purse struct {
	w     *world
	phone companion.Companion
	watch ident.ID
	card  vault.Account
	token vault.Issued
	key   vault.Granted
	count int
}

// purse gives a customer a card, and a token with a key on a phone.
func (w *world) purse(who ident.ID) *purse {
	w.Helper()
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	by := audit.System("test")
	portfolio, err := w.cfg.Vault.CreatePortfolio(w.Context(), by, vault.NewPortfolio{Name: "Debit", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: vault.DefaultProfile()})
	must(err)
	p := &purse{w: w}
	p.card, err = w.cfg.Vault.AddAccount(w.Context(), by, vault.NewAccount{Customer: who, Portfolio: portfolio.ID, Number: pan, Expires: "2912"})
	must(err)
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	invited, err := w.cfg.Companions.Invite(w.Context(), by, companion.Order{Customer: who}, companion.Wanted{Kind: companion.Phone, Name: "Ada's phone"})
	must(err)
	p.phone, err = w.cfg.Companions.Enroll(w.Context(), invited.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub}})
	must(err)
	invited, err = w.cfg.Companions.Invite(w.Context(), by, companion.Order{Customer: who}, companion.Wanted{Kind: companion.Watch, Name: "Ada's watch"})
	must(err)
	other, _, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	watch, err := w.cfg.Companions.Enroll(w.Context(), invited.Code, companion.Thing{Keys: companion.Keys{Signer: companion.Ed25519, Verifier: other}})
	must(err)
	w.cfg.Vault.Together = func(*db.Tx, ident.ID) (map[ident.ID][]ident.ID, error) {
		return map[ident.ID][]ident.ID{p.token.ID: {watch.ID}}, nil
	}
	p.watch = watch.ID
	p.token, err = w.cfg.Vault.Issue(w.Context(), by, p.card.ID, p.phone.ID)
	must(err)
	must(w.cfg.Vault.Activate(w.Context(), by, p.token.ID))
	p.key, err = w.cfg.Vault.Renew(w.Context(), by, p.token.ID, vault.Key, 1)
	must(err)
	return p
}

// pay is a payment with the phone; good says whether its cryptogram is.
func (p *purse) pay(amount int64, good bool) issuing.Decision {
	p.w.Helper()
	p.count++
	k, err := cryptogram.NewKey(cryptogram.AES, p.key.Secret)
	if err != nil {
		p.w.Fatal(err)
	}
	data, err := cryptogram.Input{Static: "COUNTERSIGN", Count: uint32(p.count)}.Data()
	if err != nil {
		p.w.Fatal(err)
	}
	proof := issuing.Dynamic{Index: p.key.Index, Counter: p.count, Cryptogram: k.Cryptogram(data)}
	if !good {
		proof.Cryptogram[0] ^= 1
	}
	return p.ask(p.token.Number, amount, proof)
}

// stranger is a payment with a number that is no token.
func (p *purse) stranger(amount int64) issuing.Decision {
	p.w.Helper()
	p.count++
	return p.ask("4900000000000003", amount, issuing.Dynamic{Index: p.key.Index, Counter: p.count, Cryptogram: make([]byte, 16)})
}

func (p *purse) ask(number string, amount int64, proof issuing.Dynamic) issuing.Decision {
	p.w.Helper()
	d, err := p.w.cfg.Issuing.Authorize(p.w.Context(), audit.System("test"), issuing.Request{
		Key: fmt.Sprintf("%s-%d", p.token.ID, p.count), Path: issuing.Network, Number: number, Amount: amount, Currency: "EUR", At: p.w.clock.Now(), Dynamic: &proof,
		Merchant: issuing.Merchant{ID: "SHOP", Name: shopName, Category: "5411", Country: "276", Terminal: "T1"},
	})
	if err != nil {
		p.w.Fatal(err)
	}
	return d
}
