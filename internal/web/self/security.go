package self

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lastTexts is how many text messages are told.
const lastTexts = 5

// securityPage is what the customer has besides tokens.
type securityPage struct {
	Password bool // there is one
	Changed  time.Time
	Used     time.Time
	Due      bool
	Phone    *phoneView
	Next     *phoneView // waits to take its place
	Texts    []textView
	Phones   bool // codes by text message are in use
	Payees   bool // there can be trusted payees and series
}

// phoneView is a phone as its owner sees it.
type phoneView struct {
	Number string
	Since  time.Time
	Note   string
	Code   bool // its code is awaited
	Full   bool // no codes leave any more
}

// textView is a message that was sent: when and where to, never what.
type textView struct {
	At    time.Time
	To    string
	Kind  string
	Badge ui.Badge
}

// security shows when the password was changed, which phone gets codes, and what was
// sent lately.
func (s *self) security(v *visit) (err error) {
	p := securityPage{Payees: s.exempts()}
	e, found, err := s.Secrets.Of(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	p.Password, p.Changed, p.Used, p.Due = found, e.Changed, e.Used, e.Due
	if err := s.addPhones(v, &p); err != nil {
		return err
	}
	texts, err := s.Texts.List(v.ctx(), sms.Filter{Customer: v.s.Customer}, lastTexts)
	if err != nil {
		return err
	}
	for _, m := range texts {
		kind := "self.text.class." + m.Class
		if !v.t.Has(kind) {
			kind = "self.text.class.notice"
		}
		p.Texts = append(p.Texts, textView{m.Created, m.To, v.t.T(kind), v.textBadge(m.State)})
	}
	return v.render("security", v.t.T("self.security.title"), ui.Normal, p)
}

func (v *visit) textBadge(state sms.State) ui.Badge {
	b := ui.Badge{Tone: ui.Info, Text: v.t.T("self.text.state." + string(state))}
	switch state {
	case sms.Delivered:
		b.Tone = ui.Good
	case sms.Failed, sms.Dead, sms.Expired, sms.Unknown:
		b.Tone = ui.Warn
	case sms.Waiting, sms.Sent:
	}
	return b
}

func (s *self) addPhones(v *visit, p *securityPage) error {
	p.Phones = len(s.Policies.Active().Passcodes()) > 0
	all, err := s.Passcodes.Phones(v.ctx(), v.s.Customer)
	for _, x := range all {
		view := &phoneView{Number: x.Number, Since: x.Created}
		switch x.Status {
		case passcode.Active:
			view.Full = x.Requests.Blocked(v.now)
			p.Phone = view
		case passcode.Pending:
			view.Code, view.Note = true, v.t.T("self.phone.pending", "time", v.t.Time(x.Until))
			p.Next = view
		case passcode.Held:
			view.Note = v.t.T("self.phone.held_bank")
			if !x.Until.Equal(limit.Forever) {
				view.Note = v.t.T("self.phone.held", "time", v.t.Time(x.Until))
			}
			p.Next = view
		case passcode.Replaced, passcode.Removed, passcode.Refused:
		}
	}
	return err
}

// changePage asks for a fresh proof, and then for what is to be changed.
type changePage struct {
	What   string // "password", "phone", "payee" or "unpayee"
	Step   int    // 1: the proof; 2: the change
	Proof  proofView
	Sent   bool   // step 1 awaits a code by text message
	To     string // where it went, masked
	Secret bool   // the proof may begin with a password
	Back   string // address of the page that it belongs to
	Path   string // address of the change

	Choices []ui.Choice   // of what is changed
	Mobile  *mobileChange // of acts on mobile tokens; nil for others
	SIM     *simChange    // of acts on mobile IDs; nil for others
	Thing   *thingChange  // of acts on devices that the customer lives with; nil for others
	Purse   *purseView    // of what puts a payment token back into use; nil for others
}

func (s *self) changePage(v *visit, what string) (p changePage, err error) {
	p = changePage{What: what, Step: 1, Secret: s.secretPolicy(policy.PurposeSelfService) != "", Back: "/security", Path: "/security/" + what}
	if err := s.payeeChange(v, &p); err != nil {
		return p, err
	}
	if err := s.mobileChange(v, &p); err != nil {
		return p, err
	}
	if err := s.simChange(v, &p); err != nil {
		return p, err
	}
	if err := s.thingChange(v, &p); err != nil {
		return p, err
	}
	if err := s.payingChangePage(v, &p); err != nil {
		return p, err
	}
	mine, err := s.mine(v)
	if err != nil {
		return p, err
	}
	from, err := s.provers(v, usable(mine, v.now))
	if err != nil {
		return p, err
	}
	p.Proof.Number = p.Path + "/number"
	s.from(v, &p.Proof, p.Mobile.without(from))
	p.Secret = p.Secret && (p.Mobile == nil || !p.Mobile.other())
	if p.Secret {
		_, p.Secret, err = s.Secrets.Of(v.ctx(), v.s.Customer)
	}
	return p, err
}

func (v *visit) showChange(p changePage) error {
	if p.Mobile != nil {
		return v.render("change-mobile", v.t.T("self.mobile.act."+p.Mobile.Act), ui.Narrow, p)
	}
	if p.SIM != nil {
		return v.render("change-sim", v.t.T("self.sim.act."+p.SIM.Act), ui.Narrow, p)
	}
	if p.Thing != nil {
		return v.render("change-thing", v.t.T("self.thing.act."+p.Thing.Act), ui.Narrow, p)
	}
	if p.Purse != nil {
		title := v.t.T("self.paying.resume")
		if p.Purse.New {
			title = v.t.T("self.paying.approve")
		}
		return v.render("change-paying", title, ui.Narrow, p)
	}
	if p.What == habitChange {
		return v.render("change-habits", v.t.T("self.habit.choose"), ui.Narrow, p)
	}
	if p.What == journeyChange {
		return v.render("change-journey", v.t.T("self.journey.new"), ui.Narrow, p)
	}
	return v.render("change-"+p.What, v.t.T("self.security."+p.What), ui.Narrow, p)
}

// changeRoutes are those of a change: its page, the steps of its proof, and the act.
func (s *self) changeRoutes(path, what string, do func(*visit) error) []route {
	return []route{
		{Pattern: "GET " + path, Serve: s.change(what)},
		{Pattern: "POST " + path, Serve: do},
		{Pattern: "POST " + path + "/number", Serve: s.changeNumber(what)},
		{Pattern: "POST " + path + "/secret", Serve: s.provePassword(what)},
		{Pattern: "POST " + path + "/proof", Serve: s.proveCode(what)},
	}
}

// change begins a change with a fresh proof.
func (s *self) change(what string) func(*visit) error {
	return func(v *visit) error {
		p, err := s.changePage(v, what)
		if err != nil {
			return err
		}
		return v.showChange(p)
	}
}

// changeNumber gives a number for a token that asks for one.
func (s *self) changeNumber(what string) func(*visit) error {
	return func(v *visit) error {
		p, err := s.changePage(v, what)
		if err != nil {
			return err
		}
		if err := s.number(v, &p.Proof); err != nil {
			return err
		}
		return v.showChange(p)
	}
}

// provePassword takes the password as the first half of a proof, and has a code sent for
// the second.
func (s *self) provePassword(what string) func(*visit) error {
	return func(v *visit) error {
		p, err := s.changePage(v, what)
		if err != nil {
			return err
		}
		show := func() error { return v.showChange(p) }
		v.form.Require(v.t, "password", v.t.T("self.field.password"))
		if !v.form.OK() || !p.Secret {
			return show()
		}
		in := s.begin(v, v.s.Number, policy.PurposeSelfService, "", byToken)
		in.Proof = &hub.Proof{Code: v.form.Raw("password"), Policy: s.secretPolicy(policy.PurposeSelfService)}
		o, err := s.Hub.Start(v.ctx(), v.s.Actor(), in)
		switch {
		case err != nil:
			return v.secretAgain(err, "password", show)
		case o.Replace != "":
			v.form.Fail("password", v.t.T("self.security.outdated"))
			return show()
		case !more(o) || !s.sends(o):
			v.form.Fail("password", v.t.T("self.security.wrong"))
			return show()
		}
		c, err := s.Hub.Ask(v.ctx(), v.s.Actor(), o.Handle, hub.Ask{Policy: next(o)})
		if err != nil {
			return v.again(err, show)
		}
		v.form = ui.NewForm(nil)
		p.Proof.Handle, p.Sent, p.To = o.Handle, true, c.To
		return show()
	}
}

// proveCode takes a code: of a token, or the one that was sent.
func (s *self) proveCode(what string) func(*visit) error {
	return func(v *visit) error {
		p, err := s.changePage(v, what)
		if err != nil {
			return err
		}
		p.Sent, p.To = v.form.Value("sent") != "", v.form.Value("to")
		proven, ok, err := s.fresh(v, &p.Proof)
		if err != nil {
			return err
		}
		if !ok {
			p.Sent = p.Sent && p.Proof.Handle != ""
			return v.showChange(p)
		}
		v.form = ui.NewForm(nil)
		p.step2(proven)
		return v.showChange(p)
	}
}

// step2 goes on to what is to be changed.
func (p *changePage) step2(proven hub.Proven) {
	p.Step, p.Proof.Handle = 2, proven.Handle
	if p.Mobile != nil && p.Mobile.Token != nil {
		p.Mobile.Itself = slices.Contains(proven.Shown(), p.Mobile.Token.item.Device)
	}
}

// proved finds the proof that a change rests on. When it is over, it is asked for again,
// and the answer is written.
func (s *self) proved(v *visit, what string) (p changePage, proven hub.Proven, ok bool, err error) {
	if p, err = s.changePage(v, what); err != nil {
		return p, proven, false, err
	}
	proven, err = s.Hub.Proven(v.ctx(), v.s.Actor(), v.form.Value("proof"))
	if err != nil {
		v.form = ui.NewForm(nil)
		v.form.Fail("", v.t.T("self.proof.over"))
		return p, proven, false, v.showChange(p)
	}
	p.step2(proven)
	return p, proven, true, nil
}

// unchanged answers what came of a change that was not made: by the proof, when it is
// too old or too little; by the form.
func (s *self) unchanged(v *visit, p changePage, err error, field string) error {
	if f := fault.From(err); f.Kind == fault.Denied || f.Kind == fault.Conflict && f.Field == "" {
		v.form = ui.NewForm(nil)
		v.form.Fail("", v.t.Fault(f))
		p.Step, p.Proof.Handle = 1, ""
		return v.showChange(p)
	}
	return v.secretAgain(err, field, func() error { return v.showChange(p) })
}
