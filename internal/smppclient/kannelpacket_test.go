package smppclient_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/smpp"
)

// TestKannelCarriesPackets has Kannel send a packet of ours to a SIM card: it marks the short message by
// itself, and the card behind the emulated center understands and answers.
func TestKannelCarriesPackets(t *testing.T) {
	t.Parallel()
	bearer, box := kannel(t, "/usr/sbin/bearerbox"), kannel(t, "/usr/sbin/smsbox")
	clock := newClock()
	out, back := make(chan smpp.Message, 10), make(chan smpp.Message, 10)
	center := smscenter.New(smscenter.Config{Now: clock.Now, Accounts: map[string]string{"kannel": "secret", "sims": "s"}, Carried: func(m smpp.Message) {
		if m.Source.Addr == cards {
			out <- m
		} else {
			back <- m
		}
	}})
	address := serve(t, center)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	card, _, err := simcard.Make(rand.Reader, simcard.Order{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	center.SIM(number, "sims")
	insert(t, clock, address, card)
	ours, _ := strconv.Atoi(port)
	ports, dir := freePorts(t, 3), t.TempDir()
	name := filepath.Join(dir, "kannel.conf")
	if err := os.WriteFile(name, fmt.Appendf(nil, kannelConfig, ports[0], ports[1], ports[2], ours), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, dir, bearer, "-v", "4", name)
	if err := center.Until(patience(t), func(s smscenter.Stats) bool { return s.Binds == 2 }); err != nil {
		t.Fatal("Kannel and the card did not bind: ", err)
	}
	listens(t, ports[1])
	background(t, dir, box, "-v", "4", name)
	ask := status()
	data, err := ask.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Counter: 1, Data: data}
	packet, err := c.Pack(ota.Keys{KIc: card.Keys[0].KIc, KID: card.Keys[0].KID})
	if err != nil {
		t.Fatal(err)
	}
	kannelSends(t, ports[2], url.Values{
		"username": {"tester"}, "password": {"tester"}, "from": {cards}, "to": {number}, "coding": {"1"}, "mclass": {"2"}, "pid": {"127"}, "alt-dcs": {"1"},
		"udh": {"\x02\x70\x00"}, "text": {string(packet)},
	})
	m := next(t, out)
	if m.ProtocolID != 0x7F || m.Coding != 0xF6 || m.ESMClass&smpp.ESMHeader == 0 || !bytes.Equal(m.Short, append([]byte{2, 0x70, 0}, packet...)) {
		t.Errorf("%+v", m)
	}
	m = next(t, back)
	if r := answer(t, card, sim.Arrival{Data: m.Short}); r.Status != ota.OK || r.Counter != 1 || m.Dest.Addr != cards {
		t.Errorf("%+v to %+v", r, m.Dest)
	}
}

// insert puts a card into a phone of the center at an address.
func insert(t *testing.T, clock *clock, center string, card *simcard.Memory) {
	t.Helper()
	tray, err := simcard.Open(simcard.TrayConfig{Now: clock.Now, Rand: rand.Reader})
	if err == nil {
		err = tray.Add(card)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	m := &simcard.Modem{Tray: tray, SystemID: "sims", Password: "s", Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", center)
	}}
	go func() { defer close(ended); m.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
}
