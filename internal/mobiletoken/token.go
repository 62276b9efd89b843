package mobiletoken

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

// Token is one mobile token: a customer's, of an application, on a device.
type Token struct {
	Customer    ident.ID
	ID          ident.ID
	Application string // code of the policy's application
	Serial      string
	Name        string   // what its owner calls it; may be empty
	Device      ident.ID // in package device; another one after a redistribution
	Status      Status
	BlockedBy   Cause     // "" unless blocked
	Until       time.Time // when a block ends by itself; zero: it does not
	Before      Status    // of an archived token: what it was
	Reason      string    // of the last transition
	Model       string    // of the phone, as it says; may be empty
	AppVersion  string    // as it says; may be empty
	Platform    string    // of the phone, as it says; may be empty
	Locale      string    // that the phone asks for (RFC 5646); may be empty
	Tries       limit.State
	Created     time.Time
	Changed     time.Time // of its state

	counted bool
	version int64
	settled time.Time // when staff set it going again; zero: never
}

const tokenColumns = `customer, id, application, serial, name, device, status, blocked_by, until_at, before_status, reason, model, app_version, platform, locale, ` +
	limit.Columns + `, created_at, changed_at, counted, version, settled_at`

func (t *Token) dest() []any {
	d := []any{
		&t.Customer, &t.ID, &t.Application, &t.Serial, &t.Name, &t.Device, &t.Status, &t.BlockedBy, &t.Until, &t.Before, &t.Reason,
		&t.Model, &t.AppVersion, &t.Platform, &t.Locale,
	}
	return append(append(d, t.Tries.Dest()...), &t.Created, &t.Changed, &t.counted, &t.version, &t.settled)
}

// tries counts wrong answers of the device in use, in the token's row.
var tries = limit.In("mobile_token", "status <> 'archived'", "customer", "id")

// Get returns a customer's token; false when there is none.
func Get(tx *db.Tx, customer, id ident.ID) (t Token, found bool, err error) {
	err = tx.Row("SELECT "+tokenColumns+" FROM mobile_token WHERE customer = $1 AND id = $2", customer, id).Scan(t.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return t, false, nil
	}
	return t, err == nil, err
}

// Of returns all tokens of a customer, oldest first, archived ones included.
func Of(tx *db.Tx, customer ident.ID) (all []Token, err error) {
	err = tx.Each("SELECT "+tokenColumns+" FROM mobile_token WHERE customer = $1 ORDER BY created_at, id", []any{customer}, func(r db.Row) error {
		var t Token
		err := r.Scan(t.dest()...)
		all = append(all, t)
		return err
	})
	return all, err
}

// BySerial returns the token with a serial number that is not archived; false when
// there is none.
func BySerial(tx *db.Tx, serial string) (t Token, found bool, err error) {
	err = tx.Row("SELECT "+tokenColumns+" FROM mobile_token WHERE serial = $1 AND status <> 'archived'", serial).Scan(t.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return t, false, nil
	}
	return t, err == nil, err
}

// insert stores a new token; false when its serial number is taken.
func (t *Token) insert(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO mobile_token (`+tokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, '', NULL, '', '', '', '', '', '', 0, 0, NULL, $8, $8, $9, 0, NULL)
		ON CONFLICT DO NOTHING`, t.Customer, t.ID, t.Application, t.Serial, t.Name, t.Device, string(t.Status), tx.Now, t.counted)
	return n == 1, err
}

// hold takes the lock of everything that a customer has of an application until the
// transaction ends. Whoever changes one of the tokens holds it, so that acts on several of
// them, such as a migration, see each other whole.
func hold(tx *db.Tx, customer ident.ID, application string) error {
	_, err := tx.Exec(`INSERT INTO mobile_holder (customer, application, tokens) VALUES ($1, $2, 0)
		ON CONFLICT (customer, application) DO UPDATE SET tokens = mobile_holder.tokens`, customer, application)
	return err
}

// take takes a place for one token more; false when all are taken.
func take(tx *db.Tx, customer ident.ID, application string, most int) (bool, error) {
	n, err := tx.Exec("UPDATE mobile_holder SET tokens = tokens + 1 WHERE customer = $1 AND application = $2 AND tokens < $3", customer, application, most)
	return n == 1, err
}

// release gives the place of a token back.
func (t *Token) release(tx *db.Tx) error {
	if !t.counted {
		return nil
	}
	_, err := tx.Exec("UPDATE mobile_holder SET tokens = tokens - 1 WHERE customer = $1 AND application = $2", t.Customer, t.Application)
	return err
}
