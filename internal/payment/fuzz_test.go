package payment_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/internal/payment"
)

func FuzzParse(f *testing.F) {
	p, err := payment.New(
		payment.Order{Amount: "90", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "K"}},
		payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Name: "B"}, Reference: "r"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Canonical())
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := payment.Parse(b); err == nil && !bytes.Equal(p.Canonical(), b) {
			t.Errorf("%x encodes as %x", b, p.Canonical())
		}
	})
}

func FuzzNew(f *testing.F) {
	f.Add("1 234.50", "eur", "iban", "no93 8601 1117 947", "Kari ﬁ\u200d\u0301", "٤٢ \u00a8")
	f.Add("１２", "JPY", "cz", "19-2000145399/0800", "", "\u00a0\u0301x")
	f.Fuzz(func(t *testing.T, amount, currency, scheme, account, name, reference string) {
		p, err := payment.New(payment.Order{Amount: amount, Currency: currency, Payee: payment.Payee{Scheme: payment.Scheme(scheme), Account: account, Name: name}, Reference: reference})
		if err != nil {
			return
		}
		again, err := payment.New(p.Orders()...)
		if err != nil || again.Hash() != p.Hash() {
			t.Errorf("normal form %q has another normal form: %v, %v", p.Orders(), again.Orders(), err)
		}
		if back, err := payment.Parse(p.Canonical()); err != nil || back.Hash() != p.Hash() {
			t.Errorf("Parse: %v", err)
		}
	})
}

func FuzzParseHash(f *testing.F) {
	f.Add("00")
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := payment.ParseHash(s); err == nil && !h.IsZero() {
			if again, err := payment.ParseHash(h.String()); err != nil || again != h {
				t.Errorf("%q: %v, %v", s, again, err)
			}
		}
	})
}
