package iso8583

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Tag is a BER-TLV tag of one to three octets, as a number: 0x82, 0x9F26.
type Tag uint32

// Tags of EMV in a message (DE 55).
const (
	TagAIP             Tag  = 0x82
	TagDedicatedFile   Tag  = 0x84
	TagIssuerAuth      Tag  = 0x91
	TagTVR             Tag  = 0x95
	TagDate            Tag  = 0x9A
	TagType            Tag  = 0x9C
	TagCurrency        Tag  = 0x5F2A
	TagSequence        Tag  = 0x5F34
	TagAmount          Tag  = 0x9F02
	TagOtherAmount     Tag  = 0x9F03
	TagApplicationData Tag  = 0x9F10
	TagCountry         Tag  = 0x9F1A
	TagCryptogram      Tag  = 0x9F26
	TagCryptogramInfo  Tag  = 0x9F27
	TagCapabilities    Tag  = 0x9F33
	TagVerification    Tag  = 0x9F34
	TagCounter         Tag  = 0x9F36
	TagUnpredictable   Tag  = 0x9F37
	TagFormFactor      Tag  = 0x9F6E
	TagPAN             Tag  = 0x5A
	TagTrack2          Tag  = 0x57
	maxTag                  = 0xFFFFFF
	constructed             = 0x20
	maxValue                = 0xFFFF
	shortForm               = 0x7F
	longOne, longTwo   byte = 0x81, 0x82
)

// String returns hexadecimal digits.
func (t Tag) String() string { return fmt.Sprintf("%02X", uint32(t)) }

// ErrTags says that octets are no BER-TLV of EMV: truncated, of indefinite length, with a tag of more than three octets or a length of more
// than two.
var ErrTags = errors.New("iso8583: this is no BER-TLV")

// Tags walks over BER-TLV data without copying. The zero value is at the end.
type Tags struct{ rest []byte }

// NewTags begins at the first tag of b. Values are not opened: whoever knows that a tag is constructed begins anew with its value.
func NewTags(b []byte) Tags { return Tags{b} }

// Next returns the next tag and its value, which is a part of the data; ok is false at the end. The error is [ErrTags].
func (t *Tags) Next() (tag Tag, value []byte, ok bool, err error) {
	for len(t.rest) > 0 && t.rest[0] == 0 { // fillers between tags (EMV Book 3, annex B1)
		t.rest = t.rest[1:]
	}
	if len(t.rest) == 0 {
		return 0, nil, false, nil
	}
	b := t.rest
	tag = Tag(b[0])
	n := 1
	if b[0]&0x1F == 0x1F {
		for more := true; more; n++ {
			if n >= len(b) || n == 3 || n == 1 && b[n]&0x7F == 0 {
				return 0, nil, false, ErrTags
			}
			tag, more = tag<<8|Tag(b[n]), b[n]&0x80 != 0
		}
	}
	length, size, ok := tagLength(b[n:])
	if !ok || length > len(b)-n-size {
		return 0, nil, false, ErrTags
	}
	value = b[n+size : n+size+length : n+size+length]
	t.rest = b[n+size+length:]
	return tag, value, true, nil
}

// tagLength reads a length, and how many octets it has itself.
func tagLength(b []byte) (length, size int, ok bool) {
	switch {
	case len(b) >= 1 && b[0] <= shortForm:
		return int(b[0]), 1, true
	case len(b) >= 2 && b[0] == longOne:
		return int(b[1]), 2, true
	case len(b) >= 3 && b[0] == longTwo:
		return int(binary.BigEndian.Uint16(b[1:])), 3, true
	}
	return 0, 0, false
}

// Find returns the value of the first such tag at the top; nil if there is none. The error is [ErrTags] for anything in b that cannot be
// read, and says nothing of values.
func Find(b []byte, tag Tag) ([]byte, error) {
	var found []byte
	for t := NewTags(b); ; {
		got, value, ok, err := t.Next()
		if err != nil || !ok {
			return found, err
		}
		if got == tag && found == nil {
			found = value
		}
	}
}

// AppendTag writes a tag with its value of at most 65,535 octets, in the shortest form. It panics on what is no tag or too long: both are
// mistakes of the program.
func AppendTag(dst []byte, tag Tag, value []byte) []byte {
	if !tag.valid() || len(value) > maxValue {
		panic("iso8583: no tag, or a value that is too long")
	}
	for shift := 16; shift >= 0; shift -= 8 {
		if tag>>shift != 0 {
			dst = append(dst, byte(tag>>shift)) //nolint:gosec // an octet of it
		}
	}
	switch n := len(value); {
	case n <= shortForm:
		dst = append(dst, byte(n))
	case n <= 0xFF:
		dst = append(dst, longOne, byte(n))
	default:
		dst = append(dst, longTwo, byte(n>>8), byte(n)) //nolint:gosec // at most maxValue
	}
	return append(dst, value...)
}

// valid reports whether [Tags] would find the tag: the low five bits of its first octet say whether others follow, the highest of each of
// these whether it is not the last, and the first of them is not without a number.
func (t Tag) valid() bool {
	const more, number, follow = 0x80, 0x7F, 0x1F
	switch {
	case t == 0 || t > maxTag:
		return false
	case t <= 0xFF:
		return t&follow != follow
	case t <= 0xFFFF:
		return t>>8&follow == follow && t&more == 0 && t&number != 0
	}
	return t>>16&follow == follow && t>>8&more != 0 && t>>8&number != 0 && t&more == 0
}
