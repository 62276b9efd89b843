package keyring

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// rootNumber is the number of the key that everything but sealing is made of.
const rootNumber = 0

// States of a data key, as stored.
const (
	stateRoot    = "root" // of key 0 alone
	stateActive  = "active"
	stateRetired = "retired"
)

// Material is what a key-encryption key wraps: form, three zero bytes, the key
// number, the key. The number inside ties the wrapped key to its row.
const (
	materialForm = 1
	materialSize = 8 + 32
)

// keyRow is a row of data_key.
type keyRow struct {
	number           uint32
	state, kek       string
	wrapped          []byte
	created, retired time.Time
	sealed           int64
}

func readKeys(ctx context.Context, d *db.DB) (rows []keyRow, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		rows, err = keyRows(tx)
		return err
	})
	return rows, err
}

func keyRows(tx *db.Tx) (rows []keyRow, err error) {
	err = tx.Each(`SELECT number, state, kek, wrapped, created, retired, sealed FROM data_key ORDER BY number`, nil, func(r db.Row) error {
		var k keyRow
		var number int64
		err := r.Scan(&number, &k.state, &k.kek, &k.wrapped, &k.created, &k.retired, &k.sealed)
		k.number = uint32(number) //nolint:gosec // the column is checked to be 0 to 2^32-1
		rows = append(rows, k)
		return err
	})
	return rows, err
}

// insertKey adds a wrapped key; false when the number is taken.
func insertKey(tx *db.Tx, k keyRow) (bool, error) {
	n, err := tx.Exec(`INSERT INTO data_key (number, state, kek, wrapped, created, sealed) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING`,
		int64(k.number), k.state, k.kek, k.wrapped, tx.Now)
	return n == 1, err
}

// newRow makes a fresh key and wraps it.
func newRow(ctx context.Context, number uint32, kek KEK, opts Options) (keyRow, error) {
	key, err := newKey(opts.Rand)
	if err != nil {
		return keyRow{}, err
	}
	return wrapRow(ctx, number, key, kek)
}

func wrapRow(ctx context.Context, number uint32, key Key, kek KEK) (keyRow, error) {
	material := make([]byte, materialSize)
	material[0] = materialForm
	binary.BigEndian.PutUint32(material[4:], number)
	copy(material[8:], key[:])
	wrapped, err := kek.Wrap(ctx, material)
	clear(material)
	return keyRow{number: number, state: stateActive, kek: kek.ID(), wrapped: wrapped}, err
}

// unwrap opens a row's key and checks that it belongs to the row.
func (k keyRow) unwrap(ctx context.Context, kek KEK) (key Key, err error) {
	material, err := kek.Unwrap(ctx, k.wrapped)
	if err != nil {
		return key, err
	}
	defer clear(material)
	if len(material) != materialSize || material[0] != materialForm || binary.BigEndian.Uint32(material[4:]) != k.number {
		return key, fault.New(fault.Internal, "keyring.wrapped_moved", "Row %d of data_key holds the key of another row. Restore the table from a backup.", k.number).
			WithCause(errors.New("number inside the wrapping differs"))
	}
	copy(key[:], material[8:])
	return key, nil
}
