package sim

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/intake"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// batchSize is how many cards are written together.
const batchSize = 500

// Import says what to import: the output file of a card maker, as CSV. Its first line names
// the columns: iccid, set, algorithm (aes or 3des), kic, kid (hexadecimal), and may name msisdn, tar,
// parts and counter (the last one that the card has seen). A card with several key sets has as many lines, one behind the other.
type Import struct {
	Name      string                         // of the file, for the record
	Open      func() (io.ReadCloser, error)  // opens the file; called twice
	Transport keyring.Secret                 // AES key under which kic and kid are wrapped (RFC 3394); nil: they are not
	Sink      func(Row) error                // receives the report card by card; may be nil
	Progress  func(rows int64, offset int64) // called now and then; may be nil
}

// Row is what became of a card of the file.
type Row struct {
	Line   int // where it begins
	ICCID  string
	Reason string // why it is refused; "" when it is taken
}

// Summary counts the rows.
type Summary struct {
	Cards, KeySets, Refused int64
	File                    string // SHA-256, in hexadecimal
}

// ImportFile imports a file as a whole: with one card that cannot be taken, none is. The cards are written
// batch by batch, so that others write in between, and seen when all are there. Cards with
// a number are active then, the others are in stock. Faults: "sim.import_file", "sim.import_transport"
// (Invalid), "sim.import_refused" (Conflict) after all rows were reported, "sim.import_changed" (Conflict).
func (d *Desk) ImportFile(ctx context.Context, by audit.Actor, in Import) (Summary, error) {
	if n := len(in.Transport); n != 0 && n != 16 && n != 24 && n != 32 {
		return Summary{}, fault.Invalidf("sim.import_transport", "The transport key must have 16, 24 or 32 octets.")
	}
	fresh := func(silent bool) *importer {
		x := &importer{Import: in, desk: d, by: by, known: map[[16]byte]struct{}{}}
		if silent {
			x.Sink = nil
		}
		return x
	}
	if err := d.clearImports(ctx); err != nil {
		return Summary{}, err
	}
	x, err := intake.InStages[*entry](ctx, d.DB, fresh, fault.Conflictf("sim.import_changed", "Nothing was imported: the file or the cards changed during the import. Please try again."))
	if x == nil {
		return Summary{}, err
	}
	x.tidy(ctx)
	return x.sum, err
}

// importer is one reading of the file.
type importer struct {
	Import
	desk  *Desk
	by    audit.Actor
	id    ident.ID
	now   time.Time             // of Begin
	known map[[16]byte]struct{} // digests of the serial numbers and numbers seen in this reading
	made  int
	sum   Summary
}

// Look implements intake.Work.
func (x *importer) Look(ctx context.Context) error {
	return x.Read(ctx, func(batch []*entry) error {
		x.compare(batch)
		err := x.desk.DB.Read(ctx, func(tx *db.Tx) error { return x.there(tx, batch) })
		forgetKeys(batch)
		if err != nil {
			return err
		}
		return x.Report(batch)
	})
}

// Read implements intake.Work.
func (x *importer) Read(ctx context.Context, write func([]*entry) error) error {
	f, err := x.Open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	h := intake.NewReader(f)
	rows, err := newRows(h, x.Transport)
	if err != nil {
		return err
	}
	feed := intake.Feed[*entry]{Size: batchSize, Progress: x.Progress, File: h}
	if err := feed.Run(ctx, rows.next, write); err != nil {
		return fileFault(err)
	}
	sum, err := h.Sum()
	x.sum.File = hex.EncodeToString(sum)
	return err
}

func fileFault(err error) error {
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return fault.Invalidf("sim.import_file", "The file cannot be read: %v.", bad)
	}
	return err
}

// Report implements intake.Work.
func (x *importer) Report(batch []*entry) error {
	for _, e := range batch {
		if e.row.Reason != "" {
			x.sum.Refused++
		} else {
			x.sum.Cards++
			x.sum.KeySets += int64(len(e.sets))
		}
		if x.Sink == nil {
			continue
		}
		if err := x.Sink(e.row); err != nil {
			return err
		}
	}
	return nil
}

// Whole implements intake.Work.
func (x *importer) Whole() error {
	if x.sum.Refused == 0 {
		return nil
	}
	return fault.Conflictf("sim.import_refused", "Nothing was imported: %d cards cannot be taken. Correct the file.", x.sum.Refused)
}

// newID returns the id of a card. The ids of an import grow, a hundred to a millisecond, so that
// all rows go to the ends of their indexes.
func (x *importer) newID() ident.ID {
	x.made++
	return ident.New(x.now.Add(time.Duration(x.made/100)*time.Millisecond), x.desk.Rand)
}

// compare refuses what this reading has already.
func (x *importer) compare(batch []*entry) {
	for _, e := range batch {
		if e.row.Reason != "" {
			continue
		}
		if x.met(e.row.ICCID) {
			e.refuse("a card with this serial number stands in the file before")
		}
		if e.number != "" && x.met(e.number) {
			e.refuse("another card in the file has this phone number")
		}
	}
}

// met reports whether a name was seen in this reading, and has seen it from now on.
func (x *importer) met(name string) bool {
	sum := sha256.Sum256([]byte(name))
	k := [16]byte(sum[:16])
	_, there := x.known[k]
	x.known[k] = struct{}{}
	return there
}

// forgetKeys overwrites keys that are not needed any more.
func forgetKeys(batch []*entry) {
	for _, e := range batch {
		for _, s := range e.sets {
			clear(s.keys.KIc)
			clear(s.keys.KID)
		}
	}
}
