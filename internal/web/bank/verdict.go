package bank

import (
	"net/http"
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Decisions of the risk engine. What it has against an event is never shown: who reads the
// page may be the one whom it is about.
const (
	decisionStepUp = "step-up"
	decisionBlock  = "block"
)

// verdict is what the risk engine said of an authentication.
type verdict struct {
	Decision string `json:"decision"` // "" when it was not asked
	Event    string `json:"event"`    // "" when it could not answer
}

// up reports whether more is asked for than usual.
func (v verdict) up() bool { return v.Decision == decisionStepUp }

// blocked reports whether nothing that the customer can show would help.
func (v verdict) blocked() bool { return v.Decision == decisionBlock }

// referenceSize is how much of an event's id a person reads out: random bits at its end,
// by which the help desk finds it among the customer's events.
const referenceSize = 8

// reference is what a customer tells the help desk; "" without an event. Everybody gets one,
// whether they exist or not.
func (v verdict) reference() string {
	if len(v.Event) < referenceSize {
		return ""
	}
	return grouped(strings.ToUpper(v.Event[len(v.Event)-referenceSize:]))
}

// look reports a login that is a look at accounts (RTS, article 10): Countersign exempted it, or
// the password alone did. It sees balance and the last 90 days, and nothing more. Tokens
// without a PIN are there to show how tokens work, and see everything.
func (a *authentication) look() bool {
	return a.exempted() || slices.Equal(a.Factors, []string{"knowledge"})
}

// exempted reports a payment that was granted without a proof, or a login by one factor.
func (a *authentication) exempted() bool { return a.State == stateGranted && a.Exemption != "" }

// stoppedPay serves the page of a payment that risk has stopped.
func (b *bank) stoppedPay(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if x.Stopped == "" {
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	page := b.reviewPage(r, s, x, ui.NewForm(nil))
	page.Name, page.Title = "pay-stopped", b.kit.Locale(r).T("bank.stopped.title")
	return b.kit.Render(w, r, page)
}

// noReference stands for one where the engine has none.
const noReference = "-"

// Reference is what the customer tells the help desk about a payment that was stopped; ""
// for nothing.
func (x transfer) Reference() string {
	if x.Stopped == noReference {
		return ""
	}
	return x.Stopped
}
