package apptest

import (
	"bytes"
	"context"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/smpp"
)

// CardsAddress is from where packets go to SIM cards, and to where they answer.
const CardsAddress = "+4366410000"

// Accounts at the center.
const (
	bankAccount  = "bank"
	simsAccount  = "sims"
	otherAccount = "other" // anybody's
	smscPassword = "hunter2"
)

// Air is what lies between an installation and SIM cards: a message center, and phones with
// emulated cards in them. It lives longer than nodes.
type Air struct {
	Center  *smscenter.Center
	Tray    *simcard.Tray
	Memory  string // file of the cards
	Output  string // file of the card maker
	Address string // of the center

	mu      sync.Mutex
	carried []smpp.Message // everything, in the order in which the center took it
	puks    map[string]string
	news    chan struct{} // closed and made anew with each message
}

// NewAir runs a center and phones with new cards of these numbers until the test ends, imports the
// cards, and configures the nodes that are started from now on.
func (in *Installation) NewAir(t testing.TB, numbers ...string) *Air {
	t.Helper()
	a := &Air{Memory: filepath.Join(in.Dir, "sims.json"), Output: filepath.Join(in.Dir, "sims.csv"), puks: map[string]string{}, news: make(chan struct{})}
	a.Center = smscenter.New(smscenter.Config{
		Now: in.Clock.Now, Accounts: map[string]string{bankAccount: smscPassword, simsAccount: smscPassword, otherAccount: smscPassword}, Carried: a.hear,
	})
	a.Center.Route(CardsAddress, bankAccount)
	a.makeCards(t, in, numbers)
	background(t, func(ctx context.Context, l net.Listener) {
		if err := a.Center.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	}, a)
	modem := &simcard.Modem{Tray: a.Tray, SystemID: simsAccount, Password: smscPassword, Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", a.Address)
	}}
	until(t, modem.Run)
	in.More = append(in.More,
		"COUNTERSIGN_SMS_FIRST_URL=smpp://"+a.Address, "COUNTERSIGN_SMS_FIRST_SYSTEM_ID="+bankAccount, "COUNTERSIGN_SMS_FIRST_PASSWORD="+smscPassword,
		"COUNTERSIGN_SMS_FIRST_SOURCE=Bank", "COUNTERSIGN_SMS_FIRST_TIMEOUT=5s", "COUNTERSIGN_SMS_FIRST_CARDS="+CardsAddress,
	)
	in.Must(t, "sim", "import", a.Output)
	return a
}

func (a *Air) makeCards(t testing.TB, in *Installation, numbers []string) {
	t.Helper()
	tray, err := simcard.Open(simcard.TrayConfig{Now: in.Clock.Now, Rand: rand.Reader, File: a.Memory})
	if err != nil {
		t.Fatal(err)
	}
	a.Tray = tray
	var made []*simcard.Memory
	for _, n := range numbers {
		m, puk, err := simcard.Make(rand.Reader, simcard.Order{Number: n, Label: "Phone " + n})
		if err == nil {
			err = tray.Add(m)
		}
		if err != nil {
			t.Fatal(err)
		}
		made, a.puks[n] = append(made, m), puk
		a.Center.SIM(n, simsAccount)
	}
	var b bytes.Buffer
	if err := simcard.WriteOutput(&b, made...); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.Output, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// background serves on a port of its own until the test ends.
func background(t testing.TB, serve func(context.Context, net.Listener), a *Air) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.Address = l.Addr().String()
	until(t, func(ctx context.Context) { serve(ctx, l) })
}

// until runs f until the test ends.
func until(t testing.TB, f func(context.Context)) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
}

func (a *Air) hear(m smpp.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m.Short = slices.Clone(m.Short)
	a.carried = append(a.carried, m)
	close(a.news)
	a.news = make(chan struct{})
}

// Carried returns all that went over the air, to and from cards and phones.
func (a *Air) Carried() []smpp.Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.carried)
}

// Await waits until what was carried is as it should be.
func (a *Air) Await(t testing.TB, what string, ok func([]smpp.Message) bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for {
		a.mu.Lock()
		now, news := slices.Clone(a.carried), a.news
		a.mu.Unlock()
		if ok(now) {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// ToCards are the messages to the SIM of a number.
func ToCards(all []smpp.Message, number string) (some []smpp.Message) {
	for _, m := range all {
		if m.ProtocolID == simData && bare(m.Dest.Addr) == bare(number) {
			some = append(some, m)
		}
	}
	return some
}

// FromCards are the messages of the SIM of a number.
func FromCards(all []smpp.Message, number string) (some []smpp.Message) {
	for _, m := range all {
		if bare(m.Dest.Addr) == bare(CardsAddress) && bare(m.Source.Addr) == bare(number) {
			some = append(some, m)
		}
	}
	return some
}

// simData is the protocol identifier of what is meant for a SIM (3GPP TS 23.040, section 9.2.3.9).
const simData = 0x7F

func bare(number string) string {
	if len(number) > 0 && number[0] == '+' {
		return number[1:]
	}
	return number
}
