package movein

import (
	"context"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/intake"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// Mover takes customers over. All fields are required.
type Mover struct {
	DB        *db.DB
	Customers *customer.Register
	Tokens    *token.Tokens
	Passwords *password.Passwords
	Rand      io.Reader // for ids
}

// Import says what to import and how.
type Import struct {
	Name         string                         // of the file, for the log
	Open         func() (io.ReadCloser, error)  // opens the file; called up to three times when AllOrNothing
	Set          *policy.Set                    // in force
	AllOrNothing bool                           // a row that cannot be taken refuses the file
	Now          time.Time                      // for dry runs, which have no transaction of their own
	Sink         func(Row) error                // receives the report row by row; may be nil
	Progress     func(rows int64, offset int64) // called now and then; may be nil
}

// ImportFile imports a file. It returns what became of the rows, also together with
// an error: row by row, what was reported as created stays. Faults: "movein.file"
// (Invalid), and with AllOrNothing "movein.not_whole" and "movein.changed" (Conflict).
func (m *Mover) ImportFile(ctx context.Context, by audit.Actor, in Import) (Summary, error) {
	fresh := func(silent bool) *work {
		x := newWork(in, m, by)
		if silent {
			x.report = newReporter(nil)
		}
		return x
	}
	if !in.AllOrNothing {
		x := fresh(false)
		err := intake.RowByRow(ctx, m.DB, x)
		return x.report.summary(), err
	}
	x, err := intake.AllOrNothing[*entry](ctx, m.DB, fresh, fault.Conflictf("movein.changed", "Nothing was imported: the file, or what is here, changed during the import. Please try again."))
	if x == nil {
		return Summary{}, err
	}
	return x.report.summary(), err
}

// DryRun reads the whole file and reports what an import would do, changing nothing.
func (m *Mover) DryRun(ctx context.Context, in Import) (Summary, error) {
	return look(ctx, newWork(in, m, audit.Actor{}))
}

// Examine is DryRun without a database: it looks at the form of the rows, and at what
// they say of each other.
func Examine(ctx context.Context, in Import) (Summary, error) {
	return look(ctx, newWork(in, nil, audit.Actor{}))
}

func look(ctx context.Context, x *work) (Summary, error) {
	err := x.Look(ctx)
	return x.report.summary(), err
}
