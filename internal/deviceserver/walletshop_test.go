package deviceserver_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/internal/iso8583server"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// counter is a till whose bank reaches the issuer through a network.
func (s *shop) counter(web bool, refuse func(*iso8583.Message) bool) *terminal.Till {
	s.Helper()
	p, err := iso8583.Load("iso87-bcd")
	s.ok(err)
	srv, err := iso8583server.New(iso8583server.Config{Profile: p, Desk: s.issuing, Log: s.config.Log, SignOn: true, Idle: time.Minute, Room: 16, Most: 4})
	s.ok(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.ok(err)
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, l) }()
	line := &terminal.Line{Profile: p, Wait: time.Minute, SignOn: true, Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}}
	s.Cleanup(func() {
		_ = line.Close()
		cancel()
		if err := <-done; err != nil {
			s.Error(err)
		}
	})
	s.serial++
	return &terminal.Till{
		Profile: p, Bank: &terminal.Network{Profile: p, Issuer: line, Refuse: refuse}, Acquirer: "123456", Merchant: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: fmt.Sprintf("T%d", s.serial), Web: web,
		Now: s.clock.Now, Rand: rand.Reader,
	}
}

// buy pays at a till.
func (s *shop) buy(till *terminal.Till, t *wallet.Token, amount int64) (terminal.Receipt, error) {
	s.Helper()
	sale, err := till.Open(amount, "978")
	s.ok(err)
	x, err := s.phone.Pay(s.Context(), t, wallet.Purchase{Amount: amount, Currency: "EUR", Chip: &sale.Chip})
	if err != nil {
		return terminal.Receipt{}, err
	}
	return till.Authorize(s.Context(), sale, terminal.Shown{Number: x.Number, Application: x.Application, Counter: x.Counter, Cryptogram: x.Cryptogram})
}

// DI-5 to DI-12, DI-202, DI-220 to DI-227: from the watch to the issuer and back, at the till and on the web; the network may refuse what the issuer
// approved, and the amount comes back to the key.
func TestDI223FromTheWatchToTheIssuer(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		if h, err := s.vault.Holding(t.Context(), s.who, s.token(x).ID); err != nil || len(h.With) != 1 || h.With[0] != s.registered(watch.Number).ID {
			t.Errorf("%v, together with %v", err, h.With)
		}
		for _, web := range []bool{false, true} {
			r, err := s.buy(s.counter(web, nil), x, 1250)
			if err != nil || !r.Approved || r.Amount != 1250 || len(r.Approval) != 6 || r.Last4 != x.Last4 {
				t.Errorf("web %v: %v, %+v", web, err, r)
			}
			if a := r.Asked; a.Text(2) == "4147090000001237" || a.Text(2) != x.Number {
				t.Error("the number of the card is in the message")
			}
		}
		till := s.counter(false, func(m *iso8583.Message) bool { return m.Text(4) == "000000006600" })
		r, err := s.buy(till, x, 6600)
		if err != nil || r.Approved || r.Approval != "" {
			t.Errorf("refused by the network: %v, %+v", err, r)
		}
		all, err := s.vault.Grants(t.Context(), s.token(x).ID)
		if err != nil || all[0].Used != 3 || all[0].Charged != 2500 {
			t.Errorf("%v, %+v: a use is gone, and no amount", err, all)
		}
		s.near[watch.Number] = false
		if _, err := s.buy(till, x, 100); !errors.Is(err, wallet.ErrAbsent) {
			t.Errorf("without the watch: %v", err)
		}
		s.near[watch.Number] = true
		s.ok(s.vault.BlockAccount(t.Context(), system, s.card.ID, "stolen"))
		if r, err := s.buy(till, x, 100); err != nil || r.Approved || r.Code == "00" {
			t.Errorf("a blocked card: %v, %+v", err, r)
		}
	})
}

// silent answers nothing.
type silent struct{ asked []*iso8583.Message }

func (s *silent) Ask(_ context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	s.asked = append(s.asked, m)
	return nil, terminal.ErrLate
}

// A till without an answer takes the payment back; when the original comes after its reversal it is refused.
func TestATillWithoutAnAnswerReverses(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		till := s.counter(false, nil)
		issuer := till.Bank
		lost := &silent{}
		till.Bank = lost
		if _, err := s.buy(till, x, 500); !errors.Is(err, terminal.ErrLate) || len(lost.asked) != 2 || lost.asked[1].MTI != iso8583.ReversalRequest {
			t.Fatalf("%v, %d messages", err, len(lost.asked))
		}
		for i, want := range []string{"00", "00"} { // the reversal first
			a, err := issuer.Ask(t.Context(), lost.asked[1-i])
			if s.ok(err); i == 0 && a.Text(39) != want || i == 1 && a.Text(39) == want {
				t.Errorf("%s is answered by %s", lost.asked[1-i].MTI, a.Text(39))
			}
		}
		all, err := s.vault.Grants(t.Context(), s.token(x).ID)
		if err != nil || all[0].Charged != 0 {
			t.Errorf("%v, %+v", err, all)
		}
	})
}

// deaf loses what it is asked, or the answers of the issuer behind it.
type deaf struct {
	terminal.Asker

	silent, lost bool
}

func (d *deaf) Ask(ctx context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	if d.silent {
		return nil, terminal.ErrLate
	}
	a, err := d.Asker.Ask(ctx, m)
	if d.lost && err == nil {
		return nil, terminal.ErrLate
	}
	return a, err
}

// The network decides in the place of a silent issuer and tells it afterwards. What the issuer had approved, too, is paid once.
func TestTheNetworkStandsIn(t *testing.T) {
	t.Parallel()
	eachShop(t, nil, func(t *testing.T, s *shop) {
		watch := s.thing(speaks)
		s.settle()
		x := s.add(nil, false, watch)
		till := s.counter(false, nil)
		n, ok := till.Bank.(*terminal.Network)
		if !ok {
			t.Fatal("no network")
		}
		line := &deaf{Asker: n.Issuer}
		n.Issuer, n.StandIn = line, func(m *iso8583.Message) bool { return m.Text(4) <= "000000002000" }
		for _, pay := range []struct {
			what         string
			silent, lost bool
			amount       int64
			approved     bool
		}{
			{"an issuer that does not hear", true, false, 1000, true},
			{"an issuer whose answer is lost", false, true, 2000, true},
			{"more than the network decides, and the answer is lost", false, true, 3000, false},
		} {
			line.silent, line.lost = pay.silent, pay.lost
			r, err := s.buy(till, x, pay.amount)
			if err != nil || r.Approved != pay.approved || r.Approved && (r.Amount != pay.amount || r.Approval == "") {
				t.Errorf("%s: %v, %+v", pay.what, err, r)
			}
			if told, err := n.Tell(t.Context()); told != 0 || !errors.Is(err, terminal.ErrLate) {
				t.Errorf("%s: %d advices are taken by who does not answer, %v", pay.what, told, err)
			}
		}
		line.silent, line.lost = false, false
		if told, err := n.Tell(t.Context()); told != 3 || err != nil {
			t.Errorf("%d are told, %v", told, err)
		}
		all, err := s.vault.Grants(t.Context(), s.token(x).ID)
		if err != nil || all[0].Used != 3 || all[0].Charged != 3000 {
			t.Errorf("%v, %+v: three uses and what the network approved", err, all)
		}
		var due int64
		_, err = s.issuing.Clearing(t.Context(), system, s.clock.Now().Add(-time.Hour), s.clock.Now().Add(time.Hour), func(c issuing.Cleared) error {
			due += c.Due
			return nil
		})
		if err != nil || due != 3000 {
			t.Errorf("%v, %d is cleared", err, due)
		}
	})
}
