package companion

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/speech"
)

// News is what a customer should hear of, by another way than the device.
type News struct {
	Customer  ident.ID
	Companion ident.ID
	Kind      string // the kind of the audit record
	What      Kind
	Name      string // what the customer calls it; may be empty
	At        time.Time
}

// Key names the news once and for all, for whoever must not send them twice.
func (n News) Key() string {
	return n.Kind + ":" + n.Companion.String() + ":" + strconv.FormatInt(n.At.UnixMicro(), 10)
}

// Told reports whether customers hear of the kind of an audit record.
func Told(kind string) bool { return english(kind) != "" }

// Text says the news in a language, in one short message; English is for all languages that are not
// known.
func (n News) Text(locale string) string {
	if speech.German(locale) {
		return strings.Replace(german(n.Kind), "%s", n.called("Gerät"), 1) + " Waren Sie das nicht, rufen Sie sofort Ihre Bank an."
	}
	return strings.Replace(english(n.Kind), "%s", n.called("device"), 1) + " If this was not you, call your bank at once."
}

// called is what the device is called in a message.
func (n News) called(noun string) string {
	if n.Name == "" {
		return noun
	}
	return noun + " \"" + n.Name + "\""
}

func english(kind string) string {
	switch kind {
	case AuditInvited:
		return "A code was issued to register a %s with your account."
	case AuditEnrolled, AuditNamed:
		return "The %s was registered with your account."
	case AuditLost:
		return "The %s was reported lost."
	case AuditRemoved:
		return "The %s was removed from your account."
	case AuditCloned:
		return "Somebody may have copied your %s. It is suspended."
	}
	return ""
}

func german(kind string) string {
	switch kind {
	case AuditInvited:
		return "Für Ihr Konto wurde ein Code erstellt, der ein %s registriert."
	case AuditEnrolled, AuditNamed:
		return "Das %s wurde für Ihr Konto registriert."
	case AuditLost:
		return "Das %s wurde als verloren gemeldet."
	case AuditRemoved:
		return "Das %s wurde von Ihrem Konto entfernt."
	case AuditCloned:
		return "Vielleicht hat jemand Ihr %s kopiert. Es ist gesperrt."
	}
	return ""
}
