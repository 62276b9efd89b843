package smpp

import "encoding/binary"

// Element is one information element of a user data header (3GPP TS 23.040,
// section 9.2.3.24).
type Element struct {
	ID   byte
	Data []byte
}

// Information elements of concatenated texts.
const (
	concat8  = 0x00 // reference of 8 bits
	concat16 = 0x08 // reference of 16 bits
)

// ParseHeader takes a user data header off the content of a message whose
// esm_class has ESMHeader; ok is false when it is damaged.
func ParseHeader(content []byte) (elements []Element, rest []byte, ok bool) {
	if len(content) == 0 || int(content[0]) >= len(content) {
		return nil, nil, false
	}
	n := 1 + int(content[0])
	header, rest := content[1:n], content[n:]
	for len(header) > 0 {
		if len(header) < 2 || len(header)-2 < int(header[1]) {
			return nil, nil, false
		}
		n := 2 + int(header[1])
		elements = append(elements, Element{header[0], header[2:n]})
		header = header[n:]
	}
	return elements, rest, true
}

// Segment says which part of a long text a message is.
type Segment struct {
	Reference uint16 // the same in all parts of one text
	Total     byte   // from 1
	Number    byte   // from 1 to Total
}

func (s Segment) valid() bool { return s.Number >= 1 && s.Number <= s.Total }

// header writes the segment as a user data header with a reference of 8 bits,
// which every phone knows.
func (s Segment) header() []byte {
	return []byte{5, concat8, 3, byte(s.Reference), s.Total, s.Number} //nolint:gosec // the lower half is meant
}

// tlvs writes the segment as optional parameters (sections 5.3.2.22 to 5.3.2.24).
func (s Segment) tlvs() TLVs {
	return TLVs{
		{TagSARReference, binary.BigEndian.AppendUint16(nil, s.Reference)},
		{TagSARTotal, []byte{s.Total}},
		{TagSARNumber, []byte{s.Number}},
	}
}

// Segment says which part of a long text the message is, by its header or its
// optional parameters; ok is false when it is none, or says what cannot be.
func (m *Message) Segment() (s Segment, ok bool) {
	if m.ESMClass&ESMHeader != 0 {
		elements, _, _ := ParseHeader(m.Content())
		for _, e := range elements {
			switch {
			case e.ID == concat8 && len(e.Data) == 3:
				s = Segment{uint16(e.Data[0]), e.Data[1], e.Data[2]}
			case e.ID == concat16 && len(e.Data) == 4:
				s = Segment{binary.BigEndian.Uint16(e.Data), e.Data[2], e.Data[3]}
			}
		}
	}
	if s.valid() {
		return s, true
	}
	ref, ok1 := m.TLVs.number(TagSARReference)
	total, ok2 := m.TLVs.number(TagSARTotal)
	number, ok3 := m.TLVs.number(TagSARNumber)
	if !ok1 || !ok2 || !ok3 || total > 255 || number > 255 {
		return Segment{}, false
	}
	s = Segment{ref, byte(total), byte(number)}
	return s, s.valid()
}
