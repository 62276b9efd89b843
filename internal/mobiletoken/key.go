package mobiletoken

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Usage is what a key may be used for.
type Usage string

// Usages.
const (
	UseCode Usage = "code" // secure codes
	UseSign Usage = "sign" // signatures and answers to challenges (RFC 6287)
)

// seedLabel is the label under which seeds are sealed, for the key's id.
const seedLabel = "mobiletoken.seed"

// Key is one key of a token, without its secret, which stays sealed.
type Key struct { //nolint:recvcheck // dest fills it, the rest only look
	Customer  ident.ID
	ID        ident.ID
	Token     ident.ID
	Device    ident.ID // that it is in
	KeyID     string   // its name in the key package (RFC 6030, section 4.1); "" of UseSign
	Usage     Usage
	Algorithm policy.KeyType // of UseCode; "ocra" of UseSign
	Digits    int            // of UseCode
	Step      int            // seconds; 0 without a clock
	Suite     string         // of UseSign
	Next      int64          // lowest counter or time step that is not spent
	Drift     int            // learned, in steps; positive: the device's clock is ahead
	Uses      int64          // codes accepted
	Created   time.Time
	Expires   time.Time // of one that is not proven yet; zero for others
	Used      time.Time // zero: never

	state string // pending, live, off
	moved bool   // the former device has it too
	seed  []byte // sealed

	model, appVersion string // of the device, as it says
}

const keyColumns = "customer, id, token, device, state, usage, algorithm, digits, step, suite, seed, next_value, drift, moved, model, app_version, uses, created_at, expires_at, used_at, key_id"

func (k *Key) dest() []any {
	return []any{
		&k.Customer, &k.ID, &k.Token, &k.Device, &k.state, &k.Usage, &k.Algorithm, &k.Digits, &k.Step, &k.Suite, &k.seed, &k.Next, &k.Drift, &k.moved,
		&k.model, &k.appVersion, &k.Uses, &k.Created, &k.Expires, &k.Used, &k.KeyID,
	}
}

// keysOf returns the keys of a token in a state, "pending", "live" or "off".
func keysOf(tx *db.Tx, customer, token ident.ID, state string) ([]Key, error) {
	return keys(tx, "customer = $1 AND token = $2 AND state = $3 ORDER BY usage", customer, token, state)
}

func keys(tx *db.Tx, where string, args ...any) (all []Key, err error) {
	err = tx.Each("SELECT "+keyColumns+" FROM mobile_key WHERE "+where, args, func(r db.Row) error {
		var k Key
		err := r.Scan(k.dest()...)
		all = append(all, k)
		return err
	})
	return all, err
}

// firsts counts wrong first codes and comparison codes of a key that is not proven yet, in its row. A
// redistribution has one beside the key in use, whose wrong answers are counted apart: see tries.
var firsts = limit.In("mobile_key", "state = 'pending'", "customer", "id")

// spentFirsts reports whether a pending key has had all the wrong first codes that are allowed.
func spentFirsts(tx *db.Tx, k Key) (bool, error) {
	var s limit.State
	err := tx.Row("SELECT "+limit.Columns+" FROM mobile_key WHERE customer = $1 AND id = $2", k.Customer, k.ID).Scan(s.Dest()...)
	return s.Blocked(tx.Now), err
}

// codeKey picks the key that makes secure codes; false when it is not among them.
func codeKey(all []Key) (Key, bool) {
	for _, k := range all {
		if k.Usage == UseCode {
			return k, true
		}
	}
	return Key{}, false
}

// SigningKey returns the key by which an active token signs, and its secret; false when it
// has none. It is for the approvals of payments.
func (d *Desk) SigningKey(tx *db.Tx, customer, token ident.ID) (k Key, secret keyring.Secret, found bool, err error) {
	all, err := keysOf(tx, customer, token, "live")
	if err != nil {
		return k, nil, false, err
	}
	for _, k := range all {
		if k.Usage == UseSign {
			secret, err = d.Ring.Open(seedLabel, k.ID, k.seed)
			return k, secret, err == nil, err
		}
	}
	return k, nil, false, nil
}

// Spend uses a counter or time step of a key of an active token up, by a
// compare-and-swap: false when it, or a later one, is spent, or the token is not in use any
// more.
func (k Key) Spend(tx *db.Tx, value int64, drift int) (bool, error) {
	n, err := tx.Exec(`UPDATE mobile_key SET next_value = $3 + 1, drift = $4, uses = uses + 1, used_at = $5
		WHERE customer = $1 AND id = $2 AND state = 'live' AND next_value <= $3`, k.Customer, k.ID, value, drift, tx.Now)
	return n == 1, err
}

// secretOf returns the key of a token that was provisioned, from which its others derive.
func (d *Desk) secretOf(tx *db.Tx, t Token) (keyring.Secret, error) {
	all, err := keys(tx, "customer = $1 AND token = $2 AND state <> 'pending'", t.Customer, t.ID)
	if err != nil {
		return nil, err
	}
	k, found := codeKey(all)
	if !found {
		return nil, fmt.Errorf("mobiletoken: the token %s has no key to move", t.ID)
	}
	return d.Ring.Open(seedLabel, k.ID, k.seed)
}

// Secret returns the secret of a use, from the key that was provisioned (K_TOKEN of
// RFC 6063). That of secure codes is this key itself, so that any OATH client can hold
// it; that of signatures is HKDF-SHA-256 of it (RFC 5869), without salt, with the info
// "countersign mobile token sign", of 32 bytes. So no code that one use gives can stand
// for the other.
func Secret(provisioned []byte, u Usage) ([]byte, error) {
	if u == UseCode {
		return provisioned, nil
	}
	return hkdf.Key(sha256.New, provisioned, nil, "countersign mobile token "+string(u), 32)
}

// pend stores the keys of a device that is to prove them. Those that were pending are
// gone.
func (u *unit) pend(on ident.ID, p Provisioned) error {
	if _, err := u.tx.Exec("DELETE FROM mobile_key WHERE customer = $1 AND token = $2 AND state = 'pending'", u.t.Customer, u.t.ID); err != nil {
		return err
	}
	k := u.app.Keys
	all := []Key{{Usage: UseCode, Algorithm: k.Code, Digits: k.Digits, Step: int(k.Step / time.Second), KeyID: p.KeyID}}
	if k.Sign != "" {
		all = append(all, Key{Usage: UseSign, Algorithm: "ocra", Suite: k.Sign})
	}
	for _, k := range all {
		secret, err := Secret(p.Key, k.Usage)
		if err != nil {
			return err
		}
		k.ID = ident.New(u.tx.Now, u.d.Rand)
		_, err = u.tx.Exec(`INSERT INTO mobile_key (`+keyColumns+`) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17, NULL, $18)`,
			u.t.Customer, k.ID, u.t.ID, on, string(k.Usage), string(k.Algorithm), k.Digits, k.Step, k.Suite, u.d.Ring.Seal(seedLabel, k.ID, secret),
			k.Next, k.Drift, p.Moved, p.Model, p.AppVersion, u.tx.Now, u.tx.Now.Add(u.app.Activation.Confirm), k.KeyID)
		if err != nil {
			return err
		}
	}
	return nil
}
