package iso8583

import (
	"encoding/binary"
	"math/bits"
)

// Limit is how many octets a message has at most, without what stands before it on a connection.
const Limit = 8192

// Parse reads a message. The error is an [*Error].
func (p *Profile) Parse(b []byte) (*Message, error) {
	x := &struct { // one allocation
		m     Message
		spans [usualFields]span
	}{}
	x.m.spans = x.spans[:0]
	if err := p.ParseInto(&x.m, b); err != nil {
		return nil, err
	}
	return &x.m, nil
}

// ParseInto reads a message into one that is there already, whose room it uses again. After an error the message holds what stood
// before the mistake, so that an answer can name it.
func (p *Profile) ParseInto(m *Message, b []byte) error {
	m.reset()
	if len(b) > Limit {
		return &Error{0, Limit, "a message has at most 8192 octets"}
	}
	if m.data == nil {
		room := len(b)
		if p.packed {
			room *= 2 // each octet of digits becomes two characters
		}
		m.data = make([]byte, 0, room)
	}
	if m.spans == nil {
		m.spans = make([]span, 0, usualFields)
	}
	r := reader{p: p, m: m, b: b}
	if err := r.head(); err != nil {
		return err
	}
	for i, word := range r.bitmap {
		for ; word != 0; word &^= 1 << (63 - bits.LeadingZeros64(word)) {
			n := i*64 + bits.LeadingZeros64(word) + 1
			if n == 1 {
				continue
			}
			if err := r.field(n); err != nil {
				return err
			}
		}
	}
	if r.at < len(b) {
		return &Error{0, r.at, "there is something behind the last field"}
	}
	return nil
}

// reader is a message on its way.
type reader struct {
	p      *Profile
	m      *Message
	b      []byte
	at     int
	bitmap [2]uint64
}

// take returns the next octets; none are left for a claim of more than there is.
func (r *reader) take(n int) ([]byte, bool) {
	if n > len(r.b)-r.at {
		return nil, false
	}
	out := r.b[r.at : r.at+n]
	r.at += n
	return out, true
}

// Type is that of a message which is not read yet; false where it has none of four digits.
func (p *Profile) Type(b []byte) (mti MTI, ok bool) {
	n := p.mti.octets(4)
	if len(b) < n {
		return 0, false
	}
	var digits [8]byte
	text, ok := p.mti.decode(digits[:0], b[:n], 4)
	if !ok {
		return 0, false
	}
	for _, c := range text {
		mti = mti*10 + MTI(c-'0')
	}
	return mti, true
}

// head reads the type and the bitmaps.
func (r *reader) head() error {
	raw, ok := r.take(r.p.mti.octets(4))
	if !ok {
		return &Error{0, r.at, "it ends within its type"}
	}
	if r.m.MTI, ok = r.p.Type(raw); !ok {
		return &Error{0, 0, "its type is not of four digits"}
	}
	for i := range r.bitmap {
		at := r.at
		raw, ok := r.take(r.p.bitmap.octets(8))
		if !ok {
			return &Error{0, at, "it ends within its bitmap"}
		}
		var octets [8]byte
		if _, ok = r.p.bitmap.decode(octets[:0], raw, 8); !ok {
			return &Error{0, at, "its bitmap is not of hexadecimal digits"}
		}
		r.bitmap[i] = binary.BigEndian.Uint64(octets[:])
		if r.bitmap[0]>>63 == 0 {
			break
		}
	}
	return nil
}

// field reads one.
func (r *reader) field(n int) error {
	f, at := &r.p.fields[n], r.at
	if f.kind == 0 {
		return &Error{n, at, "the profile has no such field"}
	}
	length := f.max
	if f.prefix > 0 {
		var ok bool
		if length, ok = r.length(f); !ok {
			return &Error{n, at, "its length is no number, or not there"}
		}
		if length > f.max {
			return &Error{n, at, "it is longer than the profile has it"}
		}
	}
	raw, ok := r.take(f.octets(length))
	if !ok {
		return &Error{n, at, "the message ends within it"}
	}
	if length == 0 && f.kind == signed {
		return &Error{n, at, "it has no sign"}
	}
	start := len(r.m.data)
	r.m.data, ok = f.decode(r.m.data, raw, length)
	if !ok {
		return &Error{n, at, "it has characters that the field cannot have"}
	}
	r.m.spans = append(r.m.spans, span{uint32(start), uint32(len(r.m.data) - start)}) //nolint:gosec // at most twice Limit
	r.m.mark(n)
	return nil
}

// length reads the length in front of a value.
func (r *reader) length(f *field) (int, bool) {
	raw, ok := r.take(f.prefixOctets())
	if !ok {
		return 0, false
	}
	n := 0
	for _, c := range raw {
		switch f.count {
		case Binary:
			n = n<<8 | int(c)
			continue
		case BCD:
			if c>>4 > 9 || c&0xF > 9 {
				return 0, false
			}
			n = n*100 + int(c>>4)*10 + int(c&0xF)
			continue
		case EBCDIC:
			c = fromEBCDIC[c]
		case ASCII, Hex:
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
