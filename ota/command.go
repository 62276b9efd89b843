package ota

import "encoding/binary"

// commandHead is the octets of a command packet in front of the counter.
const commandHead = 10

// Command is what the server has for an application on the card.
type Command struct {
	Security
	TAR     TAR
	Counter uint64 // at most MaxCounter
	Data    []byte
}

// Pack returns the packet, from its CPL on, without a user data header. It does what it is
// told, for vectors and diagnosis: whoever sends asks [Security.Refused] first. Errors: *Error
// for settings and keys that do not fit, and for packets that are too long.
func (c *Command) Pack(k Keys) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Counter > MaxCounter {
		return nil, &Error{CounterBlocked, "the counter has more than 40 bits"}
	}
	head := make([]byte, commandHead)
	binary.BigEndian.PutUint16(head[3:], uint16(c.SPI))
	head[5], head[6] = byte(c.KIc), byte(c.KID)
	copy(head[7:], c.TAR[:])
	e := c.envelope(k, head)
	return e.seal(c.Counter, nil, c.Data)
}

func (s Security) envelope(k Keys, head []byte) envelope {
	return envelope{integrity: s.SPI.Integrity(), ciphered: s.SPI.Ciphered(), kic: s.KIc, kid: s.KID, keys: k, head: head}
}

// CommandPacket is a packet of which only the part that is never ciphered was read.
type CommandPacket struct {
	Security
	TAR TAR

	headLength int
	raw        []byte
}

// ParseCommand reads a packet from its CPL on. Errors: *Error. B is kept.
func ParseCommand(b []byte) (p CommandPacket, err error) {
	if len(b) < commandHead+counterSize+pcntrSize || int(binary.BigEndian.Uint16(b)) != len(b)-2 {
		return p, &Error{SecurityError, "the packet does not have the length that it names"}
	}
	p.SPI = SPI(binary.BigEndian.Uint16(b[3:]))
	p.KIc, p.KID, p.TAR = Indicator(b[5]), Indicator(b[6]), TAR(b[7:10])
	p.headLength, p.raw = int(b[2]), b
	return p, p.check()
}

// Open deciphers the packet and checks it. Whether the counter is right is the business of
// the caller, who has the last one (SPI.Check), and so is whether the protection is
// enough. Errors: *Error, with the status that a card answers.
func (p CommandPacket) Open(k Keys) (Command, error) {
	e := p.envelope(k, p.raw[:commandHead])
	o, err := e.open(p.headLength, p.raw[commandHead:])
	if err != nil {
		return Command{}, err
	}
	return Command{Security: p.Security, TAR: p.TAR, Counter: o.counter, Data: o.data}, nil
}
