package iso8583

import (
	"encoding/binary"
	"slices"
)

// margin is the room for type, bitmaps and the lengths of some fields: more is found as it is needed.
const margin = 96

// Append writes a message behind dst. The error is an [*Error] for a field that the profile does not have or whose value is none.
func (p *Profile) Append(dst []byte, m *Message) ([]byte, error) {
	if m.MTI > 9999 {
		return dst, &Error{0, -1, "its type has four digits"}
	}
	var type4 [4]byte
	for i, x := 3, m.MTI; i >= 0; i, x = i-1, x/10 {
		type4[i] = '0' + byte(x%10)
	}
	start := len(dst)
	out := p.mti.encode(slices.Grow(dst, len(m.data)+margin), type4[:])
	var bitmap [16]byte
	binary.BigEndian.PutUint64(bitmap[:], m.set[0]&^(1<<63))
	if m.set[1] == 0 {
		out = p.bitmap.encode(out, bitmap[:8])
	} else {
		bitmap[0] |= 0x80
		binary.BigEndian.PutUint64(bitmap[8:], m.set[1])
		out = p.bitmap.encode(out, bitmap[:])
	}
	i := 0
	for n := range m.All() {
		f, s := &p.fields[n], m.spans[i]
		v := m.data[s.at : s.at+s.n]
		i++
		if f.kind == 0 {
			return dst, &Error{n, -1, "the profile has no such field"}
		}
		if !f.wellFormed(v) || f.kind == signed && len(v) == 0 {
			return dst, &Error{n, -1, "its value is none of the field"}
		}
		out = f.encode(f.appendLength(out, len(v)), v)
	}
	if len(out)-start > Limit {
		return dst, &Error{0, -1, "a message has at most 8192 octets"}
	}
	return out, nil
}

// appendLength writes the length in front of a value.
func (f *field) appendLength(dst []byte, n int) []byte {
	if f.prefix == 0 {
		return dst
	}
	switch f.count {
	case Binary:
		if f.prefix == 3 {
			dst = append(dst, byte(n>>8)) //nolint:gosec // at most 999
		}
		return append(dst, byte(n)) //nolint:gosec // at most 999
	case BCD:
		if f.prefix == 3 {
			dst = append(dst, byte(n/100)) //nolint:gosec // at most 999
		}
		return append(dst, byte(n/10%10<<4|n%10)) //nolint:gosec // two digits
	case ASCII, EBCDIC, Hex:
	}
	for divisor := [...]int{2: 10, 3: 100}[f.prefix]; divisor > 0; divisor /= 10 {
		c := '0' + byte(n/divisor%10) //nolint:gosec // a digit
		if f.count == EBCDIC {
			c = toEBCDIC[c]
		}
		dst = append(dst, c)
	}
	return dst
}
