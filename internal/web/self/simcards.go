package self

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// simView is a mobile ID as its owner sees it: the phone whose SIM signs for them.
type simView struct {
	ID      string
	Number  string // masked
	Badge   ui.Badge
	Next    string // what is to be done now, in words; may be empty
	Guarded bool   // nobody can ask it without its spam-prevention code
	Control string // four digits to be compared, chosen or typed on the phone; "" for none
	Mode    string // what the phone asks of them
	Waits   bool   // the phone is awaited
	Acts    []mobileAct

	Since, Until time.Time // zero: none
	Ends         time.Time // of the certificate that ends first; zero: none

	item mobileid.Profile
}

// sims returns the customer's mobile IDs that have not ended.
func (s *self) sims(v *visit) (all []simView, err error) {
	items, err := s.MobileIDs.Profiles(v.ctx(), v.s.Customer)
	for _, p := range items {
		if p.State != mobileid.StateRevoked && p.State != mobileid.StateRefused && p.State != mobileid.StateFailed {
			all = append(all, s.simView(v, p))
		}
	}
	return all, err
}

// simCard returns the mobile ID that the address names, ended or not. To the address of somebody
// else's the answer is that of none.
func (s *self) simCard(v *visit) (x simView, err error) {
	items, err := s.MobileIDs.Profiles(v.ctx(), v.s.Customer)
	if err != nil {
		return x, err
	}
	id, bad := ident.Parse(v.r.PathValue("id"))
	i := slices.IndexFunc(items, func(p mobileid.Profile) bool { return p.ID == id })
	if bad != nil || i < 0 {
		return x, fault.NotFoundf("page", "There is no page at this address.")
	}
	return s.simView(v, items[i]), nil
}

func (s *self) simView(v *visit, p mobileid.Profile) simView {
	x := simView{ID: p.ID.String(), Number: p.Masked(), Guarded: p.Guarded, Since: p.Created, item: p}
	for _, c := range p.Certificates {
		if x.Ends.IsZero() || c.Expires.Before(x.Ends) {
			x.Ends = c.Expires
		}
	}
	if r := p.Registration; r != nil {
		x.Control, x.Mode, x.Until = r.Control, r.Mode, r.Expires
	}
	x.Waits = p.State.Registering()
	word, tone := string(p.State), ui.Info
	switch {
	case p.OnHold(v.now):
		word, tone = "held", ui.Warn
		x.Next = v.t.T("self.sim.next.held", "time", v.t.Time(p.Held))
	case p.State == mobileid.StateActive:
		tone = ui.Good
	case p.State == mobileid.StateSuspended:
		tone = ui.Bad
		x.Next = v.t.T("self.sim.next.suspended_" + string(p.By))
	case x.Waits:
		x.Next = v.t.T("self.sim.next." + word)
	default:
		tone = ui.Plain
		x.Next = v.t.T("self.sim.next." + word)
	}
	x.Badge = ui.Badge{Tone: tone, Text: v.t.T("self.sim.state." + word)}
	x.Acts = x.acts()
	return x
}

// acts lists what its owner can do with a mobile ID now.
func (x *simView) acts() (all []mobileAct) {
	add := func(can bool, a mobileAct) {
		if can {
			all = append(all, a)
		}
	}
	st := x.item.State
	active := st == mobileid.StateActive
	add(active, mobileAct{Name: "spam", Icon: "shield-check"})
	add(active, mobileAct{Name: "unblocking", Icon: "lock-open"})
	add(st == mobileid.StateSuspended && x.item.By == mobileid.ByOwner, mobileAct{Name: "resumption", Icon: "power"})
	add(active, mobileAct{Name: "suspension", Icon: "ban", Danger: true})
	add(active || st == mobileid.StateSuspended, mobileAct{Name: "revocation", Icon: "trash-2", Danger: true})
	return all
}

func (x *simView) can(name string) bool {
	return slices.ContainsFunc(x.Acts, func(a mobileAct) bool { return a.Name == name })
}

// waitsAgain is how often the page is fetched anew without scripts while the phone is awaited.
const waitsAgain = 4 * time.Second

// simPage is the page of one mobile ID.
type simPage struct {
	simView

	Asked   []ui.Event // what the phone was asked
	History []ui.Event
}

// sim shows a mobile ID: how it is, what comes next, what it was asked and what happened to it.
func (s *self) sim(v *visit) error {
	x, err := s.simCard(v)
	if err != nil {
		return err
	}
	return s.showSIM(v, x)
}

func (s *self) showSIM(v *visit, x simView) error {
	p := simPage{simView: x}
	asked, err := s.MobileIDs.List(v.ctx(), v.s.Customer, ident.ID{}, lastActs)
	if err != nil {
		return err
	}
	for _, t := range asked {
		if e, tell := v.simAsked(t); tell && t.Mobile == x.item.ID {
			p.Asked = append(p.Asked, e)
		}
	}
	page, err := s.Audit.Find(v.ctx(), audit.Filter{Customer: v.s.Customer, Object: "mobile_id:" + x.ID}, "", lastActs)
	if err != nil {
		return err
	}
	for _, e := range page.Entries {
		if y, ok := v.event(e, nil); ok {
			y.Text = ""
			p.History = append(p.History, y)
		}
	}
	out := ui.Page{Name: "sim", Title: v.t.T("self.sim.title"), Data: p, Form: v.form, Live: x.Waits}
	if x.Waits {
		out.Again = waitsAgain
	}
	return v.kit.Render(v.w, v.r, out)
}

// simAsked tells of one thing that the phone was asked: signatures and messages, and who asked.
func (v *visit) simAsked(t mobileid.Transaction) (ui.Event, bool) {
	if t.Kind != mobileid.Signing && t.Kind != mobileid.Unblocking || t.Withheld != "" {
		return ui.Event{}, false
	}
	tones := map[mobileid.Status]ui.Tone{mobileid.Valid: ui.Good, mobileid.Done: ui.Good, mobileid.Reported: ui.Bad, mobileid.Invalid: ui.Bad, mobileid.Revoked: ui.Bad, mobileid.PINBlocked: ui.Bad, mobileid.WrongPIN: ui.Warn, mobileid.WrongControl: ui.Warn}
	status := t.At(v.now)
	e := ui.Event{At: t.Created, Tone: ui.Info, Icon: "smartphone", Title: v.t.T("self.sim.asked." + string(status)), Text: t.Text, Who: t.Service}
	if tone, there := tones[status]; there {
		e.Tone = tone
	}
	return e, true
}
