package probe

import (
	"fmt"
	"slices"
	"strings"
)

// Signals that are told without a report.
const (
	Missing   = "probe.missing"
	Malformed = "probe.malformed"
)

// automation are the codes that webapp/probe/automation.ts can send. Others are left
// out: codes of signals are a closed set, which rules and explanations rely on.
func automation() []string {
	return []string{"webdriver", "headless", "driver", "no-languages", "no-window", "no-plugins", "agent-platform"}
}

// Codes lists every signal of the package, sorted.
func Codes() []string {
	codes := []string{Missing, Malformed, "probe.agent"}
	for _, code := range automation() {
		codes = append(codes, "automation."+code)
	}
	for _, s := range new(Report).checks() {
		codes = append(codes, s.code)
	}
	slices.Sort(codes)
	return codes
}

// check is a signal and whether it fires.
type check struct {
	code  string
	fires bool
}

func (r *Report) checks() []check {
	return []check{
		{"tamper.functions", len(r.Tamper.Replaced) > 0},
		{"tamper.content", r.Tamper.Scripts+r.Tamper.Frames+r.Tamper.Fields > 0},
		{"tamper.form", r.Tamper.Forms > 0},
		{"tamper.policy", r.Tamper.Policy > 0},
		{"tamper.framed", r.Tamper.Framed},
		{"input.untrusted", r.Typing.Untrusted > 0},
		{"input.silent", r.Typing.Silent > 0},
		{"input.steady", r.Typing.steady()},
	}
}

// steady reports a rhythm that no hand has: eight keys or more, of which dwell and
// flight differ by less than two milliseconds.
func (t *Typing) steady() bool { return t.Count >= 7 && t.Dwell.SD < 2 && t.Flight.SD < 2 }

// Signals returns the codes of what in r speaks for an attacker, sorted. Agent is the
// User-Agent of the request that brought the report.
func (r *Report) Signals(agent string) (codes []string) {
	if cut(agent) != r.Browser.Agent {
		codes = append(codes, "probe.agent")
	}
	for _, code := range automation() {
		if slices.Contains(r.Automation, code) {
			codes = append(codes, "automation."+code)
		}
	}
	for _, s := range r.checks() {
		if s.fires {
			codes = append(codes, s.code)
		}
	}
	slices.Sort(codes)
	return codes
}

// cut cuts an agent as the script does.
func cut(agent string) string {
	if len(agent) > 512 {
		return agent[:512]
	}
	return agent
}

// Device returns a text that is the same on every visit with the same machine and
// browser family, and often differs between machines. It is for statistics only, and
// kept as a keyed hash: a browser can claim any.
func (r *Report) Device() string {
	h := &r.Hardware
	long, wide := max(h.Screen[0], h.Screen[1]), min(h.Screen[0], h.Screen[1]) // however it is held
	return strings.Join([]string{
		fmt.Sprintf("%dx%d@%.2f/%d", long, wide, h.Ratio, h.Depth), fmt.Sprintf("%d/%g/%d", h.Cores, h.Memory, h.Touch),
		h.Platform, h.Zone, h.Graphics, h.Canvas, strings.Join(r.Browser.Languages, ","),
	}, "|")
}

// Newer reports whether r takes the place of an earlier report of the same page.
func (r *Report) Newer(than *Report) bool { return r.Seq > than.Seq }
