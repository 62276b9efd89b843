package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Codes of findings.
const (
	FoundHead      = "head_changed"      // the newest checkpoint is not what was signed
	FoundEpoch     = "epoch_changed"     // the list of recoveries was changed
	FoundTruncated = "truncated"         // the anchor has seen records that are gone
	FoundForked    = "forked"            // the anchor has seen another log
	FoundAnchor    = "anchor_unreadable" // the anchor is not signed by this log
	FoundChanged   = "record_changed"    // a record's metadata or digest was changed
	FoundDetails   = "details_changed"   // a record's details were changed
	FoundErased    = "details_erased"    // details were erased without a record of it
	FoundDeleted   = "record_deleted"    // a record is missing
	FoundInserted  = "record_inserted"   // a record stands where none can be
	FoundTile      = "tile_changed"      // the stored tree was changed
	FoundSpan      = "span_changed"      // the map from leaves to records was changed
	FoundStream    = "stream_changed"    // the note of how far a stream is sealed was changed
)

// Finding is one thing that is wrong with the log.
type Finding struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Record string `json:"record,omitempty"` // id of the record
}

// Report is what Verify found.
type Report struct {
	Checkpoint Checkpoint `json:"-"`
	Size       int64      `json:"size"`     // sealed records
	Root       string     `json:"root"`     // of the tree
	Epoch      int64      `json:"epoch"`    // recoveries so far
	Erased     int64      `json:"erased"`   // records whose details were erased
	Unsealed   int64      `json:"unsealed"` // records that no checkpoint covers yet
	Anchored   int64      `json:"anchored"` // size of the anchor it was compared with; -1 for none
	Findings   []Finding  `json:"findings"` // the first hundred
	Total      int64      `json:"total"`    // how many findings there were
}

// OK reports whether nothing was found.
func (r *Report) OK() bool { return r.Total == 0 }

const maxFindings = 100

func (r *Report) found(code, record, detail string, args ...any) {
	if r.Total++; r.Total <= maxFindings {
		r.Findings = append(r.Findings, Finding{code, fmt.Sprintf(detail, args...), record})
	}
}

// Verify reads the whole log and checks it: every record against its leaf, every
// tile against the tree, the tree against the signed checkpoint, and that against
// an anchor that was kept outside the database (nil for none; without one a
// truncated end cannot be told). It calls progress now and then (may be nil). An
// error means that it could not finish; what is wrong with the log is in the
// report.
func (l *Log) Verify(ctx context.Context, anchor []byte, progress func(done, total int64)) (Report, error) {
	v := &verifier{l: l, ctx: ctx, progress: progress, ends: map[stream]int64{}, erased: map[ident.ID]int64{}, edge: &edge{}}
	v.r.Findings, v.r.Anchored = []Finding{}, -1
	for _, step := range []func() error{v.head, func() error { return v.anchor(anchor) }, v.leaves, v.root, v.rest} {
		if err := step(); err != nil {
			return v.r, err
		}
	}
	return v.r, nil
}

// verifier is one run of Verify.
type verifier struct {
	l        *Log
	ctx      context.Context
	progress func(done, total int64)
	r        Report
	epochs   []epoch
	hashes   tlog.HashReader
	ends     map[stream]int64 // last sealed number of each stream, by the spans

	erased map[ident.ID]int64 // records without details by customer

	edge *edge // the tree computed from the records
	rows []leaf
}

// head reads the newest checkpoint. Where it is not signed, the rest is checked
// against it all the same, so that the report says more than that.
func (v *verifier) head() (err error) {
	var row headRow
	err = v.l.db.Read(v.ctx, func(tx *db.Tx) error {
		if row, err = readHead(tx); err == nil {
			v.epochs, err = readEpochs(tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	if v.r.Checkpoint, err = row.open(v.l.signer); err != nil {
		v.r.found(FoundHead, "", "%s", fault.From(err).Detail)
		v.r.Checkpoint = Checkpoint{Size: row.size, Root: row.root}
	}
	if err := checkEpochs(v.l.ring, v.epochs); err != nil {
		v.r.found(FoundEpoch, "", "%s", fault.From(err).Detail)
	} else if v.r.Checkpoint.Epoch > int64(len(v.epochs)) {
		v.r.found(FoundEpoch, "", "The newest checkpoint is of epoch %d, but the table audit_epoch ends with %d: rows were deleted.", v.r.Checkpoint.Epoch, len(v.epochs))
	}
	c := v.r.Checkpoint
	v.r.Size, v.r.Root, v.r.Epoch = c.Size, c.Root.String(), int64(len(v.epochs))
	v.hashes = v.l.hashes(v.ctx, c)
	return nil
}

// anchor compares the tree with a checkpoint that was kept.
func (v *verifier) anchor(msg []byte) error {
	if len(msg) == 0 {
		return nil
	}
	kept, err := OpenCheckpoint(msg, v.l.VerifierKey())
	if err != nil {
		v.r.found(FoundAnchor, "", "%s", fault.From(err).Detail)
		return nil
	}
	v.r.Anchored = kept.Size
	head := v.r.Checkpoint
	err = v.l.continues(v.ctx, head, v.epochs, kept)
	switch {
	case fault.Is(err, codeRestored):
		v.r.found(FoundTruncated, "", "The anchor has %d records, signed %s; the database has %d. The end was cut off, or an older backup was restored.", kept.Size, kept.At.Format("2006-01-02 15:04:05Z"), head.Size)
	case fault.Is(err, codeForked):
		v.r.found(FoundForked, "", "The anchor's first %d records are not those in the database: the log was replaced by another one.", kept.Size)
	case fault.Is(err, "audit.tile_changed"):
		v.r.found(FoundForked, "", "The tree for the anchor's %d records cannot be computed, because stored tiles were changed; see the other findings.", kept.Size)
	default:
		return err
	}
	return nil
}

// root compares the tree of the records with the signed one, and the tiles that
// are still growing. Where single records differ that was told already; here it
// shows when records and tree were changed together.
func (v *verifier) root() (err error) {
	if v.edge.size != v.r.Size {
		v.r.found(FoundSpan, "", "The table audit_span covers %d records, the checkpoint %d.", v.edge.size, v.r.Size)
		return nil
	}
	v.edge.unfinished(func(k tileKey, hashes []tlog.Hash) { err = errors.Join(err, v.inner(k, hashes)) })
	if v.edge.root() != v.r.Checkpoint.Root {
		v.r.found(FoundForked, "", "The records in the database do not give the root that was signed for them.")
	}
	return err
}

// rest looks at what no leaf accounts for.
func (v *verifier) rest() error {
	return v.l.db.Read(v.ctx, func(tx *db.Tx) error {
		return errors.Join(v.streams(tx), v.inserted(tx), v.erasures(tx), v.tail(tx))
	})
}

// streams checks that sealing goes on where the spans end. Sealing may have gone on
// since the spans were read, so both are asked for in one statement.
func (v *verifier) streams(tx *db.Tx) error {
	err := tx.Each(`SELECT a.boot, a.slot, a.sealed, (SELECT COALESCE(max(s.first_seq + s.length - 1), 0) FROM audit_span s WHERE s.boot = a.boot AND s.slot = a.slot) FROM audit_stream a`, nil, func(r db.Row) error {
		var s stream
		var sealed, end int64
		err := r.Scan(&s.boot, &s.slot, &sealed, &end)
		if sealed != end {
			v.r.found(FoundStream, "", "The stream %s-%d is sealed up to %d, but the table audit_stream says %d.", s.boot, s.slot, end, sealed)
		}
		delete(v.ends, s)
		return err
	})
	for s, n := range v.ends {
		v.r.found(FoundStream, "", "The stream %s-%d is sealed up to %d, but it is missing in the table audit_stream.", s.boot, s.slot, n)
	}
	return err
}

// inserted looks for records with numbers that db never gives.
func (v *verifier) inserted(tx *db.Tx) error {
	return tx.Each(`SELECT boot, slot, seq FROM journal WHERE seq < 1 OR slot < 1`, nil, func(r db.Row) error {
		var id ID
		err := r.Scan(&id.Boot, &id.Slot, &id.Seq)
		v.r.found(FoundInserted, id.String(), "The record %s was inserted: no record has such a number.", id)
		return err
	})
}

// erasures compares what is erased with what was recorded to be.
func (v *verifier) erasures(tx *db.Tx) error {
	err := tx.Each(`SELECT customer, details FROM journal WHERE kind = $1`, []any{KindErased}, func(r db.Row) error {
		var customer ident.ID
		var b []byte
		var d erasure
		err := r.Scan(&customer, &b)
		if err == nil && json.Unmarshal(b, &d) == nil {
			v.erased[customer] -= d.Records
		}
		return err
	})
	for customer, n := range v.erased {
		if n > 0 {
			v.r.found(FoundErased, "", "%d records of the customer %q lost their details although no erasure was recorded.", n, customer)
		}
	}
	return err
}

// tail counts what is not sealed yet, and looks for holes in it.
func (v *verifier) tail(tx *db.Tx) error {
	found, err := new(streams).find(tx, v.l.db.Boot(), true)
	for _, p := range found {
		if err != nil {
			break
		}
		var n int64
		err = tx.Row(`SELECT count(*) FROM journal WHERE boot = $1 AND slot = $2 AND seq > $3`, p.boot, p.slot, p.sealed).Scan(&n)
		v.r.Unsealed += n
		if missing := p.last - p.sealed - n; missing > 0 {
			v.r.found(FoundDeleted, "", "The stream %s-%d lacks %d of the records after %d, which were not sealed yet.", p.boot, p.slot, missing, p.sealed)
		}
	}
	return err
}
