package passcode

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/speech"
)

// words are the texts of a language. %-signs stand for what is put in.
type words struct {
	login, number    string // before a code that is not about a payment
	pay, batch       string // %a amount, %p payee, %n number of payments
	code, warning    string // %c the code
	changed, changes string // notices to the old number: it is so, it was asked for
	removed, added   string // notices to a number that staff unregistered, or registered
}

// The languages; English is for all others.
func wordsOf(locale string) words {
	if speech.German(locale) {
		return words{
			login: "Anmeldung.", number: "Neue Telefonnummer bestätigen.",
			pay: "Zahlung %a an %p.", batch: "%n Zahlungen, zusammen %a.",
			code: "Code: %c", warning: "Geben Sie ihn niemandem weiter.",
			changed: "Ihre Codes kommen jetzt an eine andere Telefonnummer. Waren Sie das nicht? Rufen Sie Ihre Bank an.",
			changes: "Ihre Codes sollen an eine andere Telefonnummer kommen. Waren Sie das nicht? Rufen Sie Ihre Bank an.",
			removed: "Ihre Bank sendet keine Codes mehr an dieses Telefon. Wissen Sie nichts davon? Rufen Sie Ihre Bank an.",
			added:   "Ihre Bank sendet Ihre Codes jetzt an dieses Telefon. Wissen Sie nichts davon? Rufen Sie Ihre Bank an.",
		}
	}
	return words{
		login: "Log in.", number: "Confirm a new phone number.",
		pay: "Payment %a to %p.", batch: "%n payments, %a in all.",
		code: "Code: %c", warning: "Tell it to nobody.",
		changed: "Your codes now go to another phone number. Was it not you? Call your bank.",
		changes: "Somebody asked for your codes to go to another phone number. Was it not you? Call your bank.",
		removed: "Your bank sends no more codes to this phone. Did you not ask for it? Call your bank.",
		added:   "Your bank now sends your codes to this phone. Did you not ask for it? Call your bank.",
	}
}

// message is what a text with a code is made of.
type message struct {
	locale  string
	host    string          // origin that the code belongs to
	code    string          // decimal digits
	payment payment.Payment // zero for a code that is about none
	phone   bool            // the code confirms a phone number
	parts   int             // messages that the text may be divided into
}

// text returns the whole text: what is approved, the code, a warning, and the line by
// which browsers know which page the code is for. What is approved stands before the
// code (SCA-12), the line at the end (WICG, sms-one-time-codes).
//
// The name of a payee who has an account is cut when there is no room, and marked; the
// account never is. A name alone is all that tells two payees apart, so the fault
// "passcode.payee_too_long" says that there is no room for it.
func (m message) text() (string, error) {
	w := wordsOf(m.locale)
	switch {
	case m.payment.IsZero() && m.phone:
		return m.around(w, w.number), nil
	case m.payment.IsZero():
		return m.around(w, w.login), nil
	}
	amount := m.payment.Total().String()
	if m.payment.Len() > 1 {
		return m.around(w, fill(w.batch, "%n", strconv.Itoa(m.payment.Len()), "%a", amount)), nil
	}
	payee := m.payment.Orders()[0].Payee
	name := plainName(payee.Name)
	whole := func(name string) string {
		return m.around(w, fill(w.pay, "%a", amount, "%p", naming(name, payee.AccountText())))
	}
	if s := whole(name); parts(s) <= m.parts {
		return s, nil
	}
	if payee.Account == "" {
		return "", fault.Invalidf("passcode.payee_too_long", "The payee has no account, and its name is too long for a text message: use another method, or give an account.").WithField("/payment/payee/name")
	}
	return m.cut(name, whole), nil
}

// naming is a payee in a text.
func naming(name, account string) string {
	switch {
	case name == "":
		return account
	case account == "":
		return `"` + name + `"`
	}
	return `"` + name + `", ` + account
}

// cut finds the longest beginning of the name that there is room for. When a name in
// other letters leaves no room at all, those letters become question marks: then the
// text needs half as much of it.
func (m message) cut(name string, whole func(string) string) string {
	r := []rune(name)
	for n := len(r) - 1; n > 0; n-- {
		if s := whole(strings.TrimRight(string(r[:n]), " .") + "..."); parts(s) <= m.parts {
			return s
		}
	}
	if plain := strings.Map(sevenBit, name); plain != name {
		if s := whole(plain); parts(s) <= m.parts {
			return s
		}
		return m.cut(plain, whole)
	}
	return whole("")
}

func sevenBit(r rune) rune {
	if septets(r) == 0 {
		return '?'
	}
	return r
}

// around puts code, warning and last line behind what is approved.
func (m message) around(w words, what string) string {
	return what + " " + fill(w.code, "%c", m.code) + ". " + w.warning + "\n\n@" + m.host + " #" + m.code
}

// fill puts values in at once, so that no value is looked at again.
func fill(template string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(template)
}
