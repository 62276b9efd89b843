package mobiletoken

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/speech"
)

// Kinds of audit records.
const (
	AuditCreated       = "mobile_token.created"
	AuditIssued        = "mobile_token.code_issued"
	AuditExtended      = "mobile_token.code_extended"
	AuditWithdrawn     = "mobile_token.withdrawn"
	AuditTried         = "mobile_token.code_tried"
	AuditRedeemed      = "mobile_token.provisioned"
	AuditRefused       = "mobile_token.refused"
	AuditActivated     = "mobile_token.activated"
	AuditRedistributed = "mobile_token.redistributed"
	AuditMigrating     = "mobile_token.migration_started"
	AuditMigrated      = "mobile_token.migrated"
	AuditAbandoned     = "mobile_token.migration_abandoned"
	AuditRenamed       = "mobile_token.renamed"
	AuditBlocked       = "mobile_token.blocked"
	AuditEnabled       = "mobile_token.enabled"
	AuditArchived      = "mobile_token.archived"
)

// News is what a customer should hear of, by another way than the token (S-06).
type News struct {
	Customer ident.ID
	Token    ident.ID
	Serial   string
	Name     string // what the customer calls it; may be empty
	Kind     string // the kind of the audit record
	Version  int64  // of the token
	Link     string // where "it wasn't me" is said, with a DisownKey; "" for nowhere
}

// Key names the news once and for all, for whoever must not send them twice.
func (n News) Key() string {
	return n.Kind + ":" + n.Token.String() + ":" + strconv.FormatInt(n.Version, 10)
}

// Text says the news in a language, in one short message; English is for all languages
// that are not known.
func (n News) Text(locale string) string {
	if speech.German(locale) {
		return n.german()
	}
	return n.english()
}

// tail is how the serial number ends: enough to tell tokens apart.
func (n News) tail() string { return n.Serial[max(0, len(n.Serial)-4):] }

func (n News) english() string {
	what := map[string]string{
		AuditIssued:        "An activation code for the mobile token ending in %s was issued.",
		AuditActivated:     "A new mobile token ending in %s was activated.",
		AuditRedistributed: "The mobile token ending in %s was moved to another device.",
		AuditMigrated:      "A mobile token was replaced by the one ending in %s.",
		AuditBlocked:       "The mobile token ending in %s was blocked.",
		AuditEnabled:       "The mobile token ending in %s was enabled again.",
		AuditArchived:      "The mobile token ending in %s was removed.",
	}[n.Kind]
	what = strings.Replace(what, "%s", n.tail(), 1)
	if n.Link != "" {
		return what + " If this was not you, stop it at " + n.Link + " and call your bank."
	}
	return what + " If this was not you, call your bank at once."
}

func (n News) german() string {
	what := map[string]string{
		AuditIssued:        "Für das mobile Token mit der Endung %s wurde ein Aktivierungscode erstellt.",
		AuditActivated:     "Ein neues mobiles Token mit der Endung %s wurde aktiviert.",
		AuditRedistributed: "Das mobile Token mit der Endung %s ist jetzt auf einem anderen Gerät.",
		AuditMigrated:      "Ein mobiles Token wurde durch jenes mit der Endung %s ersetzt.",
		AuditBlocked:       "Das mobile Token mit der Endung %s wurde gesperrt.",
		AuditEnabled:       "Das mobile Token mit der Endung %s wurde entsperrt.",
		AuditArchived:      "Das mobile Token mit der Endung %s wurde entfernt.",
	}[n.Kind]
	what = strings.Replace(what, "%s", n.tail(), 1)
	if n.Link != "" {
		return what + " Waren Sie das nicht, stoppen Sie es unter " + n.Link + " und rufen Sie Ihre Bank an."
	}
	return what + " Waren Sie das nicht, rufen Sie sofort Ihre Bank an."
}

// told are the kinds that customers hear of.
func told(kind string) bool { return (News{Kind: kind}).english()[0] != ' ' }
