package console

import (
	"cmp"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileIDCard is what the customer's page says of their mobile IDs.
type mobileIDCard struct {
	*visit
	At          string // address of the customer's mobile IDs
	Person      string // serial number in the certificates; "" when they never had one
	Rows        []mobileIDRow
	Ended       int  // that are not among the rows
	CanRegister bool // a new one may be made
}

// mobileIDRow is a mobile ID in a list.
type mobileIDRow struct {
	mobileid.Profile
	Shown string // its number, masked
	Spam  string // whether it has a spam-prevention code
	Href  string
	Badge ui.Badge
}

// addMobileIDs adds the customer's mobile IDs to their page, where the bank has any.
func (c *console) addMobileIDs(v *visit, p *customerPage) error {
	if !v.s.Can(staff.MobileIDRead) {
		return nil
	}
	all, err := c.MobileIDs.Profiles(v.ctx(), p.ID)
	on := len(c.Policies.Active().MobileIDs()) > 0
	if err != nil || len(all) == 0 && !on {
		return err
	}
	card := &mobileIDCard{visit: v, At: customerPath(p.ID) + "/mobile-id", CanRegister: on && v.s.Can(staff.MobileIDRegister) && p.Status == customer.Active}
	every := v.query("mobile-ids") == "all"
	for _, m := range all {
		card.Person = cmp.Or(card.Person, m.Person)
		if mobileIDOver(m.State) && !every {
			card.Ended++
			continue
		}
		card.Rows = append(card.Rows, v.mobileIDRow(m))
	}
	p.MobileIDs = card
	return nil
}

// mobileIDOver reports whether nothing comes of a mobile ID any more.
func mobileIDOver(s mobileid.State) bool {
	return s == mobileid.StateRevoked || s == mobileid.StateRefused || s == mobileid.StateFailed
}

func (v *visit) mobileIDRow(p mobileid.Profile) mobileIDRow {
	return mobileIDRow{Profile: p, Shown: p.Masked(), Spam: v.guarded(p.Guarded), Href: mobileIDPath(p.Customer, p.ID), Badge: v.mobileIDBadge(p.MobileID)}
}

func mobileIDPath(customer, id ident.ID) string {
	return customerPath(customer) + "/mobile-id/" + id.String()
}

// mobileIDBadge is the state of a mobile ID in a word or two.
func (v *visit) mobileIDBadge(m mobileid.MobileID) ui.Badge {
	tones := map[mobileid.State]ui.Tone{
		mobileid.StateOrdered: ui.Info, mobileid.StateAsked: ui.Info, mobileid.StateGenerating: ui.Info, mobileid.StateCertifying: ui.Info,
		mobileid.StateActive: ui.Good, mobileid.StateSuspended: ui.Bad,
	}
	key := string(m.State)
	if m.OnHold(v.now) {
		return ui.Badge{Tone: ui.Warn, Text: v.t.T("console.mobile_id.state.held")}
	}
	return ui.Badge{Tone: cmp.Or(tones[m.State], ui.Plain), Text: v.t.T("console.mobile_id.state." + key)}
}

// mobileIDTarget is the mobile ID in the address, as an act finds it.
type mobileIDTarget struct {
	mobileid.Profile
	Who   string // its owner, as staff call them
	Badge ui.Badge
}

// At is the address of its page.
func (x mobileIDTarget) At() string { return x.path() }

func (x mobileIDTarget) path() string { return mobileIDPath(x.Customer, x.ID) }

func (x mobileIDTarget) subject() subject {
	return subject{x.Customer, "mobile_id:" + x.ID.String(), x.path(), x.Masked()}
}

// readMobileID finds the mobile ID in the address, and its owner.
func (c *console) readMobileID(v *visit) (x mobileIDTarget, err error) {
	var ids [2]ident.ID
	for i, name := range []string{"id", "mobile"} {
		if ids[i], err = v.id(name); err != nil {
			return x, err
		}
	}
	if x.Profile, err = c.MobileIDs.Profile(v.ctx(), ids[0], ids[1]); err != nil {
		return x, err
	}
	owner, err := c.Customers.Get(v.ctx(), x.Customer)
	x.Who, x.Badge = title(owner), v.mobileIDBadge(x.MobileID)
	return x, err
}

// mobileIDTargetFacts say which mobile ID an act is about.
func (v *visit) mobileIDTargetFacts(x mobileIDTarget) []ui.Fact {
	return []ui.Fact{
		{Name: v.t.T("console.mobile_id.number"), Value: x.Masked(), Mono: true, Badge: &x.Badge},
		{Name: v.t.T("console.token.owner"), Value: x.Who},
	}
}
