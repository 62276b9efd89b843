package rig

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/iso8583"
)

// Acquirer is a connection of a card network to a node. Several goroutines ask over it at once; answers may come in any order.
type Acquirer struct {
	conn    net.Conn
	profile *iso8583.Profile

	write sync.Mutex
	mu    sync.Mutex
	open  map[string]chan []byte // by type, number and terminal of what was asked
	err   error
}

// Acquire connects to a node that answers card networks, and signs on.
func (n *Node) Acquire(ctx context.Context) (*Acquirer, error) {
	p, err := iso8583.Load(networkProfile)
	if err != nil {
		return nil, err
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", n.Network)
	if err != nil {
		return nil, err
	}
	x := &Acquirer{conn: c, profile: p, open: map[string]chan []byte{}}
	go x.read()
	m := &iso8583.Message{MTI: iso8583.NetworkRequest}
	for n, v := range map[int]string{7: "0101000000", 11: "000001", 70: "001"} {
		m.SetText(n, v)
	}
	b, err := p.Append(nil, m)
	if err == nil {
		_, err = x.Ask(b, m)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return x, nil
}

// Close ends the connection.
func (x *Acquirer) Close() error { return x.conn.Close() }

// name tells a message and its answer from others on the connection.
func name(m *iso8583.Message) string { return m.Text(11) + m.Text(41) }

// read gives answers to those who wait for them.
func (x *Acquirer) read() {
	r := bufio.NewReaderSize(x.conn, 64<<10)
	var m iso8583.Message
	for {
		b, err := x.profile.Framing.Read(r, nil)
		if err == nil && len(b) > 0 {
			err = x.profile.ParseInto(&m, b)
		}
		x.mu.Lock()
		if err != nil {
			x.err = fmt.Errorf("the line to the node: %w", err)
			for _, c := range x.open {
				close(c)
			}
			clear(x.open)
			x.mu.Unlock()
			return
		}
		if c, ok := x.open[name(&m)]; ok {
			c <- b
			delete(x.open, name(&m))
		}
		x.mu.Unlock()
	}
}

// Ask sends a message, as it is written, and waits for its answer.
func (x *Acquirer) Ask(b []byte, m *iso8583.Message) ([]byte, error) {
	framed, err := x.profile.Framing.Append(make([]byte, 0, len(b)+4), b)
	if err != nil {
		return nil, err
	}
	answer := make(chan []byte, 1)
	x.mu.Lock()
	if x.err != nil {
		x.mu.Unlock()
		return nil, x.err
	}
	x.open[name(m)] = answer
	x.mu.Unlock()
	x.write.Lock()
	_, err = x.conn.Write(framed)
	x.write.Unlock()
	if err != nil {
		return nil, err
	}
	got, ok := <-answer
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	return got, nil
}

// Asked is an authorization as it went over the line.
type Asked struct {
	message *iso8583.Message
	sent    []byte
	answer  []byte
}

// Authorize has the i-th payer pay at a terminal, and checks that it is approved.
func (x *Acquirer) Authorize(p *Payers, i, terminal, trace int) (a Asked, err error) {
	const amount = 100
	number, t, d, proof, err := p.Shown(i, amount)
	if err != nil {
		return a, err
	}
	now := p.rig.Now().UTC()
	m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
	for n, v := range map[int]string{
		2: number, 3: "000000", 4: fmt.Sprintf("%012d", amount), 7: now.Format("0102150405"), 11: fmt.Sprintf("%06d", trace), 12: now.Format("150405"), 13: now.Format("0102"), 18: "5411",
		19: "276", 22: "071", 25: "00", 32: "123456", 37: now.Format("060102") + fmt.Sprintf("%06d", trace), 41: fmt.Sprintf("T%07d", terminal), 42: "MERCHANT0000001",
		43: fmt.Sprintf("%-40s", "Corner shop"), 49: "978",
	} {
		m.SetText(n, v)
	}
	m.Set(55, chipData(&t, d, proof))
	a.message = m
	if a.sent, err = x.profile.Append(nil, m); err != nil {
		return a, err
	}
	if a.answer, err = x.Ask(a.sent, m); err != nil {
		return a, err
	}
	return a, x.approved(&a)
}

// approved checks that an answer approves what was asked.
func (x *Acquirer) approved(a *Asked) error {
	got, err := x.profile.Parse(a.answer)
	if err != nil {
		return err
	}
	if got.MTI != iso8583.AuthorizationResponse || got.Text(39) != "00" || len(got.Text(38)) != 6 || got.Text(4) != a.message.Text(4) || got.Text(2) != "" && got.Text(2) != a.message.Text(2) {
		return fmt.Errorf("a payment was answered by %s", got)
	}
	return nil
}

// Repeat sends an authorization again, and checks that the answer is the first one.
func (x *Acquirer) Repeat(a *Asked) error {
	got, err := x.Ask(a.sent, a.message)
	if err == nil && string(got) != string(a.answer) {
		err = errors.New("a repeat has another answer than the first")
	}
	return err
}

// chipData is DE 55.
func chipData(t *cryptogram.Transaction, d cryptogram.ApplicationData, proof []byte) (out []byte) {
	date, _ := hex.DecodeString(t.Date)
	amount, _ := hex.DecodeString(fmt.Sprintf("%012d", t.Amount))
	currency, _ := hex.DecodeString(fmt.Sprintf("%04d", t.Currency))
	country, _ := hex.DecodeString(fmt.Sprintf("%04d", t.Country))
	for _, x := range []struct {
		tag   iso8583.Tag
		value []byte
	}{
		{iso8583.TagCryptogram, proof},
		{iso8583.TagCryptogramInfo, []byte{0x80}},
		{iso8583.TagApplicationData, d.Bytes()},
		{iso8583.TagUnpredictable, t.Unpredictable[:]},
		{iso8583.TagCounter, binary.BigEndian.AppendUint16(nil, t.ATC)},
		{iso8583.TagTVR, t.TVR[:]},
		{iso8583.TagDate, date},
		{iso8583.TagType, []byte{t.Type}},
		{iso8583.TagAmount, amount},
		{iso8583.TagOtherAmount, make([]byte, 6)},
		{iso8583.TagCurrency, currency},
		{iso8583.TagAIP, t.AIP[:]},
		{iso8583.TagCountry, country},
	} {
		out = iso8583.AppendTag(out, x.tag, x.value)
	}
	return out
}
