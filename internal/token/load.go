package token

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

// candidate is a key that may be tried, with the model of its device.
type candidate struct {
	Key
	model string
}

var candidatesSQL = "SELECT " + prefixed + ", d.model FROM token_key k JOIN " + device.Usable("k.device") + `
	WHERE k.usage = $3 AND k.resync_first = 0 AND (k.max_uses IS NULL OR k.uses < k.max_uses)
	AND (k.starts_at IS NULL OR k.starts_at <= $2) AND (k.expires_at IS NULL OR k.expires_at >= $2)`

// candidates returns the keys of a usage in the customer's usable devices that may
// be used now (RFC 6030, section 5: dates, usage, number of transactions).
func candidates(tx *db.Tx, customer ident.ID, usage Usage) (all []candidate, err error) {
	err = tx.Each(candidatesSQL,
		[]any{customer, tx.Now, string(usage)}, func(r db.Row) error {
			var c candidate
			if err := c.scan(r, &c.model); err != nil {
				return err
			}
			all = append(all, c)
			return nil
		})
	return all, err
}

// KeysOf returns all keys of a device.
func KeysOf(tx *db.Tx, id ident.ID) (all []Key, err error) {
	err = tx.Each("SELECT "+keyColumns+" FROM token_key WHERE device = $1 ORDER BY usage, key_id", []any{id}, func(r db.Row) error {
		var k Key
		if err := k.scan(r); err != nil {
			return err
		}
		all = append(all, k)
		return nil
	})
	return all, err
}

// CodeKey returns the key of a device by which it is registered: one that gives
// secure codes by itself, or else one that answers challenges; false when it has
// neither.
func CodeKey(tx *db.Tx, id ident.ID) (k Key, found bool, err error) {
	keys, err := KeysOf(tx, id)
	k, found = codeKey(keys)
	return k, found, err
}

func codeKey(keys []Key) (k Key, found bool) {
	for _, x := range keys {
		if x.Usage == UseCode && (!found || k.Algorithm == OCRA && x.Algorithm != OCRA) {
			k, found = x, true
		}
	}
	return k, found
}

// consume spends the code that a match stands for; see the package comment. The
// device must still be the customer's and active, and must not have been in stock
// meanwhile, whatever happened since the check.
func (k *Key) consume(tx *db.Tx, customer ident.ID, value int64, drift int) (bool, error) {
	n, err := tx.Exec(`UPDATE token_key SET next_value = $3 + 1, drift = $4, proven = 1, uses = uses + 1, used_at = $5
		WHERE device = $1 AND key_id = $2 AND next_value <= $3 AND resync_first = 0 AND (max_uses IS NULL OR uses < max_uses)
		AND holding = $7 AND `+device.Owned("$1", "$6"), k.Device, k.KeyID, value, drift, tx.Now, customer, k.holding)
	return n == 1, err
}

// use counts one use of a key whose challenge is what is spent.
func (k *Key) use(tx *db.Tx, customer ident.ID, drift int) (bool, error) {
	n, err := tx.Exec(`UPDATE token_key SET drift = $3, proven = 1, uses = uses + 1, used_at = $4
		WHERE device = $1 AND key_id = $2 AND resync_first = 0 AND (max_uses IS NULL OR uses < max_uses)
		AND holding = $6 AND `+device.Owned("$1", "$5"), k.Device, k.KeyID, drift, tx.Now, customer, k.holding)
	return n == 1, err
}
