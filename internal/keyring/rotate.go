package keyring

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Kinds of the audit records of this package.
const (
	KindInitialized = "keyring.initialized"
	KindRotated     = "keyring.rotated"
	KindRewrapped   = "keyring.rewrapped"
	KindResealed    = "keyring.resealed"
)

// Init makes the root key and the first data key. It is the only way to make
// keys in an empty database, because a start with the wrong database or a lost
// table must not look like a fresh installation. By is the text form of who acts.
// When there are keys already it is the fault "keyring.exists".
func Init(ctx context.Context, d *db.DB, kek KEK, opts Options, by string) error {
	root, err := newRow(ctx, rootNumber, kek, opts)
	if err != nil {
		return err
	}
	root.state = stateRoot
	first, err := newRow(ctx, rootNumber+1, kek, opts)
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, k := range []keyRow{root, first} {
			switch ok, err := insertKey(tx, k); {
			case err != nil:
				return err
			case !ok:
				return fault.Conflictf("keyring.exists", "The database has its data keys already. Nothing was changed; use `countersign keys status` to see them.")
			}
		}
		record(tx, KindInitialized, by, "", map[string]any{"kek": kek.ID()})
		return nil
	})
}

// Rotate makes a new active data key and retires the one before. Old values stay
// readable; Reseal moves them. When another node rotates at the same time, one of
// the two gets the fault "keyring.rotated_meanwhile" and need do nothing.
func (r *Ring) Rotate(ctx context.Context, by string) error {
	rows, err := readKeys(ctx, r.db)
	if err != nil {
		return err
	}
	old := activeRow(rows)
	next, err := newRow(ctx, rows[len(rows)-1].number+1, r.kek, r.opts)
	if err != nil {
		return err
	}
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE data_key SET state = $1, retired = $2 WHERE number = $3 AND state = $4`,
			stateRetired, tx.Now, int64(old.number), stateActive)
		if err != nil {
			return err
		}
		ok := n == 1
		if ok {
			ok, err = insertKey(tx, next)
		}
		if err == nil && !ok {
			err = fault.Conflictf("keyring.rotated_meanwhile", "The data key was rotated at the same moment by someone else. Nothing more needs to be done.")
		}
		record(tx, KindRotated, by, strconv.FormatUint(uint64(next.number), 10), map[string]any{"retired": old.number, "kek": next.kek})
		return err
	})
	if err != nil {
		return err
	}
	return r.Refresh(ctx)
}

// Rewrap moves every key that is wrapped by another key-encryption key under the
// one that wraps now, and returns how many it moved. Sealed values do not change.
// It can be broken off and repeated.
func (r *Ring) Rewrap(ctx context.Context, by string) (moved int, err error) {
	rows, err := readKeys(ctx, r.db)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if row.kek == r.kek.ID() {
			continue
		}
		if err := r.rewrap(ctx, row, by); err != nil {
			return moved, err
		}
		moved++
	}
	return moved, nil
}

func (r *Ring) rewrap(ctx context.Context, row keyRow, by string) error {
	key, err := row.unwrap(ctx, r.kek)
	if err != nil {
		return err
	}
	next, err := wrapRow(ctx, row.number, key, r.kek)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE data_key SET wrapped = $1, kek = $2 WHERE number = $3 AND wrapped = $4`,
			next.wrapped, next.kek, int64(row.number), row.wrapped)
		if err == nil && n == 1 { // else another node did the same
			record(tx, KindRewrapped, by, strconv.FormatUint(uint64(row.number), 10), map[string]any{"from": row.kek, "to": next.kek})
		}
		return err
	})
}

func activeRow(rows []keyRow) keyRow {
	for _, k := range rows {
		if k.state == stateActive {
			return k
		}
	}
	return keyRow{}
}

// record writes an audit record; the audit package is a layer above.
func record(tx *db.Tx, kind, by, object string, details map[string]any) {
	b, err := json.Marshal(details)
	if err != nil {
		panic("keyring: " + err.Error()) // texts and numbers always marshal
	}
	tx.Append(db.Record{Kind: kind, Actor: by, Object: object, Details: b})
}
