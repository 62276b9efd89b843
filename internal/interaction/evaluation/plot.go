package evaluation

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/emulator/household"
)

// Plots returns the report's pictures by file name, each as a writer of SVG.
func (r Results) Plots() map[string]func(io.Writer) error {
	all := map[string]func(io.Writer) error{"attacks.svg": r.drawAttacks, "ages.svg": r.drawAges}
	if len(r.Recovery) > 0 {
		all["recovery.svg"] = r.drawRecovery
	}
	return all
}

// Size of a picture and of its margins, in pixels.
const (
	width, height     = 720, 360
	left, top, bottom = 60, 50, 50
)

// colors are told apart by people who see few colors, and on white and black.
func colors() []string { return []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7"} }

// picture is an SVG in the making.
type picture struct{ strings.Builder }

// draw adds an element; a strings.Builder takes all that there is.
func (p *picture) draw(format string, args ...any) { _, _ = fmt.Fprintf(p, format, args...) }

func newPicture(title string, legend []string, highest float64) *picture {
	p := &picture{}
	p.draw(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="sans-serif" font-size="12">`+"\n", width, height, title)
	p.draw(`<rect width="%d" height="%d" fill="#ffffff"/><text x="%d" y="18" font-size="14" fill="#222">%s</text>`+"\n", width, height, left, title)
	for i, l := range legend {
		x := left + i*165
		p.draw(`<rect x="%d" y="28" width="12" height="12" fill="%s"/><text x="%d" y="38" fill="#222">%s</text>`+"\n", x, colors()[i], x+17, l)
	}
	for i := range 5 {
		v := highest * float64(i) / 4
		p.draw(`<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#222">%.1f %%</text>`+"\n", left, width-10, y(v, highest), y(v, highest), left-6, y(v, highest)+4, 100*v)
	}
	return p
}

// y is where a value is drawn.
func y(v, highest float64) float64 {
	return float64(height-bottom) - float64(height-bottom-top)*min(v/highest, 1)
}

// line draws values with equal steps.
func (p *picture) line(color int, highest float64, values []float64) {
	var points []string
	for i, v := range values {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(i, len(values)), y(v, highest)))
	}
	p.draw(`<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", colors()[color], strings.Join(points, " "))
}

func x(i, of int) float64 { return left + 10 + float64(i)*float64(width-left-40)/float64(max(of-1, 1)) }

func (p *picture) under(at float64, text string) {
	p.draw(`<text x="%.1f" y="%d" text-anchor="middle" fill="#222">%s</text>`+"\n", at, height-bottom+18, text)
}

func (p *picture) write(w io.Writer) error {
	p.WriteString("</svg>\n")
	_, err := io.WriteString(w, p.String())
	return err
}

// drawAttacks draws what is accepted of each kind of attacks.
func (r Results) drawAttacks(w io.Writer) error {
	p := newPicture(fmt.Sprintf("Attacks accepted where %.2f %% of customers are not, from day 7", 100*aimReject), []string{"judge", "set"}, 1)
	for i, kind := range household.Attacks() {
		at := left + 12 + i*59
		for j, v := range []float64{r.accepted(kind).Value, Accepted(r.TestEvents, Set(), Attacked(kind, From()), r.Set).Value} {
			p.draw(`<rect x="%d" y="%.1f" width="20" height="%.1f" fill="%s"><title>%.3f</title></rect>`+"\n", at+j*22, y(v, 1), float64(height-bottom)-y(v, 1), colors()[j], v)
		}
		p.under(float64(at+21), string(kind))
	}
	return p.write(w)
}

// drawAges draws customers and thieves by how long a customer is known.
func (r Results) drawAges(w io.Writer) error {
	const highest = 0.6
	p := newPicture("By days known: customers not accepted, and A1 accepted", []string{"customers, judge", "A1, judge", "customers, set", "A1, set"}, highest)
	spans := []Span{{1, 3}, {3, 5}, {5, 7}, {7, 10}, {10, 14}, {14, 21}, {21, 28}, {28, 42}, {42, 56}, {56, days}}
	var lines [4][]float64
	for i, s := range spans {
		lines[0] = append(lines[0], Rejected(r.TestEvents, Judge(), Honest(s), r.Accept).Value)
		lines[1] = append(lines[1], Accepted(r.TestEvents, Judge(), Attacked(household.Stolen, s), r.Accept).Value)
		lines[2] = append(lines[2], Rejected(r.TestEvents, Set(), Honest(s), r.Set).Value)
		lines[3] = append(lines[3], Accepted(r.TestEvents, Set(), Attacked(household.Stolen, s), r.Set).Value)
		p.under(x(i, len(spans)), fmt.Sprintf("%d–%d", s.From, s.To-1))
	}
	for i, l := range lines {
		p.line(i, highest, l)
	}
	return p.write(w)
}

// drawRecovery draws the days after a change.
func (r Results) drawRecovery(w io.Writer) error {
	const highest = 0.4
	var legend []string
	for _, c := range r.Recovery {
		legend = append(legend, c.Name)
	}
	p := newPicture("Customers not accepted, by days since a change (over three days)", legend, highest)
	for i, c := range r.Recovery {
		var values []float64
		for _, s := range c.After {
			values = append(values, s.Value)
		}
		p.line(i, highest, values)
		p.draw(`<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="4 4"/>`+"\n", left, width-10, y(c.Before.Value, highest), y(c.Before.Value, highest), colors()[i])
	}
	for _, d := range []int{0, 3, 7, 14, 20} {
		p.under(x(d, 21), strconv.Itoa(d))
	}
	return p.write(w)
}
