package authenticator

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Part is a method that customers register by giving or proving one thing, as a step
// of a registration by activation code (package registration). The Authentication of
// a request is the registration.
type Part interface {
	// Ask makes what the customer needs before they can answer, such as a code by text
	// message; the zero challenge when they need nothing. It runs in the transaction of
	// its caller.
	Ask(*db.Tx, audit.Actor, Request) (Challenge, error)
	// Prove judges what the customer gave. It runs outside any transaction and changes
	// nothing.
	Prove(context.Context, Request, Proof) (Given, error)
	// Complete makes true what was proven, in the transaction that completes the
	// registration; false when somebody else was first, and then nothing stays.
	Complete(tx *db.Tx, by audit.Actor, r Request, kept []byte) (bool, error)
	// Cancel takes away what the customer registered, because it is forgotten or
	// lost; false when there is nothing.
	Cancel(tx *db.Tx, by audit.Actor, customer ident.ID) (bool, error)
}

// Given is what a part thinks of what the customer gave.
type Given struct {
	Right bool
	// Mistakes say why something new that the customer chose is not taken. It is not
	// counted as an attempt, for nothing was guessed.
	Mistakes []Mistake
	Kept     []byte // for Complete, sealed; nil for nothing
	// Consume spends what may be used once, such as a code, when the step is
	// settled; nil for nothing. Such a proof is counted as an attempt.
	Consume func(*db.Tx) (bool, error)
}
