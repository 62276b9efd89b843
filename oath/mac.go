package oath

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"hash"
)

// mac computes HMAC again and again under one key without allocating. Package
// hmac keeps the states after the inner and outer key block once Reset has
// been called, so a short message costs two compressions; own handling of the
// states measured no faster.
type mac struct {
	h   hash.Hash
	msg [8]byte
	sum [sha512.Size]byte
}

func newMAC(h Hash, key []byte) *mac {
	m := &mac{h: hmac.New(h.newFunc(), key)}
	m.h.Reset() // keeps the key states now, so that no search allocates
	return m
}

// counter returns HMAC(K, c), valid until the next call.
func (m *mac) counter(c uint64) []byte {
	binary.BigEndian.PutUint64(m.msg[:], c)
	return m.data(m.msg[:])
}

// data returns HMAC(K, msg), valid until the next call.
func (m *mac) data(msg []byte) []byte {
	m.h.Reset()
	m.h.Write(msg)
	return m.h.Sum(m.sum[:0])
}

// truncate is the dynamic truncation to 31 bits (RFC 4226, section 5.3). For
// SHA-256 and SHA-512 the offset is in the last byte too (RFC 6238,
// appendix A).
func truncate(sum []byte) uint32 {
	off := sum[len(sum)-1] & 0xf
	return binary.BigEndian.Uint32(sum[off:]) & 0x7fffffff
}
