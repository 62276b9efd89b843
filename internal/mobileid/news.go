package mobileid

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/speech"
)

// Kinds of audit records.
const (
	AuditOrdered   = "mobile_id.ordered"
	AuditKey       = "mobile_id.key_made"
	AuditActivated = "mobile_id.activated"
	AuditRefused   = "mobile_id.registration_refused"
	AuditFailed    = "mobile_id.registration_failed"
	AuditSuspended = "mobile_id.suspended"
	AuditResumed   = "mobile_id.resumed"
	AuditHeld      = "mobile_id.held"     // a suspended one, for one more cause
	AuditReleased  = "mobile_id.released" // one cause has ended, and others last
	AuditRevoked   = "mobile_id.revoked"
	AuditReordered = "mobile_id.registered_anew"
	AuditRenewed   = "mobile_id.renewed"
	AuditEnding    = "mobile_id.certificate_ends"
	AuditSpam      = "mobile_id.spam_code_set"
	AuditCard      = "mobile_id.card_changed"

	AuditAsked  = "mobile_id_request.asked"
	AuditEnded  = "mobile_id_request.ended" // its details have the state
	AuditSigned = "mobile_id_request.signed"
	AuditReport = "mobile_id_request.reported" // "I did not start this"
)

// News is what a customer should hear of, by another way than the SIM.
type News struct {
	Customer ident.ID
	Mobile   ident.ID
	Number   string // masked
	Kind     string // the kind of the audit record
	Version  int64  // of the mobile ID
}

// Key names the news once and for all, for whoever must not send them twice.
func (n News) Key() string {
	return n.Kind + ":" + n.Mobile.String() + ":" + strconv.FormatInt(n.Version, 10)
}

// told are the kinds that customers hear of.
func told(kind string) bool { return newsTexts(kind) != ([2]string{}) }

func newsTexts(kind string) [2]string {
	return map[string][2]string{
		AuditOrdered:   {"A mobile ID for the number %s was ordered.", "Für die Nummer %s wurde eine Mobile ID bestellt."},
		AuditActivated: {"The mobile ID of the number %s is active.", "Die Mobile ID der Nummer %s ist aktiv."},
		AuditReordered: {"The mobile ID of the number %s is being set up on another SIM.", "Die Mobile ID der Nummer %s wird auf einer anderen SIM eingerichtet."},
		AuditCard:      {"Another SIM has the number %s. Its mobile ID is suspended.", "Eine andere SIM hat die Nummer %s. Ihre Mobile ID ist gesperrt."},
		AuditSuspended: {"The mobile ID of the number %s was suspended.", "Die Mobile ID der Nummer %s wurde gesperrt."},
		AuditResumed:   {"The mobile ID of the number %s was enabled again.", "Die Mobile ID der Nummer %s wurde entsperrt."},
		AuditEnding:    {"A certificate of the mobile ID of the number %s ends soon. Renew it in online banking.", "Ein Zertifikat der Mobile ID der Nummer %s endet bald. Verlängern Sie es im Online-Banking."},
		AuditRevoked:   {"The mobile ID of the number %s was revoked.", "Die Mobile ID der Nummer %s wurde widerrufen."},
	}[kind]
}

// plain is a text that warns of nobody.
func (n News) plain(texts [2]string, locale string) string {
	if speech.German(locale) {
		return fill(texts[1], n.Number)
	}
	return fill(texts[0], n.Number)
}

// Text says the news in a language, in one short message; English is for all languages that
// are not known.
func (n News) Text(locale string) string {
	texts := newsTexts(n.Kind)
	if n.Kind == AuditEnding {
		return n.plain(texts, locale)
	}
	if speech.German(locale) {
		return n.plain(texts, locale) + " Waren Sie das nicht, rufen Sie sofort Ihre Bank an."
	}
	return n.plain(texts, locale) + " If this was not you, call your bank at once."
}
