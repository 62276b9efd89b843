package self

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// proofView is the part of a page that asks for a fresh code.
type proofView struct {
	From     []tokenView // the tokens that can give it
	Handle   string      // of the authentication that the code is for; empty: a new one
	ID       string      // of the challenge; empty: none
	Question string      // to be typed into the token; empty: nothing is
	Number   string      // address that gives a question

	Pads  bool        // some of them ask for a number, or may
	Kinds []ui.Choice // of tokens that the code may come from; none when there is but one
	Kind  string      // the one that the code comes from
}

// Kinds of tokens that codes come from.
const (
	byToken  = "token"
	byMobile = "mobile"
)

// provers are the tokens that can give a code: those given, and the mobile ones.
func (s *self) provers(v *visit, from []tokenView) ([]tokenView, error) {
	phones, err := s.phones(v)
	for _, m := range phones {
		if m.item.Status == mobiletoken.Active {
			from = append(from, tokenView{ID: m.ID, Title: m.Title, End: m.End, Picture: phonePicture})
		}
	}
	return from, err
}

// from says which tokens the proof can come from, and asks for their kind where it makes a
// difference to how their codes are checked.
func (s *self) from(v *visit, p *proofView, from []tokenView) {
	p.From = from
	mobile := slices.ContainsFunc(from, func(t tokenView) bool { return t.Picture == phonePicture })
	p.Pads = slices.ContainsFunc(from, func(t tokenView) bool { return t.Picture != phonePicture })
	p.Kind = byToken
	if mobile && !p.Pads {
		p.Kind = byMobile
	}
	if mobile && p.Pads {
		p.Kinds = []ui.Choice{{Value: byToken, Text: v.t.T("self.proof.by_token")}, {Value: byMobile, Text: v.t.T("self.proof.by_mobile")}}
		if k := v.form.Value("by"); k == byMobile || k == byToken {
			p.Kind = k
		}
		v.form.Set("by", p.Kind)
	}
}

// codePolicy is the policy for the first step of a journey under which the codes of a kind
// of tokens are checked.
func (s *self) codePolicy(purpose, kind string) string {
	set := s.Policies.Active()
	j, known := set.Journey(purpose, channel)
	if !known {
		return ""
	}
	want := policy.MethodToken
	if kind == byMobile {
		want = policy.MethodMobile
	}
	allowed := j.Next(nil).Allowed
	for _, code := range allowed {
		if p, _ := set.Policy(code); p.Method == want {
			return code
		}
	}
	return allowed[0]
}

// fresh takes the code of the form as a proof that the customer is here now. It
// reports false when there is none, and has said so in the form; p is then what the
// page asks next.
func (s *self) fresh(v *visit, p *proofView) (hub.Proven, bool, error) {
	p.Handle, p.ID = v.form.Value("authentication"), v.form.Value("challenge")
	v.form.Require(v.t, "code", v.t.T("self.field.code"))
	if !v.form.OK() {
		return hub.Proven{}, false, s.anew(v, p)
	}
	o, err := s.prove(v, p)
	switch {
	case err != nil && p.Handle != "" && !fault.Is(err, "token.code_form") && !fault.Is(err, "passcode.code_form") && fault.KindOf(err) != fault.Internal && fault.KindOf(err) != fault.Unavailable:
		p.Handle, p.ID = "", "" // it took too long
		v.form.Fail("code", v.t.T("self.proof.over"))
		return hub.Proven{}, false, nil
	case err != nil:
		if err := v.form.Take(v.t, err); err != nil {
			return hub.Proven{}, false, err
		}
		return hub.Proven{}, false, s.anew(v, p)
	case o.State == hub.Granted:
		proven, err := s.Hub.Proven(v.ctx(), v.s.Actor(), o.Handle)
		return proven, err == nil, err
	case more(o):
		p.Handle, p.ID = o.Handle, ""
		v.form.Fail("code", v.t.T("self.proof.more"))
		return hub.Proven{}, false, nil
	case o.State != hub.Open:
		p.Handle, p.ID = "", ""
	}
	v.form.Fail("code", v.t.T("self.proof.refused"))
	return hub.Proven{}, false, s.anew(v, p)
}

// prove hands the code to the hub: to the authentication that asked for it, or to a
// new one.
func (s *self) prove(v *visit, p *proofView) (hub.Outcome, error) {
	code := v.form.Value("code")
	if p.Handle == "" {
		return s.Hub.Start(v.ctx(), v.s.Actor(), s.begin(v, v.s.Number, policy.PurposeSelfService, code, p.Kind))
	}
	o, err := s.Hub.Get(v.ctx(), v.s.Actor(), p.Handle)
	if err != nil {
		return o, err
	}
	return s.Hub.Step(v.ctx(), v.s.Actor(), p.Handle, hub.Proof{Code: code, Challenge: p.ID, Policy: s.awaited(o, *p)})
}

// awaited is the policy of the step that is awaited, under which the code is checked.
func (s *self) awaited(o hub.Outcome, p proofView) string {
	if p.ID == "" && p.Kind == byMobile {
		for _, code := range o.Policies {
			if x, _ := s.Policies.Active().Policy(code); x.Method == policy.MethodMobile {
				return code
			}
		}
	}
	return next(o)
}

// number gives the customer a number to type into a token that asks for one.
func (s *self) number(v *visit, p *proofView) error {
	o, err := s.Hub.Start(v.ctx(), v.s.Actor(), s.begin(v, v.s.Number, policy.PurposeSelfService, "", byToken))
	if err != nil {
		return err
	}
	p.Handle = o.Handle
	return s.question(v, p)
}

// anew gives another number in place of one that was answered, if there was one.
func (s *self) anew(v *visit, p *proofView) error {
	if p.ID == "" || p.Handle == "" {
		return nil
	}
	return s.question(v, p)
}

func (s *self) question(v *visit, p *proofView) error {
	c, err := s.Hub.Challenge(v.ctx(), v.s.Actor(), p.Handle, s.codePolicy(policy.PurposeSelfService, byToken))
	if err != nil {
		return err
	}
	p.ID, p.Question = c.ID.String(), c.Question
	return nil
}
