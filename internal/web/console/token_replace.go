package console

import (
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type replacePage struct {
	actPage
	Serial     string      // that was looked for; "" at first
	Candidates []candidate // with that number
}

// candidate is a token that could take the place of another one.
type candidate struct {
	tokenRow
	Facts []ui.Fact
}

// replaceForm looks for the token that is to take the place of another one, by the
// serial number on it, and says what giving it will do.
func (c *console) replaceForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	if !possible(x, device.Replace) {
		return c.overtaken(v, x.subject(), wrongState(x))
	}
	i, ok, err := c.warrant(v, x.Device.Customer)
	if err != nil || !ok {
		return err
	}
	p := replacePage{actPage: v.tokenAct("replace", x), Serial: v.query("serial")}
	p.Identified = v.standingOf(i)
	if p.Serial == "" {
		p.Serial = v.form.Value("serial")
	}
	v.form.Set("serial", p.Serial)
	if p.Serial != "" {
		if err := c.addCandidates(v, &p, x); err != nil {
			return err
		}
	}
	return v.narrow("replace", p.Title(), p)
}

func (c *console) addCandidates(v *visit, p *replacePage, x tokenTarget) error {
	all, err := c.Tokens.BySerial(v.ctx(), p.Serial)
	if err != nil {
		return err
	}
	for _, it := range all {
		if it.Device.ID == x.Device.ID {
			continue
		}
		row := v.tokenRow(it, modelName(c.Policies.Active(), it.Device.Model))
		if it.Device.Status != device.Stock {
			v.form.Fail("serial", v.t.T("console.do.replace.taken", "state", row.Badge.Text))
			continue
		}
		p.Candidates = append(p.Candidates, candidate{tokenRow: row, Facts: []ui.Fact{
			{Name: v.t.T("console.do.replace.new"), Value: it.Device.Serial, Note: row.Model, Mono: true, Badge: &row.Badge},
			{Name: v.t.T("console.token.maker"), Value: dash(it.Device.Manufacturer)},
			{Name: v.t.T("console.token.expires"), Value: v.day(it.Device.Expires)},
		}})
	}
	if len(p.Candidates) == 0 && v.form.OK() {
		v.form.Fail("serial", v.t.T("console.do.replace.unknown"))
	}
	return nil
}

// replace gives the customer the chosen token. It waits for its first code then.
func (c *console) replace(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	next, err := ident.Parse(v.form.Value("successor"))
	if err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.replaceForm(v)
	}
	o, err := c.order(v, x, true)
	if err != nil {
		return err
	}
	o.Reason = v.form.Value("reason")
	out, err := c.Care.Replace(v.ctx(), v.s.Actor(), o, next)
	if err != nil {
		return c.refused(v, x.subject(), renamed(err, "successor", "serial"), c.replaceForm)
	}
	return v.done("/tokens/"+out.Device.ID.String(), "console.do.replace.done", "serial", x.Device.Serial)
}
