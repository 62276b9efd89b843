package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type contactsPage struct {
	*visit
	Customer customer.Customer
	Contacts []contactRow
	Kinds    []ui.Choice
}

// contacts shows contacts in clear, to those whose work needs it; who looked is
// recorded.
func (c *console) contacts(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	all, err := c.Customers.Reveal(v.ctx(), v.s.Actor(), cu.ID)
	if err != nil {
		return err
	}
	p := contactsPage{visit: v, Customer: cu, Contacts: c.contactRows(v, all)}
	for _, k := range []customer.Kind{customer.Phone, customer.Email, customer.Post} {
		p.Kinds = append(p.Kinds, ui.Choice{Value: string(k), Text: v.t.T("console.contact." + string(k))})
	}
	return v.render("contacts", v.t.T("console.contact.title"), p)
}

// Open reports whether contacts may still be changed.
func (p contactsPage) Open() bool { return p.Customer.Status != customer.Closed }

// addContact adds a contact; it is not verified until its owner shows that they
// receive what is sent there.
func (c *console) addContact(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	n := customer.NewContact{Kind: customer.Kind(v.form.Value("kind")), Value: v.form.Raw("value")}
	if _, err := c.Customers.AddContact(v.ctx(), v.s.Actor(), id, n); err != nil {
		return v.again(err, c.contacts)
	}
	return v.done("/customers/"+id.String()+"/contacts", "console.contact.added")
}

// removeContact removes one.
func (c *console) removeContact(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	contact, err := v.id("contact")
	if err != nil {
		return err
	}
	if err := c.Customers.RemoveContact(v.ctx(), v.s.Actor(), id, contact); err != nil {
		return err
	}
	return v.done("/customers/"+id.String()+"/contacts", "console.contact.removed")
}
