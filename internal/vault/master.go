package vault

import (
	"context"
	"crypto/aes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// masterSize is how many octets an issuer's master key has.
func masterSize(s cryptogram.Suite) int {
	if s == cryptogram.TDES {
		return 16
	}
	return 2 * aes.BlockSize
}

// AddKey gives a portfolio another master key under the next number of its key sets (1 to 255); cryptograms of older sets go on being
// checked. key is one that was made elsewhere, such as in a ceremony of two officers; nil makes a random one. The fault "vault.key"
// (Invalid) is for a key of another length, "vault.keys" (Conflict) for more than 255.
func (d *Desk) AddKey(ctx context.Context, by audit.Actor, portfolio ident.ID, key []byte) error {
	return d.write(ctx, func(tx *db.Tx) error {
		p, err := needPortfolio(tx, portfolio)
		if err != nil {
			return err
		}
		return d.addKey(tx, by, &p, key)
	})
}

func (d *Desk) addKey(tx *db.Tx, by audit.Actor, p *Portfolio, key []byte) error {
	suite, err := p.Profile.CipherSuite()
	if err != nil {
		return err
	}
	if key == nil {
		key = make([]byte, masterSize(suite))
		if _, err := io.ReadFull(d.Rand, key); err != nil {
			return fmt.Errorf("vault: a master key: %w", err)
		}
	}
	if len(key) != masterSize(suite) {
		return fault.Invalidf("vault.key", "A master key of the suite %s has %d octets.", suite, masterSize(suite)).WithField("/key")
	}
	var last int
	if err := tx.Row("SELECT COALESCE(MAX(number), 0) FROM vault_key WHERE portfolio = $1", p.ID).Scan(&last); err != nil {
		return err
	}
	if last >= 255 {
		return fault.Conflictf("vault.keys", "The portfolio has used all 255 key sets. Create another portfolio.")
	}
	check, err := checkValue(suite, key)
	if err != nil {
		return err
	}
	id := ident.New(tx.Now, d.Rand)
	rows, err := tx.Exec("INSERT INTO vault_key (id, portfolio, number, master, check_value, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		id, p.ID, last+1, d.Ring.Seal(masterLabel, id, key), check, tx.Now)
	if err == nil && rows == 0 {
		err = fault.Conflictf("vault.version", "Somebody else added a key at the same moment. Look at the portfolio again.")
	}
	if err == nil {
		record(tx, by, AuditKeyAdded, ident.ID{}, p.ID, map[string]any{"key_set": last + 1, "check_value": check})
	}
	return err
}

// checkValue is what two officers compare: the first three octets of the key of a known account.
func checkValue(s cryptogram.Suite, key []byte) (string, error) {
	k, err := cryptogram.AccountKey(s, key, strings.Repeat("0", minDigits), 0)
	if err != nil {
		return "", err
	}
	return strings.ToUpper(hex.EncodeToString(k[:3])), nil
}

// newestKey is the number of the key set that new grants are from.
func newestKey(tx *db.Tx, portfolio ident.ID) (n int, err error) {
	err = tx.Row("SELECT MAX(number) FROM vault_key WHERE portfolio = $1", portfolio).Scan(&n)
	return n, err
}

// limitedKey derives a limited-use key of a token, from the master key that its grant names.
func (d *Desk) limitedKey(tx *db.Tx, p *Portfolio, set int, number string, x cryptogram.Index) ([]byte, error) {
	var id ident.ID
	var sealed []byte
	ok, err := found(tx.Row("SELECT id, master FROM vault_key WHERE portfolio = $1 AND number = $2", p.ID, set).Scan(&id, &sealed))
	if err != nil || !ok {
		if err == nil {
			err = noKeySet(set)
		}
		return nil, err
	}
	return d.deriveLimited(p, id, sealed, number, x)
}

func noKeySet(set int) error {
	return fault.NotFoundf("vault.key", "The portfolio has no key set %d.", set)
}

// deriveLimited derives a limited-use key from a sealed master key.
func (d *Desk) deriveLimited(p *Portfolio, id ident.ID, sealed []byte, number string, x cryptogram.Index) ([]byte, error) {
	suite, err := p.Profile.CipherSuite()
	if err != nil {
		return nil, err
	}
	master, err := d.Ring.Open(masterLabel, id, sealed)
	if err != nil {
		return nil, err
	}
	defer clear(master)
	account, err := cryptogram.AccountKey(suite, master, number, 0)
	if err != nil {
		return nil, err
	}
	defer clear(account)
	return cryptogram.LimitedKey(suite, account, x)
}
