package sms

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Gateway is a way into the telephone network: an SMPP client or an HTTP service.
// It is safe for concurrent use.
type Gateway interface {
	// Name is short and for ever the same: it stands in the table beside the
	// references that the gateway gave.
	Name() string
	// Submit hands a message over and returns the references of its parts, by which
	// receipts will name them, in the form that its own receipts have; one for each
	// part, and none for a gateway that sends no receipts. An error that is
	// outbox.Permanent means that no gateway would take this message; any other,
	// that another gateway may. Errors name no number and quote no text.
	Submit(ctx context.Context, o Outgoing) (references []string, err error)
}

// Outgoing is a message on its way out.
type Outgoing struct {
	ID      ident.ID // the same in every attempt, so a gateway can tell repetitions
	To      string   // E.164
	Body    string
	Class   string
	Expires time.Time
}

// Receipt is what a network says later about one part.
type Receipt struct {
	Gateway   string // the Name of the gateway that it came through
	Reference string // as Submit returned it
	State     State  // Delivered, Failed, Expired or Unknown; others are no news
	Code      string // the network's own word for a failure; at most 20 characters are kept
}

// Receiver takes receipts: what a gateway needs of a Desk.
type Receiver interface {
	// Receive stores a receipt. After an error the gateway should have the network
	// repeat it.
	Receive(ctx context.Context, r Receipt) error
}
