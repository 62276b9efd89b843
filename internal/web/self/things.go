package self

import (
	"cmp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// thingView is a device that the customer lives with, as they see it.
type thingView struct {
	ID      string
	Title   string // its name, or what it is
	Kind    string // what it is, in words
	Icon    string
	Model   string
	Badge   ui.Badge
	Note    string // what its state means; may be empty
	Proof   string // how it proves itself, in words
	Roles   []string
	Known   []ui.Choice // its identifiers, masked
	Counts  time.Time   // end of its quarantine
	Since   time.Time
	Seen    time.Time // zero: never
	Group   companion.Group
	Acts    []mobileAct
	Reports bool

	item companion.Item
}

// thingGroup is the devices of one place.
type thingGroup struct {
	Title  string
	Icon   string
	Things []thingView
}

// thingsPage lists the devices that a customer lives with.
type thingsPage struct {
	Groups  []thingGroup
	Invited []companion.Invitation
	Room    bool // more can be registered
}

// thingIcon draws a kind of device.
func thingIcon(k companion.Kind) string {
	icons := map[companion.Kind]string{
		companion.Phone: "smartphone", companion.PDA: "smartphone", companion.Tablet: "tablet", companion.EReader: "book-open", companion.Laptop: "laptop", companion.Desktop: "monitor",
		companion.Watch: "watch", companion.Headset: "headphones", companion.Card: "credit-card", companion.Vehicle: "car", companion.AccessPoint: "wifi", companion.Router: "router",
		companion.Gateway: "router", companion.SetTopBox: "tv", companion.TV: "tv", companion.Speaker: "speaker", companion.Oven: "microwave", companion.Fridge: "refrigerator",
		companion.Thermostat: "thermometer", companion.Heater: "heater", companion.HomeMonitor: "cctv",
	}
	return cmp.Or(icons[k], "cpu")
}

// groupIcon draws a place.
func groupIcon(g companion.Group) string {
	return map[companion.Group]string{companion.Home: "house", companion.Body: "watch", companion.Bag: "backpack", companion.Car: "car", companion.Job: "briefcase"}[g]
}

// things shows the devices, by where they usually are.
func (s *self) things(v *visit) error {
	all, err := s.Companions.List(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	p := thingsPage{Room: len(all) < s.Policies.Active().Companions.Devices}
	if p.Invited, err = s.Companions.Invitations(v.ctx(), v.s.Customer); err != nil {
		return err
	}
	for _, g := range companion.Groups() {
		group := thingGroup{Title: v.t.T("self.thing.group." + string(g)), Icon: groupIcon(g)}
		for _, it := range all {
			if it.Group == g {
				group.Things = append(group.Things, v.thing(it))
			}
		}
		if len(group.Things) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	return v.render("things", v.t.T("self.thing.title"), ui.Normal, p)
}

// myThing returns the device that the address names. To the address of somebody else's the
// answer is that of none.
func (s *self) myThing(v *visit) (thingView, error) {
	id, err := ident.Parse(v.r.PathValue("id"))
	if err != nil {
		return thingView{}, fault.NotFoundf("page", "There is no page at this address.")
	}
	it, err := s.Companions.Get(v.ctx(), v.s.Customer, id)
	if fault.Is(err, "companion.unknown") {
		err = fault.NotFoundf("page", "There is no page at this address.")
	}
	return v.thing(it), err
}

func (v *visit) thing(it companion.Item) thingView {
	c := it.Companion
	kind := v.t.T("self.thing.kind." + string(c.Kind))
	x := thingView{
		ID: c.ID.String(), Title: cmp.Or(c.Name, kind), Kind: kind, Icon: thingIcon(c.Kind), Model: c.Model, Group: c.Group,
		Proof: v.t.T("self.thing.proof." + string(c.Class)), Counts: c.Counts, Since: c.Created, Seen: c.Seen, Reports: c.Reports(), item: it,
	}
	for _, r := range companion.Roles() {
		if slices.Contains(c.Roles, r) {
			x.Roles = append(x.Roles, v.t.T("self.thing.role."+string(r)))
		}
	}
	for _, i := range it.Masked {
		x.Known = append(x.Known, ui.Choice{Value: i.Value, Text: v.t.T("self.thing.identifier." + string(i.Kind))})
	}
	word := c.State(v.now)
	if it.Cloned {
		word = "cloned"
	}
	tone := map[string]ui.Tone{"fresh": ui.Info, "active": ui.Good, "suspended": ui.Warn, "cloned": ui.Bad, "lost": ui.Bad}[word]
	x.Badge = ui.Badge{Tone: tone, Text: v.t.T("self.thing.state." + word)}
	if key := "self.thing.note." + word; v.t.Has(key) {
		x.Note = v.t.T(key, "time", v.t.Time(c.Counts))
	}
	x.Acts = x.acts()
	return x
}

// acts lists what its owner can do with a device now.
func (x *thingView) acts() (all []mobileAct) {
	st := x.item.Status
	if st == device.Suspended && !x.item.Cloned {
		all = append(all, mobileAct{Name: "resumption", Icon: "power"})
	}
	if st == device.Active {
		all = append(all, mobileAct{Name: "suspension", Icon: "ban", Danger: true})
	}
	if st == device.Active || st == device.Suspended {
		all = append(all, mobileAct{Name: "loss", Icon: "triangle-alert", Danger: true})
	}
	return append(all, mobileAct{Name: "removal", Icon: "trash-2", Danger: true})
}

// thingPage is the page of one device.
type thingPage struct {
	thingView

	Places  []ui.Choice // where it may usually be
	History []ui.Event
}

// aThing shows a device: what it is, how it stands, and what happened to it.
func (s *self) aThing(v *visit) error {
	x, err := s.myThing(v)
	if err != nil {
		return err
	}
	v.form.Set("name", x.item.Name)
	v.form.Set("group", string(x.Group))
	return s.showThing(v, x)
}

func (s *self) showThing(v *visit, x thingView) error {
	p := thingPage{thingView: x}
	for _, g := range companion.Groups() {
		p.Places = append(p.Places, ui.Choice{Value: string(g), Text: v.t.T("self.thing.group." + string(g))})
	}
	page, err := s.Audit.Find(v.ctx(), audit.Filter{Customer: v.s.Customer, Object: x.ID}, "", lastActs)
	if err != nil {
		return err
	}
	for _, e := range page.Entries {
		if y, ok := v.event(e, nil); ok {
			p.History = append(p.History, y)
		}
	}
	return v.render("thing", x.Title, ui.Normal, p)
}
