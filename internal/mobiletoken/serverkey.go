package mobiletoken

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AuditServerKey is the kind of the record of a new key of the provisioning server.
const AuditServerKey = "mobile_server_key.made"

const (
	serverKeyLabel = "mobiletoken.server_key"
	serverKeyBits  = 3072
	// serverKeyLife is how old the key in use gets, and serverKeyTail how long the one
	// before it finishes runs that it began.
	serverKeyLife = 365 * 24 * time.Hour
	serverKeyTail = time.Hour
)

func serverKeyRow(number int64) ident.ID {
	return ident.Derive("mobile server key", strconv.FormatInt(number, 10))
}

// ServerKeys returns the keys of the provisioning server (K_SERVER of RFC 6063), under which
// phones send their nonce: the one in use first, then the one before it as long as runs may be
// under way. They are the same on all nodes. The first need makes the first key, and one that
// is a year old gets a successor.
func (d *Desk) ServerKeys(ctx context.Context) ([]*rsa.PrivateKey, error) {
	all, next, err := d.readServerKeys(ctx)
	if err != nil || next == 0 {
		return all, err
	}
	if err := d.makeServerKey(ctx, next); err != nil {
		return nil, err
	}
	if all, next, err = d.readServerKeys(ctx); err == nil && next != 0 {
		err = errors.New("mobiletoken: the server key that was just made is not there")
	}
	return all, err
}

// readServerKeys returns the keys that are good, and the number of the one that is to be made;
// 0 for none.
func (d *Desk) readServerKeys(ctx context.Context) (all []*rsa.PrivateKey, next int64, err error) {
	type row struct {
		number  int64
		private []byte
		created time.Time
	}
	var rows []row
	var now time.Time
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		rows, now = nil, tx.Now
		return tx.Each("SELECT number, private, created_at FROM mobile_server_key ORDER BY number DESC LIMIT 2", nil, func(r db.Row) error {
			var x row
			err := r.Scan(&x.number, &x.private, &x.created)
			rows = append(rows, x)
			return err
		})
	})
	if err != nil {
		return nil, 0, err
	}
	if len(rows) == 0 {
		return nil, 1, nil
	}
	if now.Sub(rows[0].created) > serverKeyLife {
		next = rows[0].number + 1
	}
	for i, x := range rows {
		if i > 0 && now.Sub(rows[0].created) > serverKeyTail {
			break
		}
		key, err := d.openServerKey(x.number, x.private)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, key)
	}
	return all, next, nil
}

func (d *Desk) openServerKey(number int64, sealed []byte) (*rsa.PrivateKey, error) {
	der, err := d.Ring.Open(serverKeyLabel, serverKeyRow(number), sealed)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("mobiletoken: server key %d: %w", number, err)
	}
	key, ok := k.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("mobiletoken: server key %d is no RSA key", number)
	}
	return key, nil
}

// makeServerKey makes the key with a number, unless another node has done so meanwhile. Keys
// two generations back are gone with it.
func (d *Desk) makeServerKey(ctx context.Context, number int64) error {
	key, err := rsa.GenerateKey(rand.Reader, serverKeyBits)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	defer clear(der)
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("INSERT INTO mobile_server_key (number, private, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			number, d.Ring.Seal(serverKeyLabel, serverKeyRow(number), der), tx.Now)
		if err != nil || n == 0 {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditServerKey, By: audit.System("provisioning"), Object: "mobile_server_key:" + strconv.FormatInt(number, 10), Details: map[string]any{"bits": serverKeyBits}})
		_, err = tx.Exec("DELETE FROM mobile_server_key WHERE number < $1", number-1)
		return err
	})
}
