package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const simsPage = 50 // cards

type simsView struct {
	*visit
	States   []ui.Choice
	Counts   []ui.Fact
	Filtered bool
	Cards    []simRow
	Pager    ui.Pager
}

// simRow is a SIM in a list.
type simRow struct {
	sim.Card
	Number string // masked; "" for none
	Href   string
	Badge  ui.Badge
}

func simPath(iccid string) string { return "/sims/" + iccid }

func (v *visit) simRow(c sim.Card) simRow {
	r := simRow{Card: c, Href: simPath(c.ICCID), Badge: v.simBadge(c.State)}
	if c.MSISDN != "" {
		r.Number = customer.Contact{Kind: customer.Phone, Value: c.MSISDN}.Masked()
	}
	return r
}

// simBadge is the state of a SIM in a word.
func (v *visit) simBadge(s sim.CardState) ui.Badge {
	tones := map[sim.CardState]ui.Tone{sim.Stock: ui.Info, sim.Active: ui.Good, sim.Suspended: ui.Bad, sim.Retired: ui.Plain}
	return ui.Badge{Tone: tones[s], Text: v.t.T("console.sim.state." + string(s))}
}

// sims lists the SIMs whose keys are here.
func (c *console) sims(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	if name := strings.TrimSpace(v.query("name")); name != "" {
		card, err := c.SIMs.Find(v.ctx(), name)
		if err == nil {
			return v.to(simPath(card.ICCID))
		}
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		v.form.Fail("name", v.t.T("console.sim.no_name"))
	}
	p := simsView{visit: v, Filtered: v.query("state") != ""}
	p.States = []ui.Choice{{Value: "", Text: v.t.T("console.mobile.any_state")}}
	counts, err := c.SIMs.Count(v.ctx())
	if err != nil {
		return err
	}
	for _, s := range sim.CardStates() {
		p.States = append(p.States, ui.Choice{Value: string(s), Text: v.t.T("console.sim.state." + string(s))})
		p.Counts = append(p.Counts, ui.Fact{Name: v.t.T("console.sim.state." + string(s)), Value: strconv.FormatInt(counts[s], 10)})
	}
	if err := c.listSIMs(v, &p); err != nil {
		return err
	}
	return v.render("sims", v.t.T("console.sim.title"), p)
}

// listSIMs reads the page that the address asks for.
func (c *console) listSIMs(v *visit, p *simsView) error {
	q := sim.Query{State: sim.CardState(v.query("state")), Limit: simsPage + 1}
	if after := v.query("after"); after != "" {
		id, err := ident.Parse(after)
		if err != nil {
			return fault.Invalidf("console.form", "This is not a page of the list.").WithCause(err)
		}
		q.After = id
	}
	all, err := c.SIMs.List(v.ctx(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(all) > simsPage {
		all = all[:simsPage]
		next = all[simsPage-1].ID.String()
	}
	for _, card := range all {
		p.Cards = append(p.Cards, v.simRow(card))
	}
	p.Pager = v.pager(next)
	return nil
}
