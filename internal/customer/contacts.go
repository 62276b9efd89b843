package customer

import (
	"context"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// normalContacts brings contacts to normal form; faults name /contacts/i.
func normalContacts(in []NewContact) ([]NewContact, error) {
	if len(in) > MaxContacts {
		return nil, tooMany()
	}
	out := make([]NewContact, 0, len(in))
	for i, k := range in {
		v, err := k.Kind.Normal(k.Value)
		if err != nil {
			f := fault.From(err)
			return nil, f.WithField("/contacts/" + strconv.Itoa(i) + f.Field)
		}
		k.Value = v
		out = append(out, k)
	}
	return out, nil
}

func tooMany() *fault.Error {
	return fault.Conflictf("customer.contacts_full", "A customer can have %d contacts: remove one first.", MaxContacts)
}

// lookup is how a contact is found without opening any.
func (r *Register) lookup(k Kind, value string) []byte {
	return r.Ring.MAC(contactLabel, []byte(k), []byte(value))
}

// insertContact stores a contact in normal form. One that the customer has
// already is left alone: its id is returned, and added is false.
func (r *Register) insertContact(tx *db.Tx, customer ident.ID, k NewContact) (id ident.ID, added bool, err error) {
	id = ident.New(tx.Now, r.Rand)
	c := Contact{ID: id, Kind: k.Kind, Value: k.Value, Created: tx.Now}
	if k.Verified {
		c.Verified = tx.Now
	}
	mac := r.lookup(k.Kind, k.Value)
	n, err := tx.Exec(`INSERT INTO contact (customer, id, kind, sealed, lookup, created_at, verified_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (lookup, customer) DO NOTHING`,
		customer, id, string(k.Kind), r.Ring.Seal(contactLabel, id, []byte(k.Value)), mac, c.Created, c.Verified)
	if err == nil && n == 0 {
		err = tx.Row("SELECT id FROM contact WHERE lookup = $1 AND customer = $2", mac, customer).Scan(&id)
	}
	return id, n == 1, err
}

// AddContact adds a contact to a customer that is not closed and returns its id;
// adding one that is there already changes nothing.
func (r *Register) AddContact(ctx context.Context, by audit.Actor, customer ident.ID, k NewContact) (id ident.ID, err error) {
	if k.Value, err = k.Kind.Normal(k.Value); err != nil {
		return id, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, customer); err != nil {
			return err
		}
		var count int
		if err := tx.Row("SELECT COUNT(*) FROM contact WHERE customer = $1", customer).Scan(&count); err != nil {
			return err
		}
		if count >= MaxContacts {
			return tooMany()
		}
		var added bool
		if id, added, err = r.insertContact(tx, customer, k); added {
			audit.Record(tx, audit.Event{Kind: AuditContactAdded, By: by, Customer: customer, Object: id.String(), Details: map[string]any{"kind": k.Kind, "verified": k.Verified}})
		}
		return err
	})
	return id, err
}

// RemoveContact removes a contact of a customer.
func (r *Register) RemoveContact(ctx context.Context, by audit.Actor, customer, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lock(tx, customer); err != nil {
			return err
		}
		n, err := tx.Exec("DELETE FROM contact WHERE customer = $1 AND id = $2", customer, id)
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.NotFoundf("customer.contact_unknown", "The customer has no such contact.")
		}
		audit.Record(tx, audit.Event{Kind: AuditContactRemoved, By: by, Customer: customer, Object: id.String()})
		return nil
	})
}

// VerifyContact marks a contact as one that the customer receives at. It reports
// false when the customer has no such contact.
func VerifyContact(tx *db.Tx, by audit.Actor, customer, id ident.ID) (bool, error) {
	n, err := tx.Exec("UPDATE contact SET verified_at = $3 WHERE customer = $1 AND id = $2", customer, id, tx.Now)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: AuditContactVerified, By: by, Customer: customer, Object: id.String()})
	}
	return n == 1, err
}

// Contacts returns a customer's contacts in clear, oldest first.
func (r *Register) Contacts(ctx context.Context, customer ident.ID) (all []Contact, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = r.ContactsOf(tx, customer)
		return err
	})
	return all, err
}

// Reveal is Contacts for a person who wants to read them: who looked is recorded.
func (r *Register) Reveal(ctx context.Context, by audit.Actor, customer ident.ID) (all []Contact, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if all, err = r.ContactsOf(tx, customer); err == nil {
			audit.Record(tx, audit.Event{Kind: AuditContactsSeen, By: by, Customer: customer, Details: map[string]any{"contacts": len(all)}})
		}
		return err
	})
	return all, err
}

// ContactsOf is the part of [Register.Contacts] for other transactions.
func (r *Register) ContactsOf(tx *db.Tx, customer ident.ID) (all []Contact, err error) {
	err = tx.Each("SELECT id, kind, sealed, created_at, verified_at FROM contact WHERE customer = $1 ORDER BY created_at, id", []any{customer}, func(row db.Row) error {
		var c Contact
		var sealed []byte
		if err := row.Scan(&c.ID, &c.Kind, &sealed, &c.Created, &c.Verified); err != nil {
			return err
		}
		plain, err := r.Ring.Open(contactLabel, c.ID, sealed)
		c.Value = string(plain)
		all = append(all, c)
		return err
	})
	return all, err
}
