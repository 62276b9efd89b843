package console

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const stockPage = 50 // tokens

type stockView struct {
	*visit
	At       time.Time
	Counts   []modelCount
	Total    modelCount
	Models   []ui.Choice
	Statuses []ui.Choice
	Filtered bool
	Tokens   []tokenRow
	Pager    ui.Pager
}

// modelCount is a row of figures: a model by state.
type modelCount struct {
	Code, Name                               string
	Stock, Active, Suspended, Blocked, Total int64
	Bar                                      []segment
}

// segment is a part of a bar, in thousandths of its width.
type segment struct {
	State    string
	From, To int64
}

// Width is the segment's length.
func (s segment) Width() int64 { return s.To - s.From }

// stock shows the tokens in figures, and as a list by serial number.
func (c *console) stock(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	shelf, err := c.shelf(v.ctx())
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	p := stockView{visit: v, At: shelf.At, Counts: byModel(shelf, set)}
	for _, m := range p.Counts {
		p.Total.add(m)
	}
	p.Models, p.Statuses = v.stockChoices(p.Counts)
	f := token.Filter{Status: device.Status(v.query("status"))}
	if m := v.query("model"); m != "" {
		f.Models = []string{m}
	} else if f.Status != "" {
		for _, m := range p.Counts {
			f.Models = append(f.Models, m.Code)
		}
	}
	p.Filtered = len(f.Models) > 0 || f.Status != ""
	items, next, err := c.Tokens.List(v.ctx(), f, v.query("after"), stockPage)
	if err != nil {
		return err
	}
	for _, it := range items {
		p.Tokens = append(p.Tokens, v.tokenRow(it, modelName(set, it.Device.Model)))
	}
	p.Pager = v.pager(next)
	return v.render("stock", v.t.T("console.stock.title"), p)
}

// byModel makes a row of each model that there are tokens of.
func byModel(s token.Shelf, set *policy.Set) (rows []modelCount) {
	for _, x := range s.Counts {
		i := slices.IndexFunc(rows, func(r modelCount) bool { return r.Code == x.Model })
		if i < 0 {
			i = len(rows)
			rows = append(rows, modelCount{Code: x.Model, Name: modelName(set, x.Model)})
		}
		rows[i].count(x.Status, x.N)
	}
	for i := range rows {
		rows[i].draw()
	}
	return rows
}

func (m *modelCount) count(s device.Status, n int64) {
	m.Total += n
	switch s {
	case device.Stock:
		m.Stock += n
	case device.Active:
		m.Active += n
	case device.Suspended:
		m.Suspended += n
	case device.Blocked:
		m.Blocked += n
	}
}

func (m *modelCount) add(o modelCount) {
	m.Stock, m.Active, m.Suspended, m.Blocked, m.Total = m.Stock+o.Stock, m.Active+o.Active, m.Suspended+o.Suspended, m.Blocked+o.Blocked, m.Total+o.Total
}

// draw divides the bar: what exists is seen, however few.
func (m *modelCount) draw() {
	const whole, least = 1000, 12
	at := int64(0)
	for _, part := range []struct {
		state string
		n     int64
	}{{"active", m.Active}, {"suspended", m.Suspended}, {"blocked", m.Blocked}, {"stock", m.Stock}} {
		if part.n == 0 {
			continue
		}
		to := min(at+max(part.n*whole/m.Total, least), whole)
		if part.state == "stock" {
			to = whole
		}
		m.Bar = append(m.Bar, segment{part.state, at, to})
		at = to
	}
	if len(m.Bar) > 0 {
		m.Bar[len(m.Bar)-1].To = whole
	}
}

func (v *visit) stockChoices(counts []modelCount) (models, statuses []ui.Choice) {
	models = []ui.Choice{{Value: "", Text: v.t.T("console.stock.every_model")}}
	for _, m := range counts {
		models = append(models, ui.Choice{Value: m.Code, Text: m.Name})
	}
	statuses = []ui.Choice{{Value: "", Text: v.t.T("console.stock.every_state")}}
	for _, s := range device.Statuses() {
		statuses = append(statuses, ui.Choice{Value: string(s), Text: v.t.T("console.status.device." + string(s))})
	}
	return models, statuses
}
