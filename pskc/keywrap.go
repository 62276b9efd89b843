package pskc

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// wrapIV is the initial value of RFC 3394, section 2.2.3.1.
const wrapIV = 0xA6A6A6A6A6A6A6A6

// wrapPadIV is the upper half of the alternative initial value of RFC 5649,
// section 3; the length of the key data follows it.
const wrapPadIV = 0xA65959A6

// unwrap is AES key unwrap. Without padding (RFC 3394) the value is a multiple
// of 8 octets; RFC 6030, section 6.1, recommends RFC 5649 for others, but has no
// URI for it, so senders use the same one. The two have different initial
// values and cannot be confused.
func (p *protection) unwrap(in []byte) ([]byte, error) {
	out, a, err := p.unwrapRaw(in)
	if err != nil {
		return nil, err
	}
	if len(in) >= 24 && a == wrapIV {
		return out, nil
	}
	return padded(out, a)
}

func (p *protection) unwrapPad(in []byte) ([]byte, error) {
	out, a, err := p.unwrapRaw(in)
	if err != nil {
		return nil, err
	}
	return padded(out, a)
}

// padded checks the alternative initial value and removes the padding
// (RFC 5649, section 3).
func padded(out []byte, a uint64) ([]byte, error) {
	n := uint64(len(out))
	length := a & 0xFFFFFFFF
	if a>>32 != wrapPadIV || length > n || length+8 <= n {
		return nil, ErrDecrypt
	}
	rest := out[length:]
	if subtle.ConstantTimeCompare(rest, make([]byte, len(rest))) != 1 {
		return nil, ErrDecrypt
	}
	return out[:length], nil
}

// unwrapRaw runs the unwrapping process of RFC 3394, section 2.2.2, and returns
// the register A for the caller to check.
func (p *protection) unwrapRaw(in []byte) (out []byte, a uint64, err error) {
	if len(in) < 16 || len(in)%8 != 0 {
		return nil, 0, ErrDecrypt
	}
	var b [16]byte
	if len(in) == 16 { // one block of data (RFC 5649, section 4.2)
		p.block.Decrypt(b[:], in)
		p.out = append(p.out[:0], b[8:]...)
		return p.out, binary.BigEndian.Uint64(b[:8]), nil
	}
	p.out = append(p.out[:0], in[8:]...)
	n := len(p.out) / 8
	a = binary.BigEndian.Uint64(in)
	for t := uint64(6 * n); t > 0; t-- {
		i := int(t-1) % n * 8 //nolint:gosec // t counts to 6n
		binary.BigEndian.PutUint64(b[:], a^t)
		copy(b[8:], p.out[i:i+8])
		p.block.Decrypt(b[:], b[:])
		a = binary.BigEndian.Uint64(b[:])
		copy(p.out[i:], b[8:])
	}
	return p.out, a, nil
}

// wrap is AES key wrap: RFC 3394 for multiples of 8 octets from 16 on, RFC 5649
// for all others.
func wrap(block cipher.Block, key []byte) []byte {
	if len(key) >= 16 && len(key)%8 == 0 {
		return wrapRaw(block, wrapIV, key)
	}
	a := wrapPadIV<<32 | uint64(len(key))
	padded := append([]byte(nil), key...)
	for len(padded)%8 != 0 {
		padded = append(padded, 0)
	}
	if len(padded) == 8 {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], a)
		copy(b[8:], padded)
		block.Encrypt(b[:], b[:])
		return b[:]
	}
	return wrapRaw(block, a, padded)
}

// wrapRaw runs the wrapping process of RFC 3394, section 2.2.1.
func wrapRaw(block cipher.Block, a uint64, key []byte) []byte {
	out := append(make([]byte, 8), key...)
	n := len(key) / 8
	var b [16]byte
	for t := range uint64(6 * n) {
		i := 8 + int(t)%n*8
		binary.BigEndian.PutUint64(b[:], a)
		copy(b[8:], out[i:i+8])
		block.Encrypt(b[:], b[:])
		a = binary.BigEndian.Uint64(b[:]) ^ (t + 1)
		copy(out[i:], b[8:])
	}
	binary.BigEndian.PutUint64(out, a)
	return out
}
