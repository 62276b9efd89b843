package authenticator

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Remote is a Method whose customers answer by another way than the one they are asked on, so that
// whoever has asked waits. A proof of it has no code: its Check fails with a Conflict, which
// counts nothing, until the answer is there.
type Remote interface {
	Method
	// Standing tells how it stands with what was asked; the zero Standing when nothing was.
	Standing(*db.Tx, Request) (Standing, error)
	// Watch returns a channel that is told, once, of the next change on this node to what was
	// asked for an authentication. Stop ends the watch.
	Watch(authentication ident.ID) (changed <-chan struct{}, stop func())
	// Cancel ends what was asked for an authentication that has ended.
	Cancel(tx *db.Tx, customer, authentication ident.ID) error
}

// Finisher is a Method that completes its challenges outside the transaction that made them,
// such as by a signature.
type Finisher interface {
	Method
	Finish(context.Context, Challenge) (Challenge, error)
}

// Standing is how it stands with an answer that comes by another way.
type Standing struct {
	ID      ident.ID // of the challenge
	State   Answering
	Control string // as in the challenge
	Expires time.Time
	Poll    time.Duration
	// Why says what became of a lapsed one, such as "wrong_pin"; "" when time ran out. It is for
	// the bank's systems, and for customers who have logged in.
	Why Reason
}

// Answering says whether an answer is there. A customer's no ends the authentication.
type Answering string

// States of an answer.
const (
	Awaited Answering = "pending"  // nobody has answered yet
	Agreed  Answering = "approved" // the customer has agreed: submit the proof
	Lapsed  Answering = "expired"  // too late, or the token is not in use any more: ask anew
)

// Exhibit is what a customer was shown and has agreed to.
type Exhibit struct {
	ID      ident.ID  `json:"id"`
	Content string    `json:"content"` // exactly as it was shown
	Control string    `json:"control,omitempty"`
	At      time.Time `json:"at"` // when it was answered
}
