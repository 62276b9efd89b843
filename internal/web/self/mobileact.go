package self

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobilePrefix begins the names of changes that are acts on mobile tokens.
const mobilePrefix = "mobile-"

func noEnd() time.Time { return time.Time{} }

// mobileChange is what an act on a mobile token asks for besides the proof.
type mobileChange struct {
	Act    string
	Token  *mobileView // nil for a new one
	Last   bool        // no other token can give a code
	Itself bool        // the proof came from it
	Ways   []ui.Choice // in which an activation code may be handed over
	Keep   bool        // the serial number stays unless the customer says otherwise
	Stuck  bool        // it needs another token, and there is none
}

// mobileChange adds what an act on a mobile token needs to a page of a change.
func (s *self) mobileChange(v *visit, p *changePage) error {
	act, is := strings.CutPrefix(p.What, mobilePrefix)
	if !is {
		return nil
	}
	x := &mobileChange{Act: act}
	p.Mobile = x
	if act == "enrollment" {
		p.Path, p.Back, p.Choices = "/mobile/add", "/tokens", s.applications()
		if len(p.Choices) == 0 {
			return fault.NotFoundf("page", "There is no page at this address.")
		}
		x.ways(v, s.Policies.Active().Applications[0])
		return nil
	}
	m, all, err := s.phone(v)
	if err != nil {
		return err
	}
	p.Path, p.Back = "/mobile/"+m.ID+"/"+act, "/mobile/"+m.ID
	x.Token, x.Keep = &m, m.app.KeepSerial
	x.ways(v, m.app)
	x.Last, err = s.last(v, m, all)
	return err
}

func (x *mobileChange) ways(v *visit, app policy.Application) {
	if app.Activation.Split {
		return // each half has its own
	}
	for _, w := range app.Activation.Ways {
		x.Ways = append(x.Ways, ui.Choice{Value: string(w), Text: v.t.T("self.mobile.way." + string(w))})
	}
}

// other reports whether an act needs a proof by another token than the one it is on.
func (x *mobileChange) other() bool { return x.Act == "enabling" || x.Act == "redistribution" }

// without takes the token that the act is on out of those that can give the proof, where it
// must be another one.
func (x *mobileChange) without(from []tokenView) []tokenView {
	if x == nil || x.Token == nil || !x.other() {
		return from
	}
	left := slices.DeleteFunc(from, func(t tokenView) bool { return t.ID == x.Token.ID })
	x.Stuck = len(left) == 0
	return left
}

// mobileOrder is the act that the form asks for, with its proof.
func (v *visit) mobileOrder(p changePage, proven hub.Proven) mobiletoken.Order {
	o := v.order(*p.Mobile.Token)
	o.Proof, o.Warned = proven, v.form.Value("warned") != ""
	return o
}

func (v *visit) handing() mobiletoken.Handing {
	return mobiletoken.Handing{Way: policy.HandOver(v.form.Value("way"))}
}

// enrollMobile makes a token and hands over its activation code.
func (s *self) enrollMobile(v *visit) error {
	p, proven, ok, err := s.proved(v, mobilePrefix+"enrollment")
	if err != nil || !ok {
		return err
	}
	app := v.form.Value("application")
	if app == "" {
		app = p.Choices[0].Value
	}
	t, out, err := s.Mobile.Enroll(v.ctx(), v.s.Actor(), mobiletoken.Enrollment{
		Customer: v.s.Customer, Application: app, Name: v.form.Value("name"), Proof: proven, Handing: v.handing(),
	})
	if err != nil {
		return s.unchanged(v, p, err, "name")
	}
	return s.handOver(v, t.ID.String(), "enrollment", out)
}

// mobileCode carries out an act that makes an activation code.
func (s *self) mobileCode(act string, do func(*visit, mobiletoken.Order) (string, mobiletoken.Issued, error)) func(*visit) error {
	return func(v *visit) error {
		p, proven, ok, err := s.proved(v, mobilePrefix+act)
		if err != nil || !ok {
			return err
		}
		to, out, err := do(v, v.mobileOrder(p, proven))
		if err != nil {
			return s.unchanged(v, p, err, "name")
		}
		return s.handOver(v, to, act, out)
	}
}

func (s *self) migrateMobile(v *visit, o mobiletoken.Order) (string, mobiletoken.Issued, error) {
	keep := v.form.Value("keep_serial") != ""
	_, t, out, err := s.Mobile.Migrate(v.ctx(), v.s.Actor(), mobiletoken.Migrate{Order: o, KeepSerial: &keep, Name: v.form.Value("name"), Handing: v.handing()})
	return t.ID.String(), out, err
}

func (s *self) renewMobile(v *visit, o mobiletoken.Order) (string, mobiletoken.Issued, error) {
	out, err := s.Mobile.Renew(v.ctx(), v.s.Actor(), o, v.handing())
	return o.Token.String(), out, err
}

func (s *self) redistributeMobile(v *visit, o mobiletoken.Order) (string, mobiletoken.Issued, error) {
	out, err := s.Mobile.Redistribute(v.ctx(), v.s.Actor(), o, v.handing())
	return o.Token.String(), out, err
}

// handedOver is the page with an activation code, which is shown this one time.
type handedOver struct {
	ID       string // of the token
	Act      string
	Code     string // to be typed; "" when it was sent
	Half     bool   // the rest comes another way
	Link     template.URL
	Picture  template.HTML
	Download string
	Until    time.Time
}

func (s *self) handOver(v *visit, id, act string, out mobiletoken.Issued) error {
	x := out.Handout(s.MobileURL)
	p := handedOver{ID: id, Act: act, Code: x.Code, Half: x.Part == 1, Link: template.URL(x.Link), Download: out.Download, Until: out.Expires} //nolint:gosec // of the policies' own scheme
	if x.Link != "" {
		var err error
		if p.Picture, err = ui.QR(x.Link, v.t.T("self.mobile.picture")); err != nil {
			return err
		}
	}
	v.form = ui.NewForm(nil)
	return v.render("mobile-code", v.t.T("self.mobile.code_title"), ui.Normal, p)
}

// doMobile carries out an act that makes no activation code.
func (s *self) doMobile(act string, do func(*visit, mobiletoken.Order) (tone ui.Tone, flash string, err error)) func(*visit) error {
	return func(v *visit) error {
		p, proven, ok, err := s.proved(v, mobilePrefix+act)
		if err != nil || !ok {
			return err
		}
		tone, flash, err := do(v, v.mobileOrder(p, proven))
		if err != nil {
			return s.unchanged(v, p, err, "comparison")
		}
		if act == "archiving" {
			return s.gone(v, p.Mobile.Token.item.Device, "archived")
		}
		return v.done(p.Back, tone, "self.mobile.done."+flash)
	}
}

func (s *self) extendMobile(v *visit, o mobiletoken.Order) (ui.Tone, string, error) {
	_, err := s.Mobile.Extend(v.ctx(), v.s.Actor(), o)
	return ui.Good, "extension", err
}

func (s *self) enableMobile(v *visit, o mobiletoken.Order) (ui.Tone, string, error) {
	_, err := s.Mobile.Enable(v.ctx(), v.s.Actor(), o)
	return ui.Good, "enabling", err
}

func (s *self) archiveMobile(v *visit, o mobiletoken.Order) (ui.Tone, string, error) {
	_, err := s.Mobile.Archive(v.ctx(), v.s.Actor(), o)
	return ui.Good, "archiving", err
}

// compareMobile takes the digits that the new phone shows (S-04).
func (s *self) compareMobile(v *visit, o mobiletoken.Order) (ui.Tone, string, error) {
	why, err := s.Mobile.Compare(v.ctx(), v.s.Actor(), o, v.form.Value("comparison"))
	switch {
	case err != nil:
		return "", "", err
	case why == mobiletoken.Accepted:
		return ui.Good, "compare", nil
	case why == mobiletoken.WrongCode:
		return ui.Warn, "compare_wrong", nil
	}
	return ui.Warn, "compare_over", nil
}
