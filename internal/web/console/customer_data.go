package console

import (
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type dataPage struct {
	*visit
	Customer customer.Customer
	Name     string
	Kept     []ui.Fact
	Closed   bool
}

// customerData says what is kept of a customer, and offers to hand it out, to close the
// customer, and to erase them.
func (c *console) customerData(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	k, err := c.Risk.Kept(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	contacts, err := c.Customers.Contacts(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	p := dataPage{visit: v, Customer: cu, Name: title(cu), Closed: cu.Status == customer.Closed}
	for _, x := range []struct {
		key string
		n   int64
	}{
		{"contacts", int64(len(contacts))}, {"events", k.Events}, {"addresses", k.Addresses}, {"sessions", int64(k.Sessions)}, {"reports", k.Reports}, {"entries", k.Entries}, {"channels", k.Channels},
	} {
		p.Kept = append(p.Kept, ui.Fact{Name: v.t.T("console.data." + x.key), Value: v.t.Number(x.n), Note: v.t.T("console.data." + x.key + "_kept")})
	}
	return v.narrow("customer-data", v.t.T("console.data.title", "name", p.Name), p)
}

// exportedCustomer is the file that a customer gets.
type exportedCustomer struct {
	Number   string            `json:"number"`
	Name     string            `json:"name,omitempty"`
	Status   string            `json:"status"`
	Created  time.Time         `json:"created_at"`
	Contacts []exportedContact `json:"contacts"`
	Risk     risk.Exported     `json:"risk"`
	Kept     customer.Report   `json:"kept"` // by table: tokens, phones, authentications, prompts, records …
	// Learned is the patterns of their devices, as tables.
	Learned interaction.Exported `json:"interactions"`
}

type exportedContact struct {
	Kind    string    `json:"kind"`
	Value   string    `json:"value"`
	Created time.Time `json:"created_at"`
}

// exportData sends what is kept of a customer as a file, and leaves a record of who asked.
func (c *console) exportData(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	contacts, err := c.Customers.Contacts(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	kept, err := c.Risk.Export(v.ctx(), v.s.Actor(), cu.ID)
	if err != nil {
		return err
	}
	rest, err := c.Customers.Report(v.ctx(), v.s.Actor(), cu.ID)
	if err != nil {
		return err
	}
	learned, err := c.Interactions.Export(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	x := exportedCustomer{Learned: learned, Number: cu.Number, Name: cu.Name, Status: string(cu.Status), Created: cu.Created, Contacts: []exportedContact{}, Risk: kept, Kept: rest}
	for _, k := range contacts {
		x.Contacts = append(x.Contacts, exportedContact{string(k.Kind), k.Value, k.Created})
	}
	b, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	_, _ = v.attach("application/json", "customer-"+cu.ID.String()+".json").Write(append(b, '\n')) // a reader that went away is no failure of ours
	return nil
}

// leaveAct starts the page on which a customer is closed or erased.
func (c *console) leaveAct(v *visit, key string) (cu customer.Customer, p actPage, err error) {
	if cu, err = c.readCustomer(v); err != nil {
		return cu, p, err
	}
	p = v.act(key, title(cu), customerPath(cu.ID)+"/data")
	p.Final = true
	badge := v.badge("console.status.customer", string(cu.Status))
	p.Facts = []ui.Fact{{Name: v.t.T("console.data.number"), Value: cu.Number, Mono: true, Badge: &badge}}
	switch {
	case key == "close" && cu.Status == customer.Closed:
		err = fault.Conflictf("console.closed", "This customer is closed for good: there is nothing to change.")
	case key == "erase":
		p.Reason = ""
		if cu.Status != customer.Closed {
			p.Missing = v.t.T("fault.customer.not_closed")
		}
	}
	return cu, p, err
}

// leaveForm says what closing or erasing does.
func (c *console) leaveForm(key string) func(*visit) error {
	return func(v *visit) error {
		_, p, err := c.leaveAct(v, key)
		if err != nil {
			return err
		}
		return v.showAct(p)
	}
}

// leave closes a customer for good, or erases one that is closed.
func (c *console) leave(key string) func(*visit) error {
	return func(v *visit) error {
		cu, p, err := c.leaveAct(v, key)
		if err != nil {
			return err
		}
		if p.Reason != "" {
			v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
		}
		if v.form.Value("sure") == "" {
			v.form.Fail("sure", v.t.T("console.do.not_sure"))
		}
		if !v.form.OK() {
			return v.showAct(p)
		}
		if key == "erase" {
			err = c.Customers.Erase(v.ctx(), v.s.Actor(), cu.ID)
		} else {
			err = c.Customers.Close(v.ctx(), v.s.Actor(), cu.ID, v.form.Value("reason"))
		}
		if err != nil {
			return c.refused(v, subject{cu.ID, cu.ID.String(), customerPath(cu.ID), title(cu)}, err, func(v *visit) error { return v.showAct(p) })
		}
		return v.done(customerPath(cu.ID)+"/data", "console.do."+key+".done")
	}
}
