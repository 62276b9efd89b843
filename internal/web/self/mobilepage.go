package self

import (
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lastActs is how many acts on a token its page tells.
const lastActs = 30

// mobilePage is the page of one mobile token.
type mobilePage struct {
	mobileView

	Last     bool // no other token can give a code
	Compares bool // what the phone shows is compared on the way
	Push     ui.Badge
	PushHint string
	History  []ui.Event
}

// ShortStep is the step on a way where nothing is compared.
func (p mobilePage) ShortStep() int { return min(p.Step, 2) }

// mobile shows one mobile token: how it is, what comes next, and what happened to it.
func (s *self) mobile(v *visit) error {
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	v.form.Set("name", m.Name)
	return s.showMobile(v, m, all)
}

func (s *self) showMobile(v *visit, m mobileView, all []mobileView) error {
	p := mobilePage{mobileView: m, Compares: m.app.Activation.Compare}
	var err error
	if p.Last, err = s.last(v, m, all); err != nil {
		return err
	}
	if p.Push, p.PushHint, err = s.pushBadge(v, m); err != nil {
		return err
	}
	if p.History, err = s.mobileHistory(v, m); err != nil {
		return err
	}
	return v.render("mobile", m.Title, ui.Normal, p)
}

// mobileHistory tells what was done to a token, the newest first (S-11).
func (s *self) mobileHistory(v *visit, m mobileView) (all []ui.Event, err error) {
	page, err := s.Audit.Find(v.ctx(), audit.Filter{Customer: v.s.Customer, Object: "mobile_token:" + m.item.ID.String()}, "", lastActs)
	if err != nil {
		return nil, err
	}
	for _, e := range page.Entries {
		if x, ok := v.event(e, nil); ok {
			x.Text = v.mobileReason(e)
			all = append(all, x)
		}
	}
	return all, nil
}

// mobileReason is what of a record's reason its owner wrote or should know.
func (v *visit) mobileReason(e audit.Entry) string {
	var d struct {
		Why string `json:"why"`
	}
	if json.Unmarshal(e.Details, &d) != nil || d.Why == "" || !v.t.Has("self.mobile.why."+d.Why) {
		return ""
	}
	return v.t.T("self.mobile.why." + d.Why)
}

// renameMobile sets what the owner calls the token.
func (s *self) renameMobile(v *visit) error {
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	_, err = s.Mobile.Rename(v.ctx(), v.s.Actor(), v.order(m), v.form.Value("name"))
	if err != nil {
		return v.again(err, func() error { return s.showMobile(v, m, all) })
	}
	return v.done("/mobile/"+m.ID, ui.Good, "self.flash.named")
}

// order names a mobile token as the one that an act is on.
func (v *visit) order(m mobileView) mobiletoken.Order {
	return mobiletoken.Order{Customer: v.s.Customer, Token: m.item.ID}
}

// cancelMobile takes back what was to bring the token to a phone. The session is enough: it
// helps nobody else.
func (s *self) cancelMobile(v *visit) error {
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	if _, err := s.Mobile.Cancel(v.ctx(), v.s.Actor(), v.order(m)); err != nil {
		return v.again(err, func() error { return s.showMobile(v, m, all) })
	}
	return v.done("/mobile/"+m.ID, ui.Good, "self.mobile.done.cancel")
}

// abandonMobile ends a migration: the old token stays what it was.
func (s *self) abandonMobile(v *visit) error {
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	to := m.ID
	if m.Partner != nil && m.Partner.Old {
		to = m.Partner.ID
	}
	if err := s.Mobile.Abandon(v.ctx(), v.s.Actor(), v.order(m)); err != nil {
		return v.again(err, func() error { return s.showMobile(v, m, all) })
	}
	return v.done("/mobile/"+to, ui.Good, "self.mobile.done.abandonment")
}

// blockPage asks whether a token is to be blocked.
type blockPage struct {
	Token mobileView
	Last  bool
}

// askBlock asks, and says what follows.
func (s *self) askBlock(v *visit) error {
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	if !m.can("block") {
		return v.to("/mobile/" + m.ID)
	}
	return s.showBlock(v, m, all)
}

func (s *self) showBlock(v *visit, m mobileView, all []mobileView) error {
	last, err := s.last(v, m, all)
	if err != nil {
		return err
	}
	return v.render("mobile-block", v.t.T("self.mobile.act.block"), ui.Narrow, blockPage{m, last})
}

// blockMobile takes the token out of use at once, with no proof but the session (S-08).
func (s *self) blockMobile(v *visit) error {
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	o := v.order(m)
	o.Warned = v.form.Value("warned") != ""
	if _, err := s.Mobile.Block(v.ctx(), v.s.Actor(), o, noEnd()); err != nil {
		return v.again(err, func() error { return s.showBlock(v, m, all) })
	}
	return s.gone(v, m.item.Device, "blocked")
}
