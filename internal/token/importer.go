package token

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/intake"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/pskc"
)

// importer is one import under way.
type importer struct {
	Import
	ring   *keyring.Ring // nil in a dry run
	db     *db.DB        // nil in a dry run without one
	by     audit.Actor
	id     ident.ID
	report *reporter
	file   []byte // digest, once read to the end
	made   int    // ids so far
}

func newImporter(in Import, ring *keyring.Ring) *importer {
	return &importer{Import: in, ring: ring, report: newReporter(in.Sink)}
}

// newID returns the id of a device. The ids of an import grow, a hundred to a
// millisecond, so that all rows go to the ends of their indexes: with ids of one
// moment in no order, every row of a million would touch pages of its own.
func (x *importer) newID() ident.ID {
	x.made++
	return ident.New(x.Now.Add(time.Duration(x.made/100)*time.Millisecond), rand.Reader)
}

// entry is one row on its way.
type entry struct {
	row      Row
	device   device.Device
	key      Key
	seed     pskc.Secret
	pinKeyID string // PINKeyId of its policy
	pin      string
}

func (e *entry) refuse(reason string) { e.row.Result, e.row.Reason = Refused, reason }

func (e *entry) duplicate() {
	e.row.Result, e.row.Reason = Duplicate, "a device with this serial number, or this key of it, is there already; it was not changed"
}

// Read implements intake.Work. All keys of a device that follow one another stay in
// one batch, so that a PIN key finds the key that it protects.
func (x *importer) Read(ctx context.Context, write func([]*entry) error) error {
	f, err := x.Open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	h := intake.NewReader(f)
	src, _, err := pskc.Open(h, x.Options)
	if err != nil {
		return fileError(err)
	}
	feed := intake.Feed[*entry]{Size: batchSize, Together: sameDevice, Progress: x.Progress, File: h}
	err = feed.Run(ctx, func() (*entry, error) { return x.next(src) }, func(batch []*entry) error {
		link(batch)
		return write(batch)
	})
	if err != nil {
		return err
	}
	if x.file, err = h.Sum(); err != nil {
		return err
	}
	return x.asApproved()
}

// next reads one entry; io.EOF at the end.
func (x *importer) next(src pskc.Source) (*entry, error) {
	p, err := src.Next()
	if errors.Is(err, io.EOF) {
		return nil, err
	}
	return x.entry(p, err)
}

// entry turns what the source gave into an entry; only what ends the file is an error.
func (x *importer) entry(p *pskc.KeyPackage, err error) (*entry, error) {
	if bad, ok := errors.AsType[*pskc.RowError](err); ok {
		e := &entry{row: Row{Serial: bad.Serial, KeyID: bad.KeyID, Algorithm: short(bad.Algorithm), Number: bad.Row, Line: bad.Line}}
		e.refuse(bad.Reason())
		return e, nil
	}
	if err != nil {
		return nil, fileError(err)
	}
	e := &entry{row: Row{Serial: p.Device.SerialNo, KeyID: p.Key.ID, Algorithm: string(p.Key.Profile), Number: p.Row, Line: p.Line}}
	if p.Key.Profile == pskc.ProfilePIN {
		e.seed, e.row.Result = p.Key.Secret, Imported
		e.device.Manufacturer, e.device.Serial = p.Device.Manufacturer, device.Serial(p.Device.SerialNo)
		return e, nil
	}
	x.convert(e, p)
	return e, nil
}

// short is what people call an algorithm that a file names by URI.
func short(algorithm string) string {
	return strings.TrimPrefix(algorithm, "urn:ietf:params:xml:ns:keyprov:pskc:")
}

// convert fills in the device and the key of an entry, or refuses it.
func (x *importer) convert(e *entry, p *pskc.KeyPackage) {
	var err error
	if e.key, err = convert(p, x.Now); err != nil {
		e.refuse(err.Error())
		return
	}
	if e.key.Usage == "" {
		e.refuse("its usage is " + p.Key.Policy.Usage.String() + "; only OTP, CR, Integrity, Verify and Unlock are known here")
		return
	}
	if e.device, err = deviceOf(p, x.Set); err != nil {
		e.refuse(err.Error())
		return
	}
	m, _ := x.Set.Model(e.device.Model)
	if err := e.key.questions(x.Set, m); err != nil {
		e.refuse(err.Error())
		return
	}
	if err := e.key.signatures(x.Set, m); err != nil {
		e.refuse(err.Error())
		return
	}
	if e.key.PINMode == PINNone && m.ServerPIN != policy.PINNone && e.key.Usage == UseCode && e.key.Algorithm != OCRA {
		e.key.PINMode = PINMode(m.ServerPIN)
	}
	if p.Key.Policy.PIN != nil {
		e.pinKeyID = p.Key.Policy.PIN.KeyID
	}
	e.seed = p.Key.Secret
	e.row.Result, e.row.Reason = Imported, strings.Join(p.Warnings, "; ")
	if e.device.Note != "" {
		e.row.Reason = "imported as blocked: " + e.device.Note
	}
}

func sameDevice(a, b *entry) bool { return a.row.Serial != "" && a.row.Serial == b.row.Serial }

// Look implements intake.Work: a dry run.
func (x *importer) Look(ctx context.Context) error {
	seen := map[[16]byte]bool{}
	return x.Read(ctx, func(batch []*entry) error {
		for _, e := range batch {
			if e.row.Result != Refused && !e.isPIN() {
				k := ident.Derive(e.device.Manufacturer, e.device.Serial, e.key.KeyID)
				if seen[k] {
					e.duplicate()
				}
				seen[k] = true
			}
		}
		if x.db == nil {
			return x.Report(batch)
		}
		if err := x.db.Read(ctx, func(tx *db.Tx) error { return markKnown(tx, batch) }); err != nil {
			return err
		}
		return x.Report(batch)
	})
}

// Begin implements intake.Work: the history says that the import runs.
func (x *importer) Begin(tx *db.Tx) error {
	x.Now = tx.Now
	x.id = ident.New(tx.Now, rand.Reader)
	mode := "rows"
	if x.AllOrNothing {
		mode = "whole"
	}
	_, err := tx.Exec(`INSERT INTO token_import (id, name, state, mode, imported, duplicate, refused, imported_by, reason, created_at)
		VALUES ($1, $2, 'running', $3, 0, 0, 0, $4, '', $5)`, x.id, x.Name, mode, x.by.String(), tx.Now)
	return err
}

// Whole implements intake.Work.
func (x *importer) Whole() error {
	s := x.report.Summary
	if s.Refused+s.Duplicate == 0 {
		return nil
	}
	return fault.Conflictf("token.import_not_whole", "Nothing was imported: %d rows are refused and %d are duplicates. Correct the file, or import row by row.", s.Refused, s.Duplicate)
}

// Report implements intake.Work.
func (x *importer) Report(batch []*entry) error { return x.report.addAll(batch) }

// End implements intake.Work: it closes the history and leaves the one audit record.
func (x *importer) End(tx *db.Tx, cause error) error {
	if cause != nil && x.AllOrNothing {
		x.report.Imported = 0
	}
	s, state, reason := x.report.summary(), "done", ""
	if cause != nil {
		state, reason = "failed", fault.From(cause).Detail
		if errors.Is(cause, context.Canceled) {
			reason = "It was given up."
		}
	}
	_, err := tx.Exec(`UPDATE token_import SET state = $2, reason = $3, file = $4, report = $5, imported = $6, duplicate = $7, refused = $8, ended_at = $9
		WHERE id = $1`, x.id, state, reason, x.file, x.report.Sum(), s.Imported, s.Duplicate, s.Refused, tx.Now)
	if err != nil {
		return err
	}
	if err := intake.Analyze(tx, s.Imported, "device", "token_key"); err != nil {
		return err
	}
	details := map[string]any{
		"name": x.Name, "state": state, "reason": reason, "imported": s.Imported, "duplicate": s.Duplicate, "refused": s.Refused,
		"file_sha256": hex.EncodeToString(x.file), "report_sha256": s.Digest,
	}
	if !x.Warrant.IsZero() {
		details["proposal"] = x.Warrant.ID()
	}
	audit.Record(tx, audit.Event{Kind: AuditImported, By: x.by, Object: "import:" + x.id.String(), Details: details})
	return nil
}
