package console

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// maxCompared bounds the payments of a comparison, and the events of a timeline.
const maxCompared = 200

// The measures of a strip, in its own units.
const (
	stripWidth          = 360
	stripLeft, stripEnd = 12, 348
	stripLine           = 20
)

// strip is one measure of payments: a dot for each one before, and a mark for the one
// that is looked at.
type strip struct {
	Name  string
	Value string // of the one that is looked at
	Usual string // median of the others
	Dots  []float64
	Mark  float64
	Least string // what stands at the ends
	Most  string
	Far   bool // outside of all others
}

// strips compares a payment with others.
func (v *visit) strips(e *risk.Event, others []risk.Event) []strip {
	first := firstPaid(e, others)
	age := func(x *risk.Event) float64 {
		if x.Facts.NewPayee {
			return 0
		}
		return x.Facts.At.Sub(first[x.Facts.Payee]).Hours() / 24 //nolint:mnd // a day
	}
	return []strip{
		v.strip("amount", e, others, true, func(x *risk.Event) float64 { return x.Facts.Amount }, func(n float64) string { return v.amount(n, e.Facts.Currency) }),
		v.strip("hour", e, others, false, func(x *risk.Event) float64 { return float64(x.Facts.Hour) }, func(n float64) string { return strconv.Itoa(int(n)) + ":00" }),
		v.strip("payee_age", e, others, false, age, func(n float64) string { return v.t.T("console.risk.days", "n", v.float(n)) }),
		v.strip("payers", e, others, false, func(x *risk.Event) float64 { return math.Round(x.Facts.Payers*10) / 10 }, v.float), //nolint:mnd // a tenth
		v.strip("day", e, others, false, func(x *risk.Event) float64 { return math.Round(x.Facts.DayCount*10) / 10 }, v.float),  //nolint:mnd // a tenth
		v.strip("score", e, others, false, func(x *risk.Event) float64 { return float64(x.Result.Score) }, v.float),
	}
}

// firstPaid is when each payee was first paid, as far as these payments know.
func firstPaid(e *risk.Event, others []risk.Event) map[string]time.Time {
	first := map[string]time.Time{e.Facts.Payee: e.Facts.At}
	for i := range others {
		f := &others[i].Facts
		if at, ok := first[f.Payee]; !ok || f.At.Before(at) {
			first[f.Payee] = f.At
		}
	}
	return first
}

// strip draws one measure; with a logarithmic scale where values differ by their
// factor, as amounts do.
func (v *visit) strip(key string, e *risk.Event, others []risk.Event, logs bool, of func(*risk.Event) float64, say func(float64) string) strip {
	mine := of(e)
	var all []float64
	for i := range others {
		all = append(all, of(&others[i]))
	}
	low, high := min(slices.Min(all), mine), max(slices.Max(all), mine)
	shape := func(n float64) float64 { return n }
	if logs && low > 0 {
		shape = math.Log
	}
	at := func(n float64) float64 {
		if high <= low {
			return (stripLeft + stripEnd) / 2
		}
		return round(stripLeft + (shape(n)-shape(low))/(shape(high)-shape(low))*(stripEnd-stripLeft))
	}
	s := strip{Name: v.t.T("console.risk.measure." + key), Value: say(mine), Mark: at(mine), Least: say(low), Most: say(high), Far: mine < slices.Min(all) || mine > slices.Max(all)}
	for _, n := range all {
		s.Dots = append(s.Dots, at(n))
	}
	slices.Sort(all)
	s.Usual = say(all[len(all)/2])
	return s
}

// curve is the risk of a customer's events over time.
type curve struct {
	ID, Title, Text string
	Grid            []gridLine
	Labels          []plotLabel
	Line            string
	StepUp, Block   float64 // y of the thresholds; 0: none
	Points          []curvePoint
}

// curvePoint is an event: what was decided shows in its shape as well as its color.
type curvePoint struct {
	X, Y  float64
	Shape string // "allow", "step-up", "block"
	Path  string // of a shape that is no circle
	Name  string
}

const curveTop = 1000

func scoreY(n int) float64 { return scale{curveTop}.y(float64(n)) }

// riskCurve draws events, given newest first.
func (v *visit) riskCurve(events []risk.Event) *curve {
	if len(events) == 0 {
		return nil
	}
	from, to := events[len(events)-1].Created, events[0].Created
	span := to.Sub(from).Seconds()
	x := func(at time.Time) float64 {
		if span <= 0 {
			return (plotLeft + plotWidth - plotRight) / 2
		}
		return round(plotLeft + at.Sub(from).Seconds()/span*(plotWidth-plotLeft-plotRight))
	}
	c := &curve{ID: "risk-curve", Title: v.t.T("console.risk.curve.title"), Grid: v.grid(scale{curveTop})}
	t := events[0].Result.Thresholds
	if t.StepUp > 0 {
		c.StepUp, c.Block = scoreY(t.StepUp), scoreY(t.Block)
	}
	var xy []float64
	var n [3]int64
	for _, e := range slices.Backward(events) {
		px, py := x(e.Created), scoreY(e.Result.Score)
		xy = append(xy, px, py)
		c.Points = append(c.Points, curvePoint{px, py, string(e.Result.Decision), mark(e.Result.Decision, px, py), v.t.Stamp(e.Created) + ": " + strconv.Itoa(e.Result.Score)})
		n[map[score.Decision]int{score.Allow: 0, score.StepUp: 1, score.Block: 2}[e.Result.Decision]]++
	}
	c.Line = points(xy...)
	c.Labels = []plotLabel{{plotLeft, plotHeight - 9, v.day2(from)}}
	if span > 0 {
		c.Labels = append(c.Labels, plotLabel{plotWidth - plotRight, plotHeight - 9, v.day2(to)})
	}
	c.Text = v.t.T("console.risk.curve.text", "all", v.t.Number(int64(len(events))), "allowed", v.t.Number(n[0]), "stepped", v.t.Number(n[1]), "blocked", v.t.Number(n[2]))
	return c
}

// mark is the outline of a point: a triangle for a step-up, a square for a block.
func mark(d score.Decision, x, y float64) string {
	switch d {
	case score.StepUp:
		return fmt.Sprintf("M%g %gl4.500 8h-9z", x, round(y-5))
	case score.Block:
		return fmt.Sprintf("M%g %gh8v8h-8z", round(x-4), round(y-4))
	case score.Allow:
	}
	return ""
}

// day2 writes a day on an axis.
func (v *visit) day2(t time.Time) string {
	return v.t.Stamp(t)[5:10] // month and day
}

// Width is that of the drawing.
func (*curve) Width() int { return plotWidth }

// Height is that of the drawing.
func (*curve) Height() int { return plotHeight }

// Left is where the lines begin.
func (*curve) Left() int { return plotLeft }

// Right is where they end.
func (*curve) Right() int { return plotWidth - plotRight }
