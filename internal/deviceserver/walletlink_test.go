package deviceserver_test

import (
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/vault"
)

// between is somebody on the link between two devices.
type between struct {
	wallet.Peer

	there, back func(*envelope.Link)
	heard       []envelope.Link
}

func (b *between) Signed(m envelope.Link) (envelope.Link, error) {
	b.heard = append(b.heard, m)
	if b.there != nil {
		b.there(&m)
	}
	a, err := b.Peer.Signed(m)
	if err == nil && b.back != nil {
		b.back(&a)
	}
	return a, err
}

// DI-109: phone and watch sign what they say to each other, with keys that the server told them, in both ways; what is changed on the way, comes from
// another device or is not signed at all is refused, and no payment comes of it.
func TestDI109SignedMessages(t *testing.T) {
	t.Parallel()
	for _, assist := range []string{"encryption", "storage"} {
		eachShop(t, func(p *vault.Profile) { p.Assist, p.Cache = assist, 0 }, func(t *testing.T, s *shop) {
			watch, other := s.thing(speaks), s.thing(speaks)
			s.settle()
			x := s.add(nil, false, watch)
			if with := x.With[0]; with.Sign == nil || with.Sign.Scheme != "ecdsa-p256" {
				t.Fatalf("%s: %+v", assist, with)
			}
			b := &between{Peer: watch}
			s.phone.Near = func(n int) (wallet.Peer, bool) { return b, n == watch.Number }
			till := s.counter(false, nil)
			if r, err := s.buy(till, x, 100); err != nil || !r.Approved || len(b.heard) == 0 {
				t.Fatalf("%s: %v, %+v, %d messages", assist, err, r, len(b.heard))
			}
			for what, change := range map[string]func(m *envelope.Link){
				"changed":        func(m *envelope.Link) { m.Body = append([]byte("x"), m.Body...) },
				"not signed":     func(m *envelope.Link) { m.Signature = nil },
				"other's":        func(m *envelope.Link) { s.ok(m.Sign(s.signer(other))) },
				"of another key": func(m *envelope.Link) { m.Index = "0000001" },
			} {
				for _, way := range []string{"there", "back"} {
					if b.there, b.back = change, nil; way == "back" {
						b.there, b.back = nil, change
					}
					if r, err := s.buy(till, x, 100); !errors.Is(err, wallet.ErrForged) || r.Approved {
						t.Errorf("%s, %s, %s: %v, %+v", assist, what, way, err, r)
					}
				}
			}
			// An answer of before is none to this question.
			var old envelope.Link
			b.there, b.back = nil, func(m *envelope.Link) { old = *m }
			if _, err := s.buy(till, x, 100); err != nil {
				t.Fatal(err)
			}
			b.back = func(m *envelope.Link) { *m = old }
			if _, err := s.buy(till, x, 100); !errors.Is(err, wallet.ErrForged) {
				t.Errorf("%s: the answer of before: %v", assist, err)
			}
			// Whoever asks the watch without a signature gets nothing.
			if _, err := watch.Answer(x.Token, x.Keys[0].Index, make([]byte, 16)); !errors.Is(err, wallet.ErrForged) {
				t.Errorf("%s: %v", assist, err)
			}
			if d, err := watch.Data(x.Token); !errors.Is(err, wallet.ErrForged) || d.Secret != nil {
				t.Errorf("%s: %v", assist, err)
			}
		})
	}
	eachShop(t, nil, func(t *testing.T, s *shop) {
		bracelet := s.thing(keeps) // without keys of its own: nothing is signed, and it works
		s.settle()
		x := s.add(func(w *report.TokenWish) { w.PIN = "" }, false, bracelet)
		if r, err := s.buy(s.counter(false, nil), x, 100); err != nil || !r.Approved || x.With[0].Sign != nil {
			t.Errorf("%v, %+v", err, r)
		}
	})
}

func (s *shop) signer(x *wallet.Thing) *envelope.Signer {
	s.Helper()
	k, err := x.Device.Signer()
	s.ok(err)
	return k
}
