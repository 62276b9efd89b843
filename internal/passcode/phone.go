package passcode

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Status is a phone's place in its life; the package comment has the transitions.
type Status string

// States of a phone.
const (
	Pending  Status = "pending"  // its first code is awaited
	Held     Status = "held"     // proven; it waits for its time, or for staff
	Active   Status = "active"   // codes are sent to it
	Replaced Status = "replaced" // another one is active
	Removed  Status = "removed"  // unregistered by staff
	Refused  Status = "refused"  // its code ran out, or somebody said no
)

// Phone is a phone number as a customer's authenticator.
type Phone struct {
	ID       ident.ID
	Customer ident.ID
	Contact  ident.ID // whose number it is
	Status   Status
	Requests limit.State // codes asked for since the last right one
	Created  time.Time
	Until    time.Time // of a pending one, when its code runs out; of a held one, when it becomes active: limit.Forever when staff decide
	Verified time.Time // zero: no code that was sent to it has come back yet
	Ended    time.Time
	Number   string // masked: "+47 ••• 67"; "" when the contact was removed
}

// requests is the counter of codes that were asked for, in the phone's row.
var requests = limit.In("passcode_phone", "status = 'active'", "customer", "id")

// claimRequest counts a code that is asked for; false beyond the limit. Only a right
// code, or staff who register the phone anew, open it again.
func claimRequest(tx *db.Tx, most int, customerID, phone ident.ID) (bool, error) {
	return requests.Claim(tx, limit.Rule{Max: most}, customerID, phone)
}

// proved notes that a code came back right: the count of codes begins anew. False when
// the phone is not the customer's any more.
func proved(tx *db.Tx, customerID, phone ident.ID) (bool, error) {
	n, err := tx.Exec("UPDATE passcode_phone SET "+limit.Cleared+`, verified_at = COALESCE(verified_at, $3)
		WHERE customer = $1 AND id = $2 AND status IN ('active', 'pending')`, customerID, phone, tx.Now)
	return n == 1, err
}

const phoneColumns = "customer, id, contact, status, " + limit.Columns + ", created_at, until_at, verified_at, ended_at"

func (x *Phone) scan(r db.Row) error {
	d := append([]any{&x.Customer, &x.ID, &x.Contact, &x.Status}, x.Requests.Dest()...)
	return r.Scan(append(d, &x.Created, &x.Until, &x.Verified, &x.Ended)...)
}

// activePhone returns the phone that the customer's codes go to; zero when there is none.
func activePhone(tx *db.Tx, customerID ident.ID) (id ident.ID, err error) {
	err = tx.Row("SELECT id FROM passcode_phone WHERE customer = $1 AND status = 'active'", customerID).Scan(&id)
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return id, err
}

// phone returns a phone of the customer; false when there is none.
func (p *Passcodes) phone(tx *db.Tx, customerID, id ident.ID) (x Phone, ok bool, err error) {
	err = x.scan(tx.Row("SELECT "+phoneColumns+" FROM passcode_phone WHERE customer = $1 AND id = $2", customerID, id))
	if errors.Is(err, db.ErrNoRow) {
		return Phone{}, false, nil
	}
	if err == nil {
		_, x.Number, err = p.reached(tx, customerID, x.Contact)
	}
	return x, err == nil, err
}

// destination returns the number of a phone, masked and in clear; nothing when there is
// none, or when its contact was removed.
func (p *Passcodes) destination(tx *db.Tx, customerID, phone ident.ID) (masked, number string, err error) {
	var contact ident.ID
	err = tx.Row("SELECT contact FROM passcode_phone WHERE customer = $1 AND id = $2", customerID, phone).Scan(&contact)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return "", "", err
	}
	number, masked, err = p.reached(tx, customerID, contact)
	return masked, number, err
}

func (p *Passcodes) reached(tx *db.Tx, customerID, contact ident.ID) (number, masked string, err error) {
	all, err := p.customers.ContactsOf(tx, customerID)
	for _, c := range all {
		if c.ID == contact && c.Kind == customer.Phone {
			return c.Value, c.Masked(), err
		}
	}
	return "", "", err
}

// Phones returns the customer's phones, the newest first, and of the same moment those that
// wait first: 50 at most.
func (p *Passcodes) Phones(ctx context.Context, customerID ident.ID) (all []Phone, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		all, err = p.phones(tx, customerID)
		return err
	})
	return all, err
}

func (p *Passcodes) phones(tx *db.Tx, customerID ident.ID) (all []Phone, err error) {
	err = tx.Each("SELECT "+phoneColumns+` FROM passcode_phone WHERE customer = $1
		ORDER BY created_at DESC, CASE status WHEN 'pending' THEN 0 WHEN 'held' THEN 0 WHEN 'active' THEN 1 ELSE 2 END, id DESC LIMIT 50`, []any{customerID}, func(r db.Row) error {
		var x Phone
		if err := x.scan(r); err != nil {
			return err
		}
		_, x.Number, err = p.reached(tx, customerID, x.Contact)
		all = append(all, x)
		return err
	})
	return all, err
}

// move is the compare-and-swap of a phone's status; false when it is another one.
func (x *Phone) move(tx *db.Tx, from, to Status, until time.Time) (bool, error) {
	ended := any(nil)
	if to == Replaced || to == Removed || to == Refused {
		ended = tx.Now
	}
	n, err := tx.Exec("UPDATE passcode_phone SET status = $4, until_at = $5, ended_at = $6 WHERE customer = $1 AND id = $2 AND status = $3",
		x.Customer, x.ID, string(from), string(to), until, ended)
	return n == 1, err
}

// insert adds a phone.
func (x *Phone) insert(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO passcode_phone (`+phoneColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL) ON CONFLICT DO NOTHING`,
		x.Customer, x.ID, x.Contact, string(x.Status), x.Requests.Count, x.Requests.Blocks, x.Requests.BlockedUntil, x.Created, x.Until, x.Verified)
	return n == 1, err
}

// enroll gives the customer all policies of codes by text message: one phone serves
// them all. Failure counters that are there stay as they are.
func enroll(tx *db.Tx, by audit.Actor, customerID ident.ID, set *policy.Set) error {
	for _, each := range set.Passcodes() {
		if err := authenticator.Enroll(tx, by, customerID, each); err != nil {
			return err
		}
	}
	return nil
}
