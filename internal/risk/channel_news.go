package risk

import (
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/speech"
)

// ChannelNews is what a customer should hear of, by another way than the channel that it
// is about: it was closed to them, or opened again (SCA-60).
type ChannelNews struct {
	Block ChannelBlock
	Kind  string // AuditChannelBlocked or AuditChannelLifted
}

// tell sends news of a customer's channel. Of strangers there is nobody to tell.
func (d *Desk) tell(tx *db.Tx, by audit.Actor, n ChannelNews) error {
	if d.Tell == nil || !n.Block.known {
		return nil
	}
	return d.Tell(tx, by, n)
}

// MessageChannel is the outbox kind of news for the bank.
const MessageChannel = "channel.changed"

// ChannelMessage is the payload of the outbox message that tells the bank's systems.
type ChannelMessage struct {
	CustomerNumber string    `json:"customer_number"`
	Channel        string    `json:"channel"`
	Blocked        bool      `json:"blocked"` // otherwise it is open again
	Cause          string    `json:"cause"`   // of the block: CauseRisk or CauseBank
	Event          ident.ID  `json:"event,omitzero"`
	Until          time.Time `json:"until,omitzero"` // when the block ends by itself
}

// Message is the news for the bank's systems, which know the customer by the number.
func (n ChannelNews) Message(number string) ChannelMessage {
	m := ChannelMessage{CustomerNumber: number, Channel: n.Block.Channel, Blocked: n.Kind == AuditChannelBlocked, Cause: n.Block.Cause, Event: n.Block.Event}
	if m.Blocked {
		m.Until = n.Block.Until
	}
	return m
}

// Key names the news once and for all, for whoever must not send them twice.
func (n ChannelNews) Key() string {
	return n.Kind + ":" + n.Block.Customer.String() + ":" + n.Block.Channel + ":" + strconv.FormatInt(n.Block.Made.UnixMicro(), 10)
}

// Text says the news in a language, in one short message; English is for all languages
// that are not known. It says neither why nor for how long: who holds the phone may not be
// the customer.
func (n ChannelNews) Text(locale string) string {
	texts := map[string]string{
		AuditChannelBlocked: "For your safety, your bank has blocked an access to your accounts after something unusual. Please call your bank.",
		AuditChannelLifted:  "Your bank has opened an access to your accounts again that was blocked. If you did not ask for it, call your bank at once.",
	}
	if speech.German(locale) {
		texts = map[string]string{
			AuditChannelBlocked: "Zu Ihrer Sicherheit hat Ihre Bank nach etwas Ungewöhnlichem einen Zugang zu Ihren Konten gesperrt. Bitte rufen Sie Ihre Bank an.",
			AuditChannelLifted:  "Ihre Bank hat einen gesperrten Zugang zu Ihren Konten wieder geöffnet. Haben Sie das nicht verlangt, rufen Sie sofort Ihre Bank an.",
		}
	}
	return texts[n.Kind]
}
