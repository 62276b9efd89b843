package payment_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
)

// one makes a payment of one order to an account.
func one(t *testing.T, scheme payment.Scheme, account, amount, currency string) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: amount, Currency: currency, Payee: payment.Payee{Scheme: scheme, Account: account}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOnePaymentHasOneQuestion: spellings of a payment do not matter (issue 3,
// bad input: spaces, lower case, look-alike digits).
func TestOnePaymentHasOneQuestion(t *testing.T) {
	t.Parallel()
	want := []payment.Entry{{Field: payment.FieldAccount, Text: "1131489370400440532013000"}, {Field: payment.FieldAmount, Text: "123450"}, {Field: payment.FieldCurrency, Text: "978"}}
	for _, c := range [][3]string{
		{"DE89370400440532013000", "1234.50", "EUR"},
		{"de89 3704 0044 0532 0130 00", "1 234.5", "eur"},
		{"ＤＥ８９ 3704 0044 0532 0130 00", "１２３４.５０", "ＥＵＲ"},
		{"DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "١٢٣٤.٥", " EUR "},
		{"DE\u200d89370400440532013000", "0001234.50", "EUR"},
	} {
		p := one(t, payment.IBAN, c[0], c[1], c[2])
		got, err := keypad().Entries(p)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%q: %v %s", c, err, d)
		}
		if q, err := keypad().Question(p); q != "3251131489370400440532013000061234500397800000000000000000000000" || err != nil {
			t.Errorf("%q: %q, %v", c, q, err)
		}
	}
}

// TestNotTypeable: what a token cannot sign is refused with the way out, never cut.
func TestNotTypeable(t *testing.T) {
	t.Parallel()
	eur := keypad()
	eur.Single, eur.Currency, eur.Batch = eur.Single[:2], "EUR", nil
	german := profiles()["OCRA-1:HOTP-SHA1-8:C-QN64"]
	local := profiles()["OCRA-1:HOTP-SHA1-6:C-QN40"]
	two, err := payment.New(
		payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Scheme: payment.Local, Account: "1"}},
		payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Scheme: payment.Local, Account: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	merchant, err := payment.New(payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Name: "Shop"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		profile payment.Profile
		p       payment.Payment
		says    string
	}{
		"another currency": {eur, one(t, payment.Local, "1", "1", "USD"), "EUR only"},
		"a batch":          {eur, two, "several payments"},
		"no account":       {keypad(), merchant, "no account"},
		"another scheme":   {german, one(t, payment.Local, "1", "1", "EUR"), "scheme iban only"},
		"another country":  {german, one(t, payment.IBAN, "NO9386011117947", "1", "EUR"), "country DE only"},
		"letters":          {local, one(t, payment.Local, "1A", "1", "EUR"), "letters"},
		"too long":         {keypad(), one(t, payment.IBAN, "MT84MALT011000012345MTLCAST001S", "1", "EUR"), "takes 64 characters in all: it would need 76"},
		"too long, fixed":  {local, one(t, payment.Local, "1234567890123456789012345678901234", "100", "EUR"), "takes 40 characters in all: it would need 44"},
		"hash":             {payment.Profile{Keypad: payment.Wire, Length: 64, Currency: "EUR"}, one(t, payment.Local, "1", "1", "USD"), "EUR only"},
	} {
		entries, err := c.profile.Entries(c.p)
		_, err2 := c.profile.Question(c.p)
		for _, err := range []error{err, err2} {
			if !fault.Is(err, "payment.not_typeable") || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "another method") || entries != nil {
				t.Errorf("%s: %v, %v; want %q", name, entries, err, c.says)
			}
		}
	}
	if _, err := keypad().Question(payment.Payment{}); !fault.Is(err, "payment.empty") {
		t.Errorf("no payment: %v", err)
	}
}

// TestLargeAmounts: thirteen digits and more are typed as they are, whatever the
// decimals of the currency.
func TestLargeAmounts(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]string]string{
		{"1234567890123", "JPY"}: "1234567890123", {"1234567890123", "EUR"}: "123456789012300", {"1234567890123.4", "KWD"}: "1234567890123400",
		{"0.01", "EUR"}: "1", {"0.001", "KWD"}: "1", {"1", "CLF"}: "10000", {"9999999999999999.99", "EUR"}: "999999999999999999",
	} {
		entries, err := keypad().Entries(one(t, payment.Local, "1", in[0], in[1]))
		if err != nil || entries[1].Text != want {
			t.Errorf("%v: %v, %v; want %s", in, entries, err, want)
		}
	}
}

func TestEveryMistakeOfAProfileIsNamed(t *testing.T) {
	t.Parallel()
	for name, p := range profiles() {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wire := payment.Profile{Keypad: payment.Wire, Length: 64}
	cases := []struct {
		base   payment.Profile
		change func(*payment.Profile)
		says   string
	}{
		{keypad(), func(p *payment.Profile) { p.Currency = "EUX" }, `currency is "EUX"`},
		{keypad(), func(p *payment.Profile) { p.Keypad = "pinyin" }, `keypad is "pinyin"; use decimal, text or hash`},
		{keypad(), func(p *payment.Profile) { p.Length = 65 }, "length is 65; it must be 16 to 64"},
		{keypad(), func(p *payment.Profile) { p.Length = 15 }, "length is 15; it must be 16 to 64"},
		{keypad(), func(p *payment.Profile) { p.Single = p.Single[:2] }, "single is"}, // the currency is neither typed nor fixed
		{keypad(), func(p *payment.Profile) { p.Single = p.Single[1:] }, "single is"},
		{keypad(), func(p *payment.Profile) { p.Single = append(p.Single[:3:3], payment.FieldAmount) }, "single is"},
		{keypad(), func(p *payment.Profile) { p.Single = append(p.Single[:3:3], payment.FieldTotal) }, "single is"},
		{keypad(), func(p *payment.Profile) { p.Single = nil }, "single is"},
		{keypad(), func(p *payment.Profile) { p.Batch = p.Batch[:3] }, "batch is"},
		{keypad(), func(p *payment.Profile) { p.Batch = append(p.Batch[:2:2], payment.FieldPayees) }, "batch is"},
		{keypad(), func(p *payment.Profile) { p.Batch = append(p.Batch[:1:1], p.Batch[2:]...) }, "the same number of fields"},
		{keypad(), func(p *payment.Profile) { p.Scheme = payment.Swift }, `scheme is "swift"`},
		{keypad(), func(p *payment.Profile) { p.Scheme = payment.IBAN }, `scheme is "iban" and country is ""`},
		{keypad(), func(p *payment.Profile) { p.Scheme, p.Country = payment.IBAN, "de" }, `country is "de"`},
		{keypad(), func(p *payment.Profile) { p.Country = "DE" }, `country is "DE"`},
		{wire, func(p *payment.Profile) { p.Length = 63 }, "length is 63; a hash has 64 characters"},
		{wire, func(p *payment.Profile) { p.Single = keypad().Single }, "nothing is typed where a hash is signed"},
	}
	for _, c := range cases {
		p := c.base
		c.change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v; want %q", p, err, c.says)
		}
	}
}

// TestNumericCodes: every currency has a code of its own.
func TestNumericCodes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("currency.go")
	if err != nil {
		t.Fatal(err)
	}
	_, lists, _ := strings.Cut(string(source), "var decimals")
	codes := regexp.MustCompile(`\b[A-Z]{3}\b`).FindAllString(strings.Split(lists, "for code")[0], -1)
	seen := map[string]string{}
	for _, c := range codes {
		n := payment.Currency(c).Numeric()
		if len(n) != 3 || seen[n] != "" {
			t.Errorf("%s has the code %q, as %q", c, n, seen[n])
		}
		if back, ok := payment.NumberedCurrency(n); !ok || string(back) != c {
			t.Errorf("%s leads to %s, and back to %q", c, n, back)
		}
		seen[n] = c
	}
	for c, want := range map[payment.Currency]string{"EUR": "978", "USD": "840", "GBP": "826", "ALL": "008", "JPY": "392", "XXX": ""} {
		if got := c.Numeric(); got != want {
			t.Errorf("%s is %q, want %q", c, got, want)
		}
	}
	for _, digits := range []string{"", "8", "978 ", "999", "EUR"} {
		if c, ok := payment.NumberedCurrency(digits); ok {
			t.Errorf("%q is %s", digits, c)
		}
	}
	if len(codes) < 160 {
		t.Errorf("only %d currencies found", len(codes))
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "123": "123", "1234": "1234", "12345": "1234 5", "123456789": "1234 5678 9"} {
		if got := (payment.Entry{Text: in}).Grouped(); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
