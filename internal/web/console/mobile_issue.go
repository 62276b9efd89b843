package console

import (
	"context"
	"html/template"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileIssue is an act that makes an activation code for a token that there is.
type mobileIssue struct {
	key     string
	icon    string
	moves   bool // it makes another token
	warrant warranty
	may     func(mobileTarget) bool
	do      func(*mobiletoken.Desk, context.Context, audit.Actor, mobiletoken.Migrate) (mobiletoken.Issued, error)
}

func mobileIssues() []mobileIssue {
	return []mobileIssue{
		{key: "renew-mobile", icon: "refresh-cw", warrant: needsHeld, may: func(x mobileTarget) bool {
			_, ok := mobiletoken.Issue.To(x.Status)
			return ok && x.Status != mobiletoken.Active && x.Status != mobiletoken.Blocked
		}, do: func(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, in mobiletoken.Migrate) (mobiletoken.Issued, error) {
			return d.Renew(ctx, by, in.Order, in.Handing)
		}},
		{key: "redistribute-mobile", icon: "copy", warrant: needsOne, may: func(x mobileTarget) bool {
			return x.Status == mobiletoken.Active || x.Status == mobiletoken.Blocked
		}, do: func(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, in mobiletoken.Migrate) (mobiletoken.Issued, error) {
			return d.Redistribute(ctx, by, in.Order, in.Handing)
		}},
		{key: "migrate-mobile", icon: "arrow-right", moves: true, warrant: needsHeld, may: func(x mobileTarget) bool {
			return x.Status == mobiletoken.Active && x.Migration == nil
		}, do: func(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, in mobiletoken.Migrate) (mobiletoken.Issued, error) {
			_, _, out, err := d.Migrate(ctx, by, in)
			return out, err
		}},
	}
}

// issuePage asks how an activation code is to be handed over.
type issuePage struct {
	actPage
	Apps   []ui.Choice // of a new token; nil: of one that there is
	Named  bool        // it asks for a name
	Moves  bool        // it asks whether the serial number stays
	Ways   []ui.Choice // nil where there is one only
	Lives  []ui.Choice
	Split  bool
	Before string // ClientID of the newest code when the form was shown
}

// hand adds what an application lets staff choose.
func (v *visit) hand(p *issuePage, apps ...policy.Application) {
	seen := map[policy.HandOver]bool{}
	for _, a := range apps {
		p.Split = p.Split || a.Activation.Split
		for _, w := range a.Activation.Ways {
			if !seen[w] {
				p.Ways = append(p.Ways, ui.Choice{Value: string(w), Text: v.t.T("console.mobile.ways." + string(w))})
			}
			seen[w] = true
		}
	}
	if len(p.Ways) == 1 || p.Split && len(apps) == 1 {
		p.Ways = nil
	}
	p.Lives = []ui.Choice{{Value: "", Text: v.t.T("console.mobile.life_default")}}
	for _, d := range []time.Duration{time.Hour, day, 14 * day, 30 * day} { //nolint:mnd // what people ask for
		p.Lives = append(p.Lives, ui.Choice{Value: d.String(), Text: v.t.Span(d)})
	}
}

// mobileIssueForm asks how a new code for a token is to be handed over.
func (c *console) mobileIssueForm(i mobileIssue) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readMobile(v)
		if err != nil {
			return err
		}
		if !i.may(x) {
			return c.overtaken(v, x.subject(), wrongMobileState())
		}
		s, ok, err := c.warranted(v, x, i.warrant)
		if err != nil || !ok {
			return err
		}
		p := issuePage{actPage: v.mobileActPage(i.key, x), Moves: i.moves, Named: i.moves, Before: newest(x)}
		p.Identified = s
		if i.moves && v.form.OK() && x.App.KeepSerial {
			v.form.Set("keep_serial", "yes")
		}
		v.hand(&p, x.App)
		return v.narrow("mobile-issue", p.Title(), p)
	}
}

func newest(x mobileTarget) string {
	if x.Code == nil {
		return ""
	}
	return x.Code.ClientID
}

// handing reads how a code is to be handed over.
func (v *visit) handing() (h mobiletoken.Handing, err error) {
	h.Way = policy.HandOver(v.form.Value("way"))
	if life := v.form.Value("life"); life != "" {
		if h.Valid, err = time.ParseDuration(life); err != nil {
			err = fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
		}
	}
	return h, err
}

// mobileIssue makes a code and shows it, this once. A form that is sent again makes no
// second one: the newest code is not the one that was there when the form was shown.
func (c *console) mobileIssue(i mobileIssue) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readMobile(v)
		if err != nil {
			return err
		}
		if v.form.Value("before") != newest(x) {
			return c.overtaken(v, x.subject(), fault.Conflictf("mobiletoken.busy", "An activation code was issued since this form was shown."))
		}
		h, err := v.handing()
		if err != nil {
			return err
		}
		in := mobiletoken.Migrate{Order: mobiletoken.Order{Customer: x.Customer, Token: x.ID}, Name: v.form.Value("name"), Handing: h}
		if i.moves {
			in.KeepSerial = new(v.form.Value("keep_serial") != "")
		}
		out, err := i.do(c.Mobile, v.ctx(), v.s.Actor(), in)
		if err != nil {
			return c.refused(v, x.subject(), renamed(err, "valid", "life"), c.mobileIssueForm(i))
		}
		return c.handOver(v, x.Who, out)
	}
}

// newMobile asks for which application a customer is to have a new token.
func (c *console) newMobile(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	s, ok, err := c.warranted(v, mobileTarget{Item: mobiletoken.Item{Token: mobiletoken.Token{Customer: cu.ID}}}, needsHeld)
	if err != nil || !ok {
		return err
	}
	p := issuePage{actPage: v.act("mobile", title(cu), customerPath(cu.ID)), Named: true}
	p.Identified, p.Reason, p.Fresh = s, "", v.form.Value("id")
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
	}
	apps := c.Policies.Active().Applications
	for _, a := range apps {
		p.Apps = append(p.Apps, ui.Choice{Value: a.Code, Text: a.Name})
	}
	if len(apps) == 0 {
		p.Missing = v.t.T("console.mobile.no_apps")
	}
	v.hand(&p, apps...)
	return v.narrow("mobile-issue", p.Title(), p)
}

// enrollMobile makes the token and shows its code, this once.
func (c *console) enrollMobile(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	in := mobiletoken.Enrollment{Customer: cu.ID, Application: v.form.Value("application"), Name: v.form.Value("name")}
	if in.ID, err = ident.Parse(v.form.Value("id")); err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	if in.Handing, err = v.handing(); err != nil {
		return err
	}
	_, out, err := c.Mobile.Enroll(v.ctx(), v.s.Actor(), in)
	if err != nil {
		of := subject{owner: cu.ID, object: "mobile_token:" + in.ID.String(), page: customerPath(cu.ID), name: title(cu)}
		return c.refused(v, of, renamed(err, "valid", "life"), c.newMobile)
	}
	return c.handOver(v, title(cu), out)
}

// handedPage shows an activation code, once.
type handedPage struct {
	*visit
	Back    string
	Lede    string
	Secret  ui.Secret
	QR      template.HTML
	Link    string
	Half    bool
	Until   countdown
	Getting string // address where the application is to be had
	Facts   []ui.Fact
}

// handOver shows what of a new code is to be handed over. One that is sent is shown
// nowhere.
func (c *console) handOver(v *visit, who string, out mobiletoken.Issued) error {
	back := customerPath(out.Customer) + "/mobile/" + out.Token.String()
	h := out.Handout(c.MobileURL)
	if h.Code == "" {
		return v.done(back, "console.mobile.sent", "time", v.t.Time(out.Expires))
	}
	drawn := h.Link
	if drawn == "" {
		drawn = h.Code
	}
	picture, err := ui.QR(drawn, v.t.T("console.mobile.qr"))
	if err != nil {
		return err
	}
	p := handedPage{visit: v, Back: back, Lede: v.t.T("console.once.lede"), QR: picture, Link: h.Link, Half: h.Part == 1, Until: countdown{out.Expires, v.now}, Getting: out.Download}
	p.Secret = ui.Secret{ID: "activation-code", Label: v.t.T("console.code.value"), Value: h.Code, Hint: v.t.T("console.mobile.check")}
	if p.Half {
		p.Secret.Label = v.t.T("console.code.half")
	}
	p.Facts = []ui.Fact{
		{Name: v.t.T("console.token.owner"), Value: who},
		{Name: v.t.T("console.mobile.app"), Value: appName(c.Policies.Active(), out.Application)},
		{Name: v.t.T("console.token.serial"), Value: out.Serial, Mono: true},
		{Name: v.t.T("console.code.for"), Value: v.t.T("console.mobile.purpose." + string(out.Purpose))},
	}
	return v.render("mobile-once", v.t.T("console.code.issued"), p)
}
