package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lastTexts is how many text messages a customer's page shows.
const lastTexts = 5

// textsCard is what a customer's page has about codes by text message. Nil where the
// policies know none and the customer never had a phone.
type textsCard struct {
	Active   *phoneRow
	Next     *phoneRow // waits to take its place
	Last     []textRow
	Register string // address of the act; "" when it is not offered
	Replace  string // the same for unregistering
	Limit    bool   // too many codes were asked for
}

// phoneRow is a phone in words.
type phoneRow struct {
	passcode.Phone
	Badge   ui.Badge
	Meter   ui.Meter // codes asked for without a right one
	Note    string
	Release string
	Refuse  string
}

// addTexts looks at the customer's phone and the texts that went to it.
func (c *console) addTexts(v *visit, p *customerPage) error {
	phones, err := c.Passcodes.Phones(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	list, err := c.Texts.List(v.ctx(), sms.Filter{Customer: p.ID}, lastTexts)
	if err != nil || len(set.Passcodes()) == 0 && len(phones) == 0 && len(list) == 0 {
		return err
	}
	card := &textsCard{Last: v.textRows(list, customerPath(p.ID)+"/texts/")}
	for _, x := range phones {
		switch x.Status {
		case passcode.Active:
			card.Active = v.phoneRow(x, set)
			card.Limit = x.Requests.Blocked(v.now)
		case passcode.Pending, passcode.Held:
			card.Next = v.phoneRow(x, set)
		case passcode.Replaced, passcode.Removed, passcode.Refused:
		}
	}
	if p.Status != customer.Closed && v.s.Can(staff.PhoneRegister) {
		if at := customerPath(p.ID) + "/phone/"; card.Active != nil {
			card.Replace = at + "unregister"
		} else if len(set.Passcodes()) > 0 {
			card.Register = at + "register"
		}
	}
	p.Texts = card
	return nil
}

// phoneRow describes a phone, and what the visitor may do with it.
func (v *visit) phoneRow(x passcode.Phone, set *policy.Set) *phoneRow {
	row := &phoneRow{Phone: x, Badge: v.phoneBadge(x.Status)}
	at := customerPath(x.Customer) + "/phones/" + x.ID.String() + "/"
	switch x.Status {
	case passcode.Active:
		if most := mostRequests(set); most > 0 {
			n := min(x.Requests.Count, most)
			if x.Requests.Blocked(v.now) {
				n = most
			}
			row.Meter = ui.Meter{Label: v.t.T("console.phone.requests"), Value: n, Max: most, Tone: pressure(n, most), Text: v.t.T("console.holding.of", "used", n, "max", most)}
		}
	case passcode.Pending:
		row.Note = v.t.T("console.phone.pending_until", "time", v.t.Time(x.Until))
	case passcode.Held:
		row.Note = v.t.T("console.phone.held_staff")
		if !x.Until.Equal(limit.Forever) {
			row.Note = v.t.T("console.phone.held_until", "time", v.t.Time(x.Until))
		}
		if v.s.Can(staff.PhoneRegister) {
			row.Release = at + "release"
		}
	case passcode.Replaced, passcode.Removed, passcode.Refused:
	}
	if (x.Status == passcode.Pending || x.Status == passcode.Held) && v.s.Can(staff.PhoneRefuse) {
		row.Refuse = at + "refuse"
	}
	return row
}

func (v *visit) phoneBadge(s passcode.Status) ui.Badge {
	b := ui.Badge{Tone: ui.Plain, Text: v.t.T("console.status.phone." + string(s))}
	switch s {
	case passcode.Active:
		b.Tone = ui.Good
	case passcode.Pending, passcode.Held:
		b.Tone = ui.Warn
	case passcode.Replaced, passcode.Removed, passcode.Refused:
	}
	return b
}

// mostRequests is how many codes may be asked for without a right one: by the strictest
// policy, because one count serves them all.
func mostRequests(set *policy.Set) (most int) {
	for _, p := range set.Passcodes() {
		if most == 0 || p.Passcode.Requests < most {
			most = p.Passcode.Requests
		}
	}
	return most
}

type phonesPage struct {
	*visit
	Phones []waitingPhone
}

type waitingPhone struct {
	phoneRow
	Number string // the customer's
	To     string // the phone's, masked
	Staff  bool   // nothing happens before somebody decides
}

// phones lists the numbers that wait to become a customer's.
func (c *console) phones(v *visit) error {
	all, err := c.Passcodes.Waiting(v.ctx())
	if err != nil {
		return err
	}
	p := phonesPage{visit: v}
	for _, w := range all {
		p.Phones = append(p.Phones, waitingPhone{*v.phoneRow(w.Phone, c.Policies.Active()), w.CustomerNumber, w.Number, w.Until.Equal(limit.Forever)})
	}
	return v.render("phones", v.t.T("console.phone.waiting"), p)
}

// heldPhones counts what waits there.
func (c *console) heldPhones(v *visit) (int64, error) {
	if !v.s.Can(staff.PhoneRefuse) {
		return 0, nil
	}
	all, err := c.Passcodes.Waiting(v.ctx())
	return int64(len(all)), err
}

// phoneOf finds the phone in the address, when it is the customer's.
func (c *console) phoneOf(v *visit, owner ident.ID) (passcode.Phone, error) {
	id, err := v.id("phone")
	if err != nil {
		return passcode.Phone{}, err
	}
	all, err := c.Passcodes.Phones(v.ctx(), owner)
	if err != nil {
		return passcode.Phone{}, err
	}
	for _, x := range all {
		if x.ID == id {
			return x, nil
		}
	}
	return passcode.Phone{}, noPage()
}
