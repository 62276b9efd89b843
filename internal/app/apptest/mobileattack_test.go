package apptest_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/smpp"
)

// TestBombed is M-05: 100 requests from five service providers to one number at once, on two
// nodes, are one message to its SIM; the others are told that the number is busy. When that is
// over the next one goes out.
func TestBombed(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		const providers, each = 5, 20
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		node := in.Run(t)
		var nodes [2]*app.App
		for i := range nodes {
			a, err := in.App()
			s.check(err)
			defer func() { s.check(a.Close()) }()
			nodes[i] = a
		}
		var all sync.WaitGroup
		var taken, busy, odd atomic.Int64
		var winner atomic.Value
		start := make(chan struct{})
		for p := range providers {
			for n := range each {
				all.Go(func() {
					<-start
					switch x, err := s.asks(nodes[n%2], p, number, "Pay 12.00 EUR"); {
					case err == nil:
						taken.Add(1)
						winner.Store(x)
					case fault.Is(err, "mobileid.busy"):
						busy.Add(1)
					default:
						odd.Add(1)
						t.Error(err)
					}
				})
			}
		}
		close(start)
		all.Wait()
		if taken.Load() != 1 || busy.Load() != providers*each-1 || odd.Load() != 0 {
			t.Errorf("%d were taken, %d told that it is busy, %d something else", taken.Load(), busy.Load(), odd.Load())
		}
		s.air.Sign(t, number, signingPIN)
		won, _ := winner.Load().(mobileid.Transaction)
		s.becomes(nodes[0], won, mobileid.Valid)
		if n := s.signatures(number); n != 1 {
			t.Errorf("%d messages went to the SIM", n)
		}
		x, err := s.asks(nodes[1], 0, number, "Pay 13.00 EUR")
		s.check(err)
		s.air.Sign(t, number, signingPIN)
		s.becomes(nodes[0], x, mobileid.Valid)
		if n := s.signatures(number); n != 2 {
			t.Errorf("%d messages went to the SIM", n)
		}
		node.Stop(t)
	})
}

// TestBadNetwork: messages to the card come twice, and answers of it too; one that is lost is lost. The person is
// asked once, and what is answered counts once.
func TestBadNetwork(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		node := in.Run(t)
		in.Open(t, func(a *app.App) {
			s.air.Center.Always(smscenter.Fate{Copies: 2, ReceiptFirst: true})
			for range 3 {
				x, err := s.asks(a, 1, number, strings.Repeat("Pay 12.00 EUR to Kari. ", 8)) // several short messages
				s.check(err)
				s.air.Sign(t, number, signingPIN)
				s.becomes(a, x, mobileid.Valid)
			}
			s.air.Center.Always(smscenter.Fate{Drop: true})
			x, err := s.asks(a, 1, number, "Pay 13.00 EUR")
			s.check(err)
			s.air.Await(t, "the message", func(all []smpp.Message) bool { return s.signatures(number) == 4 })
			s.air.Center.Always(smscenter.Fate{})
			if got, err := a.MobileIDs.Get(t.Context(), x.Provider, x.Handle); err != nil || got.Status != mobileid.Asked {
				t.Errorf("a lost message: %s, %v", got.Status, err)
			}
			if _, err := s.asks(a, 2, number, "Pay 14.00 EUR"); !fault.Is(err, "mobileid.busy") {
				t.Errorf("while it may still arrive: %v", err)
			}
			_, err = a.MobileIDs.Cancel(t.Context(), setUp, x.Provider, x.Handle)
			s.check(err)
			y, err := s.asks(a, 2, number, "Pay 14.00 EUR")
			s.check(err)
			s.air.Sign(t, number, signingPIN)
			s.becomes(a, y, mobileid.Valid)
		})
		node.Stop(t)
		s.quiet()
		if _, copies := s.counters(); copies != 0 {
			t.Errorf("the server has sent %d packets again", copies)
		}
	})
}

// TestForged: a stranger at the message center, who has heard everything so far, sends answers and
// commands: old ones, changed in every octet, with other parts, in somebody else's name, in another
// order. None of it moves a transaction, no phone asks anything, and the true answer still counts.
func TestForged(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 2)
		number, other := s.numbers[0], s.numbers[1]
		node := in.Run(t)
		in.Open(t, func(a *app.App) {
			for _, n := range s.numbers {
				x, err := s.asks(a, 1, n, "Pay 12.00 EUR")
				s.check(err)
				s.air.Sign(t, n, signingPIN)
				s.becomes(a, x, mobileid.Valid)
			}
			heard := s.air.Carried()
			x, err := s.asks(a, 1, number, "Pay 13.00 EUR")
			s.check(err)
			s.air.Look(t, number, simcard.Consent)
			s.becomes(a, x, mobileid.Delivered)
			stranger := s.air.Stranger(t)
			forged := forgeries(heard, number, other)
			for _, m := range forged {
				stranger.Send(m)
			}
			s.settled(a, node, len(forged))
			if got, err := a.MobileIDs.Get(t.Context(), x.Provider, x.Handle); err != nil || got.Status != mobileid.Delivered {
				t.Errorf("after %d forgeries: %s (%s), %v", len(forged), got.Status, got.Reason, err)
			}
			if k := s.air.Tray.Card(other).Look().Kind; k == simcard.Consent {
				t.Error("the other phone asks for a signature that nobody wants")
			}
			if shown := s.air.Sign(t, number, signingPIN); !strings.Contains(shown.Text, "13.00") {
				t.Errorf("the phone shows %q", shown.Text)
			}
			s.becomes(a, x, mobileid.Valid)
		})
		node.Stop(t)
	})
}

// settled waits until the node has seen what was sent to it before.
func (s *simSigners) settled(a *app.App, node *apptest.Node, least int) {
	s.t.Helper()
	seen := func(text string) (n int) {
		for line := range strings.Lines(text) {
			for _, name := range []string{"forged", "copies", "hints", "strange"} {
				if v, ok := strings.CutPrefix(line, "countersign_sim_"+name+" "); ok {
					n += number(v)
				}
			}
		}
		return n
	}
	for deadline := time.Now().Add(time.Minute); seen(node.Measures(s.t)) < least/4; time.Sleep(10 * time.Millisecond) { // another goroutine takes them
		if time.Now().After(deadline) {
			s.t.Fatalf("the node has seen %d of %d", seen(node.Measures(s.t)), least)
		}
	}
}

func number(text string) (n int) {
	for _, r := range strings.TrimSpace(text) {
		if r < '0' || r > '9' {
			break
		}
		n = 10*n + int(r-'0')
	}
	return n
}

// forgeries are what a stranger makes of what was heard.
func forgeries(heard []smpp.Message, number, other string) (all []smpp.Message) {
	answers, commands := apptest.FromCards(heard, number), apptest.ToCards(heard, number)
	from := func(m smpp.Message, who string) smpp.Message {
		m.Source.Addr = strings.TrimPrefix(who, "+")
		return m
	}
	for _, m := range answers {
		all = append(all, m, from(m, other), from(m, "+436649999999")) // replayed, and in another's name
		for i := range m.Short {
			changed := m
			changed.Short = slices.Clone(m.Short)
			changed.Short[i] ^= 1 << (i % 8)
			all = append(all, changed)
		}
		cut := m
		cut.Short = m.Short[:len(m.Short)/2]
		all = append(all, cut)
	}
	for _, m := range apptest.FromCards(heard, other) {
		all = append(all, from(m, number)) // the answer of another card
	}
	backwards := slices.Clone(answers)
	slices.Reverse(backwards)
	all = append(all, backwards...)
	for _, m := range commands {
		all = append(all, m) // the card has had it
		for i := 0; i < len(m.Short); i += 7 {
			changed := m
			changed.Short = slices.Clone(m.Short)
			changed.Short[i] ^= 0x10
			all = append(all, changed)
		}
		elsewhere := m
		elsewhere.Dest.Addr = strings.TrimPrefix(other, "+") // under another card's keys
		all = append(all, elsewhere)
	}
	return all
}

// TestMisread: what a phone or a person would read otherwise than it was meant is refused before
// anything is sent, and what is sent stands on the screen as it is.
func TestMisread(t *testing.T) {
	t.Parallel()
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		node := in.Run(t)
		in.Open(t, func(a *app.App) {
			for _, text := range []string{
				"Pay 10.00 EUR to \u202Egnihtemos", "Pay \u206610.00\u2069 EUR", "Pay 1\u200B0.00", "Pay\u00AD10", // directions, and what is not seen
				"Pаy 10.00 EUR", "Αlder Bank: log in", "Pay 10.00 EUR לקארי", "Pay 1\u03380.00", "Pay １0.00", "Pay \U0001F4B0", "Pay\x07", "Pay\r\n10", "a\uE000b",
			} {
				if _, err := s.asks(a, 1, number, text); !fault.Is(err, "mobileid.text") {
					t.Errorf("%q: %v", text, err)
				}
			}
			if n := s.signatures(number); n != 0 {
				t.Errorf("%d messages were sent", n)
			}
			for _, text := range []string{"Pay 10.00 € to Łukasz {42}", "Платёж 10,00", "Überweisung\nan Kari", "תשלום 10.00"} {
				x, err := s.asks(a, 1, number, text)
				s.check(err)
				if shown := s.air.Sign(t, number, signingPIN); shown.Text != "Shop 1\n"+text || shown.Control != x.Control {
					t.Errorf("the phone shows %q, %s; want %q, %s", shown.Text, shown.Control, text, x.Control)
				}
				if got := s.becomes(a, x, mobileid.Valid); string(got.Content) != text {
					t.Errorf("signed was %q", got.Content)
				}
			}
		})
		node.Stop(t)
	})
}
