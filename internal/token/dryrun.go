package token

import "context"

// DryRun is the function of this name with the database of t, so that it also
// sees what is in stock already.
func (t *Tokens) DryRun(ctx context.Context, in Import) (Summary, error) {
	return DryRun(ctx, t.db, in)
}
