package evaluation

import (
	"fmt"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/internal/risk/population"
)

// Plots returns the report's pictures by file name, each as a writer of SVG.
func (r Results) Plots() map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"groups.svg": r.groups, "logins.svg": r.logins}
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

func newPicture(title string, legend []string, top1 float64) *picture {
	p := &picture{}
	p.draw(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="sans-serif" font-size="12">`+"\n", width, height, title)
	p.draw(`<rect width="%d" height="%d" fill="#ffffff"/><text x="%d" y="18" font-size="14" fill="#222">%s</text>`+"\n", width, height, left, title)
	for i, l := range legend {
		x := left + i*165
		p.draw(`<rect x="%d" y="28" width="12" height="12" fill="%s"/><text x="%d" y="38" fill="#222">%s</text>`+"\n", x, colors()[i], x+17, l)
	}
	for i := range 5 {
		v := top1 * float64(i) / 4
		p.draw(`<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#222">%.2f</text>`+"\n", left, width-10, y(v, top1), y(v, top1), left-6, y(v, top1)+4, v)
	}
	return p
}

// y is where a value is drawn.
func y(v, top1 float64) float64 {
	return float64(height-bottom) - float64(height-bottom-top)*min(v/top1, 1)
}

func (p *picture) write(w io.Writer) error {
	p.WriteString("</svg>\n")
	_, err := io.WriteString(w, p.String())
	return err
}

// groups draws the goal's table.
func (r Results) groups(w io.Writer) error {
	const highest = 0.8
	p := newPicture("Share of logins stepped up after 12 logins, by group (mean; targeted, 0.98 caught)", []string{"engine", "address changed", "new device"}, highest)
	for i, c := range r.Goal().Groups {
		x := left + 20 + i*130
		for j, v := range []float64{c.Engine.Mean, c.Address.Mean, c.Device.Mean} {
			p.draw(`<rect x="%d" y="%.1f" width="30" height="%.1f" fill="%s"><title>%.3f</title></rect>`+"\n", x+j*34, y(v, highest), float64(height-bottom)-y(v, highest), colors()[j], v)
		}
		p.draw(`<text x="%d" y="%d" text-anchor="middle" fill="#222">%s</text>`+"\n", x+49, height-bottom+18, c.Group)
	}
	return p.write(w)
}

// logins draws the mean share by number of logins, at a catch rate of 0.98.
func (r Results) logins(w io.Writer) error {
	const highest = 0.6
	names := []string{"engine, targeted", "address changed", "new device", "engine, same country"}
	p := newPicture("Share of logins stepped up, by number of logins so far (mean; 0.98 caught)", names, highest)
	for i, stops := range []func(Scored) bool{
		Above(Threshold(r.TuningEvents, population.Targeted, 0.98)), NewAddress, NewDevice, Above(Threshold(r.TuningEvents, population.SameCountry, 0.98)),
	} {
		var points []string
		for n := 1; n <= horizons()[1]; n++ {
			points = append(points, fmt.Sprintf("%.1f,%.1f", float64(left)+float64(n-1)*float64(width-left-20)/float64(horizons()[1]-1), y(Again(r.TestEvents, n, -1, stops).Mean, highest)))
		}
		p.draw(`<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", colors()[i], strings.Join(points, " "))
	}
	for _, n := range []int{1, 12, 39} {
		p.draw(`<text x="%.1f" y="%d" text-anchor="middle" fill="#222">%d</text>`+"\n", float64(left)+float64(n-1)*float64(width-left-20)/float64(horizons()[1]-1), height-bottom+18, n)
	}
	return p.write(w)
}
