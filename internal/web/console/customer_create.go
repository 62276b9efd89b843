package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type customerForm struct {
	*visit
	Customer customer.Customer // zero when one is created
	Locales  []ui.Choice
	Fresh    string // id of what is created, so that sending twice creates once
}

// newCustomer asks who is to be created.
func (c *console) newCustomer(v *visit) error {
	fresh := v.form.Value("id")
	if fresh == "" {
		fresh = ident.New(v.now, c.Rand).String()
	}
	return v.narrow("customer-new", v.t.T("console.customer.new"), customerForm{visit: v, Locales: v.locales(), Fresh: fresh})
}

// createCustomer creates a customer with the contacts that were given.
func (c *console) createCustomer(v *visit) error {
	id, err := ident.Parse(v.form.Value("id"))
	if err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	n := customer.New{ID: id, Number: v.form.Value("number"), Name: v.form.Value("name"), Locale: v.form.Value("locale")}
	for _, kind := range []customer.Kind{customer.Phone, customer.Email} {
		value := v.form.Value(string(kind))
		if value == "" {
			continue
		}
		if _, err := kind.Normal(value); err != nil {
			return v.again(fault.From(err).WithField(string(kind)), c.newCustomer)
		}
		n.Contacts = append(n.Contacts, customer.NewContact{Kind: kind, Value: value})
	}
	cu, err := c.Customers.Create(v.ctx(), v.s.Actor(), n)
	if err != nil {
		return v.again(err, c.newCustomer)
	}
	return v.done("/customers/"+cu.ID.String(), "console.customer.created")
}

// locales are the languages that customers are spoken to in.
func (v *visit) locales() []ui.Choice {
	return []ui.Choice{{Value: "en", Text: v.t.T("console.locale.en")}, {Value: "de", Text: v.t.T("console.locale.de")}}
}
