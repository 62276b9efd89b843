package apptest_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// PINs of all persons of these tests: long enough that they are in nothing by chance.
const (
	authenticationPIN = "73918264"
	signingPIN        = "58302917"
)

// simSigners is a bank whose customers sign on their SIM cards.
type simSigners struct {
	t       *testing.T
	in      *apptest.Installation
	air     *apptest.Air
	numbers []string
	people  map[string]ident.ID // by phone number
}

var setUp = audit.System("test")

// newSIMSigners registers n customers; a node serves meanwhile and is stopped.
func newSIMSigners(t *testing.T, in *apptest.Installation, n int) *simSigners {
	t.Helper()
	s := &simSigners{t: t, in: in, people: map[string]ident.ID{}}
	for i := range n {
		s.numbers = append(s.numbers, fmt.Sprintf("+436641%06d", i))
	}
	s.air = in.NewAir(t, s.numbers...)
	in.Open(t, func(a *app.App) {
		s.rules(a)
		_, err := a.PKI.Init(t.Context(), setUp, pki.P256, pki.Subject{CommonName: "Test Root"}, pki.Subject{CommonName: "Test Issuing"})
		s.check(err)
		for i, number := range s.numbers {
			c, err := a.Customers.Create(t.Context(), setUp, customer.New{Number: strconv.Itoa(5000 + i), Name: "Lena Test"})
			s.check(err)
			s.people[number] = c.ID
		}
	})
	node := in.Run(t)
	in.Open(t, func(a *app.App) {
		for _, number := range s.numbers {
			s.register(a, number)
		}
	})
	node.Stop(t)
	return s
}

func (s *simSigners) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// rules lets everybody be asked as often as these tests like.
func (s *simSigners) rules(a *app.App) {
	s.t.Helper()
	doc, err := a.Policies.Active().Format()
	s.check(err)
	set, err := policy.Parse(doc) // a copy
	s.check(err)
	x := &set.MobileID
	x.Limits = policy.MobileIDLimits{Window: time.Hour, Number: 1000, Provider: 100_000, All: 100_000}
	x.Refusals, x.TTL, x.MaxTTL = limit.Rule{Max: 100, CoolDown: time.Minute}, 10*time.Minute, 10*time.Minute
	doc, err = set.Format()
	s.check(err)
	v, err := a.Policies.Store(s.t.Context(), setUp, doc)
	s.check(err)
	s.check(a.Policies.Activate(s.t.Context(), setUp, a.Policies.Active().Version, v))
}

// register brings a mobile ID into being, with both its keys.
func (s *simSigners) register(a *app.App, number string) {
	s.t.Helper()
	r, err := a.MobileIDs.Register(s.t.Context(), setUp, mobileid.Enrollment{Customer: s.people[number], Number: number})
	s.check(err)
	s.air.ChoosePIN(s.t, number, r.Control, authenticationPIN)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // until the node has answered the card
		p, err := a.MobileIDs.Profile(s.t.Context(), s.people[number], r.ID)
		s.check(err)
		switch {
		case p.State == mobileid.StateActive:
			return
		case p.State == mobileid.StateGenerating && p.Registration != nil && p.Registration.Transaction != r.Transaction:
			s.air.ChoosePIN(s.t, number, p.Registration.Control, signingPIN)
			r.Transaction = p.Registration.Transaction
		case !p.State.Registering() || time.Now().After(deadline):
			s.t.Fatalf("the mobile ID of %s is %s: %s", number, p.State, p.Reason)
		}
	}
}

// ap is a service provider.
func ap(i int) mobileid.Provider {
	return mobileid.Provider{Code: fmt.Sprintf("ap%d", i), Name: fmt.Sprintf("Shop %d", i), Entitled: true}
}

// asks asks a number for a signature.
func (s *simSigners) asks(a *app.App, i int, number, text string) (mobileid.Transaction, error) {
	return a.MobileIDs.Sign(s.t.Context(), setUp, mobileid.Request{
		Provider: ap(i), User: mobileid.User{Number: number}, Role: applet.Signing, Text: text, Control: applet.ShownControl, TTL: 10 * time.Minute,
	})
}

// becomes waits until a transaction is in a state.
func (s *simSigners) becomes(a *app.App, x mobileid.Transaction, want mobileid.Status) mobileid.Transaction {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // until another process has done its work
		x, err := a.MobileIDs.Get(s.t.Context(), x.Provider, x.Handle)
		s.check(err)
		switch {
		case x.Status == want:
			return x
		case !x.Status.Open() || time.Now().After(deadline):
			s.t.Fatalf("the transaction is %s (%s); want %s", x.Status, x.Reason, want)
		}
	}
}

// packet is a command packet that went over the air.
type packet struct {
	number  string
	counter uint64
	command applet.Command
	octets  []byte
}

// packets joins and opens all commands that went to cards, with the keys of their maker's file.
func (s *simSigners) packets() (all []packet) {
	s.t.Helper()
	keys := s.keys()
	for _, number := range s.numbers {
		for _, octets := range joined(s.t, apptest.ToCards(s.air.Carried(), number)) {
			p, err := ota.ParseCommand(octets)
			s.check(err)
			c, err := p.Open(keys[number])
			s.check(err)
			command, err := applet.ParseCommand(c.Data)
			s.check(err)
			all = append(all, packet{number, c.Counter, command, octets})
		}
	}
	return all
}

// joined puts the parts of packets together, in the order in which they came.
func joined(t *testing.T, all []smpp.Message) (packets [][]byte) {
	t.Helper()
	open := map[uint16]map[byte][]byte{}
	for _, m := range all {
		g, err := ota.ParseSegment(m.Short)
		if err != nil {
			t.Fatal(err)
		}
		if g.Total <= 1 {
			packets = append(packets, g.Body)
			continue
		}
		if open[g.Reference] == nil {
			open[g.Reference] = map[byte][]byte{}
		}
		parts := open[g.Reference]
		if parts[g.Number] = g.Body; len(parts) == int(g.Total) {
			var b []byte
			for n := byte(1); n <= g.Total; n++ {
				b = append(b, parts[n]...)
			}
			packets = append(packets, b)
			delete(open, g.Reference)
		}
	}
	return packets
}

// keys reads the card maker's file: of each number the keys of its card.
func (s *simSigners) keys() map[string]ota.Keys {
	s.t.Helper()
	b, err := os.ReadFile(s.air.Output)
	s.check(err)
	all := map[string]ota.Keys{}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		f := strings.Split(line, ",")
		kic, err := hex.DecodeString(f[4])
		s.check(err)
		kid, err := hex.DecodeString(f[5])
		s.check(err)
		all[f[1]] = ota.Keys{KIc: kic, KID: kid}
	}
	return all
}

// counters makes sure that no counter stood in two packets, and that each transaction was one packet.
func (s *simSigners) counters() (packets, copies int) {
	s.t.Helper()
	byCounter, byTransaction := map[string][]byte{}, map[applet.Transaction][]byte{}
	for _, p := range s.packets() {
		packets++
		at := fmt.Sprint(p.number, " ", p.counter)
		if was, there := byCounter[at]; there {
			copies++
			if !bytes.Equal(was, p.octets) {
				s.t.Errorf("%s: two packets have the counter %d", p.number, p.counter)
			}
		}
		byCounter[at] = p.octets
		if was, there := byTransaction[p.command.Transaction]; there && !bytes.Equal(was, p.octets) && p.command.Kind != applet.Cancel {
			s.t.Errorf("%s: a transaction was packed twice", p.number)
		}
		byTransaction[p.command.Transaction] = p.octets
	}
	return packets, copies
}

// highest is the highest counter that went to a number.
func (s *simSigners) highest(number string) (n uint64) {
	for _, p := range s.packets() {
		if p.number == number {
			n = max(n, p.counter)
		}
	}
	return n
}

// signatures counts the requests to sign that went to a number: packets, not copies of them.
func (s *simSigners) signatures(number string) int {
	var all [][]byte
	for _, p := range s.packets() {
		if p.number == number && p.command.Kind == applet.Sign {
			all = append(all, p.octets)
		}
	}
	slices.SortFunc(all, bytes.Compare)
	return len(slices.CompactFunc(all, bytes.Equal))
}

// within runs f in a write transaction of the installation.
func (s *simSigners) within(f func(*db.Tx) error) {
	s.t.Helper()
	s.in.Open(s.t, func(a *app.App) { s.check(a.DB.Write(context.Background(), f)) })
}
