package ota

import (
	"encoding/binary"
	"testing"
)

// Sum is checksum, for its anchors.
func Sum(i Integrity, kid Indicator, key []byte, parts ...[]byte) ([]byte, error) {
	return checksum(i, kid, key, parts...)
}

// WithPaddingCount packs a command whose count of padding octets is another, under a right checksum.
func WithPaddingCount(t testing.TB, c Command, k Keys, count byte) []byte {
	t.Helper()
	return remake(t, c, k, func(plain []byte) { plain[counterSize] = count })
}

// WithPadding packs a command with other padding, under a right checksum.
func WithPadding(t testing.TB, c Command, k Keys, padding []byte) []byte {
	t.Helper()
	return remake(t, c, k, func(plain []byte) { copy(plain[counterSize+pcntrSize+8+len(c.Data):], padding) })
}

// remake packs a command, changes what is behind its TAR, and makes checksum and cipher anew.
func remake(t testing.TB, c Command, k Keys, change func(plain []byte)) []byte {
	t.Helper()
	packet, err := c.Pack(k)
	if err != nil {
		t.Fatal(err)
	}
	plain := packet[commandHead:]
	if c.SPI.Ciphered() {
		if err := crypt(c.KIc, k.KIc, plain, true); err != nil {
			t.Fatal(err)
		}
	}
	change(plain)
	const front = counterSize + pcntrSize
	sum, err := checksum(c.SPI.Integrity(), c.KID, k.KID, packet[:commandHead], plain[:front], plain[front+8:])
	if err != nil {
		t.Fatal(err)
	}
	copy(plain[front:], sum)
	if c.SPI.Ciphered() {
		if err := crypt(c.KIc, k.KIc, plain, false); err != nil {
			t.Fatal(err)
		}
	}
	return packet
}

// PackShort packs an answer with a CMAC of four octets.
func PackShort(r Response, s Security, k Keys) ([]byte, error) {
	head := make([]byte, responseHead)
	copy(head[3:], r.TAR[:])
	e, err := s.answer(k, head)
	if err != nil {
		return nil, err
	}
	e.short = true
	return e.seal(r.Counter, []byte{byte(r.Status)}, r.Data)
}

// PackCommandShort packs a command with a CMAC of four octets.
func PackCommandShort(c Command, k Keys) ([]byte, error) {
	head := binary.BigEndian.AppendUint16([]byte{0, 0, 0}, uint16(c.SPI))
	head = append(append(head, byte(c.KIc), byte(c.KID)), c.TAR[:]...)
	e := c.envelope(k, head)
	e.short = true
	return e.seal(c.Counter, nil, c.Data)
}
