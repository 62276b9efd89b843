package console

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/risk"
)

const (
	figureDays = 30
	dailyKept  = time.Minute // before the days are counted anew
)

// daily keeps the last counts by day.
type daily struct {
	mu   sync.Mutex
	at   time.Time
	days []risk.Day
}

// riskDays returns counts of the last minute. One request counts, others wait.
func (c *console) riskDays(ctx context.Context) ([]risk.Day, error) {
	d := &c.daily
	d.mu.Lock()
	defer d.mu.Unlock()
	if age := c.Now().Sub(d.at); d.days != nil && age >= 0 && age < dailyKept {
		return d.days, nil
	}
	days, err := c.Risk.Days(ctx, figureDays)
	if err == nil {
		d.days, d.at = days, c.Now()
	}
	return days, err
}

type figuresPage struct {
	*visit
	Tiles []tile
	Plots []plot
	Days  []dayRow
	Any   bool
}

// dayRow is a day of the table that stands for the plots.
type dayRow struct {
	Name           string
	Decided, Fraud risk.Confusion
}

// riskFigures shows what was decided in the last 30 days.
func (c *console) riskFigures(v *visit) error {
	days, err := c.riskDays(v.ctx())
	if err != nil {
		return err
	}
	p := figuresPage{visit: v}
	var all, fraud risk.Confusion
	for _, d := range days {
		all, fraud = plus(all, d.Decided), plus(fraud, d.Fraud)
		p.Days = append(p.Days, dayRow{v.t.Stamp(d.From)[:10], d.Decided, d.Fraud})
	}
	p.Any = all.All() > 0
	share := func(n, of int64) string {
		if of == 0 {
			return "–"
		}
		return v.percent(float64(n) / float64(of))
	}
	for _, t := range []struct{ key, value, icon string }{
		{"events", v.t.Number(all.All()), "scroll-text"},
		{"stepped", share(all.StepUp, all.All()), "shield-check"},
		{"blocked", share(all.Block, all.All()), "ban"},
		{"caught", share(fraud.StepUp+fraud.Block, fraud.All()), "shield-alert"},
	} {
		p.Tiles = append(p.Tiles, tile{Name: v.t.T("console.risk.figure." + t.key), Href: t.value, Icon: t.icon})
	}
	p.Plots = []plot{
		v.ratePlot("stepped", days, func(c risk.Confusion) int64 { return c.StepUp }),
		v.ratePlot("blocked", days, func(c risk.Confusion) int64 { return c.Block }),
		v.scorePlot(days), v.fraudPlot(days),
	}
	return v.render("risk-figures", v.t.T("console.risk.figure.title"), p)
}

func plus(a, b risk.Confusion) risk.Confusion {
	return risk.Confusion{Allow: a.Allow + b.Allow, StepUp: a.StepUp + b.StepUp, Block: a.Block + b.Block}
}

// slots draws bars of equal width.
func slots(p *plot, s scale, n int, value func(int) float64, now int) {
	const gap = 0.2 // of a slot
	width := float64(plotWidth-plotLeft-plotRight) / float64(n)
	for i := range n {
		x, y := plotLeft+width*float64(i), s.y(value(i))
		p.Bars = append(p.Bars, plotBar{round(x + width*gap/2), y, round(width * (1 - gap)), round(s.y(0) - y), i == now})
	}
}

// dayLabels writes every fifth day.
func (v *visit) dayLabels(p *plot, days []risk.Day) {
	width := float64(plotWidth-plotLeft-plotRight) / float64(len(days))
	const every = 7
	for i := len(days) - 1; i >= 0; i -= every {
		p.Labels = append(p.Labels, plotLabel{round(plotLeft + width*(float64(i)+0.5)), plotHeight - 9, v.day2(days[i].From)}) //nolint:mnd // the middle
	}
}

// percentTops are where the axis of a share may end.
func percentTop(most float64) float64 {
	for _, top := range []float64{0.02, 0.05, 0.1, 0.2, 0.5} {
		if most <= top {
			return top
		}
	}
	return 1
}

// ratePlot draws the share of a decision by day.
func (v *visit) ratePlot(key string, days []risk.Day, of func(risk.Confusion) int64) plot {
	rate := func(i int) float64 {
		return float64(of(days[i].Decided)) / float64(max(days[i].Decided.All(), 1))
	}
	most, sum, all := 0.0, int64(0), int64(0)
	for i, d := range days {
		most, sum, all = max(most, rate(i)), sum+of(d.Decided), all+d.Decided.All()
	}
	s := scale{percentTop(most)}
	p := plot{ID: "risk-" + key, Title: v.t.T("console.risk.figure." + key + "_title"), Text: v.t.T("console.risk.figure."+key+"_text", "n", v.t.Number(sum), "all", v.t.Number(all))}
	for _, part := range []float64{0, 0.5, 1} {
		p.Grid = append(p.Grid, gridLine{s.y(s.top * part), v.percent(s.top * part)})
	}
	slots(&p, s, len(days), rate, len(days)-1)
	v.dayLabels(&p, days)
	return p
}

// scorePlot draws how many events had which score.
func (v *visit) scorePlot(days []risk.Day) plot {
	var bins [risk.Bins]int64
	most, all := int64(0), int64(0)
	for _, d := range days {
		for i, n := range d.Scores {
			bins[i] += n
			most, all = max(most, bins[i]), all+n
		}
	}
	s := scaleFor(most)
	p := plot{ID: "risk-scores", Title: v.t.T("console.risk.figure.scores_title"), Grid: v.grid(s), Text: v.t.T("console.risk.figure.scores_text", "all", v.t.Number(all))}
	slots(&p, s, len(bins), func(i int) float64 { return float64(bins[i]) }, -1)
	for n := 0; n <= 1000; n += 250 {
		x := plotLeft + float64(n)/1000*(plotWidth-plotLeft-plotRight) //nolint:mnd // of the scale
		p.Labels = append(p.Labels, plotLabel{round(x), plotHeight - 9, strconv.Itoa(n)})
	}
	return p
}

// fraudPlot draws confirmed frauds by day: those that were stopped, and the rest above.
func (v *visit) fraudPlot(days []risk.Day) plot {
	most, caught, all := int64(0), int64(0), int64(0)
	for _, d := range days {
		most = max(most, d.Fraud.All())
		caught, all = caught+d.Fraud.StepUp+d.Fraud.Block, all+d.Fraud.All()
	}
	s := scaleFor(most)
	p := plot{ID: "risk-fraud", Title: v.t.T("console.risk.figure.fraud_title"), Grid: v.grid(s), Text: v.t.T("console.risk.figure.fraud_text", "n", v.t.Number(caught), "all", v.t.Number(all))}
	slots(&p, s, len(days), func(i int) float64 { return float64(days[i].Fraud.StepUp + days[i].Fraud.Block) }, -1)
	for i, d := range days { // what was not stopped stands on what was
		missed := p.Bars[i]
		missed.Y, missed.Now = s.y(float64(d.Fraud.All())), true
		missed.H = round(p.Bars[i].Y - missed.Y)
		p.Bars = append(p.Bars, missed)
	}
	v.dayLabels(&p, days)
	return p
}
