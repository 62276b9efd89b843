package self

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// thingPrefix begins the names of changes that are acts on devices.
const thingPrefix = "thing-"

// thingChange is what an act on a device asks for besides the proof.
type thingChange struct {
	Act   string
	Thing *thingView // nil for a new one
	Kinds []ui.Choice
}

// thingChange adds what an act on a device needs to a page of a change.
func (s *self) thingChange(v *visit, p *changePage) error {
	if p.What == habitChange {
		p.Path, p.Back = "/habits/choice", "/habits"
		return nil
	}
	if p.What == journeyChange {
		p.Path, p.Back, p.Choices = "/journeys/new", "/journeys", v.regionChoices()
		return nil
	}
	act, is := strings.CutPrefix(p.What, thingPrefix)
	if !is {
		return nil
	}
	p.Thing = &thingChange{Act: act}
	if act == "registration" {
		p.Path, p.Back = "/devices/add", "/devices"
		for _, k := range companion.Kinds() {
			p.Thing.Kinds = append(p.Thing.Kinds, ui.Choice{Value: string(k), Text: v.t.T("self.thing.kind." + string(k))})
		}
		return nil
	}
	x, err := s.myThing(v)
	p.Path, p.Back, p.Thing.Thing = "/devices/"+x.ID+"/"+act, "/devices/"+x.ID, &x
	return err
}

// invitedThing is the page with the code of an invitation, which is shown this one time.
type invitedThing struct {
	ID    string
	Kind  string
	Icon  string
	Code  string
	Until time.Time
}

// inviteThing makes a code with which a device is registered.
func (s *self) inviteThing(v *visit) error {
	p, proven, ok, err := s.proved(v, thingPrefix+"registration")
	if err != nil || !ok {
		return err
	}
	kind := companion.Kind(v.form.Value("kind"))
	i, err := s.Companions.Invite(v.ctx(), v.s.Actor(), companion.Order{Customer: v.s.Customer, Proof: proven}, companion.Wanted{Kind: kind, Name: v.form.Value("name")})
	if err != nil {
		return s.unchanged(v, p, err, "name")
	}
	v.form = ui.NewForm(nil)
	return v.render("thing-code", v.t.T("self.thing.code_title"), ui.Narrow, invitedThing{ID: i.ID.String(), Kind: v.t.T("self.thing.kind." + string(kind)), Icon: thingIcon(kind), Code: i.Code, Until: i.Expires})
}

// withdrawThing ends an open invitation.
func (s *self) withdrawThing(v *visit) error {
	id, err := ident.Parse(v.r.PathValue("id"))
	if err == nil {
		err = s.Companions.Withdraw(v.ctx(), v.s.Actor(), v.s.Customer, id)
	}
	if err != nil && fault.KindOf(err) != fault.Unavailable {
		err = fault.NotFoundf("page", "There is no page at this address.").WithCause(err)
	}
	if err != nil {
		return err
	}
	return v.done("/devices", ui.Good, "self.thing.done.withdrawal")
}

// resumeThing puts a device back into use.
func (s *self) resumeThing(v *visit) error {
	p, proven, ok, err := s.proved(v, thingPrefix+"resumption")
	if err != nil || !ok {
		return err
	}
	o := companion.On{Order: companion.Order{Customer: v.s.Customer, Proof: proven}, Companion: p.Thing.Thing.item.ID}
	if err := s.Companions.Resume(v.ctx(), v.s.Actor(), o); err != nil {
		return s.unchanged(v, p, err, "name")
	}
	return v.done(p.Back, ui.Good, "self.thing.done.resumption")
}

// describeThing changes what a device is called, and where it usually is.
func (s *self) describeThing(v *visit) error {
	x, err := s.myThing(v)
	if err != nil {
		return err
	}
	ch := companion.Change{Name: new(v.form.Value("name")), Group: new(companion.Group(v.form.Value("group")))}
	if err := s.Companions.Change(v.ctx(), v.s.Actor(), companion.On{Order: companion.Order{Customer: v.s.Customer}, Companion: x.item.ID}, ch); err != nil {
		return v.again(err, func() error { return s.showThing(v, x) })
	}
	return v.done("/devices/"+x.ID, ui.Good, "self.thing.done.description")
}

// endingThing is the page that asks before a device is taken out of use.
type endingThing struct {
	thingView

	Act string
}

// askThing asks whether a device is to be taken out of use, and says what follows.
func (s *self) askThing(act string) func(*visit) error {
	return func(v *visit) error {
		x, err := s.myThing(v)
		if err != nil {
			return err
		}
		return v.render("thing-end", v.t.T("self.thing.act."+act), ui.Narrow, endingThing{x, act})
	}
}

// endThing takes a device out of use at once, with no proof but the session.
func (s *self) endThing(act string) func(*visit) error {
	do := map[string]func(*visit, companion.On) error{
		"suspension": func(v *visit, o companion.On) error { return s.Companions.Suspend(v.ctx(), v.s.Actor(), o) },
		"loss":       func(v *visit, o companion.On) error { return s.Companions.Lose(v.ctx(), v.s.Actor(), o) },
		"removal":    func(v *visit, o companion.On) error { return s.Companions.Remove(v.ctx(), v.s.Actor(), o) },
	}[act]
	return func(v *visit) error {
		x, err := s.myThing(v)
		if err != nil {
			return err
		}
		if err := do(v, companion.On{Order: companion.Order{Customer: v.s.Customer}, Companion: x.item.ID}); err != nil {
			return v.again(err, func() error {
				return v.render("thing-end", v.t.T("self.thing.act."+act), ui.Narrow, endingThing{x, act})
			})
		}
		to := "/devices/" + x.ID
		if act == "removal" {
			to = "/devices"
		}
		return v.done(to, ui.Good, "self.thing.done."+act)
	}
}

// thingRoutes are those of the devices that a customer lives with.
func (s *self) thingRoutes() []route {
	const one = "/devices/{id}"
	all := []route{
		{Pattern: "GET /devices", Serve: s.things},
		{Pattern: "GET " + one, Serve: s.aThing},
		{Pattern: "POST " + one + "/name", Serve: s.describeThing},
		{Pattern: "POST /device-codes/{id}", Serve: s.withdrawThing},
	}
	for _, act := range []string{"suspension", "loss", "removal"} {
		all = append(all, route{Pattern: "GET " + one + "/" + act, Serve: s.askThing(act)}, route{Pattern: "POST " + one + "/" + act, Serve: s.endThing(act)})
	}
	add := func(path, act string, do func(*visit) error) {
		all = append(all, s.changeRoutes(path, thingPrefix+act, do)...)
	}
	add("/devices/add", "registration", s.inviteThing)
	add(one+"/resumption", "resumption", s.resumeThing)
	return all
}
