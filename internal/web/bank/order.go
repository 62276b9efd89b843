package bank

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Limits of an order and of a batch, in characters and orders.
const (
	maxPayee     = 70 // as the bank's clearing has it
	maxReference = 140
	maxOrders    = 20
)

// Order is one transfer in the form in which it is shown, signed and executed.
// There is no other form of it: what is read from the form is brought to this one at
// once, and only this one is kept.
type Order struct {
	Payee     string `json:"payee"`
	Account   string `json:"account"` // IBAN, capitals without spaces
	Amount    int64  `json:"amount"`  // minor units of Currency
	Currency  string `json:"currency"`
	Reference string `json:"reference,omitempty"`
}

// Decimals is how many decimals the amount has.
func (o Order) Decimals() int {
	c, _ := currencyOf(o.Currency)
	return c.Decimals
}

// readOrder reads an order from the form. Everything wrong is said beside its
// field; what is already ordered with it decides the currency.
func readOrder(f *ui.Form, t *ui.Locale, others []Order) (o Order) {
	o.Payee = readText(f, t, "payee", maxPayee)
	if o.Payee == "" && f.Fault("payee") == "" {
		f.Fail("payee", t.T("ui.form.required", "field", t.T("bank.field.payee")))
	}
	o.Reference = readText(f, t, "reference", maxReference)
	f.Require(t, "account", t.T("bank.field.account"))
	if f.Fault("account") == "" {
		account, wrong := readIBAN(f.Value("account"))
		if o.Account = account; wrong != "" {
			f.Fail("account", t.T("bank.account_wrong."+wrong))
		}
	}
	c, known := currencyOf(f.Value("currency"))
	switch o.Currency = c.Code; {
	case !known:
		f.Fail("currency", t.T("bank.pay.currency_wrong"))
	case len(others) > 0 && others[0].Currency != c.Code:
		f.Fail("currency", t.T("bank.pay.currency_other", "currency", others[0].Currency))
	}
	f.Require(t, "amount", t.T("bank.field.amount"))
	if f.Fault("amount") == "" && known {
		amount, wrong := c.amount(f.Value("amount"))
		if o.Amount = amount; wrong != "" {
			f.Fail("amount", t.T("bank.amount_wrong."+wrong, "currency", c.Code, "n", strconv.Itoa(c.Decimals)))
		}
	}
	return o
}

// readText reads a name or reference in normal form.
func readText(f *ui.Form, t *ui.Locale, name string, limit int) string {
	s := fold(f.Value(name))
	switch {
	case utf8.RuneCountInString(s) > limit:
		f.Fail(name, t.T("bank.pay.text_long", "n", strconv.Itoa(limit)))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }):
		f.Fail(name, t.T("bank.pay.text_hidden"))
	}
	return s
}

// fill puts an order back into a form.
func (o Order) fill(f *ui.Form) {
	c, _ := currencyOf(o.Currency)
	for name, value := range map[string]string{
		"payee": o.Payee, "account": grouped(o.Account), "amount": c.decimal(o.Amount), "currency": o.Currency, "reference": o.Reference,
	} {
		f.Set(name, value)
	}
}

// grouped writes an account number in groups of four.
func grouped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// total adds orders of one currency up.
func total(orders []Order) (sum int64) {
	for _, o := range orders {
		sum += o.Amount
	}
	return sum
}

// ibanLengths are the countries that the bank pays to (SEPA) with the length of
// their IBANs.
const ibanLengths = " AD24 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22 IS26 IT27 " +
	"LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27 VA22 "

// readIBAN reads an account number as people write it: in lower case, with
// spaces and hyphens, with digits of any script. The second result says what is wrong,
// as the end of a text's key.
func readIBAN(text string) (iban, wrong string) {
	s := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(fold(text))
	s = strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' { // ASCII alone: no letter of another script becomes one of these
			return r - 'a' + 'A'
		}
		return r
	}, s)
	switch {
	case strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }):
		return s, "letters"
	case len(s) < 5 || !letter(s[0]) || !letter(s[1]):
		return s, "form"
	case !strings.Contains(ibanLengths, " "+s[:2]):
		return s, "country"
	case !strings.Contains(ibanLengths, " "+s[:2]+strconv.Itoa(len(s))+" "):
		return s, "length"
	case !checks(s) && checks(s[:2]+strings.NewReplacer("O", "0", "I", "1", "L", "1", "B", "8", "S", "5").Replace(s[2:])):
		return s, "alike"
	case !checks(s):
		return s, "check"
	}
	return s, ""
}

func letter(c byte) bool { return 'A' <= c && c <= 'Z' }

// checks verifies the check digits (ISO 13616, ISO 7064 MOD 97-10).
func checks(s string) bool {
	if !digits(s[2:4]) || s[2:4] == "00" || s[2:4] == "01" || s[2:4] == "99" {
		return false
	}
	rest := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		if letter(c) {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}
