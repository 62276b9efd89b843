package authenticator

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Mistake is one thing that is wrong with a new secret. Both of its parts may be
// shown to the customer.
type Mistake struct {
	Code string // stable: "too_short"
	Text string // a sentence that says what to do, in English
}

// Renewer is a Method whose secrets customers replace themselves, when a right one is
// out of date ([Finding].Outdated).
type Renewer interface {
	Method
	// Renew judges a new secret and prepares its storing, outside any transaction. What
	// is the Outdated of the finding that asked for it. Mistakes say why the new one
	// is not good enough; then there is nothing to store. The returned function stores it in
	// the caller's transaction, and answers false when the old one is not what it
	// was any more.
	Renew(ctx context.Context, r Request, what, secret string) (store func(*db.Tx, audit.Actor) (bool, error), bad []Mistake, err error)
}

// Renewed clears the failure counter of customer and policy, whatever its state,
// because what was guessed at is no more: a registration after an identification has
// put something new in its place (F-6.5). The status stays.
func Renewed(tx *db.Tx, customer ident.ID, policyCode string) error {
	_, err := failures.Clear(tx, customer, policyCode)
	return err
}
