package deviceserver_test

import (
	"testing"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// A key for which the server stood in once never counts as used together with the watch, also when the server has stood in with another key since: a
// cryptogram may be kept, and shown later.
func TestWhatTheServerStoodInForIsNeverTogether(t *testing.T) {
	t.Parallel()
	eachShop(t, func(p *vault.Profile) { p.Keys = 3 }, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(func(w *report.TokenWish) { w.PIN = "4711" }, false, watch)
		s.near[watch.Number] = false
		kept, later := chip(100), chip(100)
		kept.PIN, later.PIN = "4711", "4711"
		first, err := s.phone.Pay(t.Context(), x, kept)
		s.ok(err)
		s.ok(s.phone.Renew(t.Context(), x))
		if got := s.approved("with the next key", x, later); !got.StoodIn || got.Index == first.Index || len(s.said) != 0 {
			t.Errorf("%+v, contributed %v", got, s.said)
		}
		if d := s.authorize(first, kept); d.Outcome != issuing.Approve || len(s.said) != 0 {
			t.Errorf("%+v, contributed %v: the watch was away", d, s.said)
		}
		_, err = watch.Fetch(t.Context())
		s.ok(err)
		s.near[watch.Number] = true
		s.ok(s.phone.Renew(t.Context(), x))
		_, err = watch.Fetch(t.Context())
		s.ok(err)
		if s.approved("with a key of its own", x, chip(100)); len(s.said) != 1 {
			t.Errorf("contributed %v", s.said)
		}
	})
}

// The server stands in for no token that may not pay: what it gives would open the credentials for later.
func TestTheServerStandsInForNoTokenThatIsSuspended(t *testing.T) {
	t.Parallel()
	for _, assist := range []string{"encryption", "storage"} {
		eachShop(t, func(p *vault.Profile) { p.Assist, p.Cache = assist, 0 }, func(t *testing.T, s *shop) {
			watch := s.thing(speaks)
			s.settle()
			x := s.add(func(w *report.TokenWish) { w.PIN = "4711" }, false, watch)
			s.near[watch.Number] = false
			p := chip(100)
			p.PIN = "4711"
			s.ok(s.vault.Suspend(t.Context(), system, s.token(x).ID, vault.Cause{Reason: vault.ByIssuer}))
			_, _, err := s.pay(x, p)
			s.problem(err, "wallet.key")
			s.ok(s.vault.Resume(t.Context(), system, s.token(x).ID, vault.Cause{Reason: vault.ByIssuer}))
			s.approved(assist+", resumed", x, p)
		})
	}
}
