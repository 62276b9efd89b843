package console

import (
	"time"

	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Gateway is a way into the telephone network, as one node sees it since it started.
type Gateway struct {
	Name     string // as messages name it
	Kind     string // "SMPP"
	Sessions int    // open now
	Trouble  string // why there is none; "" when nothing is known to be wrong
	Figures  []GatewayFigure
}

// GatewayFigure is a count with its name, one of: taken, refused, throttled, timeouts,
// receipts, lost.
type GatewayFigure struct {
	Name string
	N    int64
}

type gatewaysView struct {
	*visit
	Gateways []gatewayRow
	Figures  []figureRow
	States   []string
}

type gatewayRow struct {
	Gateway
	Badge ui.Badge
	Facts []ui.Fact
}

// figureRow is what became of a gateway's messages of the last day.
type figureRow struct {
	Name  string // "" for messages that none took
	N     []int64
	Total int64
}

// gateways shows how the ways into the telephone network stand.
func (c *console) gateways(v *visit) error {
	p := gatewaysView{visit: v}
	if c.Gateways != nil {
		for _, g := range c.Gateways() {
			p.Gateways = append(p.Gateways, v.gatewayRow(g))
		}
	}
	figures, err := c.Texts.Figures(v.ctx(), v.now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for _, s := range textStates() {
		p.States = append(p.States, v.t.T("console.status.text."+string(s)))
	}
	p.Figures = figureRows(figures)
	return v.render("gateways", v.t.T("console.gateway.title"), p)
}

func (v *visit) gatewayRow(g Gateway) gatewayRow {
	row := gatewayRow{Gateway: g, Badge: ui.Badge{Tone: ui.Good, Text: v.t.N("console.gateway.sessions", g.Sessions)}}
	if g.Sessions == 0 {
		row.Badge = ui.Badge{Tone: ui.Bad, Text: v.t.T("console.gateway.down")}
	}
	for _, f := range g.Figures {
		row.Facts = append(row.Facts, ui.Fact{Name: v.t.T("console.gateway.figure." + f.Name), Value: v.t.Number(f.N)})
	}
	return row
}

// figureRows makes a row of each gateway, in the order of textStates.
func figureRows(figures []sms.Figure) (rows []figureRow) {
	for _, f := range figures {
		if len(rows) == 0 || rows[len(rows)-1].Name != f.Gateway {
			rows = append(rows, figureRow{Name: f.Gateway, N: make([]int64, len(textStates()))})
		}
		row := &rows[len(rows)-1]
		row.Total += f.N
		for i, s := range textStates() {
			if s == f.State {
				row.N[i] = f.N
			}
		}
	}
	return rows
}
