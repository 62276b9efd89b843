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
	Columns  []ui.Choice // the states
	Filtered bool
	Tokens   []tokenRow
	Pager    ui.Pager
}

// modelCount is a row of figures: a model by state.
type modelCount struct {
	Code, Name string
	N          []int64 // in the order of device.Statuses
	Total      int64
	Bar        []segment
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
	p.Columns = p.Statuses[1:]
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
	if m.N == nil {
		m.N = make([]int64, len(device.Statuses()))
	}
	if i := slices.Index(device.Statuses(), s); i >= 0 {
		m.N[i] += n
		m.Total += n
	}
}

func (m *modelCount) add(o modelCount) {
	for i, n := range o.N {
		m.count(device.Statuses()[i], n)
	}
}

// drawn is the order of the parts of a bar; the last one fills it.
func drawn() []device.Status {
	return []device.Status{device.Active, device.Assigned, device.Suspended, device.Lost, device.Blocked, device.Retired, device.Stock}
}

// draw divides the bar: what exists is seen, however few.
func (m *modelCount) draw() {
	const whole, least = 1000, 12
	at := int64(0)
	for _, state := range drawn() {
		n := m.N[slices.Index(device.Statuses(), state)]
		if n == 0 {
			continue
		}
		to := min(at+max(n*whole/m.Total, least), whole)
		m.Bar = append(m.Bar, segment{string(state), at, to})
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
