package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
)

// Needed returns how many codes, one directly after another, by must give to bring
// a token back into step: 1 to 3, for customers at least 2. Its faults are those of
// Resync for a token that cannot be.
func (u *Upkeep) Needed(ctx context.Context, by audit.Actor, t Target) (int, error) {
	x, err := u.steppable(ctx, by, nil, t, "")
	if err != nil {
		return 0, err
	}
	if err := u.restored(ctx, x); err != nil {
		return 0, err
	}
	return x.needed(), nil
}
