package deviceserver_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// form is the type of access device with a field of three digits.
var form = [8]byte{7: 1}

// coded is a payment by a code, of what the wallet made.
func (s *shop) coded(c wallet.Coded, amount int64) issuing.Request {
	s.Helper()
	r := s.request(wallet.Presentation{Number: c.Number}, wallet.Purchase{Amount: amount, Currency: "EUR"})
	r.Dynamic, r.Code = nil, &issuing.Code{Index: c.Index, Counter: c.Counter, Device: form, Value: c.Value}
	return r
}

func (s *shop) asked(r issuing.Request) issuing.Decision {
	s.Helper()
	d, err := s.issuing.Authorize(s.Context(), system, r)
	s.ok(err)
	return d
}

// withData gives data of limited use to a phone with a token.
func (s *shop) withData(change func(*report.TokenWish), with ...*wallet.Thing) *wallet.Token {
	s.Helper()
	x := s.add(change, false, with...)
	s.ok(s.phone.RenewData(s.Context(), x))
	s.fetch()
	return x
}

func dataOf(assist string, uses int, amount int64) func(*vault.Profile) {
	return func(p *vault.Profile) {
		p.Assist, p.Data = assist, vault.Threshold{Uses: uses, Hours: 24, Amount: amount, Currency: map[bool]string{true: "EUR"}[amount > 0], Foreign: map[bool]string{true: "refuse"}[amount > 0]}
	}
}

// DI-30: limited-use data make codes of three digits together with the other devices, and have thresholds of their own; a stolen phone makes none.
func TestDI30CodesOfLimitedUseData(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		assist string
		how    string
		others int
	}{
		"a split key":      {"encryption", "", 1},
		"stored":           {"storage", "", 1},
		"two devices":      {"storage", report.ExclusiveOr, 2},
		"crossed over two": {"storage", report.Crossed, 2},
		"apart":            {"storage", report.Apart, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachShop(t, dataOf(x.assist, 2, 0), func(t *testing.T, s *shop) {
				things := []*wallet.Thing{s.thing(speaks), s.thing(keeps)}[:x.others]
				s.settle()
				token := s.withData(func(w *report.TokenWish) { w.How, w.PIN = x.how, "4711" }, things...)
				if parts := token.Data[0].Parts; len(parts) != 1 || len(parts[0].Under) != x.others || parts[0].On != 0 {
					t.Errorf("%+v: they open with all other devices together, and lie on the phone", parts)
				}
				buy := wallet.Purchase{Amount: 100, Currency: "EUR"}
				for range 2 {
					c, err := s.phone.Code(t.Context(), token, buy, form)
					s.ok(err)
					r := s.coded(c, 100)
					s.said = []int{-1}
					if d := s.asked(r); d.Outcome != issuing.Approve || len(s.said) != 0 {
						t.Errorf("%+v, contributed %v: the other devices gave what opens the data, which may be kept", d, s.said)
					}
					r.Key += " again"
					if d := s.asked(r); d.Reason != issuing.OldCounter {
						t.Errorf("a code is good twice: %+v", d)
					}
				}
				if _, err := s.phone.Code(t.Context(), token, buy, form); !errors.Is(err, wallet.ErrWorn) {
					t.Errorf("a third one: %v", err)
				}
				s.approved("the key is not worn by that", token, chip(1))
				if s.phone.Wants(token) {
					t.Error("data that are worn are no key that is")
				}
				s.ok(s.phone.RenewData(t.Context(), token))
				s.fetch()
				for _, o := range things {
					s.near[o.Number] = false
				}
				token.Cached = nil
				if _, err := s.phone.Code(t.Context(), token, buy, form); !errors.Is(err, wallet.ErrAbsent) {
					t.Errorf("a phone alone: %v", err)
				}
				buy.PIN = "4711"
				c, err := s.phone.Code(t.Context(), token, buy, form)
				switch {
				case x.assist == "encryption":
					if !errors.Is(err, wallet.ErrAbsent) {
						t.Errorf("the server gives no data in the place of half a key: %v", err)
					}
				case err != nil:
					t.Errorf("after the PIN: %v", err)
				default:
					if d := s.asked(s.coded(c, 100)); d.Outcome != issuing.Approve {
						t.Errorf("after the PIN: %+v", d)
					}
				}
			})
		})
	}
}

// Data make no cryptogram, of whatever kind: whoever tries misses, and misses end them. Keys and data are counted as one.
func TestDataMakeNoCryptogram(t *testing.T) {
	t.Parallel()
	eachShop(t, dataOf("storage", 100, 0), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.withData(nil, watch)
		if x.Renewals() != 2 || x.Data[0].Renewal != 2 || x.Data[0].Index == x.Keys[0].Index {
			t.Fatalf("%+v", x.Data)
		}
		forged := *x
		forged.Keys = []wallet.Key{{TokenKey: x.Data[0].TokenKey}}
		forged.Keys[0].Parts = append([]report.SealedPart{}, x.Data[0].Parts...)
		for _, buy := range []wallet.Purchase{chip(1), {Amount: 1, Currency: "EUR", Dynamic: []byte("unpredictable")}, {Amount: 1, Currency: "EUR"}, chip(1), chip(1)} {
			if d, _, err := s.pay(&forged, buy); err != nil || d.Reason != issuing.WrongCryptogram {
				t.Errorf("%v, %+v", err, d)
			}
		}
		x.Counter = forged.Counter
		c, err := s.phone.Code(t.Context(), x, wallet.Purchase{Amount: 1, Currency: "EUR"}, form)
		s.ok(err)
		if d := s.asked(s.coded(c, 1)); d.Reason != issuing.WornKey || d.Detail != string(vault.WornEnded) {
			t.Errorf("after five misses: %+v", d)
		}
		s.ok(s.phone.Renew(t.Context(), x))
		if x.Renewals() != 3 {
			t.Errorf("%d renewals", x.Renewals())
		}
	})
}

// DI-23 to DI-31 for data: amount, time, and the last use at once; a reversal gives the amount back. What the thresholds are is the portfolio's word.
func TestThresholdsOfData(t *testing.T) {
	t.Parallel()
	eachShop(t, dataOf("storage", 3, 1000), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.withData(nil, watch)
		code := func(amount int64) issuing.Request {
			t.Helper()
			c, err := s.phone.Code(t.Context(), x, wallet.Purchase{Currency: "EUR"}, form) // the phone does not know the sum
			s.ok(err)
			x.Data[0].Used = 0
			return s.coded(c, amount)
		}
		first := code(600)
		if d := s.asked(first); d.Outcome != issuing.Approve {
			t.Errorf("%+v", d)
		}
		if d := s.asked(code(600)); d.Reason != issuing.WornKey || d.Detail != string(vault.WornAmount) {
			t.Errorf("beyond the amount: %+v", d)
		}
		if back, err := s.issuing.Reverse(t.Context(), system, issuing.Reversal{Key: "back", Original: first.Key}); err != nil || back.Amount != 600 {
			t.Errorf("%+v, %v", back, err)
		}
		if d := s.asked(code(600)); d.Outcome != issuing.Approve {
			t.Errorf("after the reversal: %+v", d)
		}
		var said [2]issuing.Decision
		var failed [2]error
		var both sync.WaitGroup
		for i, r := range []issuing.Request{code(1), code(1)} {
			both.Go(func() { said[i], failed[i] = s.issuing.Authorize(t.Context(), system, r) })
		}
		both.Wait()
		s.ok(errors.Join(failed[:]...))
		if said[0].Approves() {
			said[0], said[1] = said[1], said[0]
		}
		if said[0].Reason != issuing.WornKey || said[0].Detail != string(vault.WornUses) || !said[1].Approves() {
			t.Errorf("two at the last use: %+v", said)
		}
		if letters, err := s.phone.Fetch(t.Context()); err != nil || len(letters) != 0 {
			t.Errorf("%v, %+v: data are asked for when they are needed", err, letters)
		}
		s.ok(s.phone.RenewData(t.Context(), x))
		x.Data = x.Data[1:]
		late := code(1)
		s.clock.Advance(25 * 3600 * 1e9)
		if d := s.asked(late); d.Reason != issuing.WornKey || d.Detail != string(vault.WornTime) {
			t.Errorf("too late: %+v", d)
		}
	})
}

// Wrong codes end data, as wrong cryptograms end keys: a code has three digits. The key goes on.
func TestWrongCodesEndData(t *testing.T) {
	t.Parallel()
	eachShop(t, dataOf("encryption", 100, 0), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.withData(nil, watch)
		code := func() issuing.Request {
			t.Helper()
			c, err := s.phone.Code(t.Context(), x, wallet.Purchase{Amount: 1, Currency: "EUR"}, form)
			s.ok(err)
			return s.coded(c, 1)
		}
		for i := range vault.Misses {
			if i == vault.Misses-1 {
				if d := s.asked(code()); d.Outcome != issuing.Approve {
					t.Errorf("after %d wrong ones: %+v", i, d)
				}
			}
			r := code()
			r.Code.Value = string([]byte{'0' + (r.Code.Value[0]-'0'+1)%10, r.Code.Value[1], r.Code.Value[2]})
			if d := s.asked(r); d.Reason != issuing.WrongCryptogram {
				t.Errorf("a wrong one: %+v", d)
			}
		}
		if d := s.asked(code()); d.Reason != issuing.WornKey || d.Detail != string(vault.WornEnded) {
			t.Errorf("after %d wrong ones: %+v", vault.Misses, d)
		}
		s.approved("by the key", x, chip(1))
	})
}

// A copy that pays by data is found as one that pays by keys, and misshapen wishes are refused.
func TestACopyThatPaysByData(t *testing.T) {
	t.Parallel()
	eachShop(t, dataOf("encryption", 10, 0), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.withData(nil, watch)
		_, err := s.phone.Device.Ask(t.Context(), report.Wallet{Renew: &report.KeyWish{Kind: "coins", Token: x.Token, Renewal: 3, Index: x.Keys[0].Index}})
		s.problem(err, "report.body")
		copied := s.copied(x)
		c, err := s.phone.Code(t.Context(), copied, wallet.Purchase{Amount: 1, Currency: "EUR"}, form)
		s.ok(err)
		if d := s.asked(s.coded(c, 1)); d.Outcome != issuing.Approve {
			t.Errorf("%+v", d)
		}
		s.problem(s.phone.RenewData(t.Context(), x), "wallet.copied")
	})
}
