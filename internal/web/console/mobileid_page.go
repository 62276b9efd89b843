package console

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileIDEvents and mobileIDAsked are how much of its past the page of a mobile ID shows; for the
// latter so many things that the customer's phones were asked are looked at.
const mobileIDEvents, mobileIDAsked, mobileIDLooked = 20, 20, 100

// waitsAgain is how often the page is fetched anew without scripts while the phone is awaited.
const waitsAgain = 4 * time.Second

type mobileIDPage struct {
	*visit
	mobileIDTarget
	Title        string
	Means        string    // the state, and what comes next, in a sentence
	Holds        []ui.Fact // why it cannot be used; none when it can, or nothing came of it
	Acts         []offer
	Identified   *standing // what the visitor's acts may rely on; nil for none
	Facts        []ui.Fact
	Certificates []certificateView
	Keys         []ui.Fact // what the SIM last said of itself
	Requests     []requestRow
	Recent       []ui.Event
	Pager        ui.Pager
	Waits        bool // the phone is awaited: the page looks again by itself
}

// certificateView is a certificate of a role.
type certificateView struct {
	Name  string
	Facts []ui.Fact
	Badge ui.Badge
}

// mobileID shows one mobile ID: what it is, how it stands, and what happened to it.
func (c *console) mobileID(v *visit) error {
	x, err := c.readMobileID(v)
	if err != nil {
		return err
	}
	p := mobileIDPage{visit: v, mobileIDTarget: x, Title: x.Masked(), Means: v.mobileIDMeaning(x), Holds: v.holdFacts(x), Acts: v.mobileIDOffers(x), Facts: v.mobileIDFacts(x)}
	for _, cert := range x.Certificates {
		p.Certificates = append(p.Certificates, v.certificate(cert, len(x.Holds) > 0))
	}
	p.Keys = v.simKeys(x)
	p.Waits = x.State.Registering()
	if p.Requests, err = c.requestsOf(v, x); err != nil {
		return err
	}
	if v.s.Can(staff.CustomerIdentify) {
		i, err := c.current(v, x.Customer)
		if err != nil && !fault.Is(err, "customer.closed") && !fault.Is(err, "customer.unknown") {
			return err
		}
		p.Identified = v.standingOf(i)
	}
	recent, next, err := c.history(v, audit.Filter{Customer: x.Customer, Object: x.subject().object}, v.query("after"), mobileIDEvents)
	if err != nil {
		return err
	}
	p.Recent, p.Pager = recent, v.pager(next)
	out := ui.Page{Name: "mobile-id", Title: p.Title, Data: p, Form: v.form, Live: p.Waits}
	if p.Waits {
		out.Again = waitsAgain
	}
	return v.kit.Render(v.w, v.r, out)
}

// mobileIDMeaning says the state of a mobile ID, and the next step, for whoever is on the telephone.
func (v *visit) mobileIDMeaning(x mobileIDTarget) string {
	key := "console.mobile_id.means." + string(x.State)
	switch {
	case x.OnHold(v.now):
		return v.t.T("console.mobile_id.means.held", "time", v.t.Time(x.Held))
	case x.State == mobileid.StateSuspended:
		key += "_" + string(x.By)
	}
	return v.t.T(key)
}

func (v *visit) mobileIDFacts(x mobileIDTarget) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.mobile_id.number"), Value: x.Masked(), Mono: true},
		{Name: v.t.T("console.mobile_id.person"), Value: dash(x.Person), Note: v.t.T("console.mobile_id.person_note"), Mono: true},
		{Name: v.t.T("console.mobile_id.algorithm"), Value: algorithmName(x.Algorithm.String())},
		{Name: v.t.T("console.mobile_id.spam"), Value: v.guarded(x.Guarded)},
		{Name: v.t.T("console.mobile.made"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.mobile_id.activated"), Value: v.moment(x.Activated)},
		{Name: v.t.T("console.mobile.since"), Value: v.moment(x.Changed), Note: v.ground(x.Reason)},
	}
	if !x.Held.IsZero() {
		facts = append(facts, ui.Fact{Name: v.t.T("console.mobile_id.held"), Value: v.moment(x.Held)})
	}
	return facts
}

// algorithmName is an algorithm as people write it.
func algorithmName(s string) string {
	switch s {
	case "ecdsa-p256":
		return "ECDSA P-256"
	case "rsa-2048":
		return "RSA 2048"
	}
	return s
}

// certificate lays a certificate out, of a mobile ID that is held or not.
func (v *visit) certificate(c mobileid.Certificate, held bool) certificateView {
	out := certificateView{
		Name: v.t.T("console.mobile_id.role." + c.Role.String()),
		Facts: []ui.Fact{
			{Name: v.t.T("console.mobile_id.serial"), Value: c.Serial, Mono: true},
			{Name: v.t.T("console.mobile_id.issued"), Value: v.moment(c.Issued)},
			{Name: v.t.T("console.mobile_id.expires"), Value: v.moment(c.Expires)},
		},
		Badge: ui.Badge{Tone: ui.Good, Text: v.t.T("console.mobile_id.cert.good")},
	}
	switch {
	case !v.now.Before(c.Expires):
		out.Badge = ui.Badge{Tone: ui.Bad, Text: v.t.T("console.mobile_id.cert.over")}
	case held:
		out.Badge = ui.Badge{Tone: ui.Bad, Text: v.t.T("console.mobile_id.cert.held")}
	case c.Renewable:
		out.Badge = ui.Badge{Tone: ui.Warn, Text: v.t.T("console.mobile_id.cert.renew")}
	}
	return out
}

// simKeys is what the SIM last said of itself; nothing when it never did.
func (v *visit) simKeys(x mobileIDTarget) (facts []ui.Fact) {
	if x.Status == nil {
		return nil
	}
	for _, k := range x.Status.Keys {
		text := v.t.T("console.mobile_id.no_key")
		note := ""
		if k.Algorithm != "" {
			text = v.t.N("console.mobile_id.tries", k.Tries)
			note = v.t.N("console.mobile_id.puk_tries", k.PUKTries)
		}
		facts = append(facts, ui.Fact{Name: v.t.T("console.mobile_id.role." + k.Role), Value: text, Note: note})
	}
	return append(facts, ui.Fact{Name: v.t.T("console.mobile_id.asked"), Value: v.moment(x.Asked)})
}

// guarded says whether there is a spam-prevention code.
func (v *visit) guarded(is bool) string {
	if is {
		return v.t.T("console.mobile_id.guarded.set")
	}
	return v.t.T("console.mobile_id.guarded.unset")
}
