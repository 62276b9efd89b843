package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records about a token's life.
const (
	AuditSuspended  = "token.suspended"
	AuditResumed    = "token.resumed"
	AuditLost       = "token.lost"
	AuditFound      = "token.found"
	AuditReturned   = "token.returned"
	AuditRetired    = "token.retired"
	AuditExtended   = "token.extended"
	AuditRenamed    = "token.renamed"
	AuditGiven      = "token.given"              // in place of another one
	AuditActivated  = "token.activated"          // by its first code
	AuditNoFirst    = "token.activation_refused" // a wrong first code
	AuditReplaced   = "token.replaced"           // its successor was proven
	AuditBulkDone   = "token.bulk_done"
	AuditBulkFailed = "token.bulk_failed"
)

// Care looks after tokens between import and end: it suspends, replaces and
// retires them, and takes them back. See docs/conformance/lifecycle.md for what is
// possible when. Its methods are use cases. Use NewCare.
type Care struct {
	tokens *Tokens
	active func() *policy.Set
	forget []Forget
}

// Forget drops what another package keeps about a token that is leaving its hands:
// a reservation, for example. It runs in the transaction of the act.
type Forget func(tx *db.Tx, id ident.ID) error

// NewCare returns the care of tokens under the policies that active says are in
// force, such as policy.Book.Active. All forget are asked whenever a token comes
// to stock or leaves it.
func NewCare(t *Tokens, active func() *policy.Set, forget ...Forget) *Care {
	return &Care{tokens: t, active: active, forget: forget}
}

// Effect is what an act left behind.
type Effect struct {
	Device device.Device // as it is now
	Left   int64         // how many tokens its owner can use now; 0 for a token that was nobody's
}

// Suspend takes an active token out of use until it is resumed. Customers need no
// warrant for their own.
func (c *Care) Suspend(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Suspend)
}

// Resume puts a suspended token into use again. It needs a warrant: whoever asks
// might be why it was suspended. Staff only.
func (c *Care) Resume(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Resume)
}

// Lose records that a token is out of its owner's hands. It needs a warrant. It
// is never refused because it is the last one; Effect.Left tells. Customers need a
// [SecondProof] by another token of theirs.
func (c *Care) Lose(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	o.EvenLast = true
	return c.act(ctx, by, o, device.Lose)
}

// Retire ends a token for good. Staff only.
func (c *Care) Retire(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Retire)
}

// Return takes a token back to stock, from where another customer may get it: see
// forgetOwner for what is cut off. Staff only.
func (c *Care) Return(ctx context.Context, by audit.Actor, o Order) (Effect, error) {
	return c.act(ctx, by, o, device.Return)
}

// act is the use case of the acts that need nothing but an order.
func (c *Care) act(ctx context.Context, by audit.Actor, o Order, a device.Act) (out Effect, err error) {
	if o.Reason, err = readReason(o.Reason, a != device.Resume && a != device.Find); err != nil {
		return out, err
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		d, err := o.read(tx, by, a)
		if err != nil {
			return err
		}
		out, err = c.do(tx, by, o, d, device.Change{Act: a, Note: o.Reason}, nil)
		return err
	})
	return out, err
}
