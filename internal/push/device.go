package push

import (
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// holder says what pushes wake; with a colon and an id it is the object of records.
type holder string

// Holders of bindings.
const (
	mobileToken holder = "mobile_token"
	companion   holder = "companion" // a device that a customer lives with
)

func (h holder) object(id ident.ID) string { return string(h) + ":" + id.String() }

// BindDevice is [Desk.Bind] for a device that a customer lives with, in the caller's transaction. The caller has asked [Desk.PublicKey] before, which makes the
// first key.
func (d *Desk) BindDevice(tx *db.Tx, by audit.Actor, customer, device ident.ID, s Subscription) error {
	service, err := d.usable(s)
	if err != nil {
		return err
	}
	number, err := underKey(tx, s.Key)
	if err != nil {
		return err
	}
	b, err := d.one(tx, customer, device)
	switch {
	case err == nil && b.is(s, number):
		return nil
	case err != nil && !errors.Is(err, db.ErrNoRow):
		return err
	}
	return d.bind(tx, by, companion, customer, device, s, service, number)
}

// EndDevice ends the binding of a device; without one nothing happens.
func EndDevice(tx *db.Tx, by audit.Actor, customer, device ident.ID) error {
	return end(tx, by, companion, customer, device)
}

// Bound reports whether a token or device has a binding in use.
func Bound(tx *db.Tx, customer, id ident.ID) (bool, error) {
	var n int
	err := tx.Row("SELECT COUNT(*) FROM push_binding WHERE customer = $1 AND token = $2 AND gone_at IS NULL", customer, id).Scan(&n)
	return n == 1, err
}
