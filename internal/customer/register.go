package customer

import (
	"context"
	"io"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Kinds of audit records.
const (
	AuditCreated         = "customer.created"
	AuditChanged         = "customer.changed"
	AuditSuspended       = "customer.suspended"
	AuditActivated       = "customer.activated"
	AuditClosed          = "customer.closed"
	AuditErased          = "customer.erased"
	AuditContactAdded    = "customer.contact_added"
	AuditContactRemoved  = "customer.contact_removed"
	AuditContactVerified = "customer.contact_verified"
	AuditContactsSeen    = "customer.contacts_seen"
	AuditReported        = "customer.data_handed_out"
)

// Register is the register of customers: its methods are the use cases. All
// fields but Forget, Closed, Turned, Personal and Known are required.
type Register struct {
	DB   *db.DB
	Ring *keyring.Ring
	Rand io.Reader // for ids
	// Forget are called when a customer is erased, in its transaction: packages above
	// delete what they keep of the person. May be empty.
	Forget []func(*db.Tx, ident.ID) error
	// Closed are called when a customer is closed, in its transaction: packages above end what
	// others rely on, such as certificates. An error undoes it. May be empty.
	Closed []func(*db.Tx, audit.Actor, ident.ID) error
	// Turned are called when a customer was suspended, or is active again, in its transaction: packages above
	// hold what others rely on for as long. An error undoes it. May be empty.
	Turned []func(*db.Tx, audit.Actor, ident.ID) error
	// Personal says what all packages keep of a customer, for Report.
	Personal []held.Table
	// Known returns by which identification by knows the customer, or a fault: who is
	// suspended is let in again for a customer who was identified, and for nobody
	// else. Nil where there is no desk that identifies customers.
	Known func(tx *db.Tx, customer ident.ID, by audit.Actor) (ident.ID, error)
}

// New describes a customer to be created.
type New struct {
	// ID makes the creation repeatable: the same description under the same ID
	// creates once. Zero for a fresh one.
	ID       ident.ID
	Number   string // see [Number]
	Name     string // see [Name]; may be empty
	Locale   string // see [Locale]; "" means en
	Contacts []NewContact
}

// NewContact describes a contact to be added.
type NewContact struct {
	Kind     Kind
	Value    string // as typed; see [Kind.Normal]
	Verified bool   // the bank vouches that the customer receives what is sent there
}

// Create adds a customer. A number that another customer has is the Conflict
// "customer.number_taken"; an ID that was used for another description is the
// Conflict "customer.id_taken".
func (r *Register) Create(ctx context.Context, by audit.Actor, n New) (Customer, error) {
	n, err := n.normal()
	if err != nil {
		return Customer{}, err
	}
	var c Customer
	err = r.DB.Write(ctx, func(tx *db.Tx) (err error) {
		c, err = r.create(tx, by, n)
		return err
	})
	return c, err
}

// create adds the customer, or finds the one that the same request created.
func (r *Register) create(tx *db.Tx, by audit.Actor, n New) (Customer, error) {
	c, added, err := r.Add(tx, by, n)
	if err == nil && !added {
		return existing(tx, n)
	}
	return c, err
}

// describe makes the customer of a description.
func (r *Register) describe(tx *db.Tx, n New) Customer {
	c := Customer{ID: n.ID, Number: n.Number, Name: n.Name, Locale: n.Locale, Status: Active, Created: tx.Now, Changed: tx.Now}
	if c.ID.IsZero() {
		c.ID = ident.New(tx.Now, r.Rand)
	}
	return c
}

// existing tells a repeated creation from one that collides.
func existing(tx *db.Tx, n New) (Customer, error) {
	c, ok, err := Find(tx, n.ID)
	switch {
	case err != nil:
		return Customer{}, err
	case !ok:
		return Customer{}, fault.Conflictf("customer.number_taken", "Another customer has this number: look it up, or choose another.").WithField("/number")
	case c.Number != n.Number:
		return Customer{}, fault.Conflictf("customer.id_taken", "A customer with this id and another number exists: send a new id or idempotency key.").WithField("/id")
	}
	return c, nil
}

// normal checks a description and brings it to normal form.
func (n New) normal() (New, error) {
	var err error
	if n.Number, err = Number(n.Number); err != nil {
		return n, err
	}
	if n.Name, err = Name(n.Name); err != nil {
		return n, err
	}
	if n.Locale, err = Locale(n.Locale); err != nil {
		return n, err
	}
	n.Contacts, err = normalContacts(n.Contacts)
	return n, err
}

// Get returns a customer by id; the fault "customer.unknown" when there is none.
func (r *Register) Get(ctx context.Context, id ident.ID) (c Customer, err error) {
	return r.get(ctx, func(tx *db.Tx) (Customer, bool, error) { return Find(tx, id) })
}

// GetByNumber returns a customer by the bank's number as typed; the fault
// "customer.unknown" when there is none.
func (r *Register) GetByNumber(ctx context.Context, number string) (Customer, error) {
	return r.get(ctx, func(tx *db.Tx) (Customer, bool, error) { return ByNumber(tx, number) })
}

func (r *Register) get(ctx context.Context, look func(*db.Tx) (Customer, bool, error)) (c Customer, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		var ok bool
		if c, ok, err = look(tx); err == nil && !ok {
			err = unknown()
		}
		return err
	})
	return c, err
}

// Living returns a customer who is not closed; the faults "customer.unknown" and
// "customer.closed" otherwise.
func Living(tx *db.Tx, id ident.ID) (Customer, error) {
	c, ok, err := Find(tx, id)
	switch {
	case err != nil:
		return Customer{}, err
	case !ok:
		return Customer{}, unknown()
	case c.Status == Closed:
		return Customer{}, closed()
	}
	return c, nil
}

// Usable returns a customer who may register and authenticate; the faults
// "customer.unknown" and "customer.not_active" otherwise.
func Usable(tx *db.Tx, id ident.ID) (Customer, error) {
	c, ok, err := Find(tx, id)
	switch {
	case err != nil:
		return Customer{}, err
	case !ok:
		return Customer{}, unknown()
	case c.Status != Active:
		return Customer{}, fault.Conflictf("customer.not_active", "The customer is %s. Activate the customer first.", c.Status)
	}
	return c, nil
}

func closed() *fault.Error {
	return fault.Conflictf("customer.closed", "The customer is closed: nothing can be changed any more.")
}

func unknown() *fault.Error {
	return fault.NotFoundf("customer.unknown", "There is no such customer: check the number or id.")
}
