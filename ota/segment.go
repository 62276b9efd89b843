package ota

import (
	"bytes"

	"github.com/countersign-auth/countersign/smpp"
)

// Kind says what a short message carries: the identifier of the element in its user data header
// (3GPP TS 31.115, section 4; TS 23.040, section 9.2.3.24).
type Kind byte

// The kinds.
const (
	Commands  Kind = 0x70
	Responses Kind = 0x71
)

// Octets of user data of a short message, and what of a packet fits besides the headers.
const (
	userData = 140
	whole    = userData - 3 // one short message
	first    = userData - 8
	further  = userData - 6
)

// MaxPacket is the longest packet that short messages carry.
const MaxPacket = first + (smpp.MaxParts-1)*further

// Segments cuts a packet into the user data of short messages, headers included, with the layout of TS 31.115:
// the first says the kind. Reference should differ from that of other packets under way to or from
// the same phone. A packet longer than MaxPacket is an *Error.
func Segments(k Kind, packet []byte, reference byte) ([][]byte, error) {
	if len(packet) > MaxPacket {
		return nil, &Error{OutOfMemory, "the packet needs more than 255 short messages"}
	}
	if len(packet) <= whole {
		return [][]byte{append([]byte{2, byte(k), 0}, packet...)}, nil
	}
	total := byte(1 + (len(packet)-first+further-1)/further) //nolint:gosec // at most 255
	all := make([][]byte, 0, total)
	all = append(all, append([]byte{7, 0, 3, reference, total, 1, byte(k), 0}, packet[:first]...))
	for packet = packet[first:]; len(packet) > 0; {
		n := min(further, len(packet))
		all = append(all, append([]byte{5, 0, 3, reference, total, byte(len(all) + 1)}, packet[:n]...)) //nolint:gosec // at most 255
		packet = packet[n:]
	}
	return all, nil
}

// Segment is the user data of one short message, taken apart.
type Segment struct {
	Kind      Kind // 0 when this part does not say it
	Reference uint16
	Total     byte // 1 when the packet has one part; then Number is 1, too
	Number    byte
	Body      []byte
}

// ParseSegment reads user data that begin with a header, whether or not the message
// said so: cards do not. Elements may come in any order; those of no meaning here are passed
// over. Errors: *Error. B is kept.
func ParseSegment(b []byte) (s Segment, err error) {
	elements, body, ok := smpp.ParseHeader(b)
	if !ok {
		return s, &Error{SecurityError, "the user data have no header"}
	}
	s = Segment{Total: 1, Number: 1, Body: body}
	for _, e := range elements {
		switch {
		case e.ID == byte(Commands) || e.ID == byte(Responses):
			if s.Kind != 0 && s.Kind != Kind(e.ID) || len(e.Data) != 0 {
				return s, &Error{SecurityError, "the header names two kinds of packet"}
			}
			s.Kind = Kind(e.ID)
		case e.ID == 0 && len(e.Data) == 3:
			s.Reference, s.Total, s.Number = uint16(e.Data[0]), e.Data[1], e.Data[2]
		case e.ID == 8 && len(e.Data) == 4:
			s.Reference, s.Total, s.Number = uint16(e.Data[0])<<8|uint16(e.Data[1]), e.Data[2], e.Data[3]
		}
	}
	if s.Number < 1 || s.Number > s.Total {
		return s, &Error{SecurityError, "the part has a number that cannot be"}
	}
	if s.Total == 1 && s.Kind == 0 {
		return s, &Error{SecurityError, "the header names no kind of packet"}
	}
	return s, nil
}

// Assemble joins the parts of one packet, which may come in any order and more than
// once; complete is false while some are missing. Parts of another packet, two parts with one
// number and other octets, and two kinds are an *Error.
func Assemble(parts []Segment) (k Kind, packet []byte, complete bool, err error) {
	if len(parts) == 0 {
		return 0, nil, false, nil
	}
	one := parts[0]
	have := make([][]byte, one.Total)
	count := 0
	for _, p := range parts {
		if p.Reference != one.Reference || p.Total != one.Total || p.Number < 1 || p.Number > one.Total {
			return 0, nil, false, &Error{SecurityError, "parts of different packets"}
		}
		if k != 0 && p.Kind != 0 && p.Kind != k {
			return 0, nil, false, &Error{SecurityError, "parts of different kinds of packet"}
		}
		k = max(k, p.Kind)
		switch old := have[p.Number-1]; {
		case old == nil:
			have[p.Number-1] = append([]byte{}, p.Body...)
			count++
		case !bytes.Equal(old, p.Body):
			return 0, nil, false, &Error{SecurityError, "two different parts with one number"}
		}
	}
	if count < len(have) {
		return k, nil, false, nil
	}
	if k == 0 {
		return 0, nil, false, &Error{SecurityError, "no part names the kind of packet"}
	}
	return k, bytes.Join(have, nil), true, nil
}
