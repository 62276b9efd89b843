package deviceserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// DI-169 to DI-185, DI-125, DI-175, DI-197: a split key, whose second half goes to the watch alone, pays with both devices and with neither of them.
func TestDI169AssistedEncryption(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{"aes", "emv-tdes"} {
		for _, variant := range []string{"protected", "plain"} {
			eachShop(t, func(p *vault.Profile) { p.Suite, p.Variant = suite, variant }, func(t *testing.T, s *shop) {
				watch, other := s.thing(speaks), s.thing(speaks)
				s.settle()
				x := s.add(nil, false, watch)
				if x.Keys[0].Share == nil || x.Shared == nil || len(s.phone.Memory.Carry) != 0 {
					t.Error("the phone's half is missing, or it has more than that")
				}
				second := watch.Memory.Kept[0].Shares[x.Keys[0].Index]
				if on, err := json.Marshal(s.phone.Memory); err != nil || bytes.Contains(on, second) {
					t.Error("the phone holds the watch's half")
				}
				for what, p := range map[string]wallet.Purchase{"chip": chip(1250), "data of the access device": {Amount: 300, Currency: "EUR", Dynamic: []byte("challenge")}, "the static text": {Amount: 300, Currency: "EUR"}} {
					if variant == "plain" {
						watch.Plain = true
					}
					s.approved(suite+" "+variant+" "+what, x, p)
					if len(s.said) != 1 || s.said[0] != watch.Number {
						t.Errorf("%s: contributed %v", what, s.said)
					}
				}
				s.near[watch.Number] = false
				if _, _, err := s.pay(x, chip(100)); !errors.Is(err, wallet.ErrAbsent) {
					t.Errorf("without the watch: %v", err)
				}
				s.near[watch.Number] = true
				s.things[watch.Number] = other // a swapped device
				if _, _, err := s.pay(x, chip(100)); err == nil {
					t.Error("another watch answered")
				}
				other.Device = watch.Device // it signs as the watch does
				other.Memory.Kept = append(other.Memory.Kept, wallet.Kept{Token: x.Token, Shares: map[string][]byte{x.Keys[0].Index: x.Keys[0].Share}, Primary: watch.Memory.Kept[0].Primary})
				if d, _, err := s.pay(x, chip(100)); err != nil || d.Reason != issuing.WrongCryptogram {
					t.Errorf("the phone's half twice: %v, %+v", err, d)
				}
			})
		}
	}
}

// DI-111 to DI-123, DI-158 to DI-166: with each way of combining devices and each place the credentials open with all devices and with none missing.
func TestDI117AssistedStorage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		with       []string
		how, place string
		patent     bool
	}{
		{name: "one that gets letters", with: []string{speaks}},
		{name: "one that the phone carries for", with: []string{keeps}},
		{name: "one that keeps nothing", with: []string{dumb}, patent: true},
		{name: "both on the watch", with: []string{speaks}, place: report.OnSecondary},
		{name: "the key on the watch", with: []string{speaks}, place: report.KeyThere},
		{name: "the token on the watch", with: []string{keeps}, place: report.TokenThere},
		{name: "sum", with: []string{speaks, keeps}},
		{name: "sum of identifiers", with: []string{dumb, dumb}, how: report.Sum, patent: true},
		{name: "xor", with: []string{speaks, keeps, speaks}, how: report.ExclusiveOr},
		{name: "concatenate", with: []string{keeps, speaks}, how: report.Concatenate, place: report.KeyThere},
		{name: "apart", with: []string{speaks, keeps}, how: report.Apart},
		{name: "crossed", with: []string{speaks, keeps}, how: report.Crossed},
		{name: "crossed over three", with: []string{speaks, speaks, keeps}, how: report.Crossed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eachShop(t, func(p *vault.Profile) {
				p.Assist, p.Cache = "storage", 0
				if c.patent {
					p.Wrap = "patent"
				}
			}, func(t *testing.T, s *shop) {
				var with []*wallet.Thing
				for _, what := range c.with {
					with = append(with, s.thing(what))
				}
				s.settle()
				x := s.add(func(w *report.TokenWish) { w.How, w.Place = c.how, c.place }, false, with...)
				if x.Number != "" {
					t.Error("the number lies open on the phone")
				}
				s.approved("all near", x, chip(1250))
				if len(s.said) != 0 {
					t.Errorf("contributed %v", s.said)
				}
				for _, away := range with {
					s.near[away.Number] = false
					if _, _, err := s.pay(x, chip(100)); !errors.Is(err, wallet.ErrAbsent) {
						t.Errorf("without device %d: %v", away.Number, err)
					}
					s.near[away.Number] = true
				}
				was := with[0].Value
				with[0].Value = "ANOTHER"
				if _, _, err := s.pay(x, chip(100)); err == nil {
					t.Error("another device opened it")
				}
				with[0].Value = was
				s.ok(s.phone.Renew(t.Context(), x))
				s.fetch()
				s.approved("the next key", x, chip(100))
				on, err := json.Marshal(s.phone.Memory)
				s.ok(err)
				if bytes.Contains(on, []byte(was)) || len(s.phone.Memory.Carry) != 0 {
					t.Error("the phone keeps who its devices are, or what is theirs (DI-124, DI-157)")
				}
				if bytes.Contains(s.ever(), []byte("THING-")) {
					t.Error("the gateway saw an identifier")
				}
			})
		})
	}
}

// DI-232, DI-233: both ways at once: the phone's half of a split key lies sealed under the watch's data, is opened with what the watch gave a while ago, and the
// server stands in for the other half.
func TestDI232BothWaysTogether(t *testing.T) {
	t.Parallel()
	eachShop(t, func(p *vault.Profile) { p.Cache = 10 }, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(func(w *report.TokenWish) { w.Sealed, w.PIN = true, "4711" }, true, watch)
		if x.Keys[0].Share != nil || len(x.Keys[0].Parts) != 1 {
			t.Error("the half lies open")
		}
		s.approved("near", x, chip(1))
		if len(s.said) != 1 {
			t.Errorf("contributed %v", s.said)
		}
		s.near[watch.Number] = false
		p := chip(1)
		p.PIN = "4711"
		if got := s.approved("away, with what is remembered and the server", x, p); !got.Cached || !got.StoodIn {
			t.Errorf("%+v", got)
		}
		s.clock.Advance(11 * 60 * 1e9)
		if _, _, err := s.pay(x, p); !errors.Is(err, wallet.ErrAbsent) {
			t.Errorf("with nothing to open it: %v", err)
		}
		s.ok(s.phone.Renew(t.Context(), x))
		s.fetch()
		s.near[watch.Number] = true
		s.approved("the next key", x, chip(1))
	})
}

// DI-115: an agreed key never travels, and opens the same.
func TestDI115AgreedKeys(t *testing.T) {
	t.Parallel()
	eachShop(t, func(p *vault.Profile) { p.Assist = "storage" }, func(t *testing.T, s *shop) {
		watch := s.thing(keeps)
		s.settle()
		sent := s.add(nil, false, watch)
		agreed := s.add(nil, true, watch)
		if len(agreed.Shared) != 16 || bytes.Equal(agreed.Shared, sent.Shared) {
			t.Error("no shared key of its own")
		}
		s.approved("agreed", agreed, chip(1))
	})
}

// DI-145 to DI-148: what the watch gave opens credentials in its absence for the time of the profile, and is deleted then.
func TestDI145InTheAbsenceOfTheSecondary(t *testing.T) {
	t.Parallel()
	for _, minutes := range []vault.Minutes{10, 15, 30} {
		eachShop(t, func(p *vault.Profile) { p.Assist, p.Cache = "storage", minutes }, func(t *testing.T, s *shop) {
			watch := s.thing(speaks)
			s.settle()
			x := s.add(nil, false, watch)
			s.approved("near", x, chip(1))
			s.near[watch.Number] = false
			s.clock.Advance(minutes.Duration() - 1e9)
			if got := s.approved("absent, and remembered", x, chip(1)); !got.Cached {
				t.Error("it was not remembered")
			}
			s.clock.Advance(1e9)
			s.phone.Forget()
			if x.Cached != nil {
				t.Error("it is still there")
			}
			if _, _, err := s.pay(x, chip(1)); !errors.Is(err, wallet.ErrAbsent) {
				t.Errorf("after its time: %v", err)
			}
		})
	}
}

// DI-113, DI-168, DI-230, DI-231: what gets no credentials, and as whose secondary nothing counts.
func TestDI113NoCredentials(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch, lamp := s.thing(speaks), s.thing(dumb)
		wish := report.TokenWish{Card: s.card.ID[:], With: []int{watch.Number}}
		add := func(change func(*report.TokenWish)) error {
			w := wish
			change(&w)
			_, err := s.phone.Add(t.Context(), w, false)
			return err
		}
		s.problem(add(func(*report.TokenWish) {}), "wallet.fresh")
		s.settle()
		fresh := s.thing(speaks)
		s.problem(add(func(w *report.TokenWish) { w.With = []int{fresh.Number} }), "wallet.peer")
		s.problem(add(func(w *report.TokenWish) { w.With = []int{lamp.Number} }), "wallet.peer")
		s.problem(add(func(w *report.TokenWish) { w.With = []int{s.phone.Device.Memory.Number} }), "wallet.peer")
		s.problem(add(func(w *report.TokenWish) { w.With = []int{200} }), "wallet.peer")
		s.problem(add(func(w *report.TokenWish) { w.With = nil }), "report.body")
		s.problem(add(func(w *report.TokenWish) { w.With = []int{watch.Number, watch.Number}; w.How = report.Sum }), "wallet.how")
		s.problem(add(func(w *report.TokenWish) { w.Card = make([]byte, 16) }), "wallet.card")
		s.problem(add(func(w *report.TokenWish) { w.PIN = "12" }), "report.body")
		s.problem(add(func(w *report.TokenWish) { w.Exchange = make([]byte, 32) }), "wallet.exchange")
		_, err := watch.Device.Ask(t.Context(), report.Wallet{Cards: &report.CardsWish{}})
		s.problem(err, "companion.role")
		cards, err := s.phone.Cards(t.Context())
		if err != nil || len(cards) != 1 || cards[0].Last4 != "1237" || cards[0].Assist != "encryption" {
			t.Errorf("%v, %+v", err, cards)
		}
		s.ok(s.vault.BlockAccount(t.Context(), system, s.card.ID, "stolen"))
		s.problem(add(func(*report.TokenWish) {}), "vault.standing")
		if cards, err := s.phone.Cards(t.Context()); err != nil || len(cards) != 0 {
			t.Errorf("%v, %+v", err, cards)
		}
		if n := s.count("vault_token"); n != 0 {
			t.Errorf("%d tokens", n)
		}
	})
}

// What an owner says of a device holds for the tokens in which it takes part: suspended, given back, and ended with what all devices keep.
func TestTokensGoTheWayOfTheirDevices(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		on := companion.On{Order: companion.Order{Customer: s.who}, Companion: s.devices(s.who)[watch.Number-1].ID}
		s.ok(s.desk.Suspend(t.Context(), system, on))
		if got := s.token(x); got.Status != vault.Suspended {
			t.Errorf("with its watch: %s", got.Status)
		}
		if _, err := s.phone.Fetch(t.Context()); err != nil || len(s.phone.Memory.Tokens) != 1 {
			t.Error("the phone forgot it", err)
		}
		s.ok(s.desk.Resume(t.Context(), system, on))
		if got := s.token(x); got.Status != vault.Active {
			t.Errorf("given back: %s", got.Status)
		}
		s.ok(s.desk.Lose(t.Context(), system, on))
		if got := s.token(x); got.Status != vault.Deleted {
			t.Errorf("lost: %s", got.Status)
		}
		if n := s.count("wallet_set") + s.count("wallet_peer"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if _, err := s.phone.Fetch(t.Context()); err != nil || len(s.phone.Memory.Tokens) != 0 {
			t.Error("the phone keeps it", err)
		}
	})
}

// What an owner does not let a device do any more its tokens do not do either, also while it was suspended meanwhile.
func TestTokensDoWhatTheirDevicesMay(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		on := func(number int) companion.On {
			return companion.On{Order: companion.Order{Customer: s.who}, Companion: s.registered(number).ID}
		}
		for name, number := range map[string]int{"the watch": watch.Number, "the phone": s.phone.Device.Memory.Number} {
			all := s.registered(number).Roles
			let := func(roles []companion.Role, want vault.Status) {
				t.Helper()
				s.ok(s.desk.Change(t.Context(), system, on(number), companion.Change{Roles: &roles}))
				if got := s.token(x); got.Status != want {
					t.Errorf("%s may %v: the token is %s", name, roles, got.Status)
				}
			}
			let(nil, vault.Suspended)
			s.ok(s.desk.Suspend(t.Context(), system, on(number)))
			let(all, vault.Suspended)
			let(nil, vault.Suspended)
			s.ok(s.desk.Resume(t.Context(), system, on(number)))
			if got := s.token(x); got.Status != vault.Suspended {
				t.Errorf("%s was given back and may nothing: the token is %s", name, got.Status)
			}
			let(all, vault.Active)
		}
		s.approved("with all that it may", x, chip(1))
	})
}
