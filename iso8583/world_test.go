package iso8583_test

import (
	"encoding/hex"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

func load(t testing.TB, name string) *iso8583.Profile {
	t.Helper()
	p, err := iso8583.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// chip is a DE 55 with the twelve tags of a wallet's payment.
func chip(t testing.TB) []byte {
	t.Helper()
	var out []byte
	for _, x := range []struct {
		tag   iso8583.Tag
		value string
	}{
		{iso8583.TagCryptogram, "7A788EA6B8A3E733"},
		{iso8583.TagCryptogramInfo, "80"},
		{iso8583.TagApplicationData, "1F430203A00000000000004D0605620700000000000000000000000000000000"},
		{iso8583.TagUnpredictable, "52BF4585"},
		{iso8583.TagCounter, "001C"},
		{iso8583.TagTVR, "8000048000"},
		{iso8583.TagDate, "261123"},
		{iso8583.TagType, "01"},
		{iso8583.TagAmount, "000000004000"},
		{iso8583.TagCurrency, "0978"},
		{iso8583.TagAIP, "1800"},
		{iso8583.TagCountry, "0276"},
	} {
		out = iso8583.AppendTag(out, x.tag, unhex(t, x.value))
	}
	return out
}

// payment is the 0100 of twenty fields that the tests share.
func payment(t testing.TB) *iso8583.Message {
	t.Helper()
	m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
	for n, v := range map[int]string{
		2: "4900000000000001", 3: "000000", 4: "000000004000", 7: "1123101530", 11: "000123", 12: "111530", 13: "1123", 14: "2912", 18: "5411", 19: "276",
		22: "071", 23: "000", 25: "00", 32: "123456", 37: "632700000123", 41: "TERM0001", 42: "MERCHANT0000001",
		43: "Corner shop              Springfield  DE", 49: "978",
	} {
		m.SetText(n, v)
	}
	m.Set(55, chip(t))
	return m
}
