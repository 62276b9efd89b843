package token

import "context"

// Preview is DryRun against the database of t.
func (t *Tokens) Preview(ctx context.Context, in Import) (Summary, error) {
	return DryRun(ctx, t.db, in)
}
