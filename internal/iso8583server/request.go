package iso8583server

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/payment"
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
	currency, err := currencyOf(m)
	if err != nil {
		return r, err
	}
	entry := m.Text(fieldEntry)
	r = issuing.Request{
		Key: keyOf(m), Path: issuing.Network, Number: m.Text(fieldNumber), Amount: amount, Currency: currency,
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

// currencyOf reads DE 49.
func currencyOf(m *iso8583.Message) (string, error) {
	c, ok := payment.NumberedCurrency(m.Text(fieldCurrency))
	if !ok {
		return "", wrongField(fieldCurrency, "it is no currency that is known here")
	}
	return string(c), nil
}

// chip reads DE 55.
func chip(b []byte) (*issuing.Chip, error) {
	c, err := issuing.ReadChip(b)
	if err != nil {
		return nil, wrongField(fieldChip, err.Error())
	}
	return c, nil
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
	currency, err := currencyOf(m)
	if err != nil {
		return r, err
	}
	acquirer := o[20:31]
	if strings.Trim(acquirer, "0") == "" {
		acquirer = m.Text(fieldAcquirer) // many leave it out in DE 90
	}
	r = issuing.Reversal{Key: keyOf(m), Original: key(iso8583.MTI(mti), o[10:20], o[4:10], acquirer, m.Text(fieldTerminal)), Number: m.Text(fieldNumber), Currency: currency}
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
