package sim

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota"
)

// Handler is told what becomes of messages: once each, in the transaction that stores it. An
// error of a Handler undoes that transaction, and the center repeats what it brought.
type Handler interface {
	// Acknowledged: the card has the command and asks the person (status 08, no data). It may
	// be left out: answers overtake each other.
	Acknowledged(tx *db.Tx, a Answer) error
	// Answered: the answer itself (status 00), or a status under checksum that says why there
	// is none. Nothing follows.
	Answered(tx *db.Tx, a Answer) error
	// Lost: no answer will be taken any more. Nothing follows.
	Lost(tx *db.Tx, message ident.ID, why Reason) error
}

// Answer is what a card says, proven by the checksum of its key.
type Answer struct {
	Message  ident.ID
	Card     ident.ID
	Customer ident.ID
	Class    string
	Status   ota.Status
	Data     []byte // of the response packet: a message of package ota/applet
	At       time.Time
}

// Reason says why a message was lost.
type Reason string

// The reasons.
const (
	TimedOut    Reason = "timed_out"   // its time was over
	Refused     Reason = "refused"     // no center took it
	Undelivered Reason = "undelivered" // the network gave up: the phone is absent, or takes no such messages
	NoCard      Reason = "no_card"     // the card was retired, or its number given to another
	Restored    Reason = "restored"    // the database was restored from a backup: it may have been sent since
	Behind      Reason = "counter_low" // the card has seen higher counters than ours, and says so under checksum
	Discarded   Reason = "discarded"   // an operator gave it up
)

// Reasons lists all reasons.
func Reasons() []Reason {
	return []Reason{TimedOut, Refused, Undelivered, NoCard, Restored, Behind, Discarded}
}

// Watcher is told of changes to cards, in the transaction that makes them. An error undoes it.
type Watcher interface {
	// Moved: the number of the one card belongs to the other now; the first is retired.
	Moved(tx *db.Tx, by audit.Actor, from, to Card) error
	// Changed: a card has another state.
	Changed(tx *db.Tx, by audit.Actor, c Card) error
}
