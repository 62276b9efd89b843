package sim

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Bearer is a way to the cards: a message center that takes binary short messages. It is
// safe for concurrent use.
type Bearer interface {
	// Name is short and for ever the same: it stands beside the references that it gave.
	Name() string
	// Carry hands over the parts of a packet as class 2 short messages for the card
	// (TP-PID 7F, TP-DCS F6) and returns what its receipts will call them; none for a center that sends no
	// receipts. An error that is outbox.Permanent means that no center would take them. Errors
	// name no number and quote no packet.
	Carry(ctx context.Context, o Outgoing) (references []string, err error)
}

// Outgoing is a packet on its way out.
type Outgoing struct {
	ID      ident.ID // the same in every attempt
	To      string   // E.164
	Parts   [][]byte // the user data of each short message, with its header
	Expires time.Time

	card ident.ID
}

// Arrival is a binary short message that came from a phone.
type Arrival struct {
	Gateway string
	From    string // as the center writes it, without a plus sign or with one; it may be forged
	To      string
	UDHI    bool // whether the center says that there is a header; cards' answers have one either way

	Protocol byte // TP-PID, as the center gives it
	Coding   byte // TP-DCS: a part that does not say itself that it is an answer's must be binary
	Data     []byte
}

// Receipt is what a network says later about one part.
type Receipt struct {
	Gateway   string // the Name of the bearer
	Reference string // as Carry returned it
	State     Fate
	Code      string // the network's own word for a failure
}

// Fate is what became of a part.
type Fate string

// The fates.
const (
	FateDelivered Fate = "delivered"
	FateFailed    Fate = "failed"
	FateExpired   Fate = "expired"
)

// Receiver is what a bearer needs of a Desk. After an error it has the network repeat what
// it brought.
type Receiver interface {
	Receive(ctx context.Context, a Arrival) error
	Receipt(ctx context.Context, r Receipt) error
}
