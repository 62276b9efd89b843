package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/pskc"
)

// AuditImported is the kind of the one audit record of an import.
const AuditImported = "token.imported"

// batchSize is how many packages are written in one transaction of a row-by-row
// import: enough to share a commit, few enough to let logins in between.
const batchSize = 1000

// Import says what to import and how.
type Import struct {
	Name         string                         // of the file, for the history
	Open         func() (io.ReadCloser, error)  // opens the file; called twice when AllOrNothing
	Options      pskc.Options                   // keys and tolerance
	Set          *policy.Set                    // the models
	AllOrNothing bool                           // a refused or duplicate row refuses the file
	Now          time.Time                      // for dry runs, which have no transaction
	Sink         func(Row) error                // receives the report row by row; may be nil
	Progress     func(rows int64, offset int64) // called now and then; may be nil
	Warrant      foureyes.Warrant               // of the approved proposal, where the policies want one
}

// DryRun reads the whole file and reports what an import would do, changing
// nothing. Without a database (d nil) only duplicates within the file are seen.
func DryRun(ctx context.Context, d *db.DB, in Import) (Summary, error) {
	x := newImporter(in, nil)
	err := x.look(ctx, d)
	return x.report.summary(), err
}

// look is a dry run.
func (x *importer) look(ctx context.Context, d *db.DB) error {
	seen := map[[16]byte]bool{}
	return x.read(ctx, func(batch []*entry) error {
		for _, e := range batch {
			if e.row.Result != Refused && !e.isPIN() {
				k := ident.Derive(e.device.Manufacturer, e.device.Serial, e.key.KeyID)
				if seen[k] {
					e.duplicate()
				}
				seen[k] = true
			}
		}
		if d == nil {
			return x.report.addAll(batch)
		}
		err := d.Read(ctx, func(tx *db.Tx) error { return markKnown(tx, batch) })
		if err != nil {
			return err
		}
		return x.report.addAll(batch)
	})
}

// ImportFile imports a file into stock. It returns what became of the rows, also
// together with an error: row by row, what was reported as imported stays. Faults:
// "foureyes.needed" (Denied) and "foureyes.other" (Conflict) where the policies of
// in.Set want a second member of staff.
func (t *Tokens) ImportFile(ctx context.Context, by audit.Actor, in Import) (Summary, error) {
	if err := in.allowed(); err != nil {
		return Summary{}, err
	}
	if in.AllOrNothing {
		return t.importWhole(ctx, by, in)
	}
	x := newImporter(in, t.ring)
	if err := t.begin(ctx, by, x); err != nil {
		return Summary{}, err
	}
	err := x.read(ctx, func(batch []*entry) error {
		if err := t.db.Write(ctx, func(tx *db.Tx) error { return x.write(tx, batch) }); err != nil {
			return err
		}
		return x.report.addAll(batch)
	})
	if err == nil {
		err = x.asApproved()
	}
	return x.report.summary(), t.end(ctx, by, x, err)
}

// importWhole looks first and writes only a file without a fault, in one
// transaction.
func (t *Tokens) importWhole(ctx context.Context, by audit.Actor, in Import) (Summary, error) {
	look := in
	look.Sink = nil
	s, err := DryRun(ctx, t.db, look)
	if err != nil {
		return Summary{}, err
	}
	if s.Refused+s.Duplicate > 0 {
		return t.notWhole(ctx, by, in)
	}
	var x *importer
	err = t.db.Write(ctx, func(tx *db.Tx) error {
		x = newImporter(in, t.ring) // Write may run again
		x.start(tx)
		if err := x.insertHistory(tx, by); err != nil {
			return err
		}
		if err := x.read(ctx, func(batch []*entry) error {
			if err := x.write(tx, batch); err != nil {
				return err
			}
			return x.report.addAll(batch)
		}); err != nil {
			return err
		}
		if err := x.asApproved(); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err // given up while the last rows were written
		}
		if x.report.Refused+x.report.Duplicate > 0 {
			return fault.Conflictf("token.import_changed", "Nothing was imported: the stock or the file changed during the import. Please try again.")
		}
		return x.finish(tx, by, nil)
	})
	if err != nil {
		return Summary{}, err
	}
	return x.report.summary(), nil
}

// notWhole reports a file that cannot be imported as a whole, and leaves the
// failure in the history and in the audit log.
func (t *Tokens) notWhole(ctx context.Context, by audit.Actor, in Import) (Summary, error) {
	x := newImporter(in, nil)
	if err := x.look(ctx, t.db); err != nil {
		return Summary{}, err
	}
	x.report.Imported = 0
	s := x.report.summary()
	cause := fault.Conflictf("token.import_not_whole", "Nothing was imported: %d rows are refused and %d are duplicates. Correct the file, or import row by row.", s.Refused, s.Duplicate)
	if err := t.begin(ctx, by, x); err != nil {
		return s, err
	}
	return s, t.end(ctx, by, x, cause)
}

func (t *Tokens) begin(ctx context.Context, by audit.Actor, x *importer) error {
	return t.db.Write(ctx, func(tx *db.Tx) error {
		x.start(tx)
		return x.insertHistory(tx, by)
	})
}

// end closes the history, whatever happened. It must not be lost when ctx was
// canceled, so it does not listen to it.
func (t *Tokens) end(ctx context.Context, by audit.Actor, x *importer, cause error) error {
	err := t.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return x.finish(tx, by, cause) })
	return errors.Join(cause, err)
}

// fileError gives the reason why a file cannot be read on as a fault.
func fileError(err error) error {
	if f, ok := errors.AsType[*pskc.FileError](err); ok {
		return fault.Invalidf("token.import_file", "The file cannot be imported: %v", f)
	}
	return err
}

// hashed counts and hashes what is read from a file.
type hashed struct {
	r   io.Reader
	sum hash.Hash
	n   int64
}

func newHashed(r io.Reader) *hashed { return &hashed{r: r, sum: sha256.New()} }

// Read implements io.Reader.
func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	h.n += int64(n)
	return n, err
}
