package iso8583

import "fmt"

// Encoding is how characters, numbers or octets stand in a message.
type Encoding uint8

// Encodings.
const (
	ASCII  Encoding = iota + 1
	EBCDIC          // code page 037
	BCD             // packed decimal: two digits in an octet
	Binary          // octets as they are; lengths as a number
	Hex             // octets as hexadecimal digits in ASCII, capital letters
)

func encodingNames() map[string]Encoding {
	return map[string]Encoding{"ascii": ASCII, "ebcdic": EBCDIC, "bcd": BCD, "binary": Binary, "hex": Hex}
}

// UnmarshalText reads the name of an encoding.
func (e *Encoding) UnmarshalText(b []byte) error {
	x, ok := encodingNames()[string(b)]
	if !ok {
		return fmt.Errorf("iso8583: %.20q is no encoding: ascii, ebcdic, bcd, binary or hex", b)
	}
	*e = x
	return nil
}

const upperHex = "0123456789ABCDEF"

// unhex is the value of a hexadecimal digit, capital letters only.
func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// decode appends a value to dst as it is told: digits and text in ASCII, octets as they are. n is its length in characters or octets,
// b has as many octets as the field says. It reports whether all of it is allowed.
func (f *field) decode(dst, b []byte, n int) ([]byte, bool) {
	switch {
	case f.kind == opaque && f.enc == Hex:
		return decodeHex(dst, b)
	case f.kind == opaque:
		return append(dst, b...), true
	case f.enc == BCD:
		return f.unpack(dst, b, n)
	}
	start := len(dst)
	dst = append(dst, b...)
	if f.enc == EBCDIC {
		for i, c := range b {
			dst[start+i] = fromEBCDIC[c]
		}
	}
	return dst, f.kind.consists(dst[start:])
}

func decodeHex(dst, b []byte) ([]byte, bool) {
	for i := 0; i+1 < len(b); i += 2 {
		hi, ok1 := unhex(b[i])
		lo, ok2 := unhex(b[i+1])
		if !ok1 || !ok2 {
			return dst, false
		}
		dst = append(dst, hi<<4|lo)
	}
	return dst, true
}

// unpack reads packed decimal digits. Digits of an odd count have a zero in front; a track has an F behind.
func (f *field) unpack(dst, b []byte, n int) ([]byte, bool) {
	if f.kind == signed {
		if b[0] != 'C' && b[0] != 'D' {
			return dst, false
		}
		dst, b, n = append(dst, b[0]), b[1:], n-1
	}
	if n%2 == 1 {
		fill := b[0] >> 4
		if f.kind == track {
			fill = b[len(b)-1]&0xF ^ 0xF
		}
		if fill != 0 {
			return dst, false
		}
	}
	skip := 0
	if f.kind != track {
		skip = n % 2
	}
	for i := range n {
		at := i + skip
		d := b[at/2] >> (4 * (1 - at%2)) & 0xF
		switch {
		case d <= 9:
			dst = append(dst, '0'+d)
		case d == 0xD && f.kind == track:
			dst = append(dst, '=')
		default:
			return dst, false
		}
	}
	return dst, true
}

// encode appends a value that is well formed in the field's encoding.
func (f *field) encode(dst, v []byte) []byte {
	switch {
	case f.kind == opaque && f.enc == Hex:
		for _, c := range v {
			dst = append(dst, upperHex[c>>4], upperHex[c&0xF])
		}
		return dst
	case f.kind != opaque && f.enc == BCD:
		return f.pack(dst, v)
	}
	start := len(dst)
	dst = append(dst, v...)
	if f.kind != opaque && f.enc == EBCDIC {
		for i, c := range v {
			dst[start+i] = toEBCDIC[c]
		}
	}
	return dst
}

func (f *field) pack(dst, v []byte) []byte {
	if f.kind == signed {
		dst, v = append(dst, v[0]), v[1:]
	}
	nibble := func(i int) byte {
		switch {
		case i < 0:
			return 0
		case i >= len(v):
			return 0xF
		case v[i] == '=':
			return 0xD
		}
		return v[i] - '0'
	}
	from := 0
	if f.kind != track {
		from = -(len(v) % 2)
	}
	for i := from; i < len(v); i += 2 {
		dst = append(dst, nibble(i)<<4|nibble(i+1))
	}
	return dst
}
