package idserver_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/payment"
)

// TestNames: a text names a payment by all of its total and all of each account, not by a part of another number.
func TestNames(t *testing.T) {
	made := func(all ...payment.Order) payment.Payment {
		p, err := payment.New(all...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	iban := payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Wood"}
	one := made(payment.Order{Amount: "9.00", Currency: "EUR", Payee: iban})
	name := made(payment.Order{Amount: "9.00", Currency: "EUR", Payee: payment.Payee{Name: "Wood"}})
	two := made(payment.Order{Amount: "4.00", Currency: "EUR", Payee: iban}, payment.Order{Amount: "5.00", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "DE89370400440532013000", Name: "Coal"}})
	good := "Amount: EUR 9.00\nTo: Wood\nAccount: NO93 8601 1117 947\nFor: 17"
	for _, x := range []struct {
		text string
		p    payment.Payment
		want bool
	}{
		{good, one, true},
		{"Payment: EUR 9.00 to Wood (NO93 8601 1117 947)", one, true},
		{"EUR 9.00. NO93 8601 1117 947.", one, true},
		{"9.00 EUR, NO93 8601 1117 947", one, true},
		{strings.Replace(good, "9.00", "109.00", 1), one, false},
		{strings.Replace(good, "9.00", "1,009.00", 1), one, false},
		{strings.Replace(good, "9.00", "1'009.00", 1), one, false},
		{strings.Replace(good, "9.00", "1’009.00", 1), one, false},
		{strings.Replace(good, "9.00", "109.00, or 9.00", 1), one, true},
		{strings.Replace(good, "9.00", "9.001", 1), one, false},
		{strings.Replace(good, "9.00", "9.00.00", 1), one, false},
		{strings.Replace(good, "9.00", "1 009.00", 1), one, false},
		{strings.Replace(good, "EUR", "NOK", 1), one, false},
		{strings.Replace(good, "947", "9471", 1), one, false},
		{strings.Replace(good, "947", "948", 1), one, false},
		{"Amount: EUR 9.00\nTo: Wood\nAccount: NO93 8601 1117 947\n2 payments", one, true},
		{"Amount: EUR 9.00\nTo: Wood", name, true},
		{"Amount: EUR 9.00\nTo: Coal", name, false},
		{"Total: EUR 9.00\nNO93 8601 1117 947, DE89 3704 0044 0532 0130 00", two, true},
		{"Total: EUR 9.00\nNO93 8601 1117 947", two, false},
		{"Total: EUR 9.00 (2 payments)\nFingerprint: " + two.Hash().String()[:16], two, true},
		{"Total: EUR 19.00 (2 payments)\nFingerprint: " + two.Hash().String()[:16], two, false},
		{"Total: EUR 9.00 (2 payments)\nFingerprint: " + one.Hash().String()[:16], two, false},
		{"Log in", payment.Payment{}, true},
	} {
		if got := idserver.Names(x.text, x.p); got != x.want {
			t.Errorf("%q names %s: %v", x.text, x.p.Total(), got)
		}
	}
}
