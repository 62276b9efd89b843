package console

import (
	"errors"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// tokenTarget is the token in the address, as an act finds it.
type tokenTarget struct {
	tokenRow
	Who           string // its owner, as staff call them; "" for nobody
	UnlockBlocked bool   // no unlock codes are given now; known on the token's page only
}

func (x tokenTarget) path() string { return "/tokens/" + x.Device.ID.String() }

func (x tokenTarget) subject() subject {
	return subject{x.Device.Customer, "device:" + x.Device.ID.String(), x.path(), x.Device.Serial}
}

// readToken finds the token in the address, and its owner.
func (c *console) readToken(v *visit) (x tokenTarget, err error) {
	id, err := v.id("id")
	if err != nil {
		return x, err
	}
	it, err := c.Tokens.Get(v.ctx(), id)
	if err != nil {
		return x, err
	}
	x.tokenRow = v.tokenRow(it, modelName(c.Policies.Active(), it.Device.Model))
	if it.Device.Customer.IsZero() {
		return x, nil
	}
	owner, err := c.Customers.Get(v.ctx(), it.Device.Customer)
	switch fault.KindOf(err) {
	case fault.NotFound: // erased
		return x, nil
	default:
		x.Who = title(owner)
	}
	return x, err
}

// tokenAct starts the page of an act on a token.
func (v *visit) tokenAct(key string, x tokenTarget) actPage {
	p := v.act(key, x.Device.Serial, x.path())
	p.Facts = v.targetFacts(x)
	if !x.Device.Customer.IsZero() {
		p.Owner = x.Device.Customer.String()
	}
	return p
}

// targetFacts say which token an act is about, so that nobody takes another one.
func (v *visit) targetFacts(x tokenTarget) []ui.Fact {
	facts := []ui.Fact{{Name: v.t.T("console.token.serial"), Value: x.Device.Serial, Note: x.Model, Mono: true, Badge: &x.Badge}}
	switch {
	case x.Who != "":
		facts = append(facts, ui.Fact{Name: v.t.T("console.token.owner"), Value: x.Who, Note: x.Owner})
	case x.Device.Customer.IsZero():
		facts = append(facts, ui.Fact{Name: v.t.T("console.token.owner"), Value: v.t.T("console.token.nobody")})
	}
	return facts
}

// shownOwner reads whose a token was when the page was shown: an act is about that
// customer's token, or it is not done. Zero: nobody's.
func (v *visit) shownOwner() (ident.ID, error) {
	if v.form.Value("owner") == "" {
		return ident.ID{}, nil
	}
	id, err := ident.Parse(v.form.Value("owner"))
	if err != nil {
		return id, fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	return id, nil
}

// ordered reads what the form is about, and why the visitor may do it.
func (c *console) ordered(v *visit, x tokenTarget) (t token.Target, why token.Warrant, err error) {
	t.Device = x.Device.ID
	if t.Customer, err = v.shownOwner(); err != nil {
		return t, nil, err
	}
	i, err := c.current(v, t.Customer)
	return t, token.Identified(i.ID), err
}

// renamed is err with the field of the form that its field of the use case stands
// for.
func renamed(err error, from, to string) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && strings.TrimPrefix(f.Field, "/") == from {
		return f.WithField(to)
	}
	return err
}
