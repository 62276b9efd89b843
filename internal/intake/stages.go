package intake

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
)

// Staged is a Work whose batches nobody sees before its End.
type Staged[E any] interface {
	Work[E]
	// Prepare does to a batch what needs no transaction.
	Prepare(batch []E)
	// Drop takes away what was written, unless End was committed.
	Drop(ctx context.Context) error
}

// InStages imports like AllOrNothing, but in a transaction for each batch: writers of others get in between.
// Work.End shows all batches at once. What an import wrote that fails, or is given up, is dropped; one whose
// process dies is the business of whoever sweeps.
func InStages[E any, W Staged[E]](ctx context.Context, d *db.DB, fresh func(silent bool) W, changed error) (w W, err error) {
	var none W
	look := fresh(true)
	if err := look.Look(ctx); err != nil {
		return none, err
	}
	if look.Whole() != nil {
		return refused[E](ctx, d, fresh, changed)
	}
	w = fresh(false)
	if err := d.Write(ctx, w.Begin); err != nil {
		return none, err
	}
	if err := stage[E](ctx, d, w, changed); err != nil {
		return none, errors.Join(err, w.Drop(context.WithoutCancel(ctx)))
	}
	return w, nil
}

// stage writes the batches and ends the import.
func stage[E any, W Staged[E]](ctx context.Context, d *db.DB, w W, changed error) error {
	err := w.Read(ctx, func(batch []E) error {
		w.Prepare(batch)
		if err := d.Write(ctx, func(tx *db.Tx) error { return w.Write(tx, batch) }); err != nil {
			return err
		}
		return w.Report(batch)
	})
	switch {
	case errors.Is(err, ErrAgain):
		return changed
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err() // given up while the last rows were written
	case w.Whole() != nil:
		return changed
	}
	return d.Write(ctx, func(tx *db.Tx) error { return w.End(tx, nil) })
}
