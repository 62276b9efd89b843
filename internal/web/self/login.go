package self

import (
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// channel is that of all journeys here.
const channel = "web"

// gate is who starts logins: before they succeed nobody knows whose they are.
func gate() audit.Actor { return audit.System("self-service") }

// index leads to the tokens, or to the login.
func (s *self) index(v *visit) error { return v.to("/tokens") }

// login asks for customer ID and secure code.
func (s *self) login(v *visit) error { return s.showLogin(v) }

func (s *self) showLogin(v *visit) error {
	p := loginPage{Passwords: s.passwords(), Mobile: v.kind() == byMobile, Mobiles: s.mobiles()}
	return v.render("login", v.t.T("self.login.title"), ui.Normal, p)
}

// loginPage says which ways to log in there are.
type loginPage struct {
	Passwords, Mobiles bool
	Mobile             bool // this is the page for codes of mobile tokens
}

// mobiles reports whether one can log in with a mobile token.
func (s *self) mobiles() bool {
	p, _ := s.Policies.Active().Policy(s.codePolicy(policy.PurposeLogin, byMobile))
	return p.Method == policy.MethodMobile
}

// kind is that of the token that a login's code comes from.
func (v *visit) kind() string {
	if v.form.Value("by") == byMobile || v.r.Method == http.MethodGet && v.r.URL.Query().Get("by") == byMobile {
		return byMobile
	}
	return byToken
}

// enter takes customer ID and secure code. Whatever is wrong is answered alike.
func (s *self) enter(v *visit) error {
	v.form.Require(v.t, "customer_number", v.t.T("self.field.customer"))
	v.form.Require(v.t, "code", v.t.T("self.field.code"))
	if !v.form.OK() {
		return s.showLogin(v)
	}
	o, err := s.Hub.Start(v.ctx(), gate(), s.begin(v, v.form.Value("customer_number"), policy.PurposeLogin, v.form.Value("code"), v.kind()))
	switch {
	case err != nil:
		return v.again(err, func() error { return s.showLogin(v) })
	case o.State == hub.Granted:
		return s.logIn(v, o.Handle)
	case more(o):
		return s.await(v, pending{Handle: o.Handle})
	}
	v.form.Fail("code", v.t.T("self.login.refused"))
	return s.showLogin(v)
}

// begin is an authentication with its first proof, of a kind of tokens; without a code,
// with none.
func (s *self) begin(v *visit, number, purpose, code, kind string) hub.Start {
	in := hub.Start{CustomerNumber: number, Purpose: purpose, Channel: channel, Risk: s.place(v)}
	if code != "" {
		in.Proof = &hub.Proof{Code: code, Policy: s.codePolicy(purpose, kind)}
	}
	return in
}

// place is where and with what the customer is, for the risk engine. The address is theirs,
// also behind one of the configured proxies.
func (s *self) place(v *visit) hub.Circumstances {
	const most = 1024 // bytes that the engine takes
	agent := v.r.UserAgent()
	c := hub.Circumstances{Agent: strings.ToValidUTF8(agent[:min(most, len(agent))], "")}
	if a := client.Source(v.r.RemoteAddr, v.r.Header.Values("X-Forwarded-For"), s.Proxies); a.IsValid() {
		c.Address = a.String()
	}
	return c
}

// next is the policy for the step that is awaited.
func next(o hub.Outcome) string {
	if len(o.Policies) == 0 {
		return ""
	}
	return o.Policies[0]
}

// more reports whether a proof was right and another is awaited.
func more(o hub.Outcome) bool { return o.State == hub.Open && o.Accepted }

// askNumber gives the customer a number to type into a token that asks for one:
// every customer, also those who do not exist.
func (s *self) askNumber(v *visit) error {
	v.form.Require(v.t, "customer_number", v.t.T("self.field.customer"))
	if !v.form.OK() {
		return s.showLogin(v)
	}
	o, err := s.Hub.Start(v.ctx(), gate(), s.begin(v, v.form.Value("customer_number"), policy.PurposeLogin, "", byToken))
	if err != nil {
		return v.again(err, func() error { return s.showLogin(v) })
	}
	p, err := s.ask(v, o.Handle)
	if err != nil {
		return v.again(err, func() error { return s.showLogin(v) })
	}
	return s.await(v, p)
}

// ask poses a challenge for an open login.
func (s *self) ask(v *visit, handle string) (pending, error) {
	c, err := s.Hub.Challenge(v.ctx(), gate(), handle, s.codePolicy(policy.PurposeLogin, byToken))
	return pending{Handle: handle, Challenge: c.ID.String(), Question: c.Question}, err
}

// logIn begins a session for whoever the granted login has proven; what this
// browser had before ends, and everything else with a password that was replaced.
func (s *self) logIn(v *visit, handle string) error {
	p, err := s.Hub.Proven(v.ctx(), gate(), handle)
	if err != nil {
		return err
	}
	if old := v.token(); old != "" {
		if err := s.Sessions.End(v.ctx(), old); err != nil {
			return err
		}
	}
	l := customer.Login{Customer: p.Customer, Authentication: p.ID, Agent: ui.Browser(v.r.UserAgent())}
	if shown := p.Shown(); len(shown) > 0 {
		l.Device = shown[len(shown)-1]
	}
	session, err := s.Sessions.Begin(v.ctx(), l)
	if err != nil {
		return err
	}
	if p, _ := v.pending(); p.Renewed {
		if _, err := s.Sessions.EndOthers(v.ctx(), session); err != nil {
			return err
		}
	}
	v.kit.DropCookie(v.w, pendingCookie)
	v.kit.SetCookie(v.w, sessionCookie, session, 0)
	if l.Device.IsZero() { // no token was needed, and perhaps there is none
		return v.to("/security")
	}
	return v.to("/tokens")
}

// again renders the form of an act once more when err is about what was typed or
// shown; any other error goes to the error page.
func (v *visit) again(err error, show func() error) error {
	f := fault.From(err)
	if f.Code == "token.second_proof" || f.Code == "proof.required" {
		v.form.Fail("code", v.t.Fault(f))
		return show()
	}
	if err := v.form.Take(v.t, err); err != nil {
		return err
	}
	return show()
}
