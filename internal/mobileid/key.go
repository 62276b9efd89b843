package mobileid

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota/applet"
)

// key is one key pair on a card: the public half, and its certificate.
type key struct {
	Customer, ID, Mobile, Card ident.ID

	Role        applet.Role
	Algorithm   applet.Algorithm
	State       string // pending, made, live, ended
	Head, Tail  []byte // of the certification request
	Public      []byte
	Request     []byte // PKCS #10
	Certificate []byte // DER
	Chain       []byte
	Serial      string
	Orders      int64 // certificates that were asked for
	Created     time.Time
	Certified   time.Time
	Expires     time.Time
	Ended       time.Time
}

// States of a key.
const (
	keyPending = "pending" // the card is asked for it
	keyMade    = "made"    // its certificate is awaited
	keyLive    = "live"
	keyEnded   = "ended"
)

const keyColumns = `customer, id, mobile, card, role, algorithm, state, head, tail, public, request, certificate, chain, serial, orders,
	created_at, certified_at, expires_at, ended_at`

func (k *key) dest() []any {
	return []any{
		&k.Customer, &k.ID, &k.Mobile, &k.Card, &k.Role, &k.Algorithm, &k.State, &k.Head, &k.Tail, &k.Public, &k.Request, &k.Certificate, &k.Chain, &k.Serial, &k.Orders,
		&k.Created, &k.Certified, &k.Expires, &k.Ended,
	}
}

func (k *key) insert(tx *db.Tx) error {
	_, err := tx.Exec(`INSERT INTO mobile_id_key (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, NULL, NULL, NULL, NULL, '', 0, $9, NULL, NULL, NULL)`,
		k.Customer, k.ID, k.Mobile, k.Card, k.Role, k.Algorithm, k.Head, k.Tail, tx.Now)
	return err
}

func oneKey(tx *db.Tx, where string, args ...any) (k key, found bool, err error) {
	err = tx.Row("SELECT "+keyColumns+" FROM mobile_id_key WHERE "+where, args...).Scan(k.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return k, false, nil
	}
	return k, err == nil, err
}

// liveKey returns the key of a role that may sign.
func liveKey(tx *db.Tx, customer, mobile ident.ID, r applet.Role) (key, bool, error) {
	return oneKey(tx, "customer = $1 AND mobile = $2 AND role = $3 AND state = 'live'", customer, mobile, r)
}

// keysOf returns the keys of a mobile ID that have not ended, authentication first.
func keysOf(tx *db.Tx, customer, mobile ident.ID) (all []key, err error) {
	err = tx.Each("SELECT "+keyColumns+" FROM mobile_id_key WHERE customer = $1 AND mobile = $2 AND state <> 'ended' ORDER BY role", []any{customer, mobile}, func(r db.Row) error {
		var k key
		err := r.Scan(k.dest()...)
		all = append(all, k)
		return err
	})
	return all, err
}

// made stores the public half that a card has made, with its certification request: once.
func (k *key) made(tx *db.Tx, public, request []byte) (bool, error) {
	n, err := tx.Exec(`UPDATE mobile_id_key SET state = 'made', public = $3, request = $4, orders = orders + 1 WHERE customer = $1 AND id = $2 AND state = 'pending'`,
		k.Customer, k.ID, public, request)
	k.Orders++
	return n == 1, err
}

// renew stores the request of another certificate of a live key.
func (k *key) renew(tx *db.Tx, request []byte) (bool, error) {
	n, err := tx.Exec(`UPDATE mobile_id_key SET request = $3, orders = orders + 1 WHERE customer = $1 AND id = $2 AND state = 'live' AND orders = $4`, k.Customer, k.ID, request, k.Orders)
	k.Orders++
	return n == 1, err
}

// certify stores the certificate of a key: the first, or another one in place of the former.
func (k *key) certify(tx *db.Tx, x Issued) (bool, error) {
	n, err := tx.Exec(`UPDATE mobile_id_key SET state = 'live', request = NULL, noticed_at = NULL, certificate = $3, chain = $4, serial = $5, certified_at = $6, expires_at = $7
		WHERE customer = $1 AND id = $2 AND state IN ('made', 'live') AND orders = $8 AND serial <> $5`, k.Customer, k.ID, x.Certificate, x.Chain, x.Serial, tx.Now, x.Expires, k.Orders)
	return n == 1, err
}

// orderID names the certificate that was asked for last.
func (k *key) orderID() ident.ID {
	return ident.Derive("mobileid certificate", k.ID.String(), strconv.FormatInt(k.Orders, 10))
}

// subjectOf is the name in a certification request: the person's serial number. The authority
// puts the whole name into the certificate.
func subjectOf(person string) ([]byte, error) {
	return asn1.Marshal(pkix.Name{SerialNumber: person}.ToRDNSequence())
}
