package customer

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Normal checks a description and gives its normal form, which is what [Register.Add]
// takes. Faults are those of Create.
func (n New) Normal() (New, error) { return n.normal() }

// Add is the part of Create for transactions of others. The description is in normal
// form. It reports false, and changes nothing, when the number or the ID is taken.
func (r *Register) Add(tx *db.Tx, by audit.Actor, n New) (c Customer, added bool, err error) {
	c = r.describe(tx, n)
	rows, err := tx.Exec(`INSERT INTO customer (`+columns+`, name_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		c.ID, c.Number, c.Name, c.Locale, string(c.Status), c.Created, c.Changed, c.Erased, nameKey(c.Name))
	if err != nil || rows == 0 {
		return Customer{}, false, err
	}
	for _, k := range n.Contacts {
		if _, _, err := r.insertContact(tx, c.ID, k); err != nil {
			return Customer{}, false, err
		}
	}
	audit.Record(tx, audit.Event{Kind: AuditCreated, By: by, Customer: c.ID, Object: c.ID.String(), Details: map[string]any{"number": c.Number, "contacts": len(n.Contacts)}})
	return c, true, nil
}

// Keep adds a contact for transactions of others, which have seen to it that the customer
// is not closed. The value is in normal form. One that the customer has already is left
// as it is. Faults: "customer.contacts_full".
func (r *Register) Keep(tx *db.Tx, by audit.Actor, customer ident.ID, k NewContact) (id ident.ID, err error) {
	var count int
	if err := tx.Row("SELECT COUNT(*) FROM contact WHERE customer = $1", customer).Scan(&count); err != nil {
		return id, err
	}
	id, added, err := r.insertContact(tx, customer, k)
	if err == nil && added && count >= MaxContacts {
		err = tooMany()
	}
	if err == nil && added {
		audit.Record(tx, audit.Event{Kind: AuditContactAdded, By: by, Customer: customer, Object: id.String(), Details: map[string]any{"kind": k.Kind, "verified": k.Verified}})
	}
	return id, err
}
