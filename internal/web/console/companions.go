package console

import (
	"cmp"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// companionCard is what the customer's page says of the devices that they live with.
type companionCard struct {
	*visit
	At        string // address of the customer's devices
	Rows      []companionRow
	Open      []companion.Invitation
	CanInvite bool
}

// companionRow is a device in a list.
type companionRow struct {
	companion.Item
	Title string
	What  string // kind and place
	Proof string
	Href  string
	Badge ui.Badge
}

// addCompanions adds the devices that the customer lives with to their page, where they have any.
func (c *console) addCompanions(v *visit, p *customerPage) error {
	if !v.s.Can(staff.CompanionRead) {
		return nil
	}
	all, err := c.Companions.List(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	card := &companionCard{visit: v, At: customerPath(p.ID) + "/devices", CanInvite: v.s.Can(staff.CompanionRegister) && p.Status == customer.Active}
	if card.Open, err = c.Companions.Invitations(v.ctx(), p.ID); err != nil {
		return err
	}
	for _, it := range all {
		card.Rows = append(card.Rows, v.companionRow(it))
	}
	p.Companions = card
	return nil
}

func (v *visit) companionRow(it companion.Item) companionRow {
	kind := v.t.T("console.companion.kind." + string(it.Kind))
	return companionRow{
		Item: it, Title: cmp.Or(it.Name, kind), What: kind + " · " + v.t.T("console.companion.group."+string(it.Group)), Proof: v.t.T("console.companion.proof." + string(it.Class)),
		Href: companionPath(it.Customer, it.ID), Badge: v.companionBadge(it),
	}
}

func companionPath(customer, id ident.ID) string {
	return customerPath(customer) + "/devices/" + id.String()
}

// companionBadge is the state of a device in a word.
func (v *visit) companionBadge(it companion.Item) ui.Badge {
	word := it.State(v.now)
	if it.Cloned {
		word = "cloned"
	}
	tone := map[string]ui.Tone{"fresh": ui.Info, "active": ui.Good, "suspended": ui.Warn, "cloned": ui.Bad, "lost": ui.Bad}[word]
	return ui.Badge{Tone: cmp.Or(tone, ui.Plain), Text: v.t.T("console.companion.state." + word)}
}

// companionTarget is the device in the address, as an act finds it.
type companionTarget struct {
	companionRow

	Who string // its owner, as staff call them
}

func (x companionTarget) subject() subject {
	return subject{x.Customer, x.ID.String(), x.Href, x.Title}
}

// readCompanion finds the device in the address, and its owner.
func (c *console) readCompanion(v *visit) (x companionTarget, err error) {
	var ids [2]ident.ID
	for i, name := range []string{"id", "device"} {
		if ids[i], err = v.id(name); err != nil {
			return x, err
		}
	}
	it, err := c.Companions.Get(v.ctx(), ids[0], ids[1])
	if err != nil {
		return x, err
	}
	x.companionRow = v.companionRow(it)
	owner, err := c.Customers.Get(v.ctx(), x.Customer)
	x.Who = title(owner)
	return x, err
}

// companionTargetFacts say which device an act is about.
func (v *visit) companionTargetFacts(x companionTarget) []ui.Fact {
	return []ui.Fact{
		{Name: v.t.T("console.companion.device"), Value: x.Title, Note: x.What, Badge: &x.Badge},
		{Name: v.t.T("console.token.owner"), Value: x.Who},
	}
}
