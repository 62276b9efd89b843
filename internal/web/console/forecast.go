package console

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// forecastKept is how long a forecast is shown before it is counted anew.
const forecastKept = time.Minute

// Spans until the stock is used up at which the page asks to look.
const (
	soonOut = 60 * 24 * time.Hour  // time in which a delivery comes
	nearOut = 180 * 24 * time.Hour // time in which it is ordered
)

// forecasts keeps the last forecast.
type forecasts struct {
	mu   sync.Mutex
	last token.Forecast
}

// outlook returns a forecast of the last minute. One request counts, others wait.
func (c *console) outlook(ctx context.Context) (token.Forecast, error) {
	f := &c.ahead
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := c.Now().Sub(f.last.At); !f.last.At.IsZero() && age >= 0 && age < forecastKept {
		return f.last, nil
	}
	last, err := c.Care.Forecast(ctx)
	if err == nil {
		f.last = last
	}
	return last, err
}

type forecastPage struct {
	*visit
	At     time.Time
	Models []modelOutlook
}

// modelOutlook is the stock of a model, and how long it will do.
type modelOutlook struct {
	token.ModelStock
	Name   string
	Anchor string // its place in the page
	Rate   string // tokens a month
	Last   int64  // tokens in the last whole month
	Until  string // when the stock is used up
	Badge  *ui.Badge
	Months []monthRow
	Given  plot
	Ahead  *plot // nil: nothing is used up
}

// monthRow is a month of the table that stands for the plot.
type monthRow struct {
	Name string
	N    int64
	Part bool // the month is under way
}

// forecast shows how long the stock will do, model by model, soonest first.
func (c *console) forecast(v *visit) error {
	f, err := c.outlook(v.ctx())
	if err != nil {
		return err
	}
	p, set := forecastPage{visit: v, At: f.At}, c.Policies.Active()
	for i, m := range f.Models {
		p.Models = append(p.Models, v.modelOutlook(f, m, modelName(set, m.Model), "model-"+strconv.Itoa(i)))
	}
	slices.SortStableFunc(p.Models, func(a, b modelOutlook) int { return whenOut(a).Compare(whenOut(b)) })
	return v.render("forecast", v.t.T("console.forecast.title"), p)
}

// whenOut puts models that last at the end.
func whenOut(m modelOutlook) time.Time {
	if m.RunsOut.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return m.RunsOut
}

func (v *visit) modelOutlook(f token.Forecast, m token.ModelStock, name, anchor string) modelOutlook {
	x := modelOutlook{ModelStock: m, Name: name, Anchor: anchor, Rate: v.decimal(m.PerMonth), Last: m.Assigned[token.Months-2], Until: v.t.T("console.forecast.lasts")}
	if !m.RunsOut.IsZero() {
		x.Until = v.t.Date(m.RunsOut)
		x.Badge = v.runsOutBadge(m.RunsOut.Sub(f.At))
	}
	for i, month := range f.Since {
		x.Months = append(x.Months, monthRow{v.month(month.From), m.Assigned[i], i == token.Months-1})
	}
	x.Given = v.givenPlot(f, m, name, anchor)
	if m.PerMonth > 0 {
		ahead := v.aheadPlot(f, m, name, anchor)
		x.Ahead = &ahead
	}
	return x
}

func (v *visit) runsOutBadge(left time.Duration) *ui.Badge {
	switch {
	case left < soonOut:
		return &ui.Badge{Tone: ui.Bad, Text: v.t.T("console.forecast.soon")}
	case left < nearOut:
		return &ui.Badge{Tone: ui.Warn, Text: v.t.T("console.forecast.near")}
	}
	return nil
}

// decimal writes a rate with one decimal digit, or none when it is large.
func (v *visit) decimal(x float64) string {
	const large = 100
	if x >= large {
		return v.t.Number(int64(x + 0.5)) //nolint:mnd // rounds
	}
	tenths := int64(x*10 + 0.5) //nolint:mnd // rounds
	return strconv.FormatInt(tenths/10, 10) + v.t.T("ui.number.decimal") + strconv.FormatInt(tenths%10, 10)
}

// month names a month with its year.
func (v *visit) month(t time.Time) string {
	return v.t.T("ui.month."+strconv.Itoa(int(t.Month()))) + " " + strconv.Itoa(t.Year())
}
