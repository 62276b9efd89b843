package pskc

import (
	"encoding/binary"
	"math"
)

// legacyInt reads a counter in a draft's form: base64 of a big-endian integer.
func legacyInt(b []byte) (Int, error) {
	if raw, err := appendBase64(nil, append([]byte(nil), b...)); err == nil && len(raw) > 0 {
		b = raw
	}
	if len(b) == 0 || len(b) > 8 {
		return Int{}, invalid("a number is neither decimal nor a big-endian integer of up to 8 octets")
	}
	var wide [8]byte
	copy(wide[8-len(b):], b)
	v := binary.BigEndian.Uint64(wide[:])
	if v > math.MaxInt64 {
		return Int{}, invalid("a number is larger than 2^63-1")
	}
	return Some(int64(v)), nil
}
