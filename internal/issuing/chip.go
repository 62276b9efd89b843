package issuing

import (
	"encoding/binary"
	"encoding/hex"
	"errors"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/iso8583"
)

// ReadChip reads what a chip says of a transaction, in BER-TLV as in DE 55 of ISO 8583. Tags beyond those of a cryptogram are passed over. The error says what
// is wrong, and shows no value.
func ReadChip(b []byte) (*Chip, error) {
	wrong := errors.New
	c := &Chip{}
	t := &c.Transaction
	seen := map[iso8583.Tag]bool{}
	for walk := iso8583.NewTags(b); ; {
		tag, v, ok, err := walk.Next()
		if err != nil {
			return nil, wrong("it is no BER-TLV")
		}
		if !ok {
			break
		}
		if seen[tag] {
			return nil, wrong("tag " + tag.String() + " is there twice")
		}
		seen[tag] = true
		if !take(t, c, tag, v) {
			return nil, wrong("tag " + tag.String() + " has no value that it can have")
		}
	}
	for _, tag := range []iso8583.Tag{
		iso8583.TagAmount, iso8583.TagOtherAmount, iso8583.TagCountry, iso8583.TagTVR, iso8583.TagCurrency, iso8583.TagDate, iso8583.TagType, iso8583.TagUnpredictable, iso8583.TagAIP,
		iso8583.TagCounter, iso8583.TagApplicationData, iso8583.TagCryptogram,
	} {
		if !seen[tag] {
			return nil, wrong("tag " + tag.String() + " is not there")
		}
	}
	return c, nil
}

// take puts the value of a tag where it belongs; false if it cannot be one.
func take(t *cryptogram.Transaction, c *Chip, tag iso8583.Tag, v []byte) (ok bool) {
	fixed := func(dst []byte) bool { return len(v) == len(dst) && copy(dst, v) == len(v) }
	switch tag {
	case iso8583.TagAmount:
		t.Amount, ok = packed(v, 6)
	case iso8583.TagOtherAmount:
		t.Other, ok = packed(v, 6)
	case iso8583.TagCountry:
		t.Country, ok = packed3(v)
	case iso8583.TagCurrency:
		t.Currency, ok = packed3(v)
	case iso8583.TagTVR:
		ok = fixed(t.TVR[:])
	case iso8583.TagDate:
		_, ok = packed(v, 3)
		t.Date = hex.EncodeToString(v)
	case iso8583.TagType:
		if ok = len(v) == 1; ok {
			t.Type = v[0]
		}
	case iso8583.TagUnpredictable:
		ok = fixed(t.Unpredictable[:])
	case iso8583.TagAIP:
		ok = fixed(t.AIP[:])
	case iso8583.TagCounter:
		if ok = len(v) == 2; ok {
			t.ATC = binary.BigEndian.Uint16(v)
		}
	case iso8583.TagApplicationData:
		a, err := cryptogram.ParseApplicationData(v)
		c.Application, ok = a, err == nil
	case iso8583.TagCryptogram:
		c.Cryptogram, ok = append([]byte(nil), v...), len(v) == cryptogram.Short
	default:
		ok = true
	}
	return ok
}

// packed reads packed digits of n octets.
func packed(v []byte, n int) (out uint64, ok bool) {
	for _, c := range v {
		if c>>4 > 9 || c&0xF > 9 {
			return 0, false
		}
		out = out*100 + uint64(c>>4)*10 + uint64(c&0xF)
	}
	return out, len(v) == n
}

// packed3 reads a code of three digits.
func packed3(v []byte) (uint16, bool) {
	n, ok := packed(v, 2)
	return uint16(n), ok && n <= 999 //nolint:gosec // at most 999
}
