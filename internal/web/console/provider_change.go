package console

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/staff"
)

// providerRoutes is the part of the site map about service providers.
func (c *console) providerRoutes() []route {
	return []route{
		{Pattern: "GET /providers", Need: staff.ClientRead, Serve: c.providers},
		{Pattern: "GET /providers/new", Need: staff.ClientWrite, Serve: c.newProvider},
		{Pattern: "POST /providers/new", Need: staff.ClientWrite, Fresh: "console.act.provider", Serve: c.createProvider},
		{Pattern: "GET /providers/{id}", Need: staff.ClientRead, Serve: c.provider},
		{Pattern: "GET /providers/{id}/edit", Need: staff.ClientWrite, Serve: c.editProvider},
		{Pattern: "POST /providers/{id}/edit", Need: staff.ClientWrite, Fresh: "console.act.provider", Serve: c.changeTerms},
		{Pattern: "GET /providers/{id}/do/{act}", Need: staff.ClientWrite, Serve: c.providerAct},
		{Pattern: "POST /providers/{id}/do/{act}", Need: staff.ClientWrite, Fresh: "console.act.provider", Serve: c.changeProvider},
	}
}

// providerAct says what an act on a service provider will do, and asks.
func (c *console) providerAct(v *visit) error {
	x, err := c.readProvider(v)
	if err != nil {
		return err
	}
	return c.showProviderAct(v, x)
}

func (c *console) showProviderAct(v *visit, x provider.Provider) error {
	act := v.r.PathValue("act")
	if !slices.Contains([]string{"disable", "enable", "rotate"}, act) {
		return fault.NotFoundf("console.address", "There is no page at this address.")
	}
	title := v.t.T("console.provider." + act + ".title")
	return v.narrow("confirm", title, confirmPage{
		visit: v, Of: x.Name, Back: "/providers/" + x.ID.String(), Title: title, Text: v.t.T("console.provider."+act+".text", "name", x.Name), Button: title,
		Action: v.r.URL.Path, Danger: act == "disable",
	})
}

// changeProvider carries the act out.
func (c *console) changeProvider(v *visit) error {
	x, err := c.readProvider(v)
	if err != nil {
		return err
	}
	by, again := v.s.Actor(), func(v *visit) error { return c.showProviderAct(v, x) }
	act := v.r.PathValue("act")
	switch act {
	case "disable":
		err = c.Providers.Disable(v.ctx(), by, x.ID)
	case "enable":
		err = c.Providers.Enable(v.ctx(), by, x.ID)
	case "rotate":
		password, err := c.Providers.Rotate(v.ctx(), by, x.ID, "", overlap)
		if err != nil {
			return v.again(err, again)
		}
		title := v.t.T("console.provider.rotate.done")
		return v.render("once", title, v.providerPassword(x, password, title))
	default:
		return fault.NotFoundf("console.address", "There is no page at this address.")
	}
	if err != nil {
		return v.again(err, again)
	}
	return v.done("/providers/"+x.ID.String(), "console.provider."+act+".done", "name", x.Name)
}
