package audit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Codes of the faults that stop a node.
const (
	codeRestored = "audit.restored"
	codeForked   = "audit.forked"
)

// tellEvery is how often checkpoints are written to the log stream at most.
const tellEvery = time.Minute

// headRow is the row of audit_head.
type headRow struct {
	size int64
	root tlog.Hash
	at   time.Time
	note []byte
}

func readHead(tx *db.Tx) (h headRow, err error) {
	err = tx.Row(`SELECT size, root, at, note FROM audit_head WHERE one = 1`).Scan(&h.size, &h.root, &h.at, &h.note)
	if err != nil {
		return h, fmt.Errorf("read the head of the audit log: %w", err)
	}
	return h, nil
}

// open verifies the head: the signature, and that the row says what was signed.
func (h headRow) open(s *signer) (Checkpoint, error) {
	if h.size == 0 && len(h.note) == 0 && h.root == emptyRoot {
		return Checkpoint{Origin: s.name, Root: emptyRoot}, nil
	}
	c, err := OpenCheckpoint(h.note, s.verifierKey())
	if err != nil {
		return c, fault.Conflictf(codeForked, "The newest checkpoint in the database is not signed by this installation. The table audit_head was changed, or it is the database of another installation. Run `countersign audit verify`.").WithCause(err)
	}
	if c.Size != h.size || c.Root != h.root {
		return c, fault.Conflictf(codeForked, "The table audit_head says other than its signed checkpoint. It was changed by hand. Run `countersign audit verify`.")
	}
	return c, nil
}

// follow brings head and edge up to the database's newest checkpoint, makes sure
// that it continues what this node knew (at first: its anchor), and anchors it.
// It returns when that checkpoint was made. The caller holds mu.
func (l *Log) follow(ctx context.Context) (at time.Time, err error) {
	known := l.head
	if !l.started {
		// Before the database is read: meanwhile another process may seal, and write
		// the anchor that the two share.
		if known, err = l.anchored(); err != nil {
			return at, err
		}
	}
	var row headRow
	var epochs []epoch
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		if row, err = readHead(tx); err == nil {
			epochs, err = readEpochs(tx)
		}
		return err
	})
	if err != nil {
		return at, err
	}
	if l.started && string(row.note) == string(l.head.Note) && int64(len(epochs)) == l.epoch {
		return row.at, nil
	}
	head, err := row.open(l.signer)
	if err != nil {
		return at, err
	}
	return row.at, l.advance(ctx, known, head, epochs)
}

// advance accepts head when it continues what this node knew.
func (l *Log) advance(ctx context.Context, known, head Checkpoint, epochs []epoch) error {
	if err := l.continues(ctx, head, epochs, known); err != nil {
		return err
	}
	edge, err := l.loadEdge(ctx, head)
	if err != nil {
		return err
	}
	l.head, l.edge, l.epoch, l.started = head, edge, int64(len(epochs)), true
	return l.publish(ctx)
}

// anchored reads this node's anchor. Without one it is the empty log, which every
// log continues.
func (l *Log) anchored() (Checkpoint, error) {
	if l.cfg.Anchor == nil {
		return Checkpoint{Root: emptyRoot}, nil
	}
	msg, err := l.cfg.Anchor.Load()
	if err != nil {
		return Checkpoint{}, fault.Unavailablef(err, "audit.anchor_read", "The anchor of the audit log cannot be read. Check that the file and its directory belong to the user who runs Countersign.")
	}
	if len(msg) == 0 {
		return Checkpoint{Root: emptyRoot}, nil
	}
	c, err := OpenCheckpoint(msg, l.VerifierKey())
	if err != nil {
		return c, fault.Conflictf("audit.anchor_foreign", "The anchor of this node was not signed by this installation. If the node served another installation before, remove its anchor file; if it did not, the file or the key file was changed.").WithCause(err)
	}
	return c, nil
}

// continues checks that the tree of head contains that of an older checkpoint.
func (l *Log) continues(ctx context.Context, head Checkpoint, epochs []epoch, old Checkpoint) error {
	if err := checkEpochs(l.ring, epochs); err != nil {
		return err
	}
	now := int64(len(epochs))
	if old.Epoch > now || head.Epoch > now {
		return restored(old, head, now)
	}
	if old.Epoch < now {
		if fork := epochs[old.Epoch]; old.Size > fork.size {
			return nil // the loss was recorded when the database was recovered
		}
	}
	if old.Size > head.Size {
		return restored(old, head, now)
	}
	if old.Size == 0 {
		return nil
	}
	root, err := tlog.TreeHash(old.Size, l.hashes(ctx, head))
	if err != nil {
		return tileFault(err)
	}
	if root != old.Root {
		return fault.Conflictf(codeForked,
			"The audit log in the database is not the one that this node knew: both have a checkpoint of %d records, but with different content. A restored database went on without `countersign recover`, or records were replaced. Stop all nodes, run `countersign audit verify`, and find out which is right; `countersign recover` accepts the database as it is.", old.Size)
	}
	return nil
}

func restored(old, head Checkpoint, epochs int64) error {
	return fault.Conflictf(codeRestored,
		"The database is older than this node: its audit log has %d records (epoch %d), but this node has seen %d (epoch %d, %s). It was restored from a backup. Spent codes could be accepted again, so nothing starts before `countersign recover` has been run once.",
		head.Size, epochs, old.Size, old.Epoch, old.At.Format(time.RFC3339))
}

// loadEdge reads the right edge of the tree and checks it against the head.
func (l *Log) loadEdge(ctx context.Context, head Checkpoint) (*edge, error) {
	e := &edge{size: head.Size}
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		e.levels = nil
		keys, width := widths(head.Size)
		for i, k := range keys {
			var data []byte
			if width[i] > 0 {
				if err := tx.Row(`SELECT data FROM audit_tile WHERE level = $1 AND number = $2`, k.level, k.number).Scan(&data); err != nil {
					return tileFault(fmt.Errorf("tile %d of level %d: %w", k.number, k.level, err))
				}
			}
			hashes, err := decode(data, width[i])
			if err != nil {
				return tileFault(err)
			}
			e.levels = append(e.levels, hashes)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if e.root() != head.Root {
		return nil, tileFault(fmt.Errorf("the right edge of %d records has another root", head.Size))
	}
	return e, nil
}

func tileFault(err error) error {
	return fault.Conflictf("audit.tile_changed", "The tree of the audit log was changed in the database (table audit_tile). Nothing more is sealed until `countersign audit verify` has told what is wrong and the table was repaired from a backup.").WithCause(err)
}

// publish carries head out of the database.
func (l *Log) publish(ctx context.Context) error {
	if len(l.head.Note) == 0 {
		return nil
	}
	now := l.cfg.Now()
	l.stats.size.Store(l.head.Size)
	l.stats.sealedAt.Store(now.UnixMicro())
	if now.Sub(l.told) >= tellEvery || now.Before(l.told) {
		l.told = now
		l.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "audit checkpoint", slog.Int64("size", l.head.Size),
			slog.String("root", l.head.Root.String()), slog.Int64("epoch", l.head.Epoch), slog.String("note", string(l.head.Note)))
	}
	if l.cfg.Anchor == nil {
		return nil
	}
	if err := l.cfg.Anchor.Store(l.head.Note); err != nil {
		return fault.Unavailablef(err, "audit.anchor_write", "The anchor of the audit log cannot be written. Check that its disk has room and that its directory belongs to the user who runs Countersign.")
	}
	return nil
}
