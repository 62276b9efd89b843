package movein

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/intake"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/token"
)

// Kinds of the audit records of an import.
const (
	AuditBegun    = "customer.import_begun"
	AuditImported = "customer.imported"
)

// batchSize is how many rows are written in one transaction of a row-by-row import: few
// enough that logins get in between.
const batchSize = 100

// work is one import under way: an intake.Work.
type work struct {
	Import

	mover  *Mover // nil in a dry run without a database
	by     audit.Actor
	id     ident.ID
	report *reporter
	seen   *seen  // in a dry run
	file   []byte // digest, once read to the end
}

func newWork(in Import, m *Mover, by audit.Actor) *work {
	return &work{Import: in, mover: m, by: by, report: newReporter(in.Sink)}
}

// Read implements intake.Work.
func (x *work) Read(ctx context.Context, write func([]*entry) error) error {
	f, err := x.Open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	r := intake.NewReader(f)
	src, err := open(r)
	if err != nil {
		return err
	}
	feed := intake.Feed[*entry]{Size: batchSize, Progress: x.Progress, File: r}
	if err := feed.Run(ctx, func() (*entry, error) { return next(src) }, write); err != nil {
		return err
	}
	x.file, err = r.Sum()
	return err
}

func next(src source) (*entry, error) {
	r, err := src.next()
	if err != nil {
		return nil, err
	}
	return newEntry(r), nil
}

// Begin implements intake.Work.
func (x *work) Begin(tx *db.Tx) error {
	x.Now = tx.Now
	x.id = ident.New(tx.Now, x.mover.Rand)
	x.record(tx, AuditBegun, map[string]any{})
	return nil
}

func (x *work) record(tx *db.Tx, kind string, details map[string]any) {
	details["name"], details["all_or_nothing"] = x.Name, x.AllOrNothing
	audit.Record(tx, audit.Event{Kind: kind, By: x.by, Object: "import:" + x.id.String(), Details: details})
}

// Write implements intake.Work.
func (x *work) Write(tx *db.Tx, batch []*entry) error {
	for _, e := range batch {
		v, err := x.judge(tx, e)
		if err != nil {
			return err
		}
		if e.said.Result != Created {
			continue
		}
		if err := x.take(tx, e, v); err != nil {
			if errors.Is(err, token.ErrTaken) {
				err = fmt.Errorf("%w: %w", intake.ErrAgain, err)
			}
			return err
		}
	}
	return nil
}

// take makes true what a row says.
func (x *work) take(tx *db.Tx, e *entry, v verdict) (err error) {
	c := v.customer
	if !v.known {
		if c, err = x.create(tx, e); err != nil {
			return err
		}
	}
	for _, o := range v.tokens {
		if err := x.takeToken(tx, c, o); err != nil {
			return err
		}
	}
	if e.hash.IsZero() {
		return nil
	}
	if done, err := x.mover.Passwords.Import(tx, x.by, c.ID, e.hash); err != nil || !done {
		return errors.Join(err, orTaken(done))
	}
	for _, p := range x.Set.Passwords() {
		if err := authenticator.Enroll(tx, x.by, c.ID, p); err != nil {
			return err
		}
	}
	return nil
}

// create adds the customer.
func (x *work) create(tx *db.Tx, e *entry) (customer.Customer, error) {
	n, err := e.want.Normal() // with a locale
	if err != nil {
		return customer.Customer{}, err
	}
	c, added, err := x.mover.Customers.Add(tx, x.by, n)
	return c, errors.Join(err, orTaken(added))
}

func orTaken(done bool) error {
	if done {
		return nil
	}
	return token.ErrTaken
}

// takeToken gives a token to its owner, with the policies that it serves, and ends a
// registration that had reserved it.
func (x *work) takeToken(tx *db.Tx, c customer.Customer, o token.Takeover) error {
	if err := x.mover.Tokens.Take(tx, x.by, c.ID, o); err != nil {
		return err
	}
	if err := registration.Release(tx, o.Device.ID); err != nil {
		return err
	}
	served, err := token.Served(tx, o.Device, x.Set)
	if err != nil {
		return err
	}
	for _, p := range served {
		if err := authenticator.Enroll(tx, x.by, c.ID, p); err != nil {
			return err
		}
	}
	return nil
}

// Report implements intake.Work.
func (x *work) Report(batch []*entry) error {
	for _, e := range batch {
		if err := x.report.add(e); err != nil {
			return err
		}
	}
	return nil
}

// Whole implements intake.Work.
func (x *work) Whole() error {
	s := x.report.Summary
	if s.Refused+s.Duplicate+s.Unchanged == 0 {
		return nil
	}
	return fault.Conflictf("movein.not_whole", "Nothing was imported: %d rows are refused, %d are duplicates and %d are here already. Correct the file, or import row by row.", s.Refused, s.Duplicate, s.Unchanged)
}

// End implements intake.Work.
func (x *work) End(tx *db.Tx, cause error) error {
	if cause != nil && x.AllOrNothing {
		x.report.nothing()
	}
	s := x.report.summary()
	details := map[string]any{
		"state": "done", "created": s.Created, "unchanged": s.Unchanged, "duplicate": s.Duplicate, "refused": s.Refused,
		"customers": s.Customers, "tokens": s.Tokens, "tokens_missing": s.Missing, "passwords": s.Passwords,
		"file_sha256": hex.EncodeToString(x.file), "report_sha256": s.Digest,
	}
	if cause != nil {
		details["state"], details["reason"] = "failed", fault.From(cause).Detail
		if errors.Is(cause, context.Canceled) {
			details["reason"] = "It was given up."
		}
	}
	x.record(tx, AuditImported, details)
	return intake.Analyze(tx, s.Created, "customer", "contact", "device", "token_key", "authenticator", "password")
}
