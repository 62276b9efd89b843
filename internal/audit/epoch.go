package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// epoch is a row of audit_epoch: from number on, the log continues a tree of
// size records, and what the anchor had beyond it is lost.
type epoch struct {
	number int64
	at     time.Time
	actor  string
	size   int64 // -1 when the log had forked at an unknown place
	root   tlog.Hash
	anchor []byte // the checkpoint that showed the loss; empty when none was left
	mac    []byte
}

// Epoch returns how often the database was recovered after a restore. Whatever
// must not repeat after a restore (counters of a channel) may depend on it.
func Epoch(tx *db.Tx) (n int64, err error) {
	err = tx.Row(`SELECT COALESCE(max(epoch), 0) FROM audit_epoch`).Scan(&n)
	return n, err
}

func readEpochs(tx *db.Tx) (es []epoch, err error) {
	err = tx.Each(`SELECT epoch, at, actor, size, root, anchor, mac FROM audit_epoch ORDER BY epoch`, nil, func(r db.Row) error {
		var e epoch
		err := r.Scan(&e.number, &e.at, &e.actor, &e.size, &e.root, &e.anchor, &e.mac)
		es = append(es, e)
		return err
	})
	return es, err
}

// sum authenticates the row, so that nobody without the keys can explain a
// rolled back log away.
func (e epoch) sum(ring *keyring.Ring) []byte {
	var n [24]byte
	binary.BigEndian.PutUint64(n[:], uint64(e.number)) //nolint:gosec // positive
	binary.BigEndian.PutUint64(n[8:], uint64(e.at.UnixMicro()))
	binary.BigEndian.PutUint64(n[16:], uint64(e.size)) //nolint:gosec // positive
	return ring.MAC("audit.epoch", n[:], []byte(e.actor), e.root[:], e.anchor)
}

// checkEpochs makes sure that the rows are ours, all, and in order.
func checkEpochs(ring *keyring.Ring, es []epoch) error {
	for i, e := range es {
		if e.number != int64(i)+1 || string(e.sum(ring)) != string(e.mac) {
			return fault.Conflictf(codeForked, "The table audit_epoch was changed: the row of epoch %d is not what `countersign recover` wrote.", e.number)
		}
	}
	return nil
}

// CheckAnchor compares this node's anchor with the database. It returns the fault
// "audit.restored" when the database is older than the anchor, "audit.forked" when
// it is another one, and nil when there is no anchor yet. A node calls it before
// it serves.
func (l *Log) CheckAnchor(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.follow(ctx)
	return err
}

// Recovery says what was found and done when a restored database was taken into
// service.
type Recovery struct {
	Epoch int64 `json:"epoch"` // the one that begins
	Size  int64 `json:"size"`  // records in the database
	// Seen is how many records the node's anchor had; 0 when there was no anchor.
	Seen int64 `json:"seen"`
	// Lost is how many sealed records are certainly gone. The unsealed ones of the
	// last second before the failure cannot be counted. -1 when there was no anchor,
	// when the database went on by itself after the restore, or when the backup is
	// from before an earlier recovery.
	Lost int64 `json:"lost"`
	// SeenAt is when the anchor's checkpoint was signed.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

// Hook is what a package does when a restored database is taken into service: mark
// tokens, jump counters. It runs in the transaction of Recover and must not fail
// for reasons that a second try would not cure.
type Hook func(*db.Tx, Recovery) error

// KindRecovered is the record of a recovery.
const KindRecovered = "audit.recovered"

// Recover takes a restored database into service: it raises the epoch, records
// what is lost and runs the hooks, all in one transaction, then seals and anchors.
// Where CheckAnchor finds nothing wrong it does nothing and returns the fault
// "audit.not_restored", unless force is set: after a disaster that left no anchor
// the operator is the only one who knows.
func (l *Log) Recover(ctx context.Context, by Actor, force bool, hooks ...Hook) (Recovery, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.follow(ctx)
	switch {
	case err == nil && !force:
		return Recovery{}, fault.Conflictf("audit.not_restored", "Nothing shows that this database was restored, so nothing was done. If you did restore it and no node kept its anchor file, run `countersign recover --force`.")
	case err != nil && !fault.Is(err, codeRestored) && !fault.Is(err, codeForked):
		return Recovery{}, err
	}
	r, err := l.raise(ctx, by, fault.Is(err, codeForked), hooks)
	if err != nil {
		return r, err
	}
	l.started = false
	if _, err = l.follow(ctx); err == nil {
		err = l.seal(ctx, true)
	}
	return r, err
}

// raise writes the next epoch.
func (l *Log) raise(ctx context.Context, by Actor, forked bool, hooks []Hook) (r Recovery, err error) {
	seen, err := l.anchored()
	if err != nil {
		return r, err
	}
	if l.head.Size > seen.Size {
		seen = l.head // the database was restored under a running node
	}
	err = l.db.Write(ctx, func(tx *db.Tx) error {
		head, epochs, err := l.recoverable(tx)
		if err != nil {
			return err
		}
		e := epoch{number: int64(len(epochs)) + 1, at: tx.Now, actor: by.String(), size: head.Size, root: head.Root, anchor: append([]byte{}, seen.Note...)}
		// A backup from before a recovery takes back its epoch as well. The new one is
		// beyond, and what the node has seen is another log from a place unknown.
		last := max(e.number, seen.Epoch+1)
		if forked || last > e.number {
			e.size = -1
		}
		r = Recovery{Epoch: last, Size: head.Size, Seen: seen.Size, SeenAt: seen.At, Lost: seen.Size - head.Size}
		if e.size < 0 || len(seen.Note) == 0 {
			r.Lost = -1
		}
		for ; e.number <= last; e.number++ {
			if err := l.insert(tx, e); err != nil {
				return err
			}
		}
		Record(tx, Event{Kind: KindRecovered, By: by, Object: fmt.Sprintf("epoch %d", r.Epoch), Details: r})
		return runHooks(tx, r, hooks)
	})
	return r, err
}

func (l *Log) insert(tx *db.Tx, e epoch) error {
	n, err := tx.Exec(`INSERT INTO audit_epoch (epoch, at, actor, size, root, anchor, mac) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		e.number, e.at, e.actor, e.size, e.root[:], e.anchor, e.sum(l.ring))
	if err == nil && n == 0 {
		err = fault.Conflictf("audit.recovered_meanwhile", "Another node recovered the database at the same moment. Nothing more needs to be done; start this node.")
	}
	return err
}

func runHooks(tx *db.Tx, r Recovery, hooks []Hook) error {
	for _, h := range hooks {
		if err := h(tx, r); err != nil {
			return fmt.Errorf("recover: %w", err)
		}
	}
	return nil
}

// recoverable reads what the new epoch starts from. The head must be signed: a
// changed one is no restored one.
func (l *Log) recoverable(tx *db.Tx) (head Checkpoint, epochs []epoch, err error) {
	row, err := readHead(tx)
	if err != nil {
		return head, nil, err
	}
	if head, err = row.open(l.signer); err != nil {
		return head, nil, errors.Join(fault.Conflictf("audit.not_recoverable", "The newest checkpoint in the database is not signed by this installation, so this is no restored backup of it. Restore an untouched backup."), err)
	}
	if epochs, err = readEpochs(tx); err == nil {
		err = checkEpochs(l.ring, epochs)
	}
	return head, epochs, err
}
