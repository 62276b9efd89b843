package passcode //nolint:testpackage // the text is what is sent, and nothing else shows it

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/payment"
)

func pay(t testing.TB, orders ...payment.Order) payment.Payment {
	t.Helper()
	p, err := payment.New(orders...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func order(amount, name, account string) payment.Order {
	o := payment.Order{Amount: amount, Currency: "EUR", Payee: payment.Payee{Name: name}}
	if account != "" {
		o.Payee.Scheme, o.Payee.Account = payment.IBAN, account
	}
	return o
}

const iban = "NO9386011117947"

func TestTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, locale string
		payment      payment.Payment
		phone        bool
		want         string
	}{
		{"a login", "en", payment.Payment{}, false, "Log in. Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
		{"in German", "de-AT", payment.Payment{}, false, "Anmeldung. Code: 123456. Geben Sie ihn niemandem weiter.\n\n@bank.example #123456"},
		{"in no language of ours", "nb", payment.Payment{}, false, "Log in. Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
		{"a phone number", "en", payment.Payment{}, true, "Confirm a new phone number. Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
		{"a payment", "en", pay(t, order("90", "Kari Nordmann", iban)), false, "Payment EUR 90.00 to \"Kari Nordmann\", NO93 8601 1117 947. Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
		{"a payment in German", "de", pay(t, order("90", "", iban)), false, "Zahlung EUR 90.00 an NO93 8601 1117 947. Code: 123456. Geben Sie ihn niemandem weiter.\n\n@bank.example #123456"},
		{"a payee without account", "en", pay(t, order("90", "Shop", "")), false, "Payment EUR 90.00 to \"Shop\". Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
		{"a batch", "en", pay(t, order("90", "A", ""), order("10.50", "B", "")), false, "2 payments, EUR 100.50 in all. Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
		{"templates in a name", "en", pay(t, order("90", "%c %a %p %n", "")), false, "Payment EUR 90.00 to \"%c %a %p %n\". Code: 123456. Tell it to nobody.\n\n@bank.example #123456"},
	} {
		got, err := message{locale: c.locale, host: "bank.example", code: "123456", payment: c.payment, phone: c.phone, parts: 2}.text()
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.what, got, err)
		}
	}
}

func TestNamesOfPayeesAreHarmless(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Kari Nordmann":                 "Kari Nordmann",
		"Müller & Söhne GmbH":           "Müller & Söhne GmbH",
		"Zoë":                           "Zoë",
		"A\nB\tC\r\n@evil.example #999": "A B C evil.example 999",
		"\u202ereversed\u202c":          "reversed",
		"zero\u200bwidth\u00adjoined":   "zerowidthjoined",
		"Code: 123456":                  "Code: 1234.56",
		"١٢٣٤٥٦":                        "١٢٣٤.٥٦",
		`Kari", NO12. Code "1`:          "Kari', NO12. Code '1",
		"Раypal":                        "??ypal", // Cyrillic Р and а
		"Рога и Копыта":                 "Рога и Копыта",
		"ACME Корп":                     "ACME Корп", // words of a script each
		"Cut...":                        "Cut.",
		"…":                             ".",
		"𝐁𝐚𝐧𝐤":                          "Bank",
		"株式会社":                          "株式会社",
		"😀 Shop":                        "? Shop",
		"\x00\x1b[31m":                  "[31m",
		"a\u0301":                       "á",
	} {
		if got := plainName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestPartsOfTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 1},
		{strings.Repeat("a", 160), 1},
		{strings.Repeat("a", 161), 2},
		{strings.Repeat("a", 306), 2},
		{strings.Repeat("a", 307), 3},
		{strings.Repeat("€", 80), 1},
		{strings.Repeat("€", 81), 2},
		{strings.Repeat("€", 152), 2},
		{strings.Repeat("€", 153), 3}, // 76 of them to a part
		{strings.Repeat("ж", 70), 1},
		{strings.Repeat("ж", 71), 2},
		{strings.Repeat("ж", 134), 2},
		{strings.Repeat("ж", 135), 3},
		{strings.Repeat("😀", 35), 1},
		{strings.Repeat("😀", 36), 2},
		{strings.Repeat("😀", 66), 2},
		{strings.Repeat("😀", 67), 3}, // 33 of them to a part
		{"a" + strings.Repeat("ж", 69), 1},
		{"c\u0327", 1},
	} {
		if got := parts(c.text); got != c.want {
			t.Errorf("%d characters of %q: %d parts, want %d", utf8.RuneCountInString(c.text), c.text[:min(len(c.text), 8)], got, c.want)
		}
	}
}

func TestLongNamesAreCutAndMarked(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("Nordmann ", 15))
	m := message{locale: "en", host: "bank.example", code: "123456", payment: pay(t, order("90", strings.Repeat("Нордман", 20), iban)), parts: 2}
	got, err := m.text()
	if err != nil || parts(got) > 2 || !strings.Contains(got, `...", NO93 8601 1117 947.`) || !strings.HasPrefix(got, "Payment EUR 90.00 to \"Нордман") {
		t.Errorf("%q, %v", got, err)
	}
	m.payment = pay(t, order("90", long, iban))
	if got, err := m.text(); err != nil || !strings.Contains(got, `"`+long+`"`) {
		t.Errorf("there is room for it: %q, %v", got, err)
	}
	m.payment, m.host = pay(t, order("999999999999999.99", strings.Repeat("ж", 140), iban)), strings.Repeat("b", 64)
	if got, err := m.text(); err != nil || parts(got) > 2 || !strings.Contains(got, "NO93 8601 1117 947") {
		t.Errorf("no room for letters of that kind: %q (%d), %v", got, parts(got), err)
	}
	m.payment = pay(t, order("90", strings.Repeat("ж", 140), ""))
	if got, err := m.text(); err == nil {
		t.Errorf("a name that is all there is must not be cut: %q", got)
	}
}

var lastLine = regexp.MustCompile(`\n\n@bank\.example #([0-9]{6,10})$`)

// FuzzText: whatever a payee is called, amount and account stand before the code, the
// last line is exactly that of the origin, and there are never more parts than allowed.
func FuzzText(f *testing.F) {
	f.Add("Kari Nordmann", "de", 2, true)
	f.Add("Нордман \u202e @evil.example #999999", "en", 2, true)
	f.Add(strings.Repeat("😀", 140), "nb", 3, false)
	f.Add(strings.Repeat("€", 140), "de", 6, true)
	f.Fuzz(func(t *testing.T, name, locale string, limit int, hasAccount bool) {
		o := order("1234.50", name, "")
		account := ""
		if hasAccount {
			o, account = order("1234.50", name, iban), "NO93 8601 1117 947"
		}
		p, err := payment.New(o)
		if err != nil {
			return
		}
		m := message{locale: locale, host: "bank.example", code: "8374650192", payment: p, parts: 2 + max(limit, -limit, 0)%5}
		text, err := m.text()
		if err != nil {
			if hasAccount {
				t.Fatalf("%q with an account: %v", name, err)
			}
			return
		}
		code, amount := strings.Index(text, m.code), strings.Index(text, "EUR 1234.50")
		switch {
		case parts(text) > m.parts:
			t.Errorf("%q: %d parts of %d", text, parts(text), m.parts)
		case !utf8.ValidString(text):
			t.Errorf("%q", text)
		case !lastLine.MatchString(text) || strings.Count(text, "\n") != 2 || strings.Count(text, "@") != 1 || strings.Count(text, "#") != 1:
			t.Errorf("the last line of %q", text)
		case amount < 0 || amount > code || strings.Index(text, account) > code || !strings.Contains(text, account):
			t.Errorf("amount and payee of %q", text)
		case strings.Count(text[:code], `"`)%2 != 0 || strings.Count(text, `"`) > 2:
			t.Errorf("the quotation in %q", text)
		case strings.Count(text, m.code) != 2:
			t.Errorf("the code in %q", text)
		}
	})
}
