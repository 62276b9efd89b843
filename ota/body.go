package ota

import (
	"crypto/subtle"
	"encoding/binary"
)

// Octets of a counter, of the count of padding, and of a CMAC that is cut short.
const (
	counterSize = 5
	pcntrSize   = 1
	shortMAC    = 4
)

// envelope is what command and response have in common: how the part behind the TAR
// is made, protected and taken apart.
type envelope struct {
	integrity Integrity
	ciphered  bool
	kic, kid  Indicator
	keys      Keys
	prefix    []byte // counts for the checksum and is not part of the packet
	head      []byte // the length octets and all in front of the counter
	extra     int    // octets between PCNTR and checksum: the status of a response
	short     bool   // the CMAC has four octets
}

// size is how many octets the checksum takes.
func (e *envelope) size() (int, error) {
	if !e.short {
		return checksumSize(e.integrity, e.kid)
	}
	if e.integrity != Keyed || e.kid.Algorithm() != AES {
		return 0, &Error{SecurityError, "only a CMAC can have four octets"}
	}
	return shortMAC, nil
}

// seal returns head, and behind it the protected rest. The two octets of length in
// front of head, and its third, are filled in.
func (e *envelope) seal(counter uint64, extra, data []byte) ([]byte, error) {
	size, err := e.size()
	if err != nil {
		return nil, err
	}
	fixed := counterSize + pcntrSize + e.extra + size
	padding := 0
	if e.ciphered {
		padding = -(fixed + len(data)) & (blockSize(e.kic) - 1)
	}
	total := len(e.head) - 2 + fixed + len(data) + padding
	if total > 0xFFFF {
		return nil, &Error{OutOfMemory, "the packet is longer than 65535 octets"}
	}
	out := make([]byte, 0, 2+total)
	out = append(out, e.head...)
	binary.BigEndian.PutUint16(out, uint16(total)) //nolint:gosec // checked above
	out[2] = byte(len(e.head) - 3 + fixed)         //nolint:gosec // below 32
	out = binary.BigEndian.AppendUint64(out, counter<<24)[:len(e.head)+counterSize]
	out = append(out, byte(padding))
	out = append(out, extra...)
	front := len(out)
	out = append(out, make([]byte, size)...)
	out = append(out, data...)
	out = append(out, make([]byte, padding)...)
	sum, err := checksum(e.integrity, e.kid, e.keys.KID, e.prefix, out[:front], out[front+size:])
	if err != nil {
		return nil, err
	}
	copy(out[front:], sum[:size])
	if e.ciphered {
		err = crypt(e.kic, e.keys.KIc, out[len(e.head):], false)
	}
	return out, err
}

// opened is what was behind the TAR.
type opened struct {
	counter uint64
	extra   []byte
	data    []byte
}

// open deciphers and checks the rest of a packet behind head; headLength is the length that
// the packet names for its header.
func (e *envelope) open(headLength int, rest []byte) (o opened, err error) {
	size, err := e.size()
	if err != nil {
		return o, err
	}
	fixed := counterSize + pcntrSize + e.extra + size
	if headLength != len(e.head)-3+fixed || len(rest) < fixed {
		return o, &Error{SecurityError, "the length of the header does not fit its protection"}
	}
	plain := append([]byte(nil), rest...)
	if e.ciphered {
		if err := crypt(e.kic, e.keys.KIc, plain, true); err != nil {
			return o, err
		}
	}
	front, sum, body := plain[:fixed-size], plain[fixed-size:fixed], plain[fixed:]
	want, err := checksum(e.integrity, e.kid, e.keys.KID, e.prefix, e.head, front, body)
	if err != nil {
		return o, err
	}
	if subtle.ConstantTimeCompare(want[:size], sum) != 1 {
		return o, &Error{ChecksumFailed, "the checksum is wrong"}
	}
	padding := int(front[counterSize])
	if padding > len(body) || e.ciphered && padding >= blockSize(e.kic) || !e.ciphered && padding != 0 {
		return o, &Error{CipherError, "the count of padding octets cannot be"}
	}
	o.counter = binary.BigEndian.Uint64(append([]byte{0, 0, 0}, front[:counterSize]...))
	o.extra = front[counterSize+pcntrSize:]
	o.data = body[: len(body)-padding : len(body)-padding]
	return o, nil
}
