package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/countersign-auth/countersign/internal/telemetry"
)

// commandLine is the actor of what an operator does on the command line, as
// recorded.
const commandLine = "system:cli"

// setup reads the configuration and prepares what commands work with.
func (e *env) setup(c *cli) (Setup, error) {
	cfg, err := e.config(c)
	if err != nil {
		return Setup{}, err
	}
	log := telemetry.NewLogger(e.stderr, telemetry.LogOptions{Level: level(cfg.Log.Level), Text: cfg.Log.Format == "text", Now: e.now})
	return Setup{Config: cfg, Now: e.now, Rand: e.rand, Log: log}, nil
}

// table prints aligned columns.
type table struct {
	w    *tabwriter.Writer
	out  io.Writer
	tail []string
}

func (e *env) table(head ...string) *table {
	t := &table{w: tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0), out: e.stdout}
	t.row(head...)
	return t
}

func (t *table) row(cells ...string) { _, _ = fmt.Fprintln(t.w, strings.Join(cells, "\t")) }

// after adds a line below the table.
func (t *table) after(line string) { t.tail = append(t.tail, line) }

func (t *table) flush() error {
	if err := t.w.Flush(); err != nil {
		return err
	}
	for _, line := range t.tail {
		if _, err := fmt.Fprintln(t.out, line); err != nil {
			return err
		}
	}
	return nil
}

// progress is a bar on a terminal and nothing elsewhere.
type progress struct {
	w     io.Writer // nil when there is no terminal
	what  string
	start time.Time
	last  time.Time
	now   func() time.Time
}

// progress starts a bar on standard error.
func (e *env) progress(what string) *progress {
	p := &progress{what: what, start: e.now(), now: e.now}
	if f, ok := e.stderr.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.w = e.stderr
		}
	}
	return p
}

// set draws the bar, at most ten times a second. A total of 0 means unknown.
func (p *progress) set(what string, done, total int64) {
	now := p.now()
	if p.w == nil || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last = now
	rate := float64(done) / max(now.Sub(p.start).Seconds(), 0.001)
	if total > 0 {
		const width = 30
		full := int(min(done, total) * width / total)
		_, _ = fmt.Fprintf(p.w, "\r\033[K%s %s [%s%s] %d/%d  %.0f/s", p.what, what, strings.Repeat("#", full), strings.Repeat(".", width-full), done, total, rate)
		return
	}
	_, _ = fmt.Fprintf(p.w, "\r\033[K%s %s %d  %.0f/s", p.what, what, done, rate)
}

// end clears the bar.
func (p *progress) end() {
	if p.w != nil {
		_, _ = fmt.Fprint(p.w, "\r\033[K")
	}
}
