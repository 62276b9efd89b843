package idserver

import (
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/speech"
)

// words are the texts of a language on phones, in letters that every phone has.
type words struct {
	payment.Words

	login     string // what is signed when a service asks for an authentication and says nothing
	pay       string // before a payment
	document  string // before the name of a document
	batch     string // fingerprint of a batch
	confirmed string // after what was signed
	paid      string // before a payment that was signed
}

// wordsOf returns the texts of a language (RFC 5646); English is for all that are not known.
func wordsOf(locale string) words {
	if speech.German(locale) {
		return words{
			Words: payment.Words{Amount: "Betrag", Total: "Summe", Payments: "Zahlungen", Payee: "An", Account: "Konto", Reference: "Zweck", To: "an"},
			login: "Anmelden", pay: "Zahlung", document: "Dokument", batch: "Prüfzeichen", confirmed: "Unterschrieben", paid: "Freigegeben",
		}
	}
	return words{
		Words: payment.Words{Total: "Total", Payments: "payments", Payee: "To", Reference: "For"},
		login: "Log in", pay: "Payment", document: "Document", batch: "Fingerprint", confirmed: "Signed", paid: "Approved",
	}
}
