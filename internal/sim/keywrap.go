package sim

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// wrapIV is the initial value of RFC 3394, section 2.2.3.1.
const wrapIV = 0xA6A6A6A6A6A6A6A6

var errWrapped = errors.New("it cannot be unwrapped with the transport key")

// unwrap is AES key unwrap (RFC 3394, section 2.2.2).
func unwrap(transport, in []byte) (key []byte, err error) {
	block, err := aes.NewCipher(transport)
	if err != nil || len(in) < 24 || len(in)%8 != 0 {
		return nil, errWrapped
	}
	var b [16]byte
	copy(b[:8], in)
	key = append([]byte(nil), in[8:]...)
	n := len(key) / 8
	for t := 6 * n; t > 0; t-- {
		r := key[(t-1)%n*8:][:8]
		binary.BigEndian.PutUint64(b[:8], binary.BigEndian.Uint64(b[:8])^uint64(t))
		copy(b[8:], r)
		block.Decrypt(b[:], b[:])
		copy(r, b[8:])
	}
	want := binary.BigEndian.AppendUint64(nil, wrapIV)
	if subtle.ConstantTimeCompare(b[:8], want) != 1 {
		clear(key)
		return nil, errWrapped
	}
	return key, nil
}
