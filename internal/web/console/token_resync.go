package console

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mostCodes is how many codes a resynchronization takes.
const mostCodes = 3

type resyncPage struct {
	actPage
	course
	Codes []codeField   // to be filled in; empty while challenges are to be posed
	N     int           // how many codes, or challenges
	Time  time.Duration // to answer challenges
	Meter ui.Meter      // the failure counter that wrong codes count for
}

// codeField is a code to be entered, and the challenge that it answers, if any.
type codeField struct {
	Name, Label         string
	Question, Challenge string
	Focus               bool
}

// course is how the token is brought back into step under the chosen policy, and
// where else to go for that.
type course struct {
	token.Course
	Name    string
	Others  []ui.Link // the same for the token's other policies
	ByCodes string
	ByHand  string // "" where nothing may be read off the token
}

// resyncForm asks for codes that the token shows one after another (F-4.5).
func (c *console) resyncForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, x.Device.Customer)
	if err != nil || !ok {
		return err
	}
	k, err := c.courseOf(v, x, "resync")
	if err != nil {
		return c.barred(v, x.subject(), err)
	}
	p := resyncPage{actPage: v.tokenAct("resync", x), course: k}
	p.Identified = v.standingOf(i)
	p.N = v.codesWanted(k.Course)
	if p.Codes = v.codeFields(p.N); k.Answers && len(v.form.All("challenge")) == 0 {
		p.Codes = nil
	}
	if rule, known := c.Policies.Active().Policy(k.Policy); known {
		p.Time = rule.Challenge.TTL
	}
	if p.Meter, err = c.meterOf(v, x, k.Policy); err != nil {
		return err
	}
	return v.narrow("resync", p.Title(), p)
}

// courseOf finds how the token is brought into step under the policy that the form
// or the address names; by default the first one. Key names the page.
func (c *console) courseOf(v *visit, x tokenTarget, key string) (k course, err error) {
	all, err := c.Upkeep.Courses(v.ctx(), v.s.Actor(), token.Target{Device: x.Device.ID, Customer: x.Device.Customer})
	if err != nil {
		return k, err
	}
	wanted := v.form.Value("policy")
	if wanted == "" {
		wanted = v.query("policy")
	}
	at := max(slices.IndexFunc(all, func(a token.Course) bool { return a.Policy == wanted }), 0)
	set := c.Policies.Active()
	k.Course, k.Name = all[at], policyName(set, all[at].Policy)
	if len(all) > 1 {
		for i, a := range all {
			k.Others = append(k.Others, ui.Link{Text: policyName(set, a.Policy), Href: link(x.path()+"/"+key, "policy", a.Policy), Current: i == at})
		}
	}
	k.ByCodes = link(x.path()+"/resync", "policy", k.Policy)
	if k.Counter || k.Clock {
		k.ByHand = link(x.path()+"/reading", "policy", k.Policy)
	}
	return k, nil
}

// codesWanted is how many codes the form has: as many as the policy wants, or more
// when fewer were ambiguous.
func (v *visit) codesWanted(k token.Course) int {
	n, _ := strconv.Atoi(v.form.Value("n")) // 0 for anything else
	return min(max(n, k.Codes), mostCodes)
}

func (v *visit) codeFields(n int) (all []codeField) {
	questions, challenges := v.form.All("question"), v.form.All("challenge")
	for i := range n {
		f := codeField{Name: codeName(i), Label: v.t.T("console.do.resync.code", "n", i+1), Focus: i == 0}
		if n == 1 {
			f.Label = v.t.T("console.do.resync.code_one")
		}
		if i < len(questions) && i < len(challenges) {
			f.Question, f.Challenge = questions[i], challenges[i]
		}
		all = append(all, f)
	}
	return all
}

func codeName(i int) string { return "code-" + strconv.Itoa(i) }

// meterOf shows the failure counter that wrong codes count for.
func (c *console) meterOf(v *visit, x tokenTarget, policy string) (m ui.Meter, err error) {
	if x.Device.Customer.IsZero() {
		return m, nil
	}
	held, err := c.Authenticators.Of(v.ctx(), x.Device.Customer)
	for _, h := range held {
		if h.Policy == policy {
			m = v.holding(h).Meter
		}
	}
	return m, err
}

// resync poses challenges, or takes the codes.
func (c *console) resync(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	target, why, err := c.ordered(v, x)
	if err != nil {
		return err
	}
	if v.form.Value("pose") != "" {
		return c.pose(v, x, target, why)
	}
	in := token.Resync{Target: target, Policy: v.form.Value("policy")}
	n, _ := strconv.Atoi(v.form.Value("n"))
	for i := range min(max(n, 1), mostCodes) {
		v.form.Require(v.t, codeName(i), v.t.T("console.do.resync.code", "n", i+1))
		in.Codes = append(in.Codes, v.form.Value(codeName(i)))
	}
	for _, s := range v.form.All("challenge") {
		id, err := ident.Parse(s)
		if err != nil {
			return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
		}
		in.Challenges = append(in.Challenges, id)
	}
	if !v.form.OK() {
		return c.resyncForm(v)
	}
	out, err := c.Upkeep.Resync(v.ctx(), v.s.Actor(), why, in)
	switch {
	case fault.Is(err, "token.resync_challenge"):
		v.form.Fail("", v.t.Fault(fault.From(err)))
		return c.poseAnew(v, len(in.Codes))
	case err != nil:
		return c.refused(v, x.subject(), renamed(renamed(err, "codes", codeName(0)), "code", codeName(0)), c.resyncForm)
	}
	return c.resynced(v, x, out, len(in.Codes))
}

// pose shows challenges to be typed into the token, with a field for each answer.
func (c *console) pose(v *visit, x tokenTarget, target token.Target, why token.Warrant) error {
	n, _ := strconv.Atoi(v.form.Value("n"))
	posed, err := c.Upkeep.Challenges(v.ctx(), v.s.Actor(), why, token.Challenges{Target: target, Policy: v.form.Value("policy"), Number: n})
	if err != nil {
		return c.refused(v, x.subject(), err, c.resyncForm)
	}
	values := url.Values{"policy": {v.form.Value("policy")}, "n": {strconv.Itoa(len(posed))}}
	for _, p := range posed {
		values.Add("challenge", p.ID.String())
		values.Add("question", p.Question)
	}
	v.form = ui.NewForm(values)
	return c.resyncForm(v)
}

// poseAnew shows the page before challenges are posed, for n of them, with what is
// wrong.
func (c *console) poseAnew(v *visit, n int) error {
	fresh := ui.NewForm(url.Values{"policy": {v.form.Value("policy")}, "n": {strconv.Itoa(n)}})
	for _, f := range v.form.Faults() {
		fresh.Fail("", f.Text)
	}
	v.form = fresh
	return c.resyncForm(v)
}

// resynced says how it ended. Only codes that are in step lead away from the form.
func (c *console) resynced(v *visit, x tokenTarget, out token.Resynced, n int) error {
	switch out.Outcome {
	case token.Synchronized:
		key := "console.do.resync.done"
		if out.Unblocked {
			key = "console.do.resync.done_open"
		}
		return v.done(x.path(), key, "how", v.moved(out.Moved, out.Drift))
	case token.Ambiguous:
		if n >= mostCodes {
			v.form.Fail("", v.t.T("console.do.resync.ambiguous_still"))
			break
		}
		v.form.Fail("", v.t.T("console.do.resync.ambiguous"))
		v.form.Set("n", strconv.Itoa(n+1))
		if len(v.form.All("challenge")) > 0 {
			return c.poseAnew(v, n+1)
		}
	case token.TooEarly:
		v.form.Fail("", v.t.N("console.do.resync.too_early", int(out.Skip)))
	case token.NoMatch:
		v.form.Fail("", v.t.T("console.do.resync.no_match"))
		if x.Device.Status != device.Stock {
			v.form.Fail("", v.t.T("console.do.resync.counted"))
		}
	}
	return c.resyncForm(v)
}

// moved says how far a counter or a clock was moved.
func (v *visit) moved(events int64, drift time.Duration) string {
	switch {
	case events > 0:
		return v.t.N("console.do.resync.moved", int(events))
	case drift > 0:
		return v.t.T("console.do.resync.ahead", "span", v.t.Span(drift))
	case drift < 0:
		return v.t.T("console.do.resync.behind", "span", v.t.Span(-drift))
	}
	return v.t.T("console.do.resync.still")
}
