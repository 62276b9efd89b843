package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/token"
)

// The measures of a plot, in its own units. They are few, so that its text can be
// read on a phone, where the plot is as wide as the screen.
const (
	plotWidth, plotHeight = 360, 170
	plotLeft, plotRight   = 44, 18
	plotTop, plotBottom   = 12, 26
)

// plot is a drawing of numbers, with the words that stand for it.
type plot struct {
	ID          string
	Title, Text string // for those who do not see it
	Grid        []gridLine
	Bars        []plotBar
	Mean        float64 // y of a line across; 0: none
	Line        string  // points of a line
	Area        string  // points of the ground below it
	Labels      []plotLabel
	Mark        *plotLabel // where the line ends
}

// gridLine is a line across with its number.
type gridLine struct {
	Y    float64
	Text string
}

type plotBar struct {
	X, Y, W, H float64
	Now        bool // of the month under way
}

// plotLabel is a text below the axis, or at a mark.
type plotLabel struct {
	X, Y float64
	Text string
}

// Width is that of the drawing.
func (plot) Width() int { return plotWidth }

// Height is that of the drawing.
func (plot) Height() int { return plotHeight }

// Left is where the lines begin.
func (plot) Left() int { return plotLeft }

// Right is where they end.
func (plot) Right() int { return plotWidth - plotRight }

// Base is the y of zero.
func (plot) Base() int { return plotHeight - plotBottom }

// scale maps 0 to top onto the height of a plot.
type scale struct{ top float64 }

func (s scale) y(n float64) float64 {
	return round(plotHeight - plotBottom - n/s.top*(plotHeight-plotTop-plotBottom))
}

// round keeps addresses of points short.
func round(x float64) float64 { return math.Round(x*10) / 10 } //nolint:mnd // a tenth of a unit

// scaleFor is the scale on which the largest number fits, with a round one at the top.
func scaleFor(largest int64) scale {
	const least = 4 // so that the lines of the grid have whole numbers
	n := float64(max(largest, least))
	step := math.Pow(10, math.Floor(math.Log10(n))) //nolint:mnd // decimal
	for _, m := range []float64{1, 2, 4, 5, 8, 10} {
		if top := m * step; top >= n {
			return scale{top}
		}
	}
	return scale{10 * step} //nolint:mnd // decimal; above all others
}

// grid are the lines at nothing, half and all.
func (v *visit) grid(s scale) (lines []gridLine) {
	for _, part := range []float64{0, 0.5, 1} {
		lines = append(lines, gridLine{s.y(s.top * part), v.t.Number(int64(s.top * part))})
	}
	return lines
}

// givenPlot draws how many tokens customers got in each month.
func (v *visit) givenPlot(f token.Forecast, m token.ModelStock, name, anchor string) plot {
	largest, total := int64(0), int64(0)
	for _, n := range m.Assigned {
		largest, total = max(largest, n), total+n
	}
	s := scaleFor(max(largest, int64(math.Ceil(m.PerMonth))))
	p := plot{
		ID: anchor + "-given", Grid: v.grid(s), Title: v.t.T("console.forecast.given", "model", name),
		Text: v.t.T("console.forecast.given_text", "total", v.t.Number(total), "rate", v.decimal(m.PerMonth)),
	}
	const gap = 0.25 // of a month's width
	width := float64(plotWidth-plotLeft-plotRight) / token.Months
	for i, n := range m.Assigned {
		x := plotLeft + width*float64(i)
		y := s.y(float64(n))
		p.Bars = append(p.Bars, plotBar{round(x + width*gap/2), y, round(width * (1 - gap)), round(s.y(0) - y), i == token.Months-1})
		p.Labels = append(p.Labels, plotLabel{round(x + width/2), plotHeight - 9, v.letter(f.Since[i].From)})
	}
	if m.PerMonth > 0 {
		p.Mean = s.y(m.PerMonth)
	}
	return p
}

// letter is a month's first letter, as calendars have it.
func (v *visit) letter(t time.Time) string {
	for _, r := range v.t.T("ui.month." + strconv.Itoa(int(t.Month()))) {
		return string(r)
	}
	return ""
}

// aheadPlot draws how the stock goes down at the rate of the last months: over a
// year, or two when it lasts longer.
func (v *visit) aheadPlot(f token.Forecast, m token.ModelStock, name, anchor string) plot {
	const year = 12
	months := float64(year)
	lasts := float64(m.Stock) / m.PerMonth
	if lasts > year {
		months = 2 * year
	}
	s := scaleFor(m.Stock)
	p := plot{ID: anchor + "-ahead", Grid: v.grid(s), Title: v.t.T("console.forecast.ahead", "model", name), Text: v.aheadText(m)}
	x := func(month float64) float64 {
		return round(plotLeft + month/months*(plotWidth-plotLeft-plotRight))
	}
	end := min(lasts, months)
	left := max(float64(m.Stock)-m.PerMonth*end, 0)
	p.Line = points(x(0), s.y(float64(m.Stock)), x(end), s.y(left))
	p.Area = points(x(0), s.y(0), x(0), s.y(float64(m.Stock)), x(end), s.y(left), x(end), s.y(0))
	for month := 0.0; month <= months; month += months / 4 { //nolint:mnd // quarters
		at := f.At.AddDate(0, int(month), 0)
		p.Labels = append(p.Labels, plotLabel{x(month), plotHeight - 9, fmt.Sprintf("%d/%02d", int(at.Month()), at.Year()%100)}) //nolint:mnd // two digits
	}
	if lasts <= months {
		p.Mark = &plotLabel{x(end), s.y(0), ""}
	}
	return p
}

func (v *visit) aheadText(m token.ModelStock) string {
	if m.RunsOut.IsZero() {
		return v.t.T("console.forecast.ahead_long", "stock", v.t.Number(m.Stock))
	}
	return v.t.T("console.forecast.ahead_text", "stock", v.t.Number(m.Stock), "date", v.t.Date(m.RunsOut))
}

// points writes pairs of x and y as SVG has them.
func points(xy ...float64) string {
	var b strings.Builder
	for i := 0; i+1 < len(xy); i += 2 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatFloat(xy[i], 'f', -1, 64) + "," + strconv.FormatFloat(xy[i+1], 'f', -1, 64))
	}
	return b.String()
}
