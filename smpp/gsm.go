package smpp

import "strings"

// gsmBasic is the GSM 7-bit default alphabet in its order (3GPP TS 23.038,
// section 6.2.1); U+FFFD stands for the escape.
const gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\uFFFDÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// gsmEscape leads to the extension table (section 6.2.1.1).
const gsmEscape = 0x1B

// gsmExtended are the characters of the extension table, and gsmCodes their codes.
const (
	gsmExtended = "\f^{}\\[~]|€"
	gsmCodes    = "\x0A\x14\x28\x29\x2F\x3C\x3D\x3E\x40\x65"
)

// EncodeGSM writes text in the GSM 7-bit default alphabet, one septet in each
// octet, as SMPP carries it; characters of the extension table take two. Ok is
// false when text has a character that the alphabet lacks.
func EncodeGSM(text string) (septets []byte, ok bool) {
	septets = make([]byte, 0, len(text))
	for _, r := range text {
		if c := runeIndex(gsmBasic, r); c >= 0 && r != '\uFFFD' {
			septets = append(septets, byte(c)) //nolint:gosec // below 128
		} else if c := runeIndex(gsmExtended, r); c >= 0 {
			septets = append(septets, gsmEscape, gsmCodes[c])
		} else {
			return nil, false
		}
	}
	return septets, true
}

// DecodeGSM reads septets that stand one in each octet; the highest bit is
// ignored. An escape before a code that the extension table lacks is shown as
// the code's basic character, and an escape at the end as a space (section 6.2.1.1).
func DecodeGSM(septets []byte) string {
	basic, extended := []rune(gsmBasic), []rune(gsmExtended)
	var s strings.Builder
	for i := 0; i < len(septets); i++ {
		c := septets[i] & 0x7F
		if c != gsmEscape {
			s.WriteRune(basic[c])
			continue
		}
		if i++; i == len(septets) {
			s.WriteByte(' ')
			break
		}
		c = septets[i] & 0x7F
		if at := strings.IndexByte(gsmCodes, c); at >= 0 {
			s.WriteRune(extended[at])
		} else if c == gsmEscape {
			s.WriteByte(' ')
		} else {
			s.WriteRune(basic[c])
		}
	}
	return s.String()
}

// runeIndex is the position of r in s, counted in characters; -1 for none.
func runeIndex(s string, r rune) int {
	n := 0
	for _, x := range s {
		if x == r {
			return n
		}
		n++
	}
	return -1
}
