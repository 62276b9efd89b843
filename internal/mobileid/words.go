package mobileid

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/speech"
	"github.com/countersign-auth/countersign/ota/applet"
)

// words are the texts of a language on phones, in letters that every phone has.
type words struct {
	payment.Words

	fingerprint        string
	purposes, channels map[string]string
}

// wordsOf returns the texts of a language (RFC 5646); English is for all that are not known.
func wordsOf(locale string) words {
	if speech.German(locale) {
		return words{
			Words: payment.Words{Amount: "Betrag", Total: "Summe", Payments: "Zahlungen", Payee: "An", Account: "Konto", Reference: "Zweck", To: "an"}, fingerprint: "Prüfzeichen",
			purposes: map[string]string{policy.PurposeLogin: "Anmelden", policy.PurposeSelfService: "Einstellungen ändern", policy.PurposePayment: "Zahlung", "access": "Konten ansehen"},
			channels: map[string]string{"web": "im Internet", "mobile": "in der App", "branch": "in der Filiale", "phone": "am Telefon"},
		}
	}
	return words{
		Words: payment.Words{Amount: "Amount", Total: "Total", Payments: "payments", Payee: "To", Account: "Account", Reference: "For", To: "to"}, fingerprint: "Fingerprint",
		purposes: map[string]string{policy.PurposeLogin: "Log in", policy.PurposeSelfService: "Change settings", policy.PurposePayment: "Payment", "access": "See accounts"},
		channels: map[string]string{"web": "on the web", "mobile": "in the app", "branch": "in the branch", "phone": "on the phone"},
	}
}

// fingerprint is how many characters of a batch's hash are shown.
const fingerprint = 16

// longName is what of a payee's name is shown where there is no room for all of it.
const longName = 20

// textOf lays out what a request of the hub is about: amount and payee always. The longest form that
// fits beside the name of the service is taken.
func textOf(r authenticator.Request, service, locale string) string {
	w := wordsOf(locale)
	if r.Payment.IsZero() {
		return visible(named(w.purposes, r.Purpose)) + " " + visible(named(w.channels, r.Channel))
	}
	var text string
	for _, text = range w.payment(r.Payment) {
		if applet.Fits(service+"\n"+text) == nil {
			break
		}
	}
	return text
}

// payment says what is paid, from the longest to the shortest.
func (w words) payment(p payment.Payment) []string {
	orders := p.Orders()
	full := lines(p.Text(w.Words))
	if len(orders) == 1 {
		o := orders[0]
		return []string{
			full,
			lines(w.Amount + ": " + o.Amount + " " + o.Currency + "\n" + w.Payee + ": " + o.Payee.Name + "\n" + w.Account + ": " + o.Payee.AccountText()),
			lines(w.Amount + ": " + o.Amount + " " + o.Currency + "\n" + w.Payee + ": " + cut(o.Payee.Name, longName) + "\n" + w.Account + ": " + o.Payee.AccountText()),
		}
	}
	mark := w.fingerprint + ": " + p.Hash().String()[:fingerprint]
	return []string{full + "\n" + mark, lines(p.Short(w.Words)) + "\n" + mark, w.Total + ": " + p.Total().String() + " (" + strconv.Itoa(len(orders)) + " " + w.Payments + ")" + "\n" + mark}
}

// lines drops from each line what is not seen.
func lines(s string) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	kept := all[:0]
	for _, l := range all {
		if l = visible(l); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// cut shortens a text, and marks that it did.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-2]) + ".."
	}
	return s
}

// visible drops what is not seen, changes the direction of what stands beside it, or is on no phone.
func visible(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar, r > 0xFFFF:
			return -1
		}
		return r
	}, s)), " ")
}

// named is the text of a code; a bank's own is shown as it is.
func named(texts map[string]string, code string) string {
	if t, known := texts[code]; known {
		return t
	}
	return code
}
