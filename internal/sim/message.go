package sim

import (
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Message is what is to be sent to the signature application of a card.
type Message struct {
	Card     ident.ID
	Customer ident.ID  // whom it is about; zero for nobody
	Data     []byte    // of the command packet: a message of package ota/applet
	Expires  time.Time // end of its validity in the network, and of the wait for an answer
	Class    string    // what it is, for operators: 1 to 20 of a-z and _, such as "sign"
}

// State says where a message is.
type State string

// The states of messages.
const (
	Waiting      State = "waiting"      // stored with its counter; no center has it
	Sent         State = "sent"         // a center has all of it
	Delivered    State = "delivered"    // the center says that the phone has it
	Acknowledged State = "acknowledged" // the card says so under checksum (status 08): the person is asked
	Answered     State = "answered"     // the card has answered under checksum, be it with an error
	Failed       State = "failed"       // refused by a center, or never came to the phone
	Expired      State = "expired"      // no answer came in time
)

// States lists all states.
func States() []State {
	return []State{Waiting, Sent, Delivered, Acknowledged, Answered, Failed, Expired}
}

// Ended reports whether nothing follows the state.
func (s State) Ended() bool { return s == Answered || s == Failed || s == Expired }

// open lists the states that are not the end, in SQL.
const open = "('waiting', 'sent', 'delivered', 'acknowledged')"

// Sending is what is known of a message.
type Sending struct {
	ID       ident.ID
	Card     ident.ID
	Customer ident.ID
	Class    string
	State    State
	KeySet   int
	Counter  uint64
	Parts    int
	Gateway  string // that has it; "" before
	Reason   string // why it failed, in a word; or the last hint, such as counter_low
	Created  time.Time
	Expires  time.Time
	Sent     time.Time
	Ended    time.Time
}

// Delay is how long after its end a message still waits for an answer that is on its way.
const Delay = 10 * time.Second
