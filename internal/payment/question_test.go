package payment_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/oath"
)

// keypad is the profile of version 0, for any account and currency.
func keypad() payment.Profile {
	return payment.Profile{
		Code: "keypad", Keypad: payment.Decimal, Length: 64,
		Single: []payment.Field{payment.FieldAccount, payment.FieldAmount, payment.FieldCurrency},
		Batch:  []payment.Field{payment.FieldTotal, payment.FieldCount, payment.FieldCurrency, payment.FieldPayees},
	}
}

// profiles are of all kinds, each with the suite of its tokens.
func profiles() map[string]payment.Profile {
	letters := keypad()
	letters.Keypad = payment.Text
	domestic := payment.Profile{
		Keypad: payment.Decimal, Length: 40, Currency: "EUR", Scheme: payment.Local,
		Single: []payment.Field{payment.FieldAmount, payment.FieldAccount},
		Batch:  []payment.Field{payment.FieldPayees, payment.FieldCount, payment.FieldTotal},
	}
	german := domestic
	german.Scheme, german.Country, german.Length = payment.IBAN, "DE", 64
	return map[string]payment.Profile{
		"OCRA-1:HOTP-SHA256-8:C-QN64": keypad(),
		"OCRA-1:HOTP-SHA256-8:C-QA64": letters,
		"OCRA-1:HOTP-SHA1-6:C-QN40":   domestic,
		"OCRA-1:HOTP-SHA1-8:C-QN64":   german,
		"OCRA-1:HOTP-SHA256-8:C-QH64": {Keypad: payment.Wire, Length: 64},
	}
}

// payees are many accounts of all schemes, close to each other. Those that are wrong
// are thrown away by genSigned.
func genPayee() *rapid.Generator[payment.Payee] {
	alphabets := map[payment.Scheme]string{
		payment.Local: `[0-9]{1,4}[A-C0]{0,2}[0-9]{0,12}`, payment.GB: `[0-9]{14}`, payment.AU: `1[0-9]{5}/[0-9]{5,9}`,
		payment.Swift: `DEUTDEFF(500)?/[0-9A]{1,8}`, payment.US: `(011000015|021000021)/[0-9]{1,17}`, payment.CZ: `([0-9]{1,6}-)?[0-9]{2,10}/0[18]00`,
		payment.NO: `86011117947|97104[0-9]{6}`,
	}
	return rapid.Custom(func(t *rapid.T) payment.Payee {
		if rapid.Bool().Draw(t, "iban") {
			return payment.Payee{Scheme: payment.IBAN, Account: rapid.SampledFrom([]string{
				"NO9386011117947", "DE89370400440532013000", "DE75512108001245126199", "GB29NWBK60161331926819", "NL91ABNA0417164300",
				"FR1420041010050500013M02606", "CH9300762011623852957", "AT611904300234573201",
			}).Draw(t, "account")}
		}
		s := rapid.SampledFrom([]payment.Scheme{payment.Local, payment.GB, payment.AU, payment.Swift, payment.US, payment.CZ, payment.NO}).Draw(t, "scheme")
		return payment.Payee{Scheme: s, Account: rapid.StringMatching(alphabets[s]).Draw(t, "account")}
	})
}

// genSigned draws payments of one or several orders.
func genSigned() *rapid.Generator[payment.Payment] {
	return rapid.Custom(func(t *rapid.T) payment.Payment {
		c := rapid.SampledFrom([]string{"EUR", "EUR", "NOK", "JPY", "KWD"}).Draw(t, "currency")
		order := rapid.Custom(func(t *rapid.T) payment.Order {
			return payment.Order{Amount: rapid.StringMatching(`[1-9][0-9]{0,5}`).Draw(t, "amount"), Currency: c, Payee: genPayee().Draw(t, "payee")}
		})
		p, err := payment.New(rapid.SliceOfN(order, 1, 3).Draw(t, "orders")...)
		if err != nil {
			t.Skip("not a payment")
		}
		return p
	})
}

// bound is what a signature binds, put together without the code under test.
func bound(p payment.Payment) string {
	if p.Len() > 1 {
		return "batch " + p.Hash().String()
	}
	o := p.Orders()[0]
	return fmt.Sprintf("%s/%s/%s/%s", o.Payee.Scheme, o.Payee.Account, o.Amount, o.Currency)
}

// near returns p and payments that look like it: the same characters under another
// scheme, what is typed as an account of its own, the same digits in another
// currency, digits moved from one part to the next.
func near(p payment.Payment, profile payment.Profile) []payment.Payment {
	all := []payment.Payment{p}
	for i, o := range p.Orders() {
		digits := strings.NewReplacer("/", "", "-", "").Replace(o.Payee.Account)
		typed := digits
		if entries, err := profile.Entries(p); err == nil && len(entries) > 0 {
			typed = entries[0].Text
		}
		local := func(account string) payment.Payee { return payment.Payee{Scheme: payment.Local, Account: account} }
		whole, _, _ := strings.Cut(o.Amount, ".")
		for _, change := range []payment.Order{
			{Payee: local(digits)},
			{Payee: local(typed)},
			{Payee: local(typed[1:])},
			{Payee: payment.Payee{Scheme: payment.GB, Account: digits}},
			{Payee: local(digits + whole[:1]), Amount: whole[1:]},
			{Amount: whole + "0"},
			{Amount: "16"},
			{Amount: "1"},
			{Currency: "NOK"},
			{Currency: "JPY", Amount: whole},
			{Currency: "KWD", Amount: whole},
		} {
			orders := p.Orders()
			if change.Payee.Account != "" {
				orders[i].Payee = change.Payee
			}
			if change.Amount != "" {
				orders[i].Amount = change.Amount
			}
			if change.Currency != "" {
				orders[i].Currency = change.Currency
			}
			if x, err := payment.New(orders...); err == nil {
				all = append(all, x)
			}
		}
	}
	return all
}

// TestNoTwoPaymentsGiveOneQuestion is invariant 3 at its root (SCA-13, SCA-15): the
// bytes that enter the OCRA computation, not only the question's text, are the same
// for two payments exactly when all that is bound is the same.
func TestNoTwoPaymentsGiveOneQuestion(t *testing.T) {
	t.Parallel()
	for name, profile := range profiles() {
		suite, err := oath.ParseSuite(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[[128]byte]string{} // what each input stands for, over all draws
		signed := 0
		rapid.Check(t, func(t *rapid.T) {
			for _, p := range near(genSigned().Draw(t, "payment"), profile) {
				q, err := profile.Question(p)
				if fault.Is(err, "payment.not_typeable") {
					continue
				}
				if err != nil || len(q) != profile.Length {
					t.Fatalf("%s: %q, %v", name, q, err)
				}
				input, err := suite.EncodeQuestion(q)
				if err != nil {
					t.Fatalf("%s does not take %q: %v", name, q, err)
				}
				what := bound(p)
				if profile.Keypad == payment.Wire {
					what = p.Hash().String()
				}
				if old, there := seen[input]; there && old != what {
					t.Fatalf("%s: %s and %s have one question %q", name, old, what, q)
				}
				seen[input] = what
				signed++
			}
		})
		if signed == 0 {
			t.Errorf("%s: no payment could be signed", name)
		}
	}
}

// TestQuestionsCanBeReadBack: a reader that knows the rule alone finds the payment
// again in its question.
func TestQuestionsCanBeReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := genSigned().Draw(t, "payment")
		for _, profile := range []payment.Profile{keypad(), profiles()["OCRA-1:HOTP-SHA256-8:C-QA64"]} {
			q, err := profile.Question(p)
			if err != nil {
				continue
			}
			texts := split(t, q)
			entries, err := profile.Entries(p)
			if err != nil {
				t.Fatal(err)
			}
			var typed []string
			for _, e := range entries {
				typed = append(typed, e.Text)
			}
			if d := cmp.Diff(typed, texts); d != "" {
				t.Fatalf("read back: %s", d)
			}
			if p.Len() > 1 {
				continue
			}
			o := p.Orders()[0]
			account := readAccount(texts[0], profile.Keypad == payment.Text)
			want := string(o.Payee.Scheme) + " " + strings.NewReplacer("/", "", "-", "").Replace(o.Payee.Account)
			if o.Payee.Scheme == payment.CZ {
				want = "cz " + czParts(o.Payee.Account)
			}
			if account != want || texts[1] != strconv.FormatInt(p.Total().Minor, 10) || texts[2] != p.Total().Currency.Numeric() {
				t.Fatalf("%q reads as %s, %v; want %s, %v", q, account, texts[1:], want, p.Total())
			}
		}
	})
}

// split takes a question apart.
func split(t *rapid.T, q string) (texts []string) {
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n, q := number(q[:1]), q[1:]
	for range n {
		size := number(q[:2])
		texts, q = append(texts, q[2:2+size]), q[2+size:]
	}
	if strings.Trim(q, "0") != "" {
		t.Fatalf("behind the entries stands %q", q)
	}
	return texts
}

// readAccount reads the digits of an account by the table of docs/signing.md.
func readAccount(s string, letters bool) string {
	scheme := map[byte]string{'0': "cz", '1': "iban", '2': "iban", '3': "local", '4': "local", '5': "gb", '6': "no", '7': "us", '8': "au", '9': "swift"}[s[0]]
	rest := s[1:]
	switch {
	case letters:
	case s[0] == '1':
		rest = unpair(rest[:4]) + rest[4:]
	case s[0] == '2':
		rest = unpair(rest[:4]) + rest[4:6] + unmix(rest[6:])
	case s[0] == '4', s[0] == '9':
		rest = unmix(rest)
	}
	return scheme + " " + rest
}

func unmix(s string) string {
	n, _ := strconv.Atoi(s[:2])
	return unpair(s[2:2+2*n]) + s[2+2*n:]
}

func unpair(s string) string {
	var out strings.Builder
	for ; s != ""; s = s[2:] {
		n, _ := strconv.Atoi(s[:2])
		out.WriteByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n])
	}
	return out.String()
}

func czParts(account string) string {
	number, bank, _ := strings.Cut(account, "/")
	prefix, base, dash := strings.Cut(number, "-")
	if !dash {
		prefix, base = "", number
	}
	return bank + strings.Repeat("0", 6-len(prefix)) + prefix + strings.Repeat("0", 10-len(base)) + base
}

// TestRule holds the rule to inputs that no payment gives.
func TestRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k       payment.Keypad
		entries []string
		length  int
		want    string // the question, or the code of the fault
	}{
		{payment.Decimal, []string{"7"}, 16, "1017000000000000"},
		{payment.Decimal, []string{"07"}, 16, "1020700000000000"},
		{payment.Decimal, []string{"0", "70"}, 16, "2010027000000000"},
		{payment.Decimal, []string{"1234567890123"}, 16, "1131234567890123"},
		{payment.Decimal, []string{"12345678901234"}, 16, "payment.not_typeable"},
		{payment.Text, []string{"A0"}, 16, "102A000000000000"},
		{payment.Decimal, []string{"A0"}, 16, "payment.entries"},
		{payment.Text, []string{"a0"}, 16, "payment.entries"},
		{payment.Text, []string{"Ａ"}, 16, "payment.entries"},
		{payment.Decimal, []string{""}, 16, "payment.entries"},
		{payment.Decimal, nil, 16, "payment.entries"},
		{payment.Decimal, make([]string, 10), 64, "payment.entries"},
	} {
		got, err := c.k.Question(c.entries, c.length)
		if got != c.want && !fault.Is(err, c.want) {
			t.Errorf("%s %q: %q, %v; want %s", c.k, c.entries, got, err, c.want)
		}
	}
}
