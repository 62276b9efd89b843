package console

import (
	"encoding/json"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// events turns audit records into a timeline. Records lead to their page for
// those who may read the log.
func (c *console) events(v *visit, entries []audit.Entry) ([]ui.Event, error) {
	n := c.names(v)
	out := make([]ui.Event, len(entries))
	for i, e := range entries {
		who, err := n.of(v.ctx(), e.Actor)
		if err != nil {
			return nil, err
		}
		out[i] = ui.Event{At: e.At, Tone: kindTone(e.Kind), Icon: kindIcon(e.Kind), Title: v.kind(e.Kind), Text: v.because(e), Who: who}
		if v.s.Can(staff.AuditRead) {
			out[i].Href = "/audit/records/" + e.ID.String()
		}
	}
	return out, nil
}

// history is the newest part of a filter's records.
func (c *console) history(v *visit, f audit.Filter, after string, limit int) ([]ui.Event, string, error) {
	page, err := c.Audit.Find(v.ctx(), f, after, limit)
	if err != nil {
		return nil, "", err
	}
	events, err := c.events(v, page.Entries)
	return events, page.Next, err
}

// kind says what happened; a kind without words, from a newer version, is shown
// as it is.
func (v *visit) kind(kind string) string {
	if key := "console.kind." + kind; v.t.Has(key) {
		return v.t.T(key)
	}
	return kind
}

// because is the reason that a record gives, in words where there are some.
func (v *visit) because(e audit.Entry) string {
	if strings.HasPrefix(e.Kind, "issuing.") {
		return v.decided(e)
	}
	var d struct {
		Reason string `json:"reason"`
	}
	if e.Details == nil || json.Unmarshal(e.Details, &d) != nil || d.Reason == "" {
		return ""
	}
	noun, _, _ := strings.Cut(e.Kind, ".")
	for _, key := range []string{map[string]string{"vault": "console.pay.cause."}[noun] + d.Reason, "console.reason." + d.Reason} {
		if v.t.Has(key) {
			return v.t.T(key)
		}
	}
	return d.Reason
}

// decided is what became of a payment, for those who may know.
func (v *visit) decided(e audit.Entry) string {
	var d struct {
		Outcome  string `json:"outcome"`
		Reason   string `json:"reason"`
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	}
	if !v.s.Can(staff.PaymentReview) || json.Unmarshal(e.Details, &d) != nil || !v.t.Has("console.pay.outcome."+d.Outcome) {
		return ""
	}
	text := v.minor(d.Amount, d.Currency) + ": " + v.t.T("console.pay.outcome."+d.Outcome)
	if key := "console.pay.reason." + d.Reason; v.t.Has(key) {
		text += ", " + v.t.T(key)
	}
	return text
}

func kindTone(kind string) ui.Tone {
	_, what, _ := strings.Cut(kind, ".")
	switch what {
	case "refused", "denied", "login_failed", "code_refused", "token_refused", "resynchronization_refused", "unlock_refused", "given_up", "blocked", "failed", "withheld", "request_limit", "cut_off", "wrong_answer", "reported", "disowned":
		return ui.Bad
	case "approved", "granted", "completed", "enrolled", "logged_in", "activated", "enabled", "executed", "passed":
		return ui.Good
	case "suspended", "disabled", "revoked", "reset", "closed", "erased", "recovered", "rejected", "withdrawn", "due", "cancelled", "removed", "pending", "alarm", "discarded":
		return ui.Warn
	}
	return ui.Info
}

func kindIcon(kind string) string {
	noun, _, _ := strings.Cut(kind, ".")
	switch noun {
	case "authentication":
		return "log-in"
	case "registration", "activation":
		return "clipboard-check"
	case "authenticator":
		return "gauge"
	case "identification":
		return "badge-check"
	case "customer":
		return "user"
	case "token", "device":
		return "key-round"
	case "staff":
		return "id-card"
	case "client":
		return "layers"
	case "policy", "proposal":
		return "sliders-horizontal"
	case "outbox", "sms":
		return "send"
	case "channel":
		return "ban"
	case "mobile_id", "mobile_id_request", "identity", "sim":
		return "id-card"
	case "vault", "wallet", "issuing":
		return "credit-card"
	case "mobile_token", "prompt":
		return "tablet-smartphone"
	case "phone", "passcode":
		return "smartphone"
	case "password":
		return "lock"
	case "keyring":
		return "lock"
	}
	return "scroll-text"
}
