package iso8583

import (
	"bytes"
	"fmt"
	"strings"
)

// String is the message for logs and people: account numbers masked, and of tracks, PIN blocks, codes and private data their
// lengths alone.
func (m *Message) String() string {
	var s strings.Builder
	s.WriteString(m.MTI.String())
	for n := range m.All() {
		fmt.Fprintf(&s, " %d=%s", n, shown(n, m.Get(n)))
	}
	return s.String()
}

// Outline is the type of the message, and the numbers and lengths of its fields: for a message that could not be read to its end, in which any field may hold
// what belongs to another.
func (m *Message) Outline() string {
	var s strings.Builder
	s.WriteString(m.MTI.String())
	for n := range m.All() {
		fmt.Fprintf(&s, " %d=[%d]", n, len(m.Get(n)))
	}
	return s.String()
}

// GoString is String: no verb prints more.
func (m *Message) GoString() string { return m.String() }

// Format is String for every verb.
func (m *Message) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(m.String())) }

// shown is a value as it may be seen.
func shown(n int, v []byte) string {
	switch n {
	case 2, 34, 102, 103:
		return MaskPAN(string(v))
	case 55:
		return shownTags(v)
	case 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 18, 19, 22, 23, 24, 25, 32, 33, 37, 38, 39, 41, 42, 43, 49, 50, 51, 70, 90, 95:
		return string(bytes.TrimRight(v, " "))
	}
	return fmt.Sprintf("[%d]", len(v))
}

// shownTags is DE 55 as it may be seen: tags, and the values that say nothing of a card or its keys.
func shownTags(v []byte) string {
	var out []string
	for t := NewTags(v); ; {
		tag, value, ok, err := t.Next()
		switch {
		case err != nil:
			return fmt.Sprintf("[%d, not BER-TLV]", len(v))
		case !ok:
			return "{" + strings.Join(out, " ") + "}"
		}
		switch tag {
		case TagAIP, TagTVR, TagDate, TagType, TagCurrency, TagAmount, TagOtherAmount, TagCountry, TagCounter, TagUnpredictable, TagCryptogramInfo:
			out = append(out, fmt.Sprintf("%s=%X", tag, value))
		default:
			out = append(out, fmt.Sprintf("%s=[%d]", tag, len(value)))
		}
	}
}

// MaskPAN shows the first six and the last four digits of an account number or token; of one with fewer than 13, the last four
// at most (PCI DSS 4.0, requirement 3.4.1).
func MaskPAN(s string) string {
	first, last := 6, 4
	if len(s) < 13 {
		first = 0
	}
	if len(s) < 8 {
		last = 0
	}
	return s[:first] + strings.Repeat("*", len(s)-first-last) + s[len(s)-last:]
}
