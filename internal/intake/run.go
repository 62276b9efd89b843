package intake

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
)

// Work is one import under way. A fresh one is made for each reading of the file.
type Work[E any] interface {
	// Look reads the file and reports what the import would do.
	Look(ctx context.Context) error
	// Begin notes that the import runs.
	Begin(tx *db.Tx) error
	// Read reads the file to its end and hands batches to write.
	Read(ctx context.Context, write func([]E) error) error
	// Write takes a batch in. It may run again on the same one.
	Write(tx *db.Tx, batch []E) error
	// Report reports a batch that was written.
	Report(batch []E) error
	// Whole returns why what was read so far cannot be imported as a whole; nil when it can.
	Whole() error
	// End notes that the import has ended; cause is why it failed, nil when it did not.
	End(tx *db.Tx, cause error) error
}

// ErrAgain ends the transaction of a batch that met what somebody else did in the same
// moment. The batch is judged and written again, a few times.
var ErrAgain = errors.New("intake: somebody else was first")

// tries is how often a batch is written when somebody else is faster.
const tries = 5

// RowByRow imports a file batch by batch. What was reported stays, also together
// with an error.
func RowByRow[E any](ctx context.Context, d *db.DB, w Work[E]) error {
	if err := d.Write(ctx, w.Begin); err != nil {
		return err
	}
	err := w.Read(ctx, func(batch []E) error {
		var err error
		for range tries {
			if err = d.Write(ctx, func(tx *db.Tx) error { return w.Write(tx, batch) }); !errors.Is(err, ErrAgain) {
				break
			}
		}
		if err != nil {
			return err
		}
		return w.Report(batch)
	})
	return end(ctx, d, w, err)
}

// end notes the end. It must not be lost when ctx was canceled, so it does not
// listen to it.
func end[E any](ctx context.Context, d *db.DB, w Work[E], cause error) error {
	err := d.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return w.End(tx, cause) })
	return errors.Join(cause, err)
}

// AllOrNothing looks first, and imports only a file in which every row can be taken,
// in one transaction. Fresh makes a work for one reading; a silent one hands its report
// to nobody. Changed is the error of a file, or a database, that changed after the
// look. It returns the work whose report counts; the zero value when none does.
func AllOrNothing[E any, W Work[E]](ctx context.Context, d *db.DB, fresh func(silent bool) W, changed error) (w W, err error) {
	var none W
	look := fresh(true)
	if err := look.Look(ctx); err != nil {
		return none, err
	}
	if look.Whole() != nil {
		return refused[E](ctx, d, fresh, changed)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		w = fresh(false) // Write may run again
		if err := w.Begin(tx); err != nil {
			return err
		}
		if err := w.Read(ctx, func(batch []E) error {
			if err := w.Write(tx, batch); err != nil {
				return err
			}
			return w.Report(batch)
		}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err // given up while the last rows were written
		}
		if w.Whole() != nil {
			return changed
		}
		return w.End(tx, nil)
	})
	if errors.Is(err, ErrAgain) {
		err = changed
	}
	if err != nil {
		return none, err
	}
	return w, nil
}

// refused reports a file that cannot be imported as a whole, and notes that it was
// tried.
func refused[E any, W Work[E]](ctx context.Context, d *db.DB, fresh func(silent bool) W, changed error) (w W, err error) {
	w = fresh(false)
	if err := w.Look(ctx); err != nil {
		var none W
		return none, err
	}
	cause := w.Whole()
	if cause == nil {
		cause = changed
	}
	if err := d.Write(ctx, w.Begin); err != nil {
		return w, err
	}
	return w, end[E](ctx, d, w, cause)
}
