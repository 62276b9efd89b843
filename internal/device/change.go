package device

import (
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Usable is the SQL after JOIN by which other packages reach a customer's devices
// that may be used now: alias d, joined on the given column, the customer in $1
// and the moment (tx.Now) in $2. It is kept here because the columns are this
// package's.
func Usable(on string) string {
	return "device d ON d.id = " + on + ` AND d.customer = $1 AND d.status = 'active'
	AND (d.starts_at IS NULL OR d.starts_at <= $2) AND (d.expires_at IS NULL OR d.expires_at >= $2)`
}

// InsertSQL adds a device to the stock and skips one that is there already; use
// it with [Device.Row], alone or in bulk.
const InsertSQL = `INSERT INTO device (` + inserted + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
	ON CONFLICT (serial, manufacturer) DO NOTHING`

// Row returns the arguments of InsertSQL.
func (d Device) Row() []any {
	return []any{
		d.ID, string(d.Kind), d.Manufacturer, d.Serial, d.Model, d.Name, string(d.Status), d.Customer, d.Import,
		d.Created, d.Assigned, d.Starts, d.Expires, d.Note,
	}
}

// Assign gives a device to customer and makes it usable: one in stock, or one
// that was given to this customer before. It reports false when it is neither. A
// life greater than zero ends the device that long from now, but never later than
// its own expiry.
func Assign(tx *db.Tx, id, customer ident.ID, life time.Duration) (bool, error) {
	var ends time.Time
	if life > 0 {
		ends = tx.Now.Add(life)
	}
	n, err := tx.Exec(`UPDATE device SET status = 'active', customer = $2, assigned_at = $3, changed_at = $3, note = '',
		expires_at = CASE WHEN CAST($4 AS BIGINT) IS NULL OR expires_at < $4 THEN expires_at ELSE $4 END
		WHERE id = $1 AND (status = 'stock' AND customer IS NULL OR status = 'assigned' AND customer = $2)`, id, customer, tx.Now, ends)
	return n == 1, err
}

// Block takes a device out of stock for good; note says why.
func Block(tx *db.Tx, id ident.ID, note string) (bool, error) {
	n, err := tx.Exec("UPDATE device SET status = 'blocked', note = $2, changed_at = $3 WHERE id = $1 AND status = 'stock'", id, note, tx.Now)
	return n == 1, err
}

// Rename sets what the owner calls the device, at most 60 characters; it
// reports false when the device is not that customer's, or is retired.
func Rename(tx *db.Tx, id, customer ident.ID, name string) (bool, error) {
	n, err := tx.Exec("UPDATE device SET name = $3 WHERE id = $1 AND customer = $2 AND status <> 'retired'", id, customer, name)
	return n == 1, err
}

// Owned is the SQL condition that the device in parameter id is active and the
// customer's in parameter customer.
func Owned(id, customer string) string {
	return "EXISTS (SELECT 1 FROM device WHERE id = " + id + " AND customer = " + customer + " AND status = 'active')"
}
