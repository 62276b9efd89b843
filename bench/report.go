package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/countersign-auth/countersign/bench/figure"
)

// Report is everything that one run found out.
type Report struct {
	Started    time.Time   `json:"started"`
	Go         string      `json:"go"`
	Processors int         `json:"processors"`
	Options    options     `json:"options"`
	Scenarios  []*Scenario `json:"scenarios"`
}

// Scenario is what one scenario found out.
type Scenario struct {
	Name  string     `json:"name"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"` // as printed
	Goals []Goal     `json:"goals"`
	Notes []string   `json:"notes,omitempty"`
	Data  any        `json:"data"` // every figure
}

// Goal is a promise and what became of it.
type Goal struct {
	What  string        `json:"what"`
	Sign  string        `json:"sign"` // ">=" or "<="
	Bound float64       `json:"bound"`
	Found figure.Spread `json:"found"`
	Met   bool          `json:"met"`
}

// goal judges by the median.
// errUnmeasured says that the load was too short for what counts in ticks, such as processor time.
var errUnmeasured = errors.New("a figure is none, because too little was done in the time: measure longer")

func (s *Scenario) goal(what, sign string, bound float64, r figure.Spread) {
	met := len(r.Rounds) > 0 && (sign == ">=" && r.Median >= bound || sign == "<=" && r.Median <= bound)
	s.Goals = append(s.Goals, Goal{what, sign, bound, r, met})
}

func (s *Scenario) row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case float64:
			row[i] = digits(c)
		default:
			row[i] = fmt.Sprint(c)
		}
	}
	s.Rows = append(s.Rows, row)
}

// digits writes a number with as many digits as mean something.
func digits(f float64) string {
	switch {
	case f == 0:
		return "-"
	case f >= 100 || f <= -100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10 || f <= -10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// print writes the scenario for people.
func (s *Scenario) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "\n%s\n%s\n", s.Name, strings.Repeat("-", len(s.Name)))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, strings.Join(s.Head, "\t"))
	for _, r := range s.Rows {
		_, _ = fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	_ = t.Flush()
	if len(s.Goals) > 0 {
		_, _ = fmt.Fprintln(w)
		_, _ = fmt.Fprintln(t, "GOAL\t\tMEASURED\tROUNDS\t")
	}
	for _, g := range s.Goals {
		verdict := map[bool]string{true: "met", false: "NOT MET"}[g.Met]
		_, _ = fmt.Fprintf(t, "%s\t%s %s\t%s\t%s to %s\t%s\n", g.What, g.Sign, digits(g.Bound), digits(g.Found.Median), digits(g.Found.Low), digits(g.Found.High), verdict)
	}
	_ = t.Flush()
	for _, n := range s.Notes {
		_, _ = fmt.Fprintln(w, "note: "+n)
	}
}

// newReport begins a report.
func newReport(o options, now time.Time) *Report {
	return &Report{Started: now.UTC().Truncate(time.Second), Go: runtime.Version(), Processors: runtime.NumCPU(), Options: o}
}

// save writes the report as JSON; "" for a name made of the time.
func (r *Report) save(name string) (string, error) {
	if name == "" {
		name = filepath.Join("bench", "out", r.Started.Format("20060102-150405")+".json")
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return name, err
	}
	var none *json.UnsupportedValueError
	b, err := json.MarshalIndent(r, "", "\t")
	if errors.As(err, &none) {
		err = errUnmeasured
	}
	if err != nil {
		return name, err
	}
	return name, os.WriteFile(name, append(b, '\n'), 0o600)
}
