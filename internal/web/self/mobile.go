package self

import (
	"cmp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileView is a mobile token as its owner sees it.
type mobileView struct {
	ID      string
	Title   string // its name, or that of its application
	Name    string // that its owner gave it; may be empty
	App     string // name of its application
	Phone   string // model, as the phone says; may be empty
	Version string // of the application on it; may be empty
	End     string // of its serial number
	Badge   ui.Badge
	Next    string // what is to be done now, in words
	Here    bool   // its code opened this session
	Acts    []mobileAct
	Step    int // of what brings it to a phone, from 1; 0: nothing does

	Place       string    // roughly where it was used last; "" when that is not known
	Since, Used time.Time // zero: none
	Until       time.Time // of the activation code that can be used; zero: there is none
	Partner     *partner  // with which it is in a migration

	item mobiletoken.Item
	app  policy.Application
}

// mobileAct is an act that the page of a token leads to.
type mobileAct struct {
	Name   string
	Icon   string
	Danger bool
	Direct bool // at once, without a page that asks
}

// partner is the other token of a migration.
type partner struct {
	ID, Title string
	Old       bool // it is the one that is replaced
}

// phones returns the customer's mobile tokens, those that are no more at the end.
func (s *self) phones(v *visit) (all []mobileView, err error) {
	items, err := s.Mobile.List(v.ctx(), v.s.Customer)
	if err != nil {
		return nil, err
	}
	places, err := s.lastPlaces(v)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		m := s.mobileView(v, it)
		m.Place = places[it.Device.String()]
		all = append(all, m)
	}
	for i := range all {
		all[i].pair(all)
	}
	gone := func(m mobileView) int {
		if m.item.Status == mobiletoken.Archived {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b mobileView) int { return cmp.Compare(gone(a), gone(b)) })
	return all, nil
}

// pair names the token that this one replaces, or by which it is replaced.
func (m *mobileView) pair(all []mobileView) {
	if m.item.Migration == nil {
		return
	}
	for _, o := range all {
		switch o.item.ID {
		case m.item.ID:
		case m.item.Migration.Old:
			m.Partner = &partner{o.ID, o.Title, true}
		case m.item.Migration.New:
			m.Partner = &partner{o.ID, o.Title, false}
		}
	}
}

// phone returns the customer's mobile token that the address names. To the address of
// somebody else's the answer is that of none.
func (s *self) phone(v *visit) (m mobileView, all []mobileView, err error) {
	if all, err = s.phones(v); err != nil {
		return m, nil, err
	}
	id, err := ident.Parse(v.r.PathValue("id"))
	i := slices.IndexFunc(all, func(m mobileView) bool { return m.item.ID == id })
	if err != nil || i < 0 {
		return m, nil, fault.NotFoundf("page", "There is no page at this address.")
	}
	return all[i], all, nil
}

func (s *self) mobileView(v *visit, it mobiletoken.Item) mobileView {
	app, _ := s.Policies.Active().Application(it.Application)
	m := mobileView{
		ID: it.ID.String(), Name: it.Name, Title: cmp.Or(it.Name, app.Name, it.Application), App: cmp.Or(app.Name, it.Application), Phone: it.Model, Version: it.AppVersion,
		End: ending(it.Serial), Since: it.Created, Used: it.Used, Here: it.Device == v.s.Device && !v.s.Device.IsZero(), item: it, app: app,
	}
	if c := it.Code; c != nil && c.State(v.now) == string(mobiletoken.Valid) {
		m.Until = c.Expires
	}
	m.Badge = m.badge(v)
	m.Step = m.step()
	m.Next = m.next(v)
	m.Acts = m.acts(v)
	return m
}

func (m *mobileView) badge(v *visit) ui.Badge {
	tone := ui.Info
	switch m.item.Status {
	case mobiletoken.Active:
		tone = ui.Good
	case mobiletoken.Blocked:
		tone = ui.Bad
	case mobiletoken.Archived:
		tone = ui.Plain
	case mobiletoken.Created, mobiletoken.CodeIssued, mobiletoken.Provisioning:
	}
	return ui.Badge{Tone: tone, Text: v.t.T("self.mobile.state." + string(m.item.Status))}
}

// coming reports whether the token is to come to a phone, first or anew.
func (m *mobileView) coming() bool {
	return m.item.Pending || m.item.Code != nil && m.item.Code.Status == mobiletoken.Valid
}

// step is how far what brings the token to a phone has come.
func (m *mobileView) step() int {
	switch {
	case m.item.Pending && m.item.Compare:
		return 2
	case m.item.Pending:
		return 3
	case m.coming() || m.item.Status == mobiletoken.Created:
		return 1
	}
	return 0
}

// next says in a sentence what is to be done now, or "".
func (m *mobileView) next(v *visit) string {
	say := func(key string, pairs ...any) string { return v.t.T("self.mobile.next."+key, pairs...) }
	c := m.item.Code
	switch {
	case m.item.Status == mobiletoken.Archived:
		return ""
	case m.item.Compare:
		return say("compare")
	case m.item.Pending:
		return say("confirm")
	case c != nil && c.Status == mobiletoken.Valid && c.RunOut(v.now):
		return say("run_out")
	case c != nil && c.Status == mobiletoken.Valid && m.Until.IsZero():
		return say("tried")
	case c != nil && c.Status == mobiletoken.Valid:
		return say("code", "time", v.t.Time(c.Expires))
	case m.item.Status == mobiletoken.Created:
		return say("created")
	case m.item.Status == mobiletoken.Blocked && m.item.BlockedBy == mobiletoken.ByOperator:
		return say("blocked_operator")
	case m.item.Status == mobiletoken.Blocked && !m.item.Until.IsZero():
		return say("blocked_until", "time", v.t.Time(m.item.Until))
	case m.item.Status == mobiletoken.Blocked:
		return say("blocked_" + string(m.item.BlockedBy))
	case m.item.Used.IsZero():
		return say("unused")
	}
	return ""
}

// acts lists what its owner can do with the token now, the most likely first.
func (m *mobileView) acts(v *visit) (all []mobileAct) {
	add := func(can bool, a mobileAct) {
		if can {
			all = append(all, a)
		}
	}
	st, c := m.item.Status, m.item.Code
	fresh := st == mobiletoken.Created || st == mobiletoken.CodeIssued || st == mobiletoken.Provisioning
	theirs := st == mobiletoken.Blocked && m.item.BlockedBy == mobiletoken.ByOperator
	add(m.item.Compare, mobileAct{Name: "compare", Icon: "shield-check"})
	add(fresh, mobileAct{Name: "renewal", Icon: "refresh-cw"})
	add(c != nil && c.Status == mobiletoken.Valid && c.Extended < m.app.Activation.MaxExtend && v.now.Before(c.Created.Add(m.app.Activation.MaxLife)), mobileAct{Name: "extension", Icon: "clock"})
	add(m.coming(), mobileAct{Name: "cancel", Icon: "x", Direct: true})
	add(m.item.Migration != nil, mobileAct{Name: "abandonment", Icon: "rotate-ccw", Direct: true})
	add(st == mobiletoken.Active && m.item.Migration == nil, mobileAct{Name: "migration", Icon: "tablet-smartphone"})
	add((st == mobiletoken.Active || st == mobiletoken.Blocked) && !theirs, mobileAct{Name: "redistribution", Icon: "key-round"})
	add(st == mobiletoken.Blocked && !theirs, mobileAct{Name: "enabling", Icon: "lock-open"})
	add(st == mobiletoken.Active, mobileAct{Name: "block", Icon: "ban", Danger: true})
	add(st != mobiletoken.Archived, mobileAct{Name: "archiving", Icon: "trash-2", Danger: true})
	return all
}

// Usable reports whether the token can approve now.
func (m *mobileView) Usable() bool { return m.item.Status == mobiletoken.Active }

// can reports whether an act is among those of the token.
func (m *mobileView) can(name string) bool {
	return slices.ContainsFunc(m.Acts, func(a mobileAct) bool { return a.Name == name })
}

// last reports whether no other token of the customer can give a code.
func (s *self) last(v *visit, m mobileView, all []mobileView) (bool, error) {
	for _, o := range all {
		if o.ID != m.ID && o.item.Status == mobiletoken.Active {
			return false, nil
		}
	}
	mine, err := s.mine(v)
	return m.item.Status == mobiletoken.Active && len(usable(mine, v.now)) == 0, err
}

// applications are those that a token can be enrolled in, as choices.
func (s *self) applications() (all []ui.Choice) {
	for _, a := range s.Policies.Active().Applications {
		all = append(all, ui.Choice{Value: a.Code, Text: a.Name})
	}
	return all
}
