package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const providerPage = 50

type providersView struct {
	*visit
	Providers []providerRow
	Pager     ui.Pager
}

type providerRow struct {
	provider.Provider
	Badge ui.Badge
}

func (v *visit) providerRow(p provider.Provider) providerRow {
	return providerRow{p, v.badge("console.status.client", string(p.Status))}
}

// providers lists the service providers that ask people for mobile signatures.
func (c *console) providers(v *visit) error {
	all, err := c.Providers.List(v.ctx(), v.query("after"), providerPage)
	if err != nil {
		return err
	}
	p := providersView{visit: v}
	for _, x := range all {
		p.Providers = append(p.Providers, v.providerRow(x))
	}
	if len(all) == providerPage {
		p.Pager = v.pager(all[providerPage-1].Code)
	}
	return v.render("providers", v.t.T("console.provider.title"), p)
}

type providerView struct {
	*visit
	providerRow
	Facts, Terms []ui.Fact
}

// provider shows one service provider.
func (c *console) provider(v *visit) error {
	x, err := c.readProvider(v)
	if err != nil {
		return err
	}
	return v.render("provider", x.Name, providerView{visit: v, providerRow: v.providerRow(x), Facts: v.providerFacts(x), Terms: v.providerTerms(x)})
}

func (c *console) readProvider(v *visit) (provider.Provider, error) {
	id, err := v.id("id")
	if err != nil {
		return provider.Provider{}, err
	}
	return c.Providers.Get(v.ctx(), id)
}

func (v *visit) providerFacts(x provider.Provider) []ui.Fact {
	ways := v.t.N("console.provider.pins", len(x.Pins))
	switch {
	case x.PasswordOnly:
		ways = v.t.T("console.provider.password_only")
	case len(x.Pins) == 0:
		ways = v.t.T("console.provider.no_way")
	}
	facts := []ui.Fact{
		{Name: v.t.T("console.provider.code"), Value: x.Code, Mono: true},
		{Name: v.t.T("console.provider.ways"), Value: ways},
		{Name: v.t.T("console.client.created"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.client.changed"), Value: v.moment(x.Changed)},
	}
	if x.PreviousUntil.After(v.now) {
		facts[1].Note = v.t.T("console.provider.previous", "time", v.t.Time(x.PreviousUntil))
	}
	return facts
}

func (v *visit) providerTerms(x provider.Provider) []ui.Fact {
	yes := func(on bool) string { return v.t.T("console.provider.says." + strconv.FormatBool(on)) }
	profiles := v.t.T("console.provider.all_profiles")
	if len(x.Profiles) > 0 {
		profiles = strings.Join(x.Profiles, ", ")
	}
	limit := v.t.T("console.provider.as_policies")
	if x.Limit > 0 {
		limit = v.t.Number(int64(x.Limit))
	}
	number := func(n int) string { return v.t.Number(int64(n)) }
	return []ui.Fact{
		{Name: v.t.T("console.provider.name"), Value: x.Name},
		{Name: v.t.T("console.provider.prefix"), Value: dash(x.Prefix)},
		{Name: v.t.T("console.provider.profiles"), Value: profiles},
		{Name: v.t.T("console.provider.callbacks"), Value: dash(strings.Join(x.Callbacks, ", "))},
		{Name: v.t.T("console.provider.success"), Value: strconv.Itoa(x.Success)},
		{Name: v.t.T("console.provider.entitled"), Value: yes(x.Entitled)},
		{Name: v.t.T("console.provider.unicode"), Value: yes(x.Unicode)},
		{Name: v.t.T("console.provider.registrar"), Value: yes(x.Registrar)},
		{Name: v.t.T("console.provider.lengths"), Value: v.t.T("console.provider.lengths_text", "trans", number(x.TransID), "content", number(x.Content), "display", number(x.Display))},
		{Name: v.t.T("console.client.rate"), Value: v.t.T("console.client.rate_text", "rate", number(x.Rate), "burst", number(x.Burst))},
		{Name: v.t.T("console.provider.limit"), Value: limit},
	}
}
