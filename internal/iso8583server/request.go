package iso8583server

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/iso4217"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// key is what tells a message from others: class and function, time, number, acquirer, terminal (ISO-2).
func key(mti iso8583.MTI, when, trace, acquirer, terminal string) string {
	return strings.Join([]string{mti.First().String(), when, trace, strings.TrimLeft(acquirer, "0"), strings.TrimSpace(terminal)}, "|")
}

func keyOf(m *iso8583.Message) string {
	return key(m.MTI, m.Text(fieldTime), m.Text(fieldTrace), m.Text(fieldAcquirer), m.Text(fieldTerminal))
}

// wrongField is the error of a field whose value means nothing here.
func wrongField(n int, reason string) error {
	return &iso8583.Error{Field: n, Offset: -1, Reason: reason}
}

// request reads an authorization or advice. The error is an [*iso8583.Error].
func request(m *iso8583.Message) (r issuing.Request, err error) {
	amount, err := strconv.ParseInt(m.Text(fieldAmount), 10, 64)
	if err != nil {
		return r, wrongField(fieldAmount, "it is no amount")
	}
	letters, ok := iso4217.Letters(m.Text(fieldCurrency))
	if !ok {
		return r, wrongField(fieldCurrency, "it is no currency that is known here")
	}
	entry := m.Text(fieldEntry)
	r = issuing.Request{
		Key: keyOf(m), Path: issuing.Network, Number: m.Text(fieldNumber), Amount: amount, Currency: letters,
		Merchant: issuing.Merchant{
			ID: strings.TrimSpace(m.Text(fieldMerchant)), Name: strings.TrimSpace(m.Text(fieldName)), Category: m.Text(fieldCategory), Country: m.Text(fieldCountry),
			Terminal: strings.TrimSpace(m.Text(fieldTerminal)),
		},
		Contactless: strings.HasPrefix(entry, "07") || strings.HasPrefix(entry, "91"),
		Access:      judge.Access{Remote: strings.HasPrefix(entry, "81") || strings.HasPrefix(entry, "10")},
	}
	r.Chip, err = chip(m.Get(fieldChip))
	return r, err
}

// chip reads DE 55. Tags beyond those of a cryptogram are passed over.
func chip(b []byte) (*issuing.Chip, error) {
	wrong := func(reason string) error { return wrongField(fieldChip, reason) }
	c := &issuing.Chip{}
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
func take(t *cryptogram.Transaction, c *issuing.Chip, tag iso8583.Tag, v []byte) (ok bool) {
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

// reversal reads a reversal. Its original is named by DE 90; DE 95 has the amount that is in fact paid, whatever was reversed before.
func reversal(m *iso8583.Message) (r issuing.Reversal, err error) {
	o := m.Text(fieldOriginal)
	if len(o) != 42 { // a profile of one's own may have it otherwise
		return r, wrongField(fieldOriginal, "it is not of 42 digits")
	}
	mti, err := strconv.ParseUint(o[:4], 10, 16)
	if err != nil {
		return r, wrongField(fieldOriginal, "it names no message")
	}
	switch iso8583.MTI(mti).First() {
	case iso8583.AuthorizationRequest, iso8583.AuthorizationAdvice:
	default:
		return r, wrongField(fieldOriginal, "it names no message that can be taken back")
	}
	letters, ok := iso4217.Letters(m.Text(fieldCurrency))
	if !ok {
		return r, wrongField(fieldCurrency, "it is no currency that is known here")
	}
	acquirer := o[20:31]
	if strings.Trim(acquirer, "0") == "" {
		acquirer = m.Text(fieldAcquirer) // many leave it out in DE 90
	}
	r = issuing.Reversal{Key: keyOf(m), Original: key(iso8583.MTI(mti), o[10:20], o[4:10], acquirer, m.Text(fieldTerminal)), Number: m.Text(fieldNumber), Currency: letters}
	if !m.Has(fieldReplacement) {
		return r, nil
	}
	if r.Paid, err = strconv.ParseInt(fmt.Sprintf("%.12s", m.Text(fieldReplacement)), 10, 64); err != nil || r.Paid < 0 {
		return r, wrongField(fieldReplacement, "it holds no amount")
	}
	amount, err := strconv.ParseInt(m.Text(fieldAmount), 10, 64)
	switch {
	case err != nil || r.Paid > amount:
		return r, wrongField(fieldReplacement, "more was paid than was asked for")
	case r.Paid == amount:
		return r, wrongField(fieldReplacement, "nothing is to come back")
	}
	return r, nil
}
