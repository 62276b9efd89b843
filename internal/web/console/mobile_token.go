package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileEvents is how much of its history the page of a mobile token shows at a time.
const mobileEvents = 20

type mobilePage struct {
	*visit
	mobileTarget
	Title       string
	Means       string // the state, and what comes next, in a sentence
	Acts, Codes []offer
	Identified  *standing // what the visitor's acts may rely on; nil for none
	Facts       []ui.Fact
	Issued      *mobileCode // the newest activation code; nil when it never had one
	Moving      *moving     // nil when no migration is open
	Recent      []ui.Event
	Pager       ui.Pager
}

// mobileCode is an activation code as the page of its token says it.
type mobileCode struct {
	mobiletoken.Code
	Badge ui.Badge
	Valid bool // it can be used
	Until countdown
	Facts []ui.Fact
	Meter ui.Meter
}

// moving is an open migration, seen from one of its two tokens.
type moving struct {
	Old   bool // seen from the one that is to be replaced
	Other mobileRow
	By    string
	mobiletoken.Migration
}

// mobileToken shows one mobile token: what it is, how it stands, and what happened to it.
func (c *console) mobileToken(v *visit) error {
	x, err := c.readMobile(v)
	if err != nil {
		return err
	}
	p := mobilePage{visit: v, mobileTarget: x, Title: mobileTitle(x.Token), Means: v.meaning(x)}
	p.Acts, p.Codes = v.mobileOffers(x)
	p.Facts = v.mobileFacts(x)
	for _, part := range []func(*visit, *mobilePage) error{c.addIssued, c.addPush, c.addMoving, c.addMobileStanding, c.addMobileHistory} {
		if err := part(v, &p); err != nil {
			return err
		}
	}
	return v.render("mobile", p.Title, p)
}

// meaning says the state of a token, and the next step, for whoever is on the telephone.
func (v *visit) meaning(x mobileTarget) string {
	key := "console.mobile.means." + string(x.Status)
	switch {
	case x.Status == mobiletoken.Blocked:
		key += "_" + string(x.BlockedBy)
	case x.Status == mobiletoken.CodeIssued && x.Code != nil && x.Code.State(v.now) != string(mobiletoken.Valid):
		key += "_over"
	case x.Compare:
		key += "_compare"
	case x.Status == mobiletoken.Active && x.Pending:
		key += "_pending"
	}
	return v.t.T(key)
}

func (v *visit) mobileFacts(x mobileTarget) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.mobile.app"), Value: appName(x.Set, x.Application), Note: x.AppVersion},
		{Name: v.t.T("console.token.serial"), Value: x.Serial, Mono: true},
		{Name: v.t.T("console.mobile.phone"), Value: dash(x.Model), Note: x.modelNote(v)},
		{Name: v.t.T("console.token.used"), Value: v.moment(x.Used)},
		{Name: v.t.T("console.mobile.made"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.mobile.since"), Value: v.moment(x.Changed), Note: v.ground(x.Reason)},
	}
	if x.Name != "" {
		facts = append(facts[:1], append([]ui.Fact{{Name: v.t.T("console.token.name"), Value: x.Name}}, facts[1:]...)...)
	}
	if !x.Until.IsZero() {
		facts = append(facts, ui.Fact{Name: v.t.T("console.mobile.until"), Value: v.moment(x.Until)})
	}
	if x.Before != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.mobile.before"), Value: v.t.T("console.mobile.state." + string(x.Before))})
	}
	return facts
}

// modelNote warns that the phone itself says what it is.
func (x mobileTarget) modelNote(v *visit) string {
	if x.Model == "" {
		return ""
	}
	return v.t.T("console.mobile.says")
}

// ground is the reason of a transition in words, where it is one of ours.
func (v *visit) ground(s string) string {
	if s == "" {
		return ""
	}
	return v.word("console.reason.", s)
}

// addIssued tells of the newest activation code.
func (c *console) addIssued(v *visit, p *mobilePage) (err error) {
	if p.Code == nil {
		return nil
	}
	k := &mobileCode{Code: *p.Code, Until: countdown{p.Code.Expires, v.now}}
	state := k.State(v.now)
	k.Badge, k.Valid = v.badge("console.status.code", state), state == string(mobiletoken.Valid)
	by, err := c.names(v).of(v.ctx(), k.By)
	k.Facts = []ui.Fact{
		{Name: v.t.T("console.code.for"), Value: v.t.T("console.mobile.purpose." + string(k.Purpose))},
		{Name: v.t.T("console.code.issued_by"), Value: by, Note: v.t.Time(k.Created)},
		{Name: v.t.T("console.mobile.way"), Value: v.t.T("console.mobile.ways." + string(k.Way))},
		{Name: v.t.T("console.mobile.client"), Value: k.ClientID, Mono: true},
	}
	if k.Extended > 0 {
		k.Facts = append(k.Facts, ui.Fact{Name: v.t.T("console.mobile.extended"), Value: strconv.Itoa(k.Extended)})
	}
	if top := p.App.Activation.Attempts.Max; top > 0 {
		k.Meter = ui.Meter{Label: v.t.T("console.mobile.attempts"), Value: min(k.Tries.Count, top), Max: top, Tone: pressure(k.Tries.Count, top), Text: v.t.T("console.holding.of", "used", k.Tries.Count, "max", top)}
	}
	p.Issued = k
	return err
}

// addMoving tells of an open migration.
func (c *console) addMoving(v *visit, p *mobilePage) error {
	m := p.Migration
	if m == nil {
		return nil
	}
	other := m.Old
	if m.Old == p.ID {
		other = m.New
	}
	it, err := c.Mobile.Get(v.ctx(), p.Customer, other)
	if err != nil {
		return err
	}
	by, err := c.names(v).of(v.ctx(), m.By)
	p.Moving = &moving{Old: m.Old == p.ID, Other: v.mobileRow(p.Set, it), By: by, Migration: *m}
	return err
}

func (c *console) addMobileStanding(v *visit, p *mobilePage) error {
	if !v.s.Can(staff.CustomerIdentify) {
		return nil
	}
	i, err := c.current(v, p.Customer)
	if err != nil && !fault.Is(err, "customer.closed") && !fault.Is(err, "customer.unknown") {
		return err
	}
	p.Identified = v.standingOf(i)
	return nil
}

func (c *console) addMobileHistory(v *visit, p *mobilePage) error {
	recent, next, err := c.history(v, audit.Filter{Customer: p.Customer, Object: p.subject().object}, v.query("after"), mobileEvents)
	p.Recent, p.Pager = recent, v.pager(next)
	return err
}
