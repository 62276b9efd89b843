package console

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// companionAct is an act on a device. Its key is the last part of its address, and of its texts below
// console.do.
type companionAct struct {
	key     string
	need    staff.Permission
	icon    string
	danger  bool
	final   bool
	warrant warranty
	may     func(companionTarget) bool
	do      func(*companion.Desk, context.Context, audit.Actor, companion.On) error
}

// companionActs lists them in the order in which they are offered.
func companionActs() []companionAct {
	allows := func(a device.Act) func(companionTarget) bool {
		return func(x companionTarget) bool {
			_, ok := a.To(x.Status)
			return ok && (a != device.Resume || !x.Cloned)
		}
	}
	return []companionAct{
		{key: "suspend-companion", need: staff.CompanionStop, icon: "ban", danger: true, may: allows(device.Suspend), do: (*companion.Desk).Suspend},
		{key: "resume-companion", need: staff.CompanionRegister, icon: "power", warrant: needsOne, may: allows(device.Resume), do: (*companion.Desk).Resume},
		{key: "lose-companion", need: staff.CompanionStop, icon: "triangle-alert", danger: true, final: true, may: allows(device.Lose), do: (*companion.Desk).Lose},
		{key: "remove-companion", need: staff.CompanionStop, icon: "trash-2", danger: true, final: true, may: allows(device.Retire), do: (*companion.Desk).Remove},
	}
}

// companionOffers lists what the visitor may do with a device in its state.
func (v *visit) companionOffers(x companionTarget) (acts []offer) {
	for _, a := range companionActs() {
		if v.s.Can(a.need) && a.may(x) {
			acts = append(acts, offer{Text: v.t.T("console.do." + a.key + ".short"), Href: x.Href + "/" + a.key, Icon: a.icon, Danger: a.danger})
		}
	}
	return acts
}

// companionForm says what an act will do.
func (c *console) companionForm(a companionAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readCompanion(v)
		if err != nil {
			return err
		}
		if !a.may(x) {
			return c.overtaken(v, x.subject(), fault.Conflictf("companion.state", "This cannot be done with the device, or not any more."))
		}
		p := v.act(a.key, x.Title, x.Href)
		if a.warrant != needsNone {
			i, ok, err := c.warrant(v, x.Customer)
			if err != nil || !ok {
				return err
			}
			p.Identified = v.standingOf(i)
		}
		p.Facts, p.Final = v.companionTargetFacts(x), a.final
		return v.showAct(p)
	}
}

// doCompanion carries an act out.
func (c *console) doCompanion(a companionAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readCompanion(v)
		if err != nil {
			return err
		}
		if a.final && v.form.Value("sure") == "" {
			v.form.Fail("sure", v.t.T("console.do.not_sure"))
		}
		v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
		if !v.form.OK() {
			return c.companionForm(a)(v)
		}
		o := companion.On{Order: companion.Order{Customer: x.Customer, Reason: v.form.Value("reason")}, Companion: x.ID}
		if err := a.do(c.Companions, v.ctx(), v.s.Actor(), o); err != nil {
			return c.refused(v, x.subject(), err, c.companionForm(a))
		}
		to := x.Href
		if a.key == "remove-companion" {
			to = customerPath(x.Customer)
		}
		return v.done(to, "console.do."+a.key+".done", "name", x.Title)
	}
}

// newCompanion asks what is to be registered, once the customer was identified.
func (c *console) newCompanion(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, cu.ID)
	if err != nil || !ok {
		return err
	}
	p := v.act("invite-companion", title(cu), customerPath(cu.ID))
	p.Identified, p.Reason = v.standingOf(i), ""
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	p.Pick = &picker{Name: "kind", Label: v.t.T("console.companion.what")}
	for _, k := range companion.Kinds() {
		p.Pick.Options = append(p.Pick.Options, ui.Choice{Value: string(k), Text: v.t.T("console.companion.kind." + string(k))})
	}
	return v.showAct(p)
}

// inviteCompanion makes the code, and shows it this once.
func (c *console) inviteCompanion(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	out, err := c.Companions.Invite(v.ctx(), v.s.Actor(), companion.Order{Customer: cu.ID}, companion.Wanted{Kind: companion.Kind(v.form.Value("kind"))})
	if err != nil {
		return c.refused(v, subject{owner: cu.ID, object: cu.ID.String(), page: customerPath(cu.ID), name: title(cu)}, err, c.newCompanion)
	}
	name := v.t.T("console.companion.invited")
	return v.render("once", name, oncePage{
		visit: v, Title: name, Lede: v.t.T("console.once.lede"), Back: customerPath(cu.ID), Done: v.t.T("console.code.back"),
		Secret: ui.Secret{ID: "device-code", Label: v.t.T("console.companion.code"), Value: out.Code, Hint: v.t.T("console.code.until", "time", v.t.Time(out.Expires))},
		Facts: []ui.Fact{
			{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number},
			{Name: v.t.T("console.companion.what"), Value: v.t.T("console.companion.kind." + string(out.Kind))},
		},
		Next: []string{v.t.T("console.companion.next_1"), v.t.T("console.companion.next_2"), v.t.T("console.companion.next_3")},
	})
}

// companionRoutes is the part of the site map about devices that customers live with.
func (c *console) companionRoutes() []route {
	const one = "/customers/{id}/devices/{device}"
	all := []route{
		{Pattern: "GET " + one, Need: staff.CompanionRead, Serve: c.companion},
		{Pattern: "GET /customers/{id}/devices/new", Need: staff.CompanionRegister, Serve: c.newCompanion},
		{Pattern: "POST /customers/{id}/devices/new", Need: staff.CompanionRegister, Fresh: "console.act.companion", Serve: c.inviteCompanion},
	}
	for _, a := range companionActs() {
		all = append(all,
			route{Pattern: "GET " + one + "/" + a.key, Need: a.need, Serve: c.companionForm(a)},
			route{Pattern: "POST " + one + "/" + a.key, Need: a.need, Fresh: "console.act.companion", Serve: c.doCompanion(a)})
	}
	return all
}
