package deviceserver_test

import (
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/vault"
)

func uses(n int) func(*vault.Profile) {
	return func(p *vault.Profile) { p.Key, p.LowUses, p.Keys = vault.Threshold{Uses: n, Hours: 120}, 1, 3 }
}

// DI-203, DI-204, DI-215: device and server see alike when a key wears out; the device asks in time, and where it does not the server leaves a
// letter, once.
func TestDI203AndDI204Replenishment(t *testing.T) {
	t.Parallel()
	eachShop(t, uses(3), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		s.approved("first", x, chip(1))
		if letters, err := s.phone.Fetch(t.Context()); s.phone.Wants(x) || err != nil || len(letters) != 0 {
			t.Errorf("two uses are left: %v, %v", letters, err)
		}
		s.approved("second", x, chip(1))
		if !s.phone.Wants(x) {
			t.Error("one use is left, and the device does not ask")
		}
		a, err := s.phone.Device.Report(t.Context(), poll())
		if err != nil || a.Waiting != 1 {
			t.Errorf("%d letters wait, %v", a.Waiting, err)
		}
		s.approved("third", x, chip(1))
		if _, _, err := s.pay(x, chip(1)); !errors.Is(err, wallet.ErrWorn) {
			t.Errorf("a fourth: %v", err)
		}
		letters, err := s.phone.Fetch(t.Context())
		if err != nil || len(letters) != 1 || letters[0].Kind != report.LetterRenew || len(x.Keys) != 2 {
			t.Fatalf("%+v, %v, %d keys", letters, err, len(x.Keys))
		}
		if _, _, err := s.pay(x, chip(1)); err == nil {
			t.Error("the watch has no part of the new key yet")
		}
		s.fetch()
		s.approved("with the next key", x, chip(1))
	})
}

// Renewal counts never go back, and an old key is not followed twice.
func TestRenewalsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	eachShop(t, uses(10), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		s.ok(s.phone.Renew(t.Context(), x))
		ask := func(change func(*report.KeyWish)) error {
			w := report.KeyWish{Token: x.Token, Renewal: 3, Index: x.Keys[1].Index}
			change(&w)
			_, err := s.phone.Device.Ask(t.Context(), report.Wallet{Renew: &w})
			return err
		}
		s.problem(ask(func(w *report.KeyWish) { w.Renewal = 2 }), "vault.renewal")
		s.problem(ask(func(w *report.KeyWish) { w.Renewal = 4 }), "vault.renewal")
		s.problem(ask(func(w *report.KeyWish) { w.Index = x.Keys[0].Index }), "wallet.index")
		s.problem(ask(func(w *report.KeyWish) { w.Token = make([]byte, 16) }), "wallet.token")
		for _, bad := range [][]report.Run{{{From: 1, To: 70_000}}, {{From: 0, To: 1}}, {{From: 2, To: 1}}, {{From: 1, To: 5}, {From: 5, To: 6}}, make([]report.Run, 201)} {
			s.problem(ask(func(w *report.KeyWish) { w.Paid = bad }), "report.body")
		}
		s.ok(ask(func(*report.KeyWish) {}))
	})
}

// DI-150 to DI-153, DI-198, DD-1: only with the PIN that was chosen, and only where the other device is away, the server answers in its place; five wrong
// PINs end that, however many are tried at once. What was made like that does not count as made with the other device.
func TestDI198TheServerStandsIn(t *testing.T) {
	t.Parallel()
	for _, assist := range []string{"encryption", "storage"} {
		eachShop(t, func(p *vault.Profile) { p.Assist, p.Cache = assist, 0 }, func(t *testing.T, s *shop) {
			watch := s.thing(speaks)
			s.settle()
			none := s.add(nil, false, watch)
			x := s.add(func(w *report.TokenWish) {
				w.PIN = "4711"
				if assist == "storage" {
					w.Place = report.KeyThere
				}
			}, false, watch)
			pin := func(p string) wallet.Purchase {
				c := chip(100)
				c.PIN = p
				return c
			}
			if got := s.approved("near", x, pin("4711")); got.StoodIn {
				t.Error(assist, "the server was asked although the watch is near")
			}
			s.near[watch.Number] = false
			if got := s.approved("away", x, pin("4711")); !got.StoodIn || len(s.said) != 0 {
				t.Errorf("%s: %+v, contributed %v", assist, got, s.said)
			}
			_, _, err := s.pay(none, pin("4711"))
			s.problem(err, "wallet.alone")
			_, _, err = s.pay(x, pin("0815"))
			s.problem(err, "wallet.pin")
			s.approved("a right one begins the count anew", x, pin("4711"))
			for range 5 {
				_, _, err = s.pay(x, pin("0815"))
				s.problem(err, "wallet.pin")
			}
			_, _, err = s.pay(x, pin("4711"))
			s.problem(err, "wallet.alone")
			s.near[watch.Number] = true
			s.approved("the watch still helps", x, chip(1))
		})
	}
}

// DI-208, DI-209: letters wait for a device, come again until it says that it had them, and only it gets them.
func TestDI209LettersWait(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch, other := s.thing(speaks), s.thing(speaks)
		s.settle()
		wish := report.TokenWish{Card: s.card.ID[:], With: []int{watch.Number}}
		for range report.MaxLetters + 3 {
			_, err := s.phone.Add(t.Context(), wish, false)
			s.ok(err)
		}
		post := func(d *wallet.Thing, had ...[]byte) *report.Credentials {
			a, err := d.Device.Ask(t.Context(), report.Wallet{Post: &report.Collection{Had: had}})
			s.ok(err)
			return a.Pay
		}
		first := post(watch)
		if len(first.Post) != report.MaxLetters || !first.More {
			t.Fatalf("%d letters, more: %v", len(first.Post), first.More)
		}
		var had [][]byte
		for _, l := range first.Post {
			had = append(had, l.ID)
		}
		if got := post(other, had...); len(got.Post) != 0 {
			t.Error("another device gets them")
		}
		if again := post(watch); string(again.Post[0].ID) != string(first.Post[0].ID) {
			t.Error("they do not come again")
		}
		if rest := post(watch, had...); len(rest.Post) != 3 || rest.More {
			t.Errorf("%d letters are left", len(rest.Post))
		}
		s.clock.Advance(31 * 24 * 3600 * 1e9)
		if gone, err := s.wallets.Sweep(t.Context(), 2); err != nil || gone != 2 {
			t.Errorf("%d, %v", gone, err)
		}
	})
}

// A message that comes twice has one effect, and one answer.
func TestOneTokenForOneMessage(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		before, err := s.phone.Device.Ask(t.Context(), report.Wallet{Renew: &report.KeyWish{Token: x.Token, Renewal: 2, Index: x.Keys[0].Index}})
		s.ok(err)
		again, err := s.phone.Device.Again(t.Context())
		s.ok(err)
		if before.Pay.Key.Index != again.Pay.Key.Index || s.token(x).Renewals != 2 {
			t.Errorf("%+v, then %+v", before.Pay.Key, again.Pay.Key)
		}
	})
}
