package password

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/speech"
)

// News is what a customer should hear of, by a way of their own: their secret is
// another one (SCA-60). It says nothing of the secret.
type News struct {
	Customer   ident.ID
	Kind       string // AuditSet, AuditChanged or AuditCancelled
	Generation int64  // of the secret that the news are about
}

// Teller sends news in the transaction that makes them true: a failure undoes it.
type Teller func(*db.Tx, audit.Actor, News) error

// Telling has customers told of every new or cancelled secret. Call it before the
// method is used.
func (p *Passwords) Telling(tell Teller) *Passwords {
	p.tell = tell
	return p
}

// Key names the news once and for all, for whoever must not send them twice.
func (n News) Key() string {
	return n.Kind + ":" + n.Customer.String() + ":" + strconv.FormatInt(n.Generation, 10)
}

// Text says the news in a language, in one short message; English is for all
// languages that are not known.
func (n News) Text(locale string) string {
	texts := map[string]string{
		AuditSet:       "A password was set for your online banking just now. If this was not you, call your bank at once.",
		AuditChanged:   "The password of your online banking was changed just now. If this was not you, call your bank at once.",
		AuditCancelled: "The password of your online banking was cancelled by your bank. If you did not ask for it, call your bank at once.",
	}
	if speech.German(locale) {
		texts = map[string]string{
			AuditSet:       "Für Ihr Online-Banking wurde soeben ein Passwort festgelegt. Waren Sie das nicht, rufen Sie sofort Ihre Bank an.",
			AuditChanged:   "Das Passwort Ihres Online-Bankings wurde soeben geändert. Waren Sie das nicht, rufen Sie sofort Ihre Bank an.",
			AuditCancelled: "Ihre Bank hat das Passwort Ihres Online-Bankings aufgehoben. Haben Sie das nicht verlangt, rufen Sie sofort Ihre Bank an.",
		}
	}
	return texts[n.Kind]
}
