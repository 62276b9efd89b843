package deviceserver_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Renewals are checked against the log of the device: a payment that it does not know was made by a copy.
func TestACopyOfAWalletIsFound(t *testing.T) {
	t.Parallel()
	eachShop(t, uses(10), func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		s.approved("one", x, chip(1))
		_, offline, err := s.pay(x, chip(0))
		if err != nil || offline.Counter != 2 {
			t.Fatal(err)
		}
		if _, err := s.phone.Pay(t.Context(), x, chip(1)); err != nil { // which never reaches the bank
			t.Fatal(err)
		}
		s.ok(s.phone.Renew(t.Context(), x))
		s.fetch()
		copied := s.copied(x)
		s.approved("by the copy", copied, chip(500))
		s.problem(s.phone.Renew(t.Context(), x), "wallet.copied")
		if got := s.token(x); got.Status != vault.Suspended {
			t.Errorf("the token is %s", got.Status)
		}
		if d, _, err := s.pay(x, chip(1)); err == nil && d.Reason != issuing.Suspended {
			t.Errorf("%+v", d)
		}
	})
}

// copied is a token on a copy of the phone, as it is now.
func (s *shop) copied(x *wallet.Token) *wallet.Token {
	s.Helper()
	raw, err := json.Marshal(s.phone.Memory)
	s.ok(err)
	thief := &wallet.Wallet{Device: s.phone.Device, Near: s.phone.Near}
	s.ok(json.Unmarshal(raw, &thief.Memory))
	t, err := thief.Token(x.Token)
	s.ok(err)
	return t
}

// A copy is found also where it pays with the key before the newest, where its payment is declined for what the owner's devices say, and where
// the network stood in.
func TestACopyIsFoundHoweverItPays(t *testing.T) {
	t.Parallel()
	for name, pays := range map[string]func(*shop, *wallet.Token){
		"with the older key": func(s *shop, copied *wallet.Token) { s.approved("by the copy", copied, chip(500)) },
		"declined": func(s *shop, copied *wallet.Token) {
			s.outcome = judge.Deny
			if d, _, err := s.pay(copied, chip(500)); err != nil || d.Reason != issuing.Pattern {
				s.Errorf("%+v, %v", d, err)
			}
		},
		"told by the network": func(s *shop, copied *wallet.Token) {
			x, err := s.phone.Pay(s.Context(), copied, chip(500))
			s.ok(err)
			if d, err := s.issuing.Advise(s.Context(), system, issuing.Advice{Request: s.request(x, chip(500)), Approved: 500}); err != nil || d.Reason != issuing.NoReason {
				s.Errorf("%+v, %v", d, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachShop(t, uses(10), func(t *testing.T, s *shop) {
				watch := s.thing(speaks)
				s.settle()
				x := s.add(nil, false, watch)
				s.approved("one", x, chip(1))
				copied := s.copied(x)
				s.ok(s.phone.Renew(t.Context(), x))
				s.fetch()
				s.clock.Advance(time.Hour)
				pays(s, copied)
				s.problem(s.phone.Renew(t.Context(), x), "wallet.copied")
			})
		})
	}
}

// A log tells many payments in few words, and what it forgets is the oldest.
func TestALogOfManyPayments(t *testing.T) {
	t.Parallel()
	var log []report.Run
	for n := 1; n <= 10_000; n++ {
		log = report.Log(log, n)
	}
	if len(log) != 1 || !report.Logged(log, 10_000) || report.Logged(log, 0) || report.Logged(log, 10_001) {
		t.Errorf("%v", log)
	}
	for n := 10_002; n <= 10_002+2*report.MaxPaid; n += 2 {
		log = report.Log(log, n)
	}
	if len(log) != report.MaxPaid || report.Logged(log, 10_000) || !report.Logged(log, 10_004) || report.Logged(log, 10_005) {
		t.Errorf("%d runs, from %v", len(log), log[0])
	}
}
