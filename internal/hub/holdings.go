package hub

import (
	"context"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Authenticators returns the policies that a customer holds with their counters,
// by policy.
func (h *Hub) Authenticators(ctx context.Context, customerID ident.ID) (all []authenticator.Authenticator, err error) {
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		all, err = authenticator.Of(tx, customerID)
		return err
	})
	return all, err
}
