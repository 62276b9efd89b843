package console

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type customerPage struct {
	*visit
	customer.Customer
	Badge      ui.Badge
	Holdings   []holding
	Devices    []deviceRow
	Mobiles    *mobileCard    // nil where mobile tokens are not in use, or not seen
	Companions *companionCard // nil where they are not seen
	MobileIDs  *mobileIDCard  // nil where mobile IDs are not in use, or not seen
	Payments   *payCard       // nil where the customer has no card, or it is not seen
	Codes      []codeRow
	Contacts   []contactRow
	Password   *passwordCard // nil where passwords are not in use
	Texts      *textsCard    // nil where codes by text message are not in use
	Channels   []channelRow  // that are closed to the customer
	Recent     []ui.Event
	CanIssue   bool

	Identified *standing // what the visitor's acts may rely on; nil for none
}

type deviceRow struct {
	tokenRow
	Used time.Time
}

type codeRow struct {
	registration.Code
	Policy     string
	Badge      ui.Badge
	Extendable bool
	Left       int // times that it may still be extended
	By         string
}

type contactRow struct {
	customer.Contact
	KindName string
	Badge    ui.Badge
}

// customer shows one customer: what they hold, and how it stands.
func (c *console) customer(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	p := customerPage{visit: v, Customer: cu, Badge: v.badge("console.status.customer", string(cu.Status)), CanIssue: cu.Status == customer.Active}
	for _, part := range []func(*visit, *customerPage) error{c.addHoldings, c.addDevices, c.addMobiles, c.addMobileIDs, c.addCompanions, c.addPaying, c.addCodes, c.addContacts, c.addIdentified, c.addPassword, c.addTexts, c.addChannels} {
		if err := part(v, &p); err != nil {
			return err
		}
	}
	if p.Recent, _, err = c.history(v, audit.Filter{Customer: cu.ID}, "", recent); err != nil {
		return err
	}
	return v.render("customer", title(cu), p)
}

// title names a customer.
func title(c customer.Customer) string {
	if c.Name == "" {
		return c.Number
	}
	return c.Name
}

// Title names the customer in the page.
func (p customerPage) Title() string { return title(p.Customer) }

func (c *console) readCustomer(v *visit) (customer.Customer, error) {
	id, err := v.id("id")
	if err != nil {
		return customer.Customer{}, err
	}
	return c.Customers.Get(v.ctx(), id)
}

func (c *console) addHoldings(v *visit, p *customerPage) error {
	all, err := c.Authenticators.Of(v.ctx(), p.ID)
	for _, a := range all {
		p.Holdings = append(p.Holdings, v.holding(a))
	}
	return err
}

// addIdentified looks for an identification of the visitor's own. A customer who is
// closed is identified for nothing.
func (c *console) addIdentified(v *visit, p *customerPage) error {
	if !v.s.Can(staff.CustomerIdentify) || p.Status == customer.Closed {
		return nil
	}
	i, err := c.current(v, p.ID)
	p.Identified = v.standingOf(i)
	return err
}

func (c *console) addDevices(v *visit, p *customerPage) error {
	all, err := c.Tokens.OfCustomer(v.ctx(), p.ID)
	set := c.Policies.Active()
	for _, it := range all {
		p.Devices = append(p.Devices, deviceRow{v.tokenRow(it, modelName(set, it.Device.Model)), lastUse(it)})
	}
	return err
}

// lastUse is when any key of the token gave a right code last.
func lastUse(it token.Item) (t time.Time) {
	for _, k := range it.Keys {
		if k.Used.After(t) {
			t = k.Used
		}
	}
	return t
}

func (c *console) addCodes(v *visit, p *customerPage) error {
	all, err := c.Desk.Codes(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	set, n := c.Policies.Active(), c.names(v)
	for _, code := range all[:min(len(all), recent)] {
		row := codeRow{Code: code, Policy: policyName(set, code.Policy), Badge: v.codeBadge(code)}
		row.Left = max(set.Registration.MaxExtend-code.Extended, 0)
		row.Extendable = code.Status == registration.Valid && row.Left > 0
		if row.By, err = n.of(v.ctx(), code.By); err != nil {
			return err
		}
		p.Codes = append(p.Codes, row)
	}
	return nil
}

func (c *console) addContacts(v *visit, p *customerPage) (err error) {
	all, err := c.Customers.Contacts(v.ctx(), p.ID)
	p.Contacts = c.contactRows(v, all)
	return err
}

func (c *console) contactRows(v *visit, all []customer.Contact) (rows []contactRow) {
	for _, k := range all {
		row := contactRow{Contact: k, KindName: v.t.T("console.contact." + string(k.Kind))}
		if row.Badge = (ui.Badge{Tone: ui.Warn, Text: v.t.T("console.contact.unverified")}); !k.Verified.IsZero() {
			row.Badge = ui.Badge{Tone: ui.Good, Text: v.t.T("console.contact.verified")}
		}
		rows = append(rows, row)
	}
	return rows
}
