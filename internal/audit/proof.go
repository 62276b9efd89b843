package audit

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Proof shows that a record is in the log that a checkpoint describes. It can be
// checked without the database: all it needs is the verifier key.
type Proof struct {
	Entry      Entry       `json:"entry"`
	Leaf       int64       `json:"leaf"`       // the record's index in the tree
	Hashes     []tlog.Hash `json:"hashes"`     // the audit path, RFC 6962, section 2.1.1
	Checkpoint string      `json:"checkpoint"` // the signed note
}

// Get returns a record. An unknown one is the fault "audit.unknown_record".
func (l *Log) Get(ctx context.Context, id ID) (e Entry, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		e, err = get(tx, id)
		return err
	})
	return e, err
}

func get(tx *db.Tx, id ID) (e Entry, err error) {
	err = tx.Each(`SELECT `+allColumns+` FROM journal WHERE boot = $1 AND slot = $2 AND seq = $3`, []any{id.Boot, id.Slot, id.Seq}, e.scan)
	if err == nil && e.Digest == nil {
		err = fault.NotFoundf("audit.unknown_record", "There is no record %s. Copy the id from the list of records.", id)
	}
	return e, err
}

// leafOf returns the leaf index of a record; -1 while it is not sealed.
func leafOf(tx *db.Tx, id ID) (int64, error) {
	var first, seq, length int64
	err := tx.Row(`SELECT first_leaf, first_seq, length FROM audit_span WHERE boot = $1 AND slot = $2 AND first_seq <= $3 ORDER BY first_seq DESC LIMIT 1`,
		id.Boot, id.Slot, id.Seq).Scan(&first, &seq, &length)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return -1, nil
	case err != nil:
		return -1, err
	case id.Seq >= seq+length:
		return -1, nil
	}
	return first + id.Seq - seq, nil
}

// Prove returns the proof that a record is in the log, as of the newest
// checkpoint. It seals first when the record is too young to be sealed.
func (l *Log) Prove(ctx context.Context, id ID) (p Proof, err error) {
	if p, err = l.locate(ctx, id); err != nil {
		return p, err
	}
	head, err := l.Checkpoint(ctx)
	if err == nil && (p.Leaf < 0 || p.Leaf >= head.Size) {
		if head, err = l.Seal(ctx); err == nil {
			p, err = l.locate(ctx, id)
		}
	}
	if err != nil {
		return p, err
	}
	if p.Leaf < 0 || p.Leaf >= head.Size {
		return p, fault.Conflictf("audit.not_sealed", "The record %s cannot be sealed, because one before it in its stream is missing. Run `countersign audit verify`.", id)
	}
	if p.Hashes, err = tlog.ProveRecord(head.Size, p.Leaf, l.hashes(ctx, head)); err != nil {
		return p, tileFault(err)
	}
	p.Checkpoint = string(head.Note)
	if _, err = CheckProof(p, l.VerifierKey()); err != nil {
		err = fault.Conflictf("audit.record_changed", "The record %s is not the one that was sealed: it was changed in the database. Run `countersign audit verify` to see what else was.", id).WithCause(err)
	}
	return p, err
}

func (l *Log) locate(ctx context.Context, id ID) (p Proof, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		if p.Entry, err = get(tx, id); err == nil {
			p.Leaf, err = leafOf(tx, id)
		}
		return err
	})
	return p, err
}

// CheckProof verifies a proof with nothing but the verifier key: the digest of the
// details (unless erased), the path from the leaf to the root, and the signature
// on it. It returns the checkpoint that the record is proven against.
func CheckProof(p Proof, verifierKey string) (Checkpoint, error) {
	c, err := OpenCheckpoint([]byte(p.Checkpoint), verifierKey)
	if err != nil {
		return c, err
	}
	if !p.Entry.Intact() {
		return c, fault.Conflictf("audit.proof_details", "The details do not belong to the digest of the record.")
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Leaf, p.Entry.LeafHash()); err != nil {
		return c, fault.Conflictf("audit.proof_failed", "The proof does not lead from this record to the signed checkpoint.").WithCause(err)
	}
	return c, nil
}

// Growth shows that the log of a newer checkpoint contains that of an older one.
type Growth struct {
	Old    int64       `json:"old"`
	Hashes []tlog.Hash `json:"hashes"` // RFC 6962, section 2.1.2
	New    string      `json:"new"`    // the signed note
}

// ProveGrowth returns the proof that the newest checkpoint's log contains the
// first old records unchanged.
func (l *Log) ProveGrowth(ctx context.Context, old int64) (g Growth, err error) {
	head, err := l.Checkpoint(ctx)
	if err != nil {
		return g, err
	}
	if old < 1 || old > head.Size {
		return g, fault.Invalidf("audit.growth_size", "The older checkpoint must have between 1 and %d records.", head.Size)
	}
	g = Growth{Old: old, New: string(head.Note)}
	if g.Hashes, err = tlog.ProveTree(head.Size, old, l.hashes(ctx, head)); err != nil {
		return g, tileFault(err)
	}
	return g, nil
}

// CheckGrowth verifies g against a checkpoint that was kept, with nothing but the
// verifier key, and returns the newer checkpoint.
func CheckGrowth(kept Checkpoint, g Growth, verifierKey string) (Checkpoint, error) {
	c, err := OpenCheckpoint([]byte(g.New), verifierKey)
	if err != nil {
		return c, err
	}
	if g.Old != kept.Size || kept.Size < 1 {
		return c, fault.Invalidf("audit.growth_size", "The proof is about %d records; the kept checkpoint has %d.", g.Old, kept.Size)
	}
	if err := tlog.CheckTree(g.Hashes, c.Size, c.Root, kept.Size, kept.Root); err != nil {
		return c, fault.Conflictf("audit.growth_failed", "The newer log does not contain the older one.").WithCause(err)
	}
	return c, nil
}
