package payment_test

import (
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
)

func read(t testing.TB, name string) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(b), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

func wantFault(t *testing.T, err error, code, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || code != "" && f.Code != code || f.Field != field {
		t.Errorf("got fault %+v, want %s at %s", f, code, field)
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	var name, currency, canonical string
	var orders []payment.Order
	n := 0
	for _, line := range read(t, "vectors.txt") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "name":
			name, orders = value, nil
		case "currency":
			currency = value
		case "order":
			f := strings.Split(value, "\t")
			orders = append(orders, payment.Order{Amount: f[0], Currency: currency, Payee: payment.Payee{Scheme: payment.Scheme(f[1]), Account: f[2], Name: f[3]}, Reference: f[4]})
		case "canonical":
			canonical = value
		case "hash":
			n++
			p, err := payment.New(orders...)
			if err != nil || hex.EncodeToString(p.Canonical()) != canonical || p.Hash().String() != value {
				t.Errorf("%s: %v\n%x\n%s", name, err, p.Canonical(), p.Hash())
			}
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	if n < 7 {
		t.Errorf("only %d vectors ran", n)
	}
}

func TestRefusedOrdersNameTheField(t *testing.T) {
	t.Parallel()
	lines := read(t, "refused.txt")
	if len(lines) < 50 {
		t.Errorf("only %d lines", len(lines))
	}
	good := payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Name: "A"}}
	for _, line := range lines {
		f := strings.Split(line, "\t")
		for i := range f {
			s, err := strconv.Unquote(f[i])
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			f[i] = s
		}
		o := payment.Order{Amount: f[1], Currency: f[2], Payee: payment.Payee{Scheme: payment.Scheme(f[3]), Account: f[4], Name: f[5]}, Reference: f[6]}
		_, err := payment.New(o)
		if err == nil {
			t.Errorf("accepted %s", line)
			continue
		}
		wantFault(t, err, "", f[0])
		_, err = payment.New(good, o)
		wantFault(t, err, "", "/payments/1"+f[0])
	}
}

func TestAccountsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scheme payment.Scheme
		typed  []string
		want   string
		shown  string
	}{
		{payment.IBAN, []string{"no93 8601 1117 947", " NO93 8601\u00a01117\t947", "ＮＯ９３86011117947"}, "NO9386011117947", "NO93 8601 1117 947"},
		{payment.CZ, []string{"19-2000145399/0800", "000019-2000145399 / 0800"}, "19-2000145399/0800", "CZ 19-2000145399/0800"},
		{payment.CZ, []string{"2000145399/0800", "000000-2000145399/0800", "0-2000145399/0800"}, "2000145399/0800", "CZ 2000145399/0800"},
		{payment.GB, []string{"12-34-56 12345678", "123456/12345678", "12345612345678"}, "12345612345678", "GB 12345612345678"},
		{payment.NO, []string{"8601.11.17947", "8601 11 17947"}, "86011117947", "NO 86011117947"},
		{payment.US, []string{"021000021/00123", "0210 0002 1 / 00123"}, "021000021/00123", "US 021000021/00123"},
		{payment.AU, []string{"062-000/12345678", "062000/1234 5678"}, "062000/12345678", "AU 062000/12345678"},
		{payment.Swift, []string{"deutdeff/ab 12", "DEUTDEFFXXX/AB12"}, "DEUTDEFFXXX/AB12", "SWIFT DEUTDEFFXXX/AB12"},
		{payment.Local, []string{"77-00.123", "٧٧٠٠١٢٣"}, "7700123", "7700123"},
	} {
		for _, typed := range c.typed {
			p, err := payment.New(payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Scheme: c.scheme, Account: typed}})
			if err != nil {
				t.Errorf("%s %q: %v", c.scheme, typed, err)
				continue
			}
			if to := p.Orders()[0].Payee; to.Account != c.want || to.AccountText() != c.shown {
				t.Errorf("%s %q: account %q shown as %q; want %q, %q", c.scheme, typed, to.Account, to.AccountText(), c.want, c.shown)
			}
		}
	}
}

// Every single wrong character and every swap of neighbors in an IBAN is found
// (ISO 7064 MOD 97-10).
func TestIBANChecksumCatchesSlips(t *testing.T) {
	t.Parallel()
	const good = "DE89370400440532013000"
	try := func(s string) {
		if _, err := payment.New(payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: s}}); err == nil && s != good {
			t.Errorf("accepted %s", s)
		}
	}
	for i := range len(good) {
		for _, r := range "0123456789" {
			try(good[:i] + string(r) + good[i+1:])
		}
		if i > 0 {
			try(good[:i-1] + good[i:i+1] + good[i-1:i] + good[i+1:])
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	kari := payment.Order{Amount: "90", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Kari Nordmann"}, Reference: "Rent"}
	shop := payment.Order{Amount: "1000.5", Currency: "EUR", Payee: payment.Payee{Name: "Example Books"}}
	one, err1 := payment.New(kari)
	two, err2 := payment.New(kari, shop)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for _, c := range [][2]string{
		{one.Short(payment.Words{}), "EUR 90.00 to NO93 8601 1117 947 Kari Nordmann"},
		{two.Short(payment.Words{To: "an", Payments: "Zahlungen"}), "EUR 1090.50 (2 Zahlungen) an NO93 8601 1117 947 Kari Nordmann 90.00; Example Books 1000.50"},
		{one.Text(payment.Words{Amount: "Betrag"}), "Betrag: EUR 90.00\nPayee: Kari Nordmann\nAccount: NO93 8601 1117 947\nReference: Rent\n"},
		{two.Text(payment.Words{}), "Total: EUR 1090.50\n2 payments\nAmount: EUR 90.00\nPayee: Kari Nordmann\nAccount: NO93 8601 1117 947\nReference: Rent\nAmount: EUR 1000.50\nPayee: Example Books\n"},
		{payment.Payment{}.Text(payment.Words{}) + payment.Payment{}.Short(payment.Words{}), ""},
	} {
		if c[0] != c[1] {
			t.Errorf("got  %q\nwant %q", c[0], c[1])
		}
	}
}
