package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/webpush"
)

// Key is what may be known of a key of ours.
type Key struct {
	Number  int64
	Public  string // uncompressed point in base64url, as phones and push services have it
	Created time.Time
	Retired time.Time // zero: the newest
	Spent   bool      // the private part is destroyed
}

// key is a key as loaded.
type key struct {
	Key

	private *ecdsa.PrivateKey // nil when it is spent
}

// keyRow names a row to the keyring.
func keyRow(number int64) ident.ID { return ident.Derive("push key", strconv.FormatInt(number, 10)) }

// view is the key table as it was read.
type view struct {
	keys []key // by number
	read time.Time
}

// reload is how long a node works with the keys that it has read.
const reload = 30 * time.Second

func (v *view) fresh(now time.Time) bool {
	return v != nil && !now.Before(v.read) && now.Sub(v.read) < reload
}

// keys returns the keys as they were at most half a minute ago. The first need makes the first.
func (d *Desk) keys(ctx context.Context) (*view, error) {
	if v := d.seen.Load(); v.fresh(d.Now()) {
		return v, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.seen.Load(); v.fresh(d.Now()) {
		return v, nil
	}
	v, err := d.read(ctx)
	if err == nil && len(v.keys) == 0 {
		err = d.DB.Write(ctx, func(tx *db.Tx) error {
			_, _, err := d.insert(tx, audit.System("push"), 1, AuditKeyMade)
			return err
		})
		if err == nil {
			v, err = d.read(ctx)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case len(v.keys) == 0:
		return nil, errors.New("push: the key that was just made is not there")
	}
	d.seen.Store(v)
	return v, nil
}

func (d *Desk) read(ctx context.Context) (*view, error) {
	v := &view{read: d.Now()}
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		v.keys = nil
		return tx.Each("SELECT number, public, private, created_at, retired_at FROM push_key ORDER BY number", nil, func(r db.Row) error {
			var k key
			var sealed []byte
			if err := r.Scan(&k.Number, &k.Public, &sealed, &k.Created, &k.Retired); err != nil {
				return err
			}
			err := d.unseal(&k, sealed)
			v.keys = append(v.keys, k)
			return err
		})
	})
	return v, err
}

// unseal opens the private part, and checks that it belongs to the public one: what is told to
// phones must be ours.
func (d *Desk) unseal(k *key, sealed []byte) error {
	if k.Spent = sealed == nil; k.Spent {
		return nil
	}
	plain, err := d.Ring.Open(privateLabel, keyRow(k.Number), sealed)
	if err != nil {
		return err
	}
	defer clear(plain)
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	private, ok := parsed.(*ecdsa.PrivateKey)
	if err == nil && ok {
		var public string
		public, err = webpush.FormatKey(&private.PublicKey)
		ok = public == k.Public
	}
	if err != nil || !ok {
		return fault.New(fault.Internal, "push.key_broken", "The push key %d is damaged. Restore its row from a backup, or make a new one with `countersign keys rotate --push --now`.", k.Number)
	}
	k.private = private
	return nil
}

// insert adds a fresh key under a number; false when somebody else was first. Keys are made from
// the system's randomness: the standard library takes no other.
func (d *Desk) insert(tx *db.Tx, by audit.Actor, number int64, kind string) (k Key, ok bool, err error) {
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return k, false, err
	}
	k = Key{Number: number, Created: tx.Now}
	if k.Public, err = webpush.FormatKey(&pair.PublicKey); err != nil {
		return k, false, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		return k, false, err
	}
	defer clear(plain)
	n, err := tx.Exec("INSERT INTO push_key (number, public, private, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		number, k.Public, d.Ring.Seal(privateLabel, keyRow(number), plain), tx.Now)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: kind, By: by, Object: "push_key:" + strconv.FormatInt(number, 10)})
	}
	return k, n == 1, err
}

// PublicKey returns the key that subscriptions are to be made under; "" when pushes are off.
func (d *Desk) PublicKey(ctx context.Context) (string, error) {
	if !d.On() {
		return "", nil
	}
	v, err := d.keys(ctx)
	if err != nil {
		return "", err
	}
	return v.keys[len(v.keys)-1].Public, nil
}

// Signer returns the key that a target's push service knows us by. The fault "push.key_spent"
// says that it is no more: the phone must register anew.
func (d *Desk) Signer(ctx context.Context, t Target) (*ecdsa.PrivateKey, error) {
	for range 2 {
		v, err := d.keys(ctx)
		if err != nil {
			return nil, err
		}
		for _, k := range v.keys {
			if k.Number == t.number {
				if k.private == nil {
					return nil, fault.Conflictf("push.key_spent", "The subscription was made under a key that is no more.")
				}
				return k.private, nil
			}
		}
		d.seen.Store(nil) // another node has made it since
	}
	return nil, fault.New(fault.Internal, "push.key_missing", "The push key %d is not there. Restore its row from a backup.", t.number)
}
