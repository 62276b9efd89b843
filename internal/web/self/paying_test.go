package self_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

const pan = "4147090000001237"

// purse is a customer's phone that pays.
type purse struct {
	w     *world
	token vault.Issued
	key   vault.Granted
	count int
}

// purse gives a customer a card, and a token with a key on a phone.
func (w *world) purse(who ident.ID) *purse {
	w.Helper()
	by := audit.System("test")
	portfolio, err := w.cfg.Vault.CreatePortfolio(w.Context(), by, vault.NewPortfolio{Name: "Debit", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: vault.DefaultProfile()})
	w.must(err)
	card, err := w.cfg.Vault.AddAccount(w.Context(), by, vault.NewAccount{Customer: who, Portfolio: portfolio.ID, Number: pan, Expires: "2912"})
	w.must(err)
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	invited, err := w.cfg.Companions.Invite(w.Context(), by, companion.Order{Customer: who}, companion.Wanted{Kind: companion.Phone, Name: "My phone"})
	w.must(err)
	phone, err := w.cfg.Companions.Enroll(w.Context(), invited.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub}})
	w.must(err)
	invited, err = w.cfg.Companions.Invite(w.Context(), by, companion.Order{Customer: who}, companion.Wanted{Kind: companion.Watch, Name: "My watch"})
	w.must(err)
	other, _, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	watch, err := w.cfg.Companions.Enroll(w.Context(), invited.Code, companion.Thing{Keys: companion.Keys{Signer: companion.Ed25519, Verifier: other}})
	w.must(err)
	p := &purse{w: w}
	w.cfg.Vault.Together = func(*db.Tx, ident.ID) (map[ident.ID][]ident.ID, error) {
		return map[ident.ID][]ident.ID{p.token.ID: {watch.ID}}, nil
	}
	p.token, err = w.cfg.Vault.Issue(w.Context(), by, card.ID, phone.ID)
	w.must(err)
	w.must(w.cfg.Vault.Activate(w.Context(), by, p.token.ID))
	p.key, err = w.cfg.Vault.Renew(w.Context(), by, p.token.ID, vault.Key, 1)
	w.must(err)
	return p
}

// pay is a payment with the phone; good says whether its cryptogram is.
func (p *purse) pay(where string, amount int64, good bool) issuing.Decision {
	p.w.Helper()
	p.count++
	k, err := cryptogram.NewKey(cryptogram.AES, p.key.Secret)
	p.w.must(err)
	data, err := cryptogram.Input{Static: "COUNTERSIGN", Count: uint32(p.count)}.Data()
	p.w.must(err)
	proof := issuing.Dynamic{Index: p.key.Index, Counter: p.count, Cryptogram: k.Cryptogram(data)}
	if !good {
		proof.Cryptogram[0] ^= 1
	}
	d, err := p.w.cfg.Issuing.Authorize(p.w.Context(), audit.System("test"), issuing.Request{
		Key: fmt.Sprintf("%s-%d", p.token.ID, p.count), Path: issuing.Network, Number: p.token.Number, Amount: amount, Currency: "EUR", At: p.w.clock.Now(), Dynamic: &proof, Merchant: issuing.Merchant{Name: where},
	})
	p.w.must(err)
	return d
}

// TestPaying: a customer sees what pays and what was paid, with no number and no reason; stops at once, and lets it pay again after a fresh proof.
// Nobody does so for another, and what the bank stopped stays stopped.
func TestPaying(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1001", "T1")
	b := w.login("1001", code(t, "T1", 0))
	b.get("/paying").shows(http.StatusOK, "Paying with devices").says("No device pays")
	x := w.purse(c.ID)
	x.pay("Corner shop", 1250, true)
	x.pay("Somebody else's", 9900, false)
	page := b.get("/paying").says("My phone").says("card … 1237").says("together with My watch").says("Corner shop").says("12.50 EUR").says("Not paid")
	for _, secret := range []string{pan, x.token.Number, "cryptogram"} {
		if strings.Contains(page.body, secret) {
			t.Errorf("the page says %q", secret)
		}
	}
	one := "/paying/" + x.token.ID.String()
	state := func(want vault.Status) {
		t.Helper()
		h, err := w.cfg.Vault.Holding(t.Context(), c.ID, x.token.ID)
		w.must(err)
		if h.Status != want {
			t.Errorf("%s, want %s", h.Status, want)
		}
	}
	w.customer("1002", "T2")
	stranger := w.login("1002", code(t, "T2", 0))
	stranger.get("/paying").says("No payments")
	for _, path := range []string{one + "/suspension", one + "/resumption", one + "/resumption/proof", "/paying/nonsense/suspension"} {
		if a := stranger.post(path, "code", "1"); a.code != http.StatusNotFound {
			t.Errorf("%s of somebody else: status %d", path, a.code)
		}
	}
	state(vault.Active)
	b.post(one + "/suspension").leads("/paying")
	state(vault.Suspended)
	b.get("/paying").says("You stopped it.").says("Does not pay")
	w.must(w.cfg.Vault.SuspendFor(t.Context(), audit.System("test"), vault.On{Customer: c.ID, ID: x.token.ID}, vault.Cause{Reason: vault.ByCustomer, About: "by telephone"}))
	b.post(one+"/resumption", "proof", "made up").says("That took too long")
	state(vault.Suspended)
	w.must(w.cfg.Vault.SuspendFor(t.Context(), audit.System("test"), vault.On{Customer: c.ID, ID: x.token.ID}, vault.Cause{Reason: vault.ByIssuer, About: "case 4711"}))
	proof := b.proves(one+"/resumption", "token", code(t, "T1", 1)).hidden("proof")
	b.post(one+"/resumption", "proof", proof).leads("/paying")
	state(vault.Suspended)
	if a := b.get("/paying").says("Your bank stopped it"); strings.Contains(a.body, "4711") {
		t.Error("the customer sees the bank's case")
	}
	w.must(w.cfg.Vault.ResumeFor(t.Context(), audit.System("test"), vault.On{Customer: c.ID, ID: x.token.ID}, vault.Cause{Reason: vault.ByIssuer, About: "case 4711"}))
	state(vault.Active)
}

// TestPayingEndsWithTheCard: a token ends with its card, if that ends first, and says so. A look whether there is a card is no payment that failed.
func TestPayingEndsWithTheCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1001", "T1")
	b := w.login("1001", code(t, "T1", 0))
	x := w.purse(c.ID)
	if d := x.pay("Bus", 0, true); d.Outcome != issuing.Approve {
		t.Fatalf("%+v", d)
	}
	b.get("/paying").says("Card checked").says("Until 1 November 2029")
	cards, err := w.cfg.Vault.Accounts(t.Context(), c.ID)
	w.must(err)
	w.must(w.cfg.Vault.RenewAccount(t.Context(), audit.System("test"), cards[0].ID, "2611", 0, "a short one"))
	b.get("/paying").says("Until 1 December 2026").says("Pays")
	w.clock.Advance(30 * 24 * time.Hour)
	w.login("1001", code(t, "T1", 1)).get("/paying").says("Has expired")
}

// TestApproveANewToken: a token that a device asked for pays when its owner has approved it, with a strong login.
func TestApproveANewToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1001", "T1")
	b := w.login("1001", code(t, "T1", 0))
	x := w.purse(c.ID)
	w.must(w.cfg.Vault.Suspend(t.Context(), audit.System("test"), x.token.ID, vault.Cause{Reason: vault.ByApproval}))
	one := "/paying/" + x.token.ID.String()
	b.get("/paying").says("It is new").says("Approve paying").says("Stop paying")
	b.post(one+"/resumption", "proof", "made up").says("That took too long")
	b.get(one + "/resumption").says("wants to pay with your card")
	if d := x.pay("Shop", 100, true); d.Reason != issuing.Suspended {
		t.Errorf("not approved: %+v", d)
	}
	b.post(one+"/resumption", "proof", b.proves(one+"/resumption", "token", code(t, "T1", 1)).hidden("proof")).leads("/paying")
	if d := x.pay("Shop", 100, true); d.Outcome != issuing.Approve {
		t.Errorf("approved: %+v", d)
	}
}

// TestPayingPages: older payments are on further pages, each once.
func TestPayingPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1001", "T1")
	b := w.login("1001", code(t, "T1", 0))
	x := w.purse(c.ID)
	for n := range 25 {
		w.clock.Advance(1e9)
		x.pay(fmt.Sprintf("Shop %02d", n), 100, true)
	}
	first := b.get("/paying").says("Shop 24").says("Shop 05")
	older := func(a answer) (to string) {
		for _, link := range a.page.All("a") {
			if strings.HasPrefix(link.Attr["href"], "/paying?after=") {
				to = link.Attr["href"]
			}
		}
		return to
	}
	second := b.get(older(first)).says("Shop 04").says("Shop 00")
	if strings.Contains(first.body, "Shop 04") || strings.Contains(second.body, "Shop 05") || older(second) != "" {
		t.Error("pages overlap, or go on for ever")
	}
	b.get("/paying?after=nonsense").leads("/paying")
}
