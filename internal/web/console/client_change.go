package console

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
)

// overlap is how long an old secret works beside its successor.
const overlap = 24 * time.Hour

// clientForm says what an act on an application will do, and asks.
func (c *console) clientForm(v *visit) error {
	x, err := c.readClient(v)
	if err != nil {
		return err
	}
	return c.showClientForm(v, x)
}

func (c *console) showClientForm(v *visit, x client.Client) error {
	act := v.r.PathValue("act")
	if !slices.Contains([]string{"disable", "enable", "rotate", "revoke"}, act) {
		return fault.NotFoundf("console.address", "There is no page at this address.")
	}
	title := v.t.T("console.client." + act + ".title")
	return v.narrow("confirm", title, confirmPage{
		visit: v, Of: x.Name, Back: "/clients/" + x.ID.String(), Title: title, Text: v.t.T("console.client."+act+".text", "name", x.Name), Button: title,
		Action: v.r.URL.Path, Danger: act == "disable",
	})
}

// changeClient carries the act out.
func (c *console) changeClient(v *visit) error {
	x, err := c.readClient(v)
	if err != nil {
		return err
	}
	by := v.s.Actor()
	var done string
	switch v.r.PathValue("act") {
	case "disable":
		err, done = c.Clients.Disable(v.ctx(), by, x.ID), "console.client.disable.done"
	case "enable":
		err, done = c.Clients.Enable(v.ctx(), by, x.ID), "console.client.enable.done"
	case "revoke":
		err, done = c.Clients.RevokeTokens(v.ctx(), by, x.ID), "console.client.revoke.done"
	case "rotate":
		return c.rotateSecret(v, x)
	default:
		return fault.NotFoundf("console.address", "There is no page at this address.")
	}
	if err != nil {
		return v.again(err, func(v *visit) error { return c.showClientForm(v, x) })
	}
	return v.done("/clients/"+x.ID.String(), done, "name", x.Name)
}

// rotateSecret shows the new secret, this once.
func (c *console) rotateSecret(v *visit, x client.Client) error {
	secret, err := c.Clients.RotateSecret(v.ctx(), v.s.Actor(), x.ID, overlap)
	if err != nil {
		return v.again(err, func(v *visit) error { return c.showClientForm(v, x) })
	}
	title := v.t.T("console.client.rotate.done")
	return v.render("once", title, v.clientSecret(x, secret, title))
}
