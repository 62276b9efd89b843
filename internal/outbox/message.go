package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Message is something to be sent.
type Message struct {
	ID       ident.ID // given by Put when zero; the same in every attempt
	Kind     string   // chooses the handler; dotted, for ever the same ("sms.code")
	Customer ident.ID // whom it is about; zero for nobody
	// Payload is what the handler needs, in the form that kind is defined to have.
	// It is sealed in the table.
	Payload   []byte
	NotBefore time.Time // not delivered earlier; zero for at once
	Expires   time.Time // not delivered later; zero for never
	// Dedupe, when not empty, makes later messages of the same kind with the same
	// key disappear.
	Dedupe string

	// What follows is set when a message is read; Put ignores it.
	State    State
	Attempts int       // deliveries begun, from 1 in a handler
	Due      time.Time // when it may be tried; while it is leased, when the lease ends
	Created  time.Time
	Ended    time.Time // zero while it waits
	Reason   string    // why it is dead, or why the last attempt failed
}

// State says where a message is.
type State string

// The states.
const (
	Waiting State = "waiting" // to be delivered, or being delivered
	Sent    State = "sent"    // the other side took it
	Dead    State = "dead"    // given up
)

// Handler delivers messages of one kind. It is called by several goroutines.
type Handler interface {
	// Deliver sends the message and returns nil when the other side has taken it.
	// An error means that it is tried again later, unless it is [Permanent]. A
	// fault with RetryAfter is not tried again before. ctx ends before the lease
	// does. The error's text is stored: no secrets, no phone numbers.
	Deliver(ctx context.Context, m Message) error
}

// Undertaker is what a Handler may be besides: one that keeps rows of its own about
// its messages.
type Undertaker interface {
	// Buried is told in the same transaction that a message was given up: it
	// expired, was refused for good, or failed too often.
	Buried(tx *db.Tx, m Message, why string) error
}

// Recorder is what a Handler may be besides: one that stores something about what it
// has delivered.
type Recorder interface {
	// Hand is called in place of Deliver. What it returns besides stores what is known
	// of the delivery, in the transaction that stores the outcome: one commit for
	// both. It may be nil, may run again, and runs also when the lease has ended
	// meanwhile: the other side has the message all the same.
	Hand(ctx context.Context, m Message) (record func(*db.Tx) error, err error)
}

// HandlerFunc makes a function a Handler.
type HandlerFunc func(context.Context, Message) error

// Deliver calls f.
func (f HandlerFunc) Deliver(ctx context.Context, m Message) error { return f(ctx, m) }

// permanent marks an error that no repetition cures.
type permanent struct{ err error }

func (p permanent) Error() string { return p.err.Error() }
func (p permanent) Unwrap() error { return p.err }

// Permanent wraps an error so that the message is given up at once: the number
// does not exist, the receiver refuses for good. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent reports whether err was made by Permanent.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[permanent](err)
	return ok
}

// payloadLabel is the label of sealed payloads.
const payloadLabel = "outbox.payload"

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{{Label: payloadLabel, Table: "outbox", Key: []string{"id"}, Column: "payload"}}
}
