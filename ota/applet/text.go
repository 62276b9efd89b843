package applet

import (
	"bytes"
	"errors"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/smpp"
)

// Limits of what a card shows altogether: what fits into one command of the SIM
// Toolkit (ETSI TS 102 223, DISPLAY TEXT: 240 octets with the coding).
const (
	MaxSeptets = 239 // when all of it is in the GSM alphabet
	MaxUCS2    = 119 // characters, otherwise
)

// Errors of texts.
var (
	ErrCharacter = errors.New("applet: a character that a phone may not show as it was meant")
	ErrTooLong   = errors.New("applet: more text than the card shows")
)

// The codings, as in the data coding scheme of SIM Toolkit texts (TS 102 223, section 8.15).
const (
	codingGSM  = 0x04 // GSM default alphabet, one septet an octet
	codingUCS2 = 0x08
)

// CheckText says whether a phone shows a text as it was meant. It is ErrCharacter for a
// text that is no UTF-8, or has control characters other than the line feed, format
// characters (those that turn the direction of writing, and those of no width), separators of
// lines and paragraphs, private or unassigned characters, any beyond UCS-2, or what nobody sees or tells from
// something else: default ignorable characters, the empty Braille pattern, spaces other than the one of
// ASCII, and the fraction slash.
func CheckText(text string) error {
	if !utf8.ValidString(text) {
		return ErrCharacter
	}
	for _, r := range text {
		if r != '\n' && (r > 0xFFFF || r == '\uFFFD' || !unicode.IsGraphic(r) || unseen(r)) {
			return ErrCharacter
		}
	}
	return nil
}

// unseen reports whether a character takes no room, or room like that of another.
func unseen(r rune) bool {
	switch r {
	case ' ':
		return false
	case '\u2800', '\u2044': // the empty Braille pattern, the fraction slash
		return true
	}
	return unicode.In(r, unicode.Zs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Length counts a text in the coding really used: septets when the GSM alphabet has all of
// it, where characters of the extension table count two, else characters of UCS-2.
func Length(text string) (n int, gsm bool) {
	if s, ok := smpp.EncodeGSM(text); ok {
		return len(s), true
	}
	return utf8.RuneCountInString(text), false
}

// Fits returns ErrTooLong for a text that is longer than a card shows, and ErrCharacter for
// one that it refuses.
func Fits(text string) error {
	if err := CheckText(text); err != nil {
		return err
	}
	if n, gsm := Length(text); gsm && n > MaxSeptets || !gsm && n > MaxUCS2 {
		return ErrTooLong
	}
	return nil
}

// encodeText writes the coding and the text; nothing for an empty one.
func encodeText(text string) []byte {
	if text == "" {
		return nil
	}
	if s, ok := smpp.EncodeGSM(text); ok {
		return append([]byte{codingGSM}, s...)
	}
	u, _ := smpp.UCS2.Encode(text)
	return append([]byte{codingUCS2}, u...)
}

// decodeText reads a text; ok is false unless encodeText would write the same, so that
// two packets never show the same text.
func decodeText(b []byte) (text string, ok bool) {
	if len(b) < 2 {
		return "", false
	}
	switch b[0] {
	case codingGSM:
		text = smpp.DecodeGSM(b[1:])
	case codingUCS2:
		text, ok = smpp.UCS2.Decode(b[1:])
		if !ok {
			return "", false
		}
	}
	return text, CheckText(text) == nil && bytes.Equal(encodeText(text), b)
}
