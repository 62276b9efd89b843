package wallet

import (
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/speech"
)

// Added is the news that a device got a token for a card: its owner is told, because somebody else may have the device in hand.
type Added struct {
	Customer ident.ID
	Token    ident.ID
	Device   string // what its owner calls the device; "" for nothing
	Card     string // last four digits
	Waits    bool   // it pays when the owner has approved it
	At       time.Time
}

// Key tells the news from all others.
func (a Added) Key() string { return AuditAdded + ":" + a.Token.String() }

// Text says the news in a language, in one short message; English is for all languages that are not known.
func (a Added) Text(locale string) string {
	if speech.German(locale) {
		return a.german()
	}
	device := "A device"
	if a.Device != "" {
		device = "The device \"" + a.Device + "\""
	}
	text := device + " can pay with your card …" + a.Card
	if a.Waits {
		text += " as soon as you approve it"
	}
	return text + ". If this was not you, call your bank at once."
}

func (a Added) german() string {
	device := "Ein Gerät"
	if a.Device != "" {
		device = "Das Gerät \"" + a.Device + "\""
	}
	text := device + " kann mit Ihrer Karte …" + a.Card + " zahlen"
	if a.Waits {
		text += ", sobald Sie es freigeben"
	}
	return text + ". Waren Sie das nicht, rufen Sie sofort Ihre Bank an."
}
