package console

import (
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const day = 24 * time.Hour

type codeForm struct {
	*visit
	Customer customer.Customer
	Policies []ui.Choice
	Lives    []ui.Choice
	Split    bool // the policies ask for two ways anyway
	Fresh    string

	Identified *standing // what it relies on; nil for customers without a token
}

// newCode asks what the activation code is for. Where the customer has registered
// before, it needs an identification.
func (c *console) newCode(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	before, err := c.Desk.Registered(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	p := codeForm{visit: v, Customer: cu, Split: set.Registration.Split, Fresh: v.form.Value("id")}
	if before {
		i, ok, err := c.warrant(v, cu.ID)
		if err != nil || !ok {
			return err
		}
		p.Identified = v.standingOf(i)
	}
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
	}
	for _, x := range set.Policies {
		if x.Registrable() { // signatures come with the token
			p.Policies = append(p.Policies, ui.Choice{Value: x.Code, Text: x.Name})
		}
	}
	p.Lives = []ui.Choice{{Value: "", Text: v.t.T("console.code.default", "span", v.t.Span(set.Registration.CodeValid))}}
	for _, d := range []time.Duration{time.Hour, day, 14 * day, 30 * day} { //nolint:mnd // what people ask for
		p.Lives = append(p.Lives, ui.Choice{Value: d.String(), Text: v.t.Span(d)})
	}
	return v.narrow("code-new", v.t.T("console.code.new"), p)
}

type oncePage struct {
	*visit
	Title, Lede string
	Secret      ui.Secret
	Facts       []ui.Fact
	Next        []string // what to do now
	Back, Done  string   // where to go, and how that is called
}

// issueCode issues a code and shows its value, this once.
func (c *console) issueCode(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	in := registration.Issue{Policy: v.form.Value("policy"), Split: v.form.Value("split") != ""}
	if in.ID, err = ident.Parse(v.form.Value("id")); err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	if life := v.form.Value("life"); life != "" {
		if in.Valid, err = time.ParseDuration(life); err != nil {
			return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
		}
	}
	out, err := c.Desk.Issue(v.ctx(), v.s.Actor(), cu.ID, in)
	if err != nil {
		return c.refused(v, subject{owner: cu.ID, object: cu.ID.String(), page: customerPath(cu.ID), name: title(cu)}, err, c.newCode)
	}
	return v.render("once", v.t.T("console.code.issued"), v.issued(cu, out, c.Policies.Active()))
}

func (v *visit) issued(cu customer.Customer, out registration.Issued, set *policy.Set) oncePage {
	p := oncePage{
		visit: v, Title: v.t.T("console.code.issued"), Lede: v.t.T("console.once.lede"), Back: "/customers/" + cu.ID.String(), Done: v.t.T("console.code.back"),
		Secret: ui.Secret{ID: "activation-code", Label: v.t.T("console.code.value"), Value: out.Value, Hint: v.t.T("console.code.until", "time", v.t.Time(out.Expires))},
		Facts: []ui.Fact{
			{Name: v.t.T("console.customer.number"), Value: cu.Number, Mono: true},
			{Name: v.t.T("console.customer.name"), Value: title(cu)},
			{Name: v.t.T("console.code.for"), Value: policyName(set, out.Policy)},
		},
		Next: []string{v.t.T("console.code.next_tell"), v.t.T("console.code.next_register"), v.t.T("console.code.next_old")},
	}
	if out.Split {
		p.Secret.Label = v.t.T("console.code.half")
		p.Next[0] = v.t.T("console.code.next_split")
	}
	return p
}

// extendCode gives a code another life.
func (c *console) extendCode(v *visit) error {
	id, code, err := v.codeIDs()
	if err != nil {
		return err
	}
	out, err := c.Desk.Extend(v.ctx(), v.s.Actor(), id, code)
	if err != nil {
		return err
	}
	return v.done("/customers/"+id.String(), "console.code.extended", "time", v.t.Time(out.Expires))
}

func (v *visit) codeIDs() (owner, code ident.ID, err error) {
	if owner, err = v.id("id"); err != nil {
		return owner, code, err
	}
	code, err = v.id("code")
	return owner, code, err
}

// revokeForm asks whether a code is really to be taken back.
func (c *console) revokeForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	if _, err := v.id("code"); err != nil {
		return err
	}
	return v.narrow("confirm", v.t.T("console.code.revoke"), confirmPage{
		visit: v, Title: v.t.T("console.code.revoke"), Text: v.t.T("console.code.revoke_text", "name", title(cu)), Button: v.t.T("console.code.revoke"), Danger: true,
		Action: v.r.URL.Path, Back: "/customers/" + cu.ID.String(), Of: title(cu),
	})
}

// revokeCode takes it back.
func (c *console) revokeCode(v *visit) error {
	id, code, err := v.codeIDs()
	if err != nil {
		return err
	}
	if err := c.Desk.Revoke(v.ctx(), v.s.Actor(), id, code); err != nil {
		return err
	}
	return v.done("/customers/"+id.String(), "console.code.revoked")
}

// confirmPage asks before an act, and says what it will do.
type confirmPage struct {
	*visit
	Of, Back            string // what it is about, and its page
	Title, Text, Button string
	Action              string
	Danger              bool
}

// policyName is the name of a policy in force, or its code.
func policyName(set *policy.Set, code string) string {
	if p, ok := set.Policy(code); ok {
		return p.Name
	}
	return code
}
