package prompt

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/speech"
)

// Content is what a phone shows, and signs, as JSON.
type Content struct {
	Version int         `json:"v"`
	ID      string      `json:"id"` // of the prompt
	Bank    string      `json:"bank"`
	Kind    string      `json:"kind"` // login, payment, access …
	At      time.Time   `json:"at"`   // when it was asked for
	Lines   [][2]string `json:"lines"`
	Control string      `json:"control,omitempty"` // where it is shown on both screens
}

// contentVersion is the version of the form of contents.
const contentVersion = 1

// Bounds of what is listed: orders of a batch, and the characters of a name or reference. The
// fingerprint stands for all orders. A picture is read by a camera, so it says less; accounts
// and amounts are never cut.
const (
	maxOrders, maxText                 = 10, 280
	maxOrdersPictured, maxTextPictured = 3, 70
)

// fingerprint is how many characters of a batch's hash are shown.
const fingerprint = 16

// text returns the content as it is shown and signed.
func (c Content) text() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("prompt: " + err.Error()) // texts, numbers and times always marshal
	}
	return string(b)
}

// contentOf lays out what a request is about, in a language.
func contentOf(r authenticator.Request, id ident.ID, now time.Time, control, locale string) Content {
	c := Content{Version: contentVersion, ID: id.String(), Bank: r.Policy.Approval.Bank, Kind: r.Purpose, At: now.UTC().Truncate(time.Millisecond)}
	if r.Policy.Approval.Control == policy.ControlShown {
		c.Control = control
	}
	w := wordsOf(locale)
	if r.Payment.IsZero() {
		c.Lines = append(c.Lines, [2]string{w.what, w.purpose(r.Purpose)}, [2]string{w.where, w.channel(r.Channel)})
		return c
	}
	if c.Lines = w.payment(r.Payment, maxOrders, maxText); r.Policy.Method == policy.MethodPicture {
		c.Lines = w.payment(r.Payment, maxOrdersPictured, maxTextPictured)
	}
	return c
}

// payment lists what is approved: amounts and payees, always.
func (w words) payment(p payment.Payment, most, long int) (lines [][2]string) {
	orders := p.Orders()
	if len(orders) > 1 {
		lines = append(lines, [2]string{w.total, p.Total().String()}, [2]string{w.payments, strconv.Itoa(len(orders))})
	}
	for i, o := range orders {
		if i == most {
			lines = append(lines, [2]string{w.more, strconv.Itoa(len(orders) - most)})
			break
		}
		lines = append(lines, [2]string{w.amount, o.Amount + " " + o.Currency})
		for _, part := range [...][2]string{{w.payee, cut(o.Payee.Name, long)}, {w.account, o.Payee.AccountText()}, {w.reference, cut(o.Reference, long)}} {
			if part[1] != "" {
				lines = append(lines, [2]string{part[0], visible(part[1])})
			}
		}
	}
	if len(orders) > 1 {
		lines = append(lines, [2]string{w.fingerprint, p.Hash().String()[:fingerprint]})
	}
	return lines
}

// cut shortens a text, and marks that it did.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// visible drops what is not seen, or changes the direction of what stands beside it.
func visible(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)), " ")
}

// words are the texts of a language.
type words struct {
	what, where, amount, payee, account, reference, total, payments, more, fingerprint string

	purposes, channels map[string]string
}

func (w words) purpose(code string) string { return named(w.purposes, code) }
func (w words) channel(code string) string { return named(w.channels, code) }

// named is the text of a code; a bank's own is shown as it is.
func named(texts map[string]string, code string) string {
	if t, known := texts[code]; known {
		return t
	}
	return visible(code)
}

// wordsOf returns the texts of a language; English is for all that are not known.
func wordsOf(locale string) words {
	if speech.German(locale) {
		return words{
			what: "Vorgang", where: "Wo", amount: "Betrag", payee: "An", account: "Konto", reference: "Verwendungszweck",
			total: "Summe", payments: "Zahlungen", more: "Weitere Zahlungen", fingerprint: "Prüfzeichen",
			purposes: map[string]string{policy.PurposeLogin: "Anmelden", policy.PurposeSelfService: "Einstellungen ändern", policy.PurposePayment: "Zahlung", "access": "Einstellungen ändern"},
			channels: map[string]string{"web": "Im Internet", "mobile": "In der App", "branch": "In der Filiale", "phone": "Am Telefon"},
		}
	}
	return words{
		what: "Action", where: "Where", amount: "Amount", payee: "To", account: "Account", reference: "Reference",
		total: "Total", payments: "Payments", more: "Further payments", fingerprint: "Fingerprint",
		purposes: map[string]string{policy.PurposeLogin: "Log in", policy.PurposeSelfService: "Change settings", policy.PurposePayment: "Payment", "access": "Change settings"},
		channels: map[string]string{"web": "On the web", "mobile": "In the app", "branch": "In the branch", "phone": "On the phone"},
	}
}
