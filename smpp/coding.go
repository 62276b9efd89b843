package smpp

import (
	"encoding/binary"
	"unicode/utf16"
)

// Coding is a data_coding (section 5.2.19).
type Coding byte

// The codings of texts.
const (
	GSM    Coding = 0 // the center's default alphabet: GSM 7-bit
	ASCII  Coding = 1
	Latin1 Coding = 3
	Binary Coding = 4
	UCS2   Coding = 8 // UTF-16 in fact: phones show emoji
)

// plain maps the codings that carry a message class (3GPP TS 23.038, section 4) to
// the alphabet in them.
func (c Coding) plain() Coding {
	switch {
	case c&0xF0 != 0xF0:
		return c
	case c&0x04 != 0:
		return Binary
	}
	return GSM
}

// Encode writes text in the coding; ok is false when it lacks a character, or
// is no coding of texts. GSM has one septet in each octet.
func (c Coding) Encode(text string) (octets []byte, ok bool) {
	switch c.plain() { //nolint:exhaustive // the others are no texts
	case GSM:
		return EncodeGSM(text)
	case ASCII, Latin1:
		most := rune(0x7F)
		if c == Latin1 {
			most = 0xFF
		}
		for _, r := range text {
			if r > most {
				return nil, false
			}
			octets = append(octets, byte(r)) //nolint:gosec // at most 0xff
		}
		return octets, true
	case UCS2:
		for _, u := range utf16.Encode([]rune(text)) {
			octets = binary.BigEndian.AppendUint16(octets, u)
		}
		return octets, true
	}
	return nil, false
}

// Decode reads octets; ok is false when the coding is none of texts. Damaged
// UCS-2 shows U+FFFD.
func (c Coding) Decode(octets []byte) (text string, ok bool) {
	switch c.plain() { //nolint:exhaustive // the others are no texts
	case GSM:
		return DecodeGSM(octets), true
	case ASCII, Latin1:
		runes := make([]rune, len(octets))
		for i, b := range octets {
			runes[i] = rune(b)
		}
		return string(runes), true
	case UCS2:
		units := make([]uint16, 0, len(octets)/2+1)
		for ; len(octets) >= 2; octets = octets[2:] {
			units = append(units, binary.BigEndian.Uint16(octets))
		}
		if len(octets) == 1 {
			units = append(units, 0xFFFD)
		}
		return string(utf16.Decode(units)), true
	}
	return "", false
}

// Text is the text of a message without its user data header. Ok is false when
// the message is none of text, or the header is damaged.
func (m *Message) Text() (text string, ok bool) {
	content, ok := m.octets()
	if !ok {
		return "", false
	}
	return m.Coding.Decode(content)
}

func (m *Message) octets() (content []byte, ok bool) {
	content = m.Content()
	if m.ESMClass&ESMHeader == 0 {
		return content, true
	}
	_, content, ok = ParseHeader(content)
	return content, ok
}
