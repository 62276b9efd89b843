package console

import (
	"net/url"
	"slices"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// editCustomer shows name and language as they are.
func (c *console) editCustomer(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	v.form = ui.NewForm(url.Values{"name": {cu.Name}, "locale": {cu.Locale}})
	return c.showEdit(v, cu)
}

func (c *console) showEdit(v *visit, cu customer.Customer) error {
	p := customerForm{visit: v, Customer: cu, Locales: v.locales()}
	if !slices.ContainsFunc(p.Locales, func(x ui.Choice) bool { return x.Value == cu.Locale }) {
		p.Locales = append(p.Locales, ui.Choice{Value: cu.Locale, Text: cu.Locale})
	}
	return v.narrow("customer-edit", v.t.T("console.customer.edit"), p)
}

// changeCustomer changes name and language.
func (c *console) changeCustomer(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	name, locale := v.form.Value("name"), v.form.Value("locale")
	if _, err := c.Customers.Update(v.ctx(), v.s.Actor(), cu.ID, customer.Change{Name: &name, Locale: &locale}); err != nil {
		return v.again(err, func(v *visit) error { return c.showEdit(v, cu) })
	}
	return v.done("/customers/"+cu.ID.String(), "console.customer.changed")
}
