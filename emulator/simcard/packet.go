package simcard

import (
	"errors"
	"slices"

	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/smpp"
)

// origin is where an answer goes, and how it is protected.
type origin struct {
	from     smpp.Address
	security ota.Security
	counter  uint64
	set      byte // number of the key set; 0 for an answer without protection
	asked    ota.Asked
}

// least is the protection without which the application takes nothing.
const least = ota.ProfileSPI

// Receive takes a whole packet, from its CPL on, that an address sent to the card.
func (c *Card) Receive(from smpp.Address, packet []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire()
	o := origin{from: from}
	p, err := ota.ParseCommand(packet)
	if o.asked = p.SPI.Asked(); err != nil { // never, in what is no packet at all
		c.refuse(o, statusOf(err))
		return
	}
	if p.TAR != ota.TAR(c.m.TAR) {
		c.refuse(o, ota.UnknownTAR)
		return
	}
	if p.Refused() != nil || p.SPI.Weaker(least) || !p.Answers() || !p.SPI.AnswerCiphered() {
		c.refuse(o, ota.LevelTooLow)
		return
	}
	k := c.m.keySet(byte(p.KIc.Set())) //nolint:gosec // at most 15
	if k == nil || !k.does(p.KIc.Algorithm()) || !k.does(p.KID.Algorithm()) {
		c.refuse(o, ota.SecurityError)
		return
	}
	cmd, err := p.Open(k.keys())
	if err != nil {
		c.refuse(o, statusOf(err))
		return
	}
	c.opened(origin{from, cmd.Security, cmd.Counter, k.Number, o.asked}, k, &cmd)
}

// opened goes on with an authentic command: its counter is stored before all else.
func (c *Card) opened(o origin, k *KeySet, cmd *ota.Command) {
	if s := cmd.SPI.Check(k.Counter, cmd.Counter); s != ota.OK {
		c.refuse(o, s)
		return
	}
	last := k.Counter
	k.Counter = cmd.Counter
	if !c.save() {
		k.Counter = last
		return
	}
	c.obey(o, cmd.Data)
}

// does reports whether the keys are for an algorithm: keys of one are never used with another.
func (k *KeySet) does(a ota.Algorithm) bool {
	switch a { //nolint:exhaustive // what is weak was refused
	case ota.AES:
		return k.Algorithm == AES
	case ota.TripleDES2:
		return k.Algorithm == TripleDES && len(k.KIc) == 16 && len(k.KID) == 16
	case ota.TripleDES3:
		return k.Algorithm == TripleDES && len(k.KIc) == 24 && len(k.KID) == 24
	}
	return false
}

func (k *KeySet) keys() ota.Keys { return ota.Keys{KIc: k.KIc, KID: k.KID} }

func statusOf(err error) ota.Status {
	if e, ok := errors.AsType[*ota.Error](err); ok {
		return e.Status
	}
	return ota.SecurityError
}

// refuse answers with a status and no data.
func (c *Card) refuse(o origin, s ota.Status) { c.respond(o, s, nil) }

// more tells the server that the command is there and a person is asked.
func (c *Card) more(o origin) { c.respond(o, ota.MoreTime, nil) }

// reply answers with data.
func (c *Card) reply(o origin, data []byte) { c.respond(o, ota.OK, data) }

// respond answers if the command wants an answer (TS 102 225, section 5.1.1).
func (c *Card) respond(o origin, s ota.Status, data []byte) {
	if o.asked == ota.Never || o.asked == ota.OnError && (s == ota.OK || s == ota.MoreTime) {
		return
	}
	r := ota.Response{TAR: ota.TAR(c.m.TAR), Counter: o.counter, Status: s, Data: data}
	keys := ota.Keys{}
	if k := c.m.keySet(o.set); k != nil {
		keys = k.keys()
	}
	b, err := r.Pack(o.security, keys)
	if err != nil {
		return // an answer that no packet can hold is none
	}
	c.cfg.Send(Packet{ICCID: c.m.ICCID, From: c.m.Number, To: o.from, Octets: b})
}

// Data coding of 8-bit data of class 2.
const codingSIM smpp.Coding = 0xF6

// messages cuts an answer into short messages. A card does not say that its user data begin with a
// header, unless there are several messages.
func messages(p Packet, ref byte) (all []smpp.Message) {
	parts, err := ota.Segments(ota.Responses, p.Octets, ref)
	if err != nil {
		return nil
	}
	for _, b := range parts {
		m := smpp.Message{Source: number(p.From), Dest: p.To, Coding: codingSIM, Short: b}
		if len(parts) > 1 {
			m.ESMClass = smpp.ESMHeader
		}
		all = append(all, m)
	}
	return all
}

// number is a telephone number as an address.
func number(e164 string) smpp.Address {
	if e164 != "" && e164[0] == '+' {
		return smpp.Address{TON: smpp.International, NPI: 1, Addr: e164[1:]}
	}
	return smpp.Address{Addr: e164}
}

// joins makes packets whole that come in parts. The zero value is ready.
type joins struct{ open []join }

// join is a packet of which some parts are there.
type join struct {
	from, to smpp.Address
	parts    []ota.Segment
}

// maxJoins is how many packets may be incomplete at once; the oldest is dropped.
const maxJoins = 100

// add takes a part and returns the packet once it is whole. A part that contradicts those that
// are there begins anew.
func (j *joins) add(from, to smpp.Address, s ota.Segment) (packet []byte, whole bool) {
	i := slices.IndexFunc(j.open, func(x join) bool {
		return x.from == from && x.to == to && x.parts[0].Reference == s.Reference && x.parts[0].Total == s.Total
	})
	x := join{from, to, nil}
	if i >= 0 {
		x = j.open[i]
		j.open = slices.Delete(j.open, i, i+1)
	}
	x.parts = append(x.parts, s)
	k, packet, whole, err := ota.Assemble(x.parts)
	if err != nil {
		x.parts = []ota.Segment{s}
	} else if whole {
		return packet, k == ota.Commands
	}
	if len(j.open) >= maxJoins {
		j.open = j.open[1:]
	}
	j.open = append(j.open, x)
	return nil, false
}

// deliver takes a short message for a SIM, and says what to answer to the center.
func (m *Modem) deliver(x *smpp.Message) smpp.Status {
	card := m.Tray.Card("+" + x.Dest.Addr)
	if card == nil {
		return smpp.PermanentFailure
	}
	s, err := ota.ParseSegment(x.Content())
	if err != nil {
		return smpp.OK // it arrived; it is of no use
	}
	m.mu.Lock()
	packet, whole := m.joins.add(x.Source, x.Dest, s)
	m.mu.Unlock()
	if whole {
		card.Receive(x.Source, packet)
	}
	return smpp.OK
}
