package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const clientPage = 50

type clientsView struct {
	*visit
	Clients []clientRow
	Pager   ui.Pager
}

type clientRow struct {
	client.Client
	KindName string
	Badge    ui.Badge
}

func (v *visit) clientRow(c client.Client) clientRow {
	return clientRow{c, v.t.T("console.client.kinds." + string(c.Kind)), v.badge("console.status.client", string(c.Status))}
}

// clients lists the applications that may call us.
func (c *console) clients(v *visit) error {
	var after ident.ID
	if s := v.query("after"); s != "" {
		var err error
		if after, err = ident.Parse(s); err != nil {
			return fault.Invalidf("console.cursor", "This is not a page of the list: start with the first page.").WithCause(err)
		}
	}
	all, err := c.Clients.List(v.ctx(), after, clientPage)
	if err != nil {
		return err
	}
	p := clientsView{visit: v}
	for _, x := range all {
		p.Clients = append(p.Clients, v.clientRow(x))
	}
	if len(all) == clientPage {
		p.Pager = v.pager(all[clientPage-1].ID.String())
	}
	return v.render("clients", v.t.T("console.client.title"), p)
}

type clientView struct {
	*visit
	clientRow
	Facts  []ui.Fact
	Scopes []client.ScopeInfo
}

// client shows one application.
func (c *console) client(v *visit) error {
	x, err := c.readClient(v)
	if err != nil {
		return err
	}
	p := clientView{visit: v, clientRow: v.clientRow(x), Facts: v.clientFacts(x)}
	for _, s := range client.Describe() {
		if x.Scopes.Has(s.Scope) {
			p.Scopes = append(p.Scopes, s)
		}
	}
	return v.render("client", x.Name, p)
}

func (c *console) readClient(v *visit) (client.Client, error) {
	id, err := v.id("id")
	if err != nil {
		return client.Client{}, err
	}
	return c.Clients.Get(v.ctx(), id)
}

func (v *visit) clientFacts(x client.Client) []ui.Fact {
	var ways []string
	if x.HasSecret {
		ways = append(ways, v.t.T("console.client.secret"))
	}
	if n := len(x.Keys.Keys); n > 0 {
		ways = append(ways, v.t.N("console.client.keys", n))
	}
	facts := []ui.Fact{
		{Name: v.t.T("console.client.id"), Value: x.ID.String(), Mono: true},
		{Name: v.t.T("console.client.kind"), Value: v.t.T("console.client.kinds." + string(x.Kind))},
		{Name: v.t.T("console.client.brand"), Value: dash(x.Brand)},
		{Name: v.t.T("console.client.ways"), Value: dash(strings.Join(ways, ", "))},
		{Name: v.t.T("console.client.rate"), Value: v.t.T("console.client.rate_text", "rate", v.t.Number(int64(x.Rate)), "burst", v.t.Number(int64(x.Burst)))},
		{Name: v.t.T("console.client.created"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.client.changed"), Value: v.moment(x.Changed)},
	}
	if x.PreviousUntil.After(v.now) {
		facts[3].Note = v.t.T("console.client.previous", "time", v.t.Time(x.PreviousUntil))
	}
	return facts
}

// number reads a whole number that may be left out.
func (v *visit) wholeNumber(name string) int {
	typed := v.form.Value(name)
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 {
		v.form.Fail(name, v.t.T("console.client.bad_number"))
	}
	return n
}
