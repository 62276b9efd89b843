package smppclient_test

import (
	"crypto/rand"
	"net"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// rawCenter is a message center that says what it is told, byte for byte.
type rawCenter struct {
	t        *testing.T
	conn     net.Conn
	sequence uint32
	client   *smppclient.Client
	packets  *packets
	got      *receipts
}

// raw binds a client whose cards answer to +4366412345678 to a center of the test.
func raw(t *testing.T, change func(*smppclient.Config)) *rawCenter {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w := &world{t: t, clock: newClock(), got: &receipts{came: make(chan sms.Receipt, 100)}}
	r := &rawCenter{t: t, packets: newPackets(), got: w.got}
	c := smppclient.Config{
		Name: "test", Address: l.Addr().String(), SystemID: "bank", Source: "Bank", Cards: "+4366412345678", CountryCode: "43", Packets: r.packets,
	}
	change(&c)
	w.connect(c)
	if r.conn, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.conn.Close() })
	bind, err := smpp.Read(r.conn)
	if err != nil {
		t.Fatal(err)
	}
	r.write(bind.Reply(smpp.OK, &smpp.BindResp{SystemID: "raw"}))
	r.client = w.client
	return r
}

func (r *rawCenter) write(p smpp.PDU) {
	r.t.Helper()
	b, err := p.Append(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.conn.Write(b); err != nil {
		r.t.Fatal(err)
	}
}

// says delivers a message, and waits until the client has taken it.
func (r *rawCenter) says(m smpp.Message) {
	r.t.Helper()
	r.sequence++
	r.write(smpp.PDU{Command: smpp.DeliverSM, Sequence: r.sequence, Body: &m})
	for {
		p, err := smpp.Read(r.conn)
		if err != nil {
			r.t.Fatal(err)
		}
		if p.Command == smpp.DeliverSMResp {
			if p.Status != smpp.OK {
				r.t.Errorf("status %s", p.Status)
			}
			return
		}
	}
}

// packet is a short message with the header of an answer.
func packet() []byte {
	return []byte{2, 0x71, 0, 0, 11, 10, 0xB0, 0, 0x11, 0, 0, 0, 0, 0, 0, 6}
}

// TestAddressesOfCards: an answer is taken in whatever form the center writes the addresses, and handed over
// with a number that says what it is; for another address it is counted, and dropped.
func TestAddressesOfCards(t *testing.T) {
	t.Parallel()
	r := raw(t, func(*smppclient.Config) {})
	from := smpp.Address{TON: smpp.International, NPI: 1, Addr: "436601234567"}
	for _, to := range []smpp.Address{
		{TON: smpp.International, NPI: 1, Addr: "4366412345678"},
		{Addr: "4366412345678"},
		{Addr: "+4366412345678"},
		{Addr: "004366412345678"},
		{Addr: "066412345678"},
		{TON: smpp.National, NPI: 1, Addr: "66412345678"},
	} {
		r.says(smpp.Message{Source: from, Dest: to, Coding: 0xF6, Short: packet()})
		if n := len(r.packets.arrived); n != 1 {
			t.Fatalf("%+v: %d were handed over", to, n)
		}
		if a := <-r.packets.arrived; a.From != "+436601234567" || a.Coding != 0xF6 {
			t.Errorf("%+v", a)
		}
	}
	for _, source := range []smpp.Address{
		{TON: smpp.International, Addr: "436601234567"}, {Addr: "+436601234567"}, {Addr: "00436601234567"}, {Addr: "06601234567"}, {TON: smpp.National, Addr: "6601234567"},
	} {
		r.says(smpp.Message{Source: source, Dest: smpp.Address{Addr: "4366412345678"}, Short: packet()})
		if a := next(t, r.packets.arrived); a.From != "+436601234567" {
			t.Errorf("%+v: %q", source, a.From)
		}
	}
	for _, to := range []string{"4366412345679", "12345678", "1961", "366412345678"} {
		r.says(smpp.Message{Source: from, Dest: smpp.Address{Addr: to}, Short: packet()})
	}
	if n, s := len(r.packets.arrived), r.client.Stats(); n != 0 || s.Misled != 4 || s.Packets != 11 {
		t.Errorf("%d were handed over; %+v", n, s)
	}
}

// TestATextIsNoReceipt: a phone writes a text that looks like a receipt. For packets it counts only where the
// operator says that the center marks receipts in no way.
func TestATextIsNoReceipt(t *testing.T) {
	t.Parallel()
	text := smpp.Message{
		Source: smpp.Address{TON: smpp.International, NPI: 1, Addr: "436601234567"}, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: "4366412345678"},
		Short: []byte("id:4242 sub:001 dlvrd:000 submit date:2611221000 done date:2611221000 stat:UNDELIV err:001 text:"),
	}
	r := raw(t, func(*smppclient.Config) {})
	r.says(text)
	back := text
	back.Source, back.Dest = text.Dest, text.Source
	r.says(back)
	if n, s := len(r.packets.receipts), r.client.Stats(); n != 0 || len(r.got.came) != 0 || s.Other != 2 {
		t.Fatalf("%d receipts; %+v", n, s)
	}
	for name, change := range map[string]func(*smpp.Message){
		"esm_class": func(m *smpp.Message) { m.ESMClass = smpp.ESMReceipt }, "intermediate": func(m *smpp.Message) { m.ESMClass = smpp.ESMIntermediate },
		"receipted_message_id": func(m *smpp.Message) { m.TLVs = smpp.TLVs{{Tag: smpp.TagReceiptedID, Value: []byte("4242\x00")}} },
	} {
		m := text
		change(&m)
		r.says(m)
		if len(r.packets.receipts) != 1 {
			t.Fatalf("%s: no receipt", name)
		}
		if got := <-r.packets.receipts; got.Reference != "4242" || got.State != sim.FateFailed {
			t.Errorf("%s: %+v", name, got)
		}
	}
	r = raw(t, func(c *smppclient.Config) { c.TextReceipts = true })
	r.says(text)
	if len(r.packets.receipts) != 1 {
		t.Error("a center that marks nothing has no receipts")
	}
}

// TestCardsAreNotTheSource: whatever form the two are written in.
func TestCardsAreNotTheSource(t *testing.T) {
	t.Parallel()
	for source, cards := range map[string]string{"+4366412345": "4366412345", "4366412345": "+4366412345", "1961": "1961", "+4366412346": "004366412346"} {
		if _, err := smppclient.New(smppclient.Config{Name: "x", Address: "h:1", SystemID: "b", Source: source, Cards: cards, Packets: newPackets(), Now: time.Now, Rand: rand.Reader}); err == nil {
			t.Errorf("source %s and cards %s were taken", source, cards)
		}
	}
}
