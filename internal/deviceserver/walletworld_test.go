package deviceserver_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/deviceserver"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
	server "github.com/countersign-auth/countersign/internal/wallet"
)

// shop is a bank whose customer pays with a phone and other devices.
type shop struct {
	*world

	vault   *vault.Desk
	wallets *server.Desk
	issuing *issuing.Desk
	who     ident.ID
	card    vault.Account
	phone   *wallet.Wallet
	things  map[int]*wallet.Thing // by short number
	near    map[int]bool
	said    []int         // contributed devices of the last judgment
	outcome judge.Outcome // of judgments; "" for none
	serial  int
}

// eachShop runs with a portfolio whose profile may be changed before.
func eachShop(t *testing.T, change func(*vault.Profile), f func(*testing.T, *shop)) {
	t.Helper()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newShop(t, newWorld(t, d, clock), change)) })
}

func newShop(t *testing.T, w *world, change func(*vault.Profile)) *shop {
	t.Helper()
	ring := keyringtest.Open(t, w.d)
	s := &shop{world: w, vault: &vault.Desk{DB: w.d, Ring: ring, Rand: rand.Reader}, things: map[int]*wallet.Thing{}, near: map[int]bool{}}
	s.wallets = &server.Desk{Ring: ring, Vault: s.vault, Companions: w.desk, Rand: rand.Reader, Paid: issuing.Counters}
	s.vault.Deleted, s.vault.Together, w.desk.Moved = s.wallets.Deleted, s.wallets.Together, s.wallets.Moved
	s.issuing = &issuing.Desk{DB: w.d, Ring: ring, Vault: s.vault, Rand: rand.Reader, Contributed: s.wallets.Contributed, Used: s.wallets.Low, Assess: s.assess}
	w.serve(func(c *deviceserver.Config) { c.Wallets = s.wallets })
	s.who = w.customer("77")
	profile := vault.DefaultProfile()
	profile.Adding = vault.AddFreely
	if change != nil {
		change(&profile)
	}
	p, err := s.vault.CreatePortfolio(t.Context(), system, vault.NewPortfolio{Name: "cards", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: profile})
	s.ok(err)
	s.card, err = s.vault.AddAccount(t.Context(), system, vault.NewAccount{Customer: s.who, Portfolio: p.ID, Number: "4147090000001237", Expires: "2912"})
	s.ok(err)
	s.phone = &wallet.Wallet{Device: w.phone(s.who), Near: func(n int) (wallet.Peer, bool) { return s.things[n], s.near[n] }}
	return s
}

// assess remembers which devices are said to have contributed.
func (s *shop) assess(_ *db.Tx, _ audit.Actor, a interaction.Ask) (d interaction.Decision, judged bool, err error) {
	s.said = a.Contributed
	d.Outcome, d.Mode = s.outcome, policy.InteractionOn
	return d, s.outcome != "", nil
}

func (s *shop) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// settle ends the quarantine of all devices.
func (s *shop) settle() { s.clock.Advance(8 * 24 * 3600 * 1e9) }

// Kinds of things.
const (
	speaks = "speaks" // it has keys, and gets letters
	keeps  = "keeps"  // it can keep something, and speaks to the phone alone
	dumb   = "dumb"   // an identifier
)

// thing is another device of the customer, near the phone.
func (s *shop) thing(what string) *wallet.Thing {
	s.Helper()
	s.serial++
	x := &wallet.Thing{Kind: "serial", Value: fmt.Sprintf("THING-%d", s.serial)}
	named := report.Thing{Kind: "watch", Identifiers: []report.Identifier{{Kind: x.Kind, Value: x.Value}}}
	switch what {
	case speaks:
		x.Device = s.device(envelope.X25519, envelope.P256)
		k, err := x.Device.Keys()
		s.ok(err)
		named.Keys = &k
	case keeps:
		named.Can = []string{"cryptography"}
	}
	n, err := s.phone.Device.Introduce(s.Context(), named)
	s.ok(err)
	x.Number = n[0].Number
	if x.Device != nil {
		x.Device.Named(n[0])
	}
	s.things[x.Number], s.near[x.Number] = x, true
	return x
}

// registered is a device as the server knows it.
func (s *shop) registered(number int) companion.Item {
	s.Helper()
	all, err := s.desk.List(s.Context(), s.who)
	s.ok(err)
	for _, x := range all {
		if x.Number == number {
			return x
		}
	}
	s.Fatal("no device has the number ", number)
	return companion.Item{}
}

// add puts the card on the phone, together with things.
func (s *shop) add(change func(*report.TokenWish), agree bool, with ...*wallet.Thing) *wallet.Token {
	s.Helper()
	wish := report.TokenWish{Card: s.card.ID[:]}
	for _, x := range with {
		wish.With = append(wish.With, x.Number)
	}
	if change != nil {
		change(&wish)
	}
	t, err := s.phone.Add(s.Context(), wish, agree)
	s.ok(err)
	s.fetch()
	return t
}

// fetch has all things get their letters.
func (s *shop) fetch() {
	s.Helper()
	for _, x := range s.things {
		_, err := x.Fetch(s.Context())
		s.ok(err)
	}
}

func chip(amount int64) wallet.Purchase {
	return wallet.Purchase{Amount: amount, Currency: "EUR", Chip: &cryptogram.Transaction{Amount: uint64(amount), Country: 276, Currency: 978, Date: "261123", Unpredictable: [4]byte{1, 2, 3, 4}}}
}

// pay has a purchase presented and authorized.
func (s *shop) pay(t *wallet.Token, p wallet.Purchase) (issuing.Decision, wallet.Presentation, error) {
	s.Helper()
	x, err := s.phone.Pay(s.Context(), t, p)
	if err != nil {
		return issuing.Decision{}, x, err
	}
	return s.authorize(x, p), x, nil
}

// authorize is what the access device's bank asks.
func (s *shop) authorize(x wallet.Presentation, p wallet.Purchase) issuing.Decision {
	s.Helper()
	d, err := s.issuing.Authorize(s.Context(), system, s.request(x, p))
	s.ok(err)
	return d
}

// request is what the access device makes of a presentation.
func (s *shop) request(x wallet.Presentation, p wallet.Purchase) issuing.Request {
	s.serial++
	r := issuing.Request{
		Key: fmt.Sprintf("request-%d", s.serial), Path: issuing.Network, Number: x.Number, Amount: p.Amount, Currency: p.Currency, At: s.clock.Now(),
		Merchant: issuing.Merchant{ID: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1"},
	}
	if p.Chip != nil {
		c := *p.Chip
		c.ATC = uint16(x.Counter)
		r.Chip = &issuing.Chip{Transaction: c, Application: x.Application, Cryptogram: x.Cryptogram[:cryptogram.Short]}
	} else {
		r.Dynamic = &issuing.Dynamic{Index: x.Index, Data: p.Dynamic, Counter: x.Counter, Cryptogram: x.Cryptogram}
	}
	return r
}

// approved has a payment go through.
func (s *shop) approved(what string, t *wallet.Token, p wallet.Purchase) wallet.Presentation {
	s.Helper()
	d, x, err := s.pay(t, p)
	if err != nil || d.Outcome != issuing.Approve {
		s.Errorf("%s: %v, %+v", what, err, d)
	}
	return x
}

// problem checks the code of a sealed refusal.
func (s *shop) problem(err error, code string) {
	s.Helper()
	if !device.Is(err, code) {
		s.Errorf("%v, want %s", err, code)
	}
}

// token is the server's record of a token.
func (s *shop) token(t *wallet.Token) (out vault.Token) {
	s.Helper()
	s.ok(s.d.Read(s.Context(), func(tx *db.Tx) (err error) { out, err = vault.Get(tx, ident.ID(t.Token)); return err }))
	return out
}
