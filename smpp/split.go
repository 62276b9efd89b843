package smpp

import "slices"

// Long says how a text that is too long for one message is carried.
type Long byte

// The ways to carry long texts.
const (
	ByHeader  Long = iota // in parts with a user data header: what nearly all centers take
	BySAR                 // in parts with sar_* parameters
	ByPayload             // in one message_payload, which the center cuts
)

// Lengths of one message's text: 140 octets, or as many septets as fit into them
// (3GPP TS 23.038), and what a header of 6 octets leaves.
const (
	oneGSM, partGSM     = 160, 153
	oneOctet, partOctet = 140, 134
)

// MaxParts is the most parts that a long text can have.
const MaxParts = 255

// Split cuts a text into the octets of its messages: in the GSM alphabet where
// it has all characters, in UCS-2 otherwise. Neither an escape and its character
// nor the two halves of a surrogate pair are parted. An empty text is one message.
func Split(text string) (c Coding, parts [][]byte, err error) {
	c, one, part := GSM, oneGSM, partGSM
	octets, ok := EncodeGSM(text)
	if !ok {
		c, one, part = UCS2, oneOctet, partOctet
		octets, _ = UCS2.Encode(text)
	}
	if len(octets) <= one {
		return c, [][]byte{octets}, nil
	}
	for len(octets) > 0 {
		n := min(part, len(octets))
		if n < len(octets) {
			n -= parted(c, octets, n)
		}
		parts = append(parts, octets[:n:n])
		octets = octets[n:]
	}
	if len(parts) > MaxParts {
		return c, nil, &Error{InvalidLength, "the text is longer than 255 messages"}
	}
	return c, parts, nil
}

// parted is how many octets before n belong to a character that goes on behind n.
func parted(c Coding, octets []byte, n int) int {
	switch {
	case c == GSM && octets[n-1] == gsmEscape && escapes(octets[:n])%2 == 1:
		return 1
	case c == UCS2 && octets[n-2]&0xFC == 0xD8:
		return 2
	}
	return 0
}

// escapes counts the escapes at the end.
func escapes(octets []byte) (n int) {
	for n < len(octets) && octets[len(octets)-1-n] == gsmEscape {
		n++
	}
	return n
}

// Texts makes the messages that carry text: copies of m, one for each part, with
// coding, content and parts' numbers filled in. Reference should differ from that
// of other texts to the same phone.
func (m *Message) Texts(text string, how Long, reference byte) ([]Message, error) {
	c, parts, err := Split(text)
	if err != nil {
		return nil, err
	}
	if how == ByPayload && len(parts) > 1 {
		one := *m
		one.Coding, one.Short = c, nil
		one.TLVs = append(slices.Clone(m.TLVs), TLV{TagPayload, slices.Concat(parts...)})
		return []Message{one}, nil
	}
	all := make([]Message, len(parts))
	for i, p := range parts {
		all[i] = *m
		all[i].Coding, all[i].Short = c, p
		if len(parts) > 1 {
			all[i].number(Segment{uint16(reference), byte(len(parts)), byte(i + 1)}, how) //nolint:gosec // at most MaxParts
		}
	}
	return all, nil
}

func (m *Message) number(s Segment, how Long) {
	if how == BySAR {
		m.TLVs = append(slices.Clone(m.TLVs), s.tlvs()...)
		return
	}
	m.ESMClass |= ESMHeader
	m.Short = append(s.header(), m.Short...)
}
