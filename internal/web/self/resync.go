package self

import (
	"slices"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// maxCodes is how many codes a resynchronization takes at most.
const maxCodes = 3

// resyncPage asks for a fresh proof, and then for codes of the token.
type resyncPage struct {
	Token tokenView
	Step  int // 1: the proof; 2: the codes
	Proof proofView
	Codes []codeView // of step 2

	Policy string // code; what is brought into step belongs to it
	Signs  bool   // the codes are those that approve payments
	Ways   []resyncWay
}

// resyncWay is one of several things in a token that may be out of step.
type resyncWay struct {
	Policy  string
	Signs   bool
	Current bool
}

// codeView is the field for one code.
type codeView struct {
	N        int // from 1
	ID       string
	Question string // that it answers; empty: none
}

// resyncPage fails for a token that cannot be brought back into step here, as its
// use case says.
func (s *self) resyncPage(v *visit) (p resyncPage, needed int, err error) {
	t, others, err := s.own(v)
	if err != nil {
		return p, 0, err
	}
	p.Token, p.Step, p.Proof.Number = t, 1, "/tokens/"+t.ID+"/resync/number"
	from, err := s.provers(v, usable(append(others, t), v.now))
	if err != nil {
		return p, 0, err
	}
	s.from(v, &p.Proof, from)
	all, err := s.Upkeep.Courses(v.ctx(), v.s.Actor(), t.target(v))
	if err != nil {
		return p, 0, err
	}
	return p, s.choose(v, &p, all), nil
}

// choose takes the course that the form or the address names, else the first, and
// returns how many codes it needs.
func (s *self) choose(v *visit, p *resyncPage, all []token.Course) int {
	wanted := v.form.Value("policy")
	if wanted == "" {
		wanted = v.r.URL.Query().Get("policy")
	}
	at := max(slices.IndexFunc(all, func(c token.Course) bool { return c.Policy == wanted }), 0)
	for i, c := range all {
		rule, _ := s.Policies.Active().Policy(c.Policy)
		p.Ways = append(p.Ways, resyncWay{c.Policy, rule.Use == policy.UseSign, i == at})
	}
	p.Policy, p.Signs = all[at].Policy, p.Ways[at].Signs
	return all[at].Codes
}

func (t *tokenView) target(v *visit) token.Target {
	return token.Target{Device: t.item.Device.ID, Customer: v.s.Customer}
}

func (v *visit) showResync(p resyncPage) error {
	return v.render("resync", v.t.T("self.resync.title"), ui.Narrow, p)
}

// resync begins with a fresh proof.
func (s *self) resync(v *visit) error {
	p, _, err := s.resyncPage(v)
	if err != nil {
		return err
	}
	return v.showResync(p)
}

// resyncNumber gives a number for a token that asks for one.
func (s *self) resyncNumber(v *visit) error {
	p, _, err := s.resyncPage(v)
	if err != nil {
		return err
	}
	if err := s.number(v, &p.Proof); err != nil {
		return err
	}
	return v.showResync(p)
}

// resyncProof takes the proof and asks for the codes.
func (s *self) resyncProof(v *visit) error {
	p, needed, err := s.resyncPage(v)
	if err != nil {
		return err
	}
	proven, ok, err := s.fresh(v, &p.Proof)
	if err != nil {
		return err
	}
	if !ok {
		return v.showResync(p)
	}
	v.form = ui.NewForm(nil)
	return s.askCodes(v, p, proven, needed)
}

// askCodes shows step 2, with a challenge for each code if the token takes them.
// When the proof has become too old meanwhile, it is asked for again.
func (s *self) askCodes(v *visit, p resyncPage, proven hub.Proven, n int) error {
	posed, err := s.Upkeep.Challenges(v.ctx(), v.s.Actor(), proven, token.Challenges{Target: p.Token.target(v), Policy: p.Policy, Number: n})
	if err != nil {
		return v.again(err, func() error { return v.showResync(p) })
	}
	p.Step, p.Codes = 2, make([]codeView, n)
	for i := range p.Codes {
		if p.Codes[i].N = i + 1; i < len(posed) {
			p.Codes[i].ID, p.Codes[i].Question = posed[i].ID.String(), posed[i].Question
		}
	}
	p.Proof.Handle = proven.Handle
	return v.showResync(p)
}

// resyncCodes takes the codes that the token gave one after another.
func (s *self) resyncCodes(v *visit) error {
	p, needed, err := s.resyncPage(v)
	if err != nil {
		return err
	}
	proven, err := s.Hub.Proven(v.ctx(), v.s.Actor(), v.form.Value("proof"))
	if err != nil {
		v.form.Fail("code", v.t.T("self.proof.over"))
		return v.showResync(p)
	}
	r, n := v.codes(p.Token.target(v), needed)
	r.Policy = p.Policy
	if !v.form.OK() {
		return s.askCodes(v, p, proven, n)
	}
	out, err := s.Upkeep.Resync(v.ctx(), v.s.Actor(), proven, r)
	switch {
	case fault.KindOf(err) == fault.Denied && err != nil:
		return v.again(err, func() error { return v.showResync(p) })
	case err != nil:
		if err := v.misread(err); err != nil {
			return err
		}
		return s.askCodes(v, p, proven, n)
	case out.Outcome == token.Synchronized:
		return v.done("/tokens/"+p.Token.ID, ui.Good, "self.flash.in_step")
	case out.Outcome == token.Ambiguous && n < maxCodes:
		n++
	}
	v.form.Fail("code_1", v.t.T("self.resync."+string(out.Outcome)))
	return s.askCodes(v, p, proven, n)
}

// misread turns a fault about the codes into an error of the first field.
func (v *visit) misread(err error) error {
	switch f := fault.From(err); f.Kind {
	case fault.Invalid, fault.Conflict, fault.Limited:
		v.form.Fail("code_1", v.t.Fault(f))
		return nil
	default:
		return err
	}
}

// codes reads the codes of step 2 and how many there are.
func (v *visit) codes(t token.Target, needed int) (token.Resync, int) {
	r, n := token.Resync{Target: t}, needed
	for n < maxCodes && v.form.Raw("code_"+strconv.Itoa(n+1)) != "" {
		n++
	}
	for i := range n {
		at := strconv.Itoa(i + 1)
		v.form.Require(v.t, "code_"+at, v.t.T("self.field.code_n", "n", at))
		r.Codes = append(r.Codes, v.form.Value("code_"+at))
		if id, err := ident.Parse(v.form.Value("challenge_" + at)); err == nil && !id.IsZero() {
			r.Challenges = append(r.Challenges, id)
		}
	}
	return r, n
}
