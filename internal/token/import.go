package token

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/intake"
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
	x.db = d
	err := x.Look(ctx)
	return x.report.summary(), err
}

// ImportFile imports a file into stock. It returns what became of the rows, also
// together with an error: row by row, what was reported as imported stays. Faults:
// "foureyes.needed" (Denied) and "foureyes.other" (Conflict) where the policies of
// in.Set want a second member of staff.
func (t *Tokens) ImportFile(ctx context.Context, by audit.Actor, in Import) (Summary, error) {
	if err := in.allowed(); err != nil {
		return Summary{}, err
	}
	fresh := func(silent bool) *importer {
		x := newImporter(in, t.ring)
		if x.db, x.by = t.db, by; silent {
			x.report = newReporter(nil)
		}
		return x
	}
	if !in.AllOrNothing {
		x := fresh(false)
		err := intake.RowByRow(ctx, t.db, x)
		return x.report.summary(), err
	}
	x, err := intake.AllOrNothing[*entry](ctx, t.db, fresh, fault.Conflictf("token.import_changed", "Nothing was imported: the stock or the file changed during the import. Please try again."))
	if x == nil {
		return Summary{}, err
	}
	return x.report.summary(), err
}

// fileError gives the reason why a file cannot be read on as a fault.
func fileError(err error) error {
	if f, ok := errors.AsType[*pskc.FileError](err); ok {
		return fault.Invalidf("token.import_file", "The file cannot be imported: %v", f)
	}
	return err
}
