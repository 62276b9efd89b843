package ui

import (
	"html/template"
	"net/url"
	"strings"
	"time"
)

// Tone is the meaning of a message or a state. It is always shown by an icon
// and a word too, never by color alone (WCAG 2.2, 1.4.1).
type Tone string

// The tones.
const (
	Plain Tone = "plain"
	Info  Tone = "info"
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// Icon names the picture of the tone.
func (t Tone) Icon() string {
	switch t {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	case Info:
		return "info"
	default:
		return "circle-question-mark"
	}
}

// Badge is a state in a word or two.
type Badge struct {
	Tone Tone
	Text string
}

// Notice is a message in the page. Title may be empty.
type Notice struct {
	Tone        Tone
	Title, Text string
}

// Step is one step of a flow, as the stepper shows it.
type Step struct {
	Text  string
	State string // "done", "now" or "next"
	N     int
}

// steps marks the steps before the current one (counted from 1) as done.
func steps(current int, texts ...string) []Step {
	out := make([]Step, len(texts))
	for i, text := range texts {
		out[i] = Step{Text: text, State: "next", N: i + 1}
		switch {
		case i+1 < current:
			out[i].State = "done"
		case i+1 == current:
			out[i].State = "now"
		}
	}
	return out
}

// Fact is one row of a list of names and values. A Badge or a Note is shown
// after the value.
type Fact struct {
	Name, Value string
	Note        string
	Mono        bool // a number to be compared or copied
	Badge       *Badge
}

// Event is one entry of a timeline.
type Event struct {
	At          time.Time
	Tone        Tone
	Icon        string // empty: the tone's
	Title, Text string
	Who         string
	Href        string // more about it
}

// Picture is the icon to draw.
func (e Event) Picture() string {
	if e.Icon != "" {
		return e.Icon
	}
	return e.Tone.Icon()
}

// Empty stands where a list has nothing to show.
type Empty struct {
	Icon, Title, Text string
	Href, Action      string // a way on; both or none
}

// Meter shows a part of a whole, such as failures of a threshold.
type Meter struct {
	Label      string
	Value, Max int
	Tone       Tone
	Text       string // the value in words: "2 of 5"
}

// Secret is a code that a person copies by hand or by button: an activation
// code, a client secret. It is shown once.
type Secret struct {
	ID, Label, Value string
	Hint             string
}

// Pager leads through a list by keys, not by page numbers: it costs the same
// on every page. Prev and Next are cursors; empty: there is no such page.
type Pager struct {
	Path       string // of the list
	Query      string // what else the address carries (filters), encoded
	Prev, Next string
}

// PrevURL is the address of the page before.
func (p Pager) PrevURL() string { return p.at("before", p.Prev) }

// NextURL is the address of the page after.
func (p Pager) NextURL() string { return p.at("after", p.Next) }

func (p Pager) at(name, cursor string) string {
	q := url.Values{name: {cursor}}.Encode()
	if p.Query != "" {
		q = p.Query + "&" + q
	}
	return p.Path + "?" + q
}

// groups cuts a code into parts of n characters, so that screen readers and
// people read it in pieces.
func groups(n int, s string) []string {
	s = strings.NewReplacer("-", "", " ", "").Replace(s)
	var out []string
	for len(s) > n {
		out, s = append(out, s[:n]), s[n:]
	}
	return append(out, s)
}

// funcs are the template functions in one language.
func (k *Kit) funcs(l *Locale) template.FuncMap {
	return template.FuncMap{
		"t": l.mustT, "tn": l.mustN,
		"date": l.Date, "time": l.Time, "stamp": l.Stamp, "number": l.number, "money": l.Money, "span": l.Span,
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"asset": k.URL, "icon": k.icon, "groups": groups,
		"field": newField, "secret": secret, "code": code, "kind": kind, "label": label, "hint": hint,
		"complete": complete, "mode": mode, "class": class, "maxlength": maxlength, "required": required,
		"optional": optional, "focus": focus, "mend": mend, "start": start, "value": value, "options": options, "radios": radios,
		"choice":  func(value, text string) Choice { return Choice{value, text} },
		"choices": func(c ...Choice) []Choice { return c },
		"badge":   func(tone, text string) Badge { return Badge{Tone(tone), text} },
		"notice":  func(tone, title, text string) Notice { return Notice{Tone(tone), title, text} },
		"steps":   steps,
		"meter": func(label string, value, top int, tone, text string) Meter {
			return Meter{label, value, top, Tone(tone), text}
		},
		"empty": func(icon, title, text string) Empty { return Empty{Icon: icon, Title: title, Text: text} },
		"copyable": func(id, label, value, hint string) Secret {
			return Secret{ID: id, Label: label, Value: value, Hint: hint}
		},
	}
}
