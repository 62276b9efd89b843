package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/speech"
)

// messageRefused is the outbox kind of what the risk engine is to be told of an approval that
// a customer has refused.
const messageRefused = "prompt.refused"

// watchedFor is how long a customer is watched who was asked for what they had not asked for.
const watchedFor = 30 * 24 * time.Hour

// refusal is the payload of messageRefused.
type refusal struct {
	Customer ident.ID `json:"customer"`
	Prompt   ident.ID `json:"prompt"`
	Event    ident.ID `json:"event,omitzero"` // of the risk engine
	Reported bool     `json:"reported"`
}

// addPrompts opens the desk of approvals on phones.
func (a *App) addPrompts() {
	a.Prompts = prompt.New(prompt.Config{
		DB: a.DB, Policies: a.Policies, Outbox: a.Outbox, Devices: prompt.Mobile{Tokens: a.Mobile}, Pictures: a.Evidence, Rand: a.Rand, Refused: a.refused,
	})
	a.handlers[prompt.MessageNothing] = outbox.HandlerFunc(passcode.Nothing)
	a.handlers[messageRefused] = outbox.HandlerFunc(a.tellRefusal)
}

// moved is told that one mobile token took the place of another.
func (a *App) moved(tx *db.Tx, customer, from, to ident.ID) error {
	if err := a.Prompts.Moved(tx, customer, from, to); err != nil {
		return err
	}
	return a.Pushes.Moved(tx, customer, from, to)
}

// refused ends what a customer has refused on their phone. Where they have not asked for it,
// the channel is closed if the policies say so, the customer hears of it by another way, and
// the engine and analysts do.
func (a *App) refused(tx *db.Tx, by audit.Actor, p prompt.Prompt) error {
	why := hub.Declined
	if p.Status == prompt.Reported {
		why = hub.Disowned
	}
	ended, err := a.Hub.Refuse(tx, by, p.Customer, p.Authentication, why)
	if err != nil {
		return err
	}
	if p.Status == prompt.Reported {
		if err := a.reported(tx, by, p, ended); err != nil {
			return err
		}
	}
	if ended.Event.IsZero() && p.Status != prompt.Reported {
		return nil
	}
	payload, err := json.Marshal(refusal{Customer: p.Customer, Prompt: p.ID, Event: ended.Event, Reported: p.Status == prompt.Reported})
	if err != nil {
		return err
	}
	return a.Outbox.Put(tx, outbox.Message{Kind: messageRefused, Customer: p.Customer, Payload: payload, Dedupe: p.ID.String()})
}

// reported does at once what follows from "it was not me".
func (a *App) reported(tx *db.Tx, by audit.Actor, p prompt.Prompt, ended hub.Ended) error {
	rule, _ := a.Policies.Active().Policy(p.Policy)
	if rule.Approval.Close > 0 && ended.Channel != "" {
		_, err := a.Risk.BlockChannel(tx, by, risk.ChannelBlock{
			Customer: p.Customer, Channel: ended.Channel, Cause: risk.CauseRisk, Event: ended.Event, Authentication: p.Authentication,
			Reason: "the customer says: it was not me", Until: tx.Now.Add(rule.Approval.Close),
		})
		if err != nil {
			return err
		}
	}
	return a.textNotice(tx, by, p.Customer, prompt.AuditReported+":"+p.ID.String(), disownedText)
}

// disownedText tells a customer, by another way, what was done on their phone.
func disownedText(locale string) string {
	if speech.German(locale) {
		return "In Ihrer App wurde gemeldet, dass eine Freigabe nicht von Ihnen verlangt wurde. Sie wurde abgelehnt. Waren Sie das nicht? Rufen Sie Ihre Bank an."
	}
	return "In your app it was reported that you did not ask for an approval. It was refused. Was it not you? Call your bank."
}

// tellRefusal lets the risk engine know of a refusal. It may be delivered twice: all of it
// may be done again.
func (a *App) tellRefusal(ctx context.Context, m outbox.Message) error {
	var r refusal
	if err := json.Unmarshal(m.Payload, &r); err != nil {
		return outbox.Permanent(err)
	}
	by := audit.System("prompt")
	if r.Reported {
		if _, err := a.Risk.Put(ctx, by, "watch", "customer", r.Customer.String(), "the customer says: it was not me (approval "+r.Prompt.String()+")", a.Now().Add(watchedFor)); err != nil {
			return err
		}
	}
	if r.Event.IsZero() {
		return nil
	}
	tell := func() error {
		if r.Reported {
			return a.Risk.Disown(ctx, by, r.Customer, r.Event)
		}
		_, err := a.Risk.Reject(ctx, by, r.Customer, r.Event)
		return err
	}
	if err := tell(); err != nil && !fault.Is(err, "risk.state") && !fault.Is(err, "risk.unknown") { // it ended otherwise, or was erased
		return err
	}
	return nil
}
