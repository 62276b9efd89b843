package console

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type clientFormPage struct {
	*visit
	Fresh  string
	Kinds  []ui.Choice
	Scopes []scopeBox
}

// scopeBox is a scope with its check box.
type scopeBox struct {
	client.ScopeInfo
	Checked bool
}

// newClient asks what the application may do.
func (c *console) newClient(v *visit) error {
	p := clientFormPage{visit: v, Fresh: v.form.Value("id")}
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
		v.form.Set("secret", "yes")
	}
	for _, k := range []client.Kind{client.Bank, client.Provider} {
		p.Kinds = append(p.Kinds, ui.Choice{Value: string(k), Text: v.t.T("console.client.kinds." + string(k))})
	}
	chosen := " " + strings.Join(v.form.All("scope"), " ") + " "
	for _, s := range client.Describe() {
		p.Scopes = append(p.Scopes, scopeBox{s, strings.Contains(chosen, " "+s.Name+" ")})
	}
	return v.render("client-new", v.t.T("console.client.new"), p)
}

// createClient creates the application and shows its secret, this once.
func (c *console) createClient(v *visit) error {
	n := client.New{
		Name: v.form.Value("name"), Kind: client.Kind(v.form.Value("kind")), Brand: v.form.Value("brand"), Secret: v.form.Value("secret") != "",
		Rate: v.wholeNumber("rate"), Burst: v.wholeNumber("burst"), Keys: []byte(v.form.Value("keys")),
	}
	var err error
	if n.ID, err = ident.Parse(v.form.Value("id")); err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	if n.Scopes, err = client.ParseScopes(strings.Join(v.form.All("scope"), " ")); err != nil {
		return v.again(fault.From(err).WithField("scope"), c.newClient)
	}
	if !n.Secret && len(n.Keys) == 0 {
		v.form.Fail("keys", v.t.T("console.client.no_way"))
	}
	if !v.form.OK() {
		return c.newClient(v)
	}
	x, secret, err := c.Clients.Create(v.ctx(), v.s.Actor(), n)
	if err != nil {
		return v.again(err, c.newClient)
	}
	if secret == "" {
		return v.done("/clients/"+x.ID.String(), "console.client.made")
	}
	return v.render("once", v.t.T("console.client.made"), v.clientSecret(x, secret, v.t.T("console.client.made")))
}

func (v *visit) clientSecret(x client.Client, secret, title string) oncePage {
	return oncePage{
		visit: v, Title: title, Lede: v.t.T("console.once.lede"), Back: "/clients/" + x.ID.String(), Done: v.t.T("console.client.back"),
		Secret: ui.Secret{ID: "client-secret", Label: v.t.T("console.client.secret"), Value: secret},
		Facts: []ui.Fact{
			{Name: v.t.T("console.client.name"), Value: x.Name},
			{Name: v.t.T("console.client.id"), Value: x.ID.String(), Mono: true},
		},
		Next: []string{v.t.T("console.client.next_store"), v.t.T("console.client.next_lost")},
	}
}
