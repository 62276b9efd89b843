package self

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/ota/applet"
)

// simPrefix begins the names of changes that are acts on mobile IDs.
const simPrefix = "sim-"

// simChange is what an act on a mobile ID asks for besides the proof.
type simChange struct {
	Act   string
	SIM   *simView    // nil for a new one
	Roles []ui.Choice // whose PIN
}

// simChange adds what an act on a mobile ID needs to a page of a change.
func (s *self) simChange(v *visit, p *changePage) error {
	act, is := strings.CutPrefix(p.What, simPrefix)
	if !is {
		return nil
	}
	p.SIM = &simChange{Act: act}
	if act == "registration" {
		p.Path, p.Back = "/sims/add", "/tokens"
		return nil
	}
	x, err := s.simCard(v)
	p.Path, p.Back, p.SIM.SIM = "/sims/"+x.ID+"/"+act, "/sims/"+x.ID, &x
	p.SIM.Roles = []ui.Choice{
		{Value: applet.Authentication.String(), Text: v.t.T("self.sim.role.authentication")}, {Value: applet.Signing.String(), Text: v.t.T("self.sim.role.signing")},
	}
	return err
}

// registerSIM has the SIM behind a phone number make its keys, and leads to the page that waits for
// the phone (F-3.1, F-3.2).
func (s *self) registerSIM(v *visit) error {
	p, proven, ok, err := s.proved(v, simPrefix+"registration")
	if err != nil || !ok {
		return err
	}
	v.form.Require(v.t, "number", v.t.T("self.sim.number"))
	if !v.form.OK() {
		return v.showChange(p)
	}
	r, err := s.MobileIDs.Register(v.ctx(), v.s.Actor(), mobileid.Enrollment{Customer: v.s.Customer, Number: v.form.Value("number"), Proof: proven})
	if err != nil {
		return s.unchanged(v, p, err, "number")
	}
	return v.to("/sims/" + r.ID.String())
}

// doSIM carries an act out that needs a fresh proof.
func (s *self) doSIM(act string, do func(*visit, mobileid.Order) error) func(*visit) error {
	return func(v *visit) error {
		p, proven, ok, err := s.proved(v, simPrefix+act)
		if err != nil || !ok {
			return err
		}
		if err := do(v, v.simOrder(*p.SIM.SIM, proven)); err != nil {
			return s.unchanged(v, p, err, "spam")
		}
		return v.done(p.Back, ui.Good, "self.sim.done."+act)
	}
}

func (v *visit) simOrder(x simView, proven hub.Proven) mobileid.Order {
	o := mobileid.Order{Customer: v.s.Customer, Mobile: x.item.ID, Proof: proven, Role: applet.Authentication}
	if v.form.Value("role") == applet.Signing.String() {
		o.Role = applet.Signing
	}
	return o
}

func (s *self) setSpam(v *visit, o mobileid.Order) error {
	_, err := s.MobileIDs.SetSpam(v.ctx(), v.s.Actor(), o, v.form.Value("spam"))
	return err
}

func (s *self) unblockSIM(v *visit, o mobileid.Order) error {
	_, err := s.MobileIDs.Unblock(v.ctx(), v.s.Actor(), o)
	return err
}

func (s *self) resumeSIM(v *visit, o mobileid.Order) error {
	_, err := s.MobileIDs.Resume(v.ctx(), v.s.Actor(), o)
	return err
}

func (s *self) revokeSIM(v *visit, o mobileid.Order) error {
	_, err := s.MobileIDs.Revoke(v.ctx(), v.s.Actor(), o)
	return err
}

// askSuspension asks whether a mobile ID is to be taken out of use, and says what follows.
func (s *self) askSuspension(v *visit) error {
	x, err := s.simCard(v)
	if err != nil {
		return err
	}
	if !x.can("suspension") {
		return v.to("/sims/" + x.ID)
	}
	return v.render("sim-suspend", v.t.T("self.sim.act.suspension"), ui.Narrow, x)
}

// suspendSIM takes a mobile ID out of use at once, with no proof but the session.
func (s *self) suspendSIM(v *visit) error {
	x, err := s.simCard(v)
	if err != nil {
		return err
	}
	o := mobileid.Order{Customer: v.s.Customer, Mobile: x.item.ID}
	if _, err := s.MobileIDs.Suspend(v.ctx(), v.s.Actor(), o); err != nil {
		return v.again(err, func() error { return v.render("sim-suspend", v.t.T("self.sim.act.suspension"), ui.Narrow, x) })
	}
	return v.done("/sims/"+x.ID, ui.Good, "self.sim.done.suspension")
}

// simRoutes are those of mobile IDs. Each act that needs a proof is a change, as of the password.
func (s *self) simRoutes() []route {
	const one = "/sims/{id}"
	all := []route{
		{Pattern: "GET " + one, Serve: s.sim},
		{Pattern: "GET " + one + "/suspension", Serve: s.askSuspension},
		{Pattern: "POST " + one + "/suspension", Serve: s.suspendSIM},
	}
	add := func(path, act string, do func(*visit) error) {
		all = append(all, s.changeRoutes(path, simPrefix+act, do)...)
	}
	add("/sims/add", "registration", s.registerSIM)
	add(one+"/spam", "spam", s.doSIM("spam", s.setSpam))
	add(one+"/unblocking", "unblocking", s.doSIM("unblocking", s.unblockSIM))
	add(one+"/resumption", "resumption", s.doSIM("resumption", s.resumeSIM))
	add(one+"/revocation", "revocation", s.doSIM("revocation", s.revokeSIM))
	return all
}
