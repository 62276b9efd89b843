package lab

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// tokenView is a token as the pages draw it.
type tokenView struct {
	Serial, Model, Owner string
	Keypad               bool
	About                []string // what it does, in sentences
	Expires              time.Time

	Display  hardtoken.Display
	Segments template.HTML
	Bars     []bool
	Says     string  // the display in words
	Reading  reading // the value on it

	Functions, Digits []keyView
	Info              keyView // counters and clock
	Howtos            []howto
	Badge             ui.Badge
	Inside            inside
	Units             []choice
}

// choice is an option of a list.
type choice struct{ Value, Text string }

// keyView is one key of the token.
type keyView struct{ Key, Text, Label, Class string }

// inside is what only the lab can see.
type inside struct {
	Clock, True time.Time
	Ahead       time.Duration
	AheadText   string
	PPM         float64
	Timed       bool
	Counters    []counter
	Tries       int
	HasPIN      bool
}

type counter struct {
	Function string
	Next     uint64
}

// token shows one token in the hand.
func (l *lab) token(w http.ResponseWriter, r *http.Request) error {
	t := l.kit.Locale(r)
	var v tokenView
	err := l.shelf.Look(r.PathValue("serial"), func(tok *hardtoken.Token, label string) { v = l.view(t, tok, label) })
	if err != nil {
		return err
	}
	return l.kit.Render(w, r, ui.Page{Name: "token", Title: v.Model + " " + v.Serial, Width: ui.Wide, Live: true, Data: v})
}

func (l *lab) view(t *ui.Locale, tok *hardtoken.Token, label string) tokenView {
	m, d := tok.Model(), tok.Display()
	v := tokenView{
		Serial: tok.Serial(), Model: m.Name, Owner: label, Keypad: m.Keypad(), About: about(t, m), Expires: tok.Expires(),
		Display: d, Segments: segments(d.Text), Says: says(t, d), Reading: read(t, d),
		Functions: functionKeys(t, m), Info: infoKey(t, m), Howtos: howtos(t, m), Badge: badge(t, tok, l.now()), Inside: l.inside(t, tok),
	}
	for _, u := range units() {
		v.Units = append(v.Units, choice{u, t.T("lab.unit." + u)})
	}
	if d.Bars > 0 {
		v.Bars = make([]bool, 6)
		for i := range v.Bars {
			v.Bars[i] = i < d.Bars
		}
	}
	if m.Keypad() {
		v.Digits = digitKeys(t)
	}
	return v
}

func functionKeys(t *ui.Locale, m hardtoken.Model) (keys []keyView) {
	for _, f := range m.Functions {
		k := f.Key.String()
		keys = append(keys, keyView{Key: k, Text: t.T("lab.key." + k + ".text"), Label: t.T("lab.key." + k + ".label"), Class: "fn fn-" + strings.ToLower(k)})
	}
	return keys
}

// infoKey is the key of the counters and the clock. A token with one button has
// none; there it stands for the button held down.
func infoKey(t *ui.Locale, m hardtoken.Model) keyView {
	v := keyView{Key: hardtoken.Info.String(), Text: t.T("lab.key.I.text"), Label: t.T("lab.key.I.label"), Class: "fn fn-i"}
	if !m.Keypad() {
		v.Text, v.Label, v.Class = t.T("lab.key.hold.text"), t.T("lab.key.hold.label"), ""
	}
	return v
}

func digitKeys(t *ui.Locale) (keys []keyView) {
	for _, k := range "123456789C0E" {
		s := string(k)
		v := keyView{Key: s, Text: s, Label: s}
		if k == 'C' || k == 'E' {
			v.Text, v.Label, v.Class = t.T("lab.key."+s+".text"), t.T("lab.key."+s+".label"), "act act-"+strings.ToLower(s)
		}
		keys = append(keys, v)
	}
	return keys
}

func badge(t *ui.Locale, tok *hardtoken.Token, now time.Time) ui.Badge {
	s := tok.State()
	switch {
	case !now.Before(tok.Expires()):
		return ui.Badge{Tone: ui.Bad, Text: t.T("lab.badge.spent")}
	case s.Locked:
		return ui.Badge{Tone: ui.Bad, Text: t.T("lab.badge.locked")}
	case tok.Low():
		return ui.Badge{Tone: ui.Warn, Text: t.T("lab.badge.low")}
	case tok.Model().PIN == hardtoken.DevicePIN && s.PIN == nil:
		return ui.Badge{Tone: ui.Info, Text: t.T("lab.badge.fresh")}
	}
	return ui.Badge{Tone: ui.Good, Text: t.T("lab.badge.ready")}
}

func (l *lab) inside(t *ui.Locale, tok *hardtoken.Token) inside {
	s, now := tok.State(), l.now()
	in := inside{Clock: tok.Clock(), True: now, PPM: s.Clock.PPM, Tries: s.Tries, HasPIN: s.PIN != nil}
	in.Ahead = in.Clock.Sub(now).Round(time.Second)
	switch {
	case in.Ahead > 0:
		in.AheadText = t.T("lab.inside.ahead", "span", t.Span(in.Ahead))
	case in.Ahead < 0:
		in.AheadText = t.T("lab.inside.behind", "span", t.Span(-in.Ahead))
	default:
		in.AheadText = t.T("lab.inside.exact")
	}
	for _, f := range tok.Model().Functions {
		in.Timed = in.Timed || f.Timed()
		if f.Counts() {
			in.Counters = append(in.Counters, counter{t.T("lab.function." + f.Name), s.Counters[f.Name]})
		}
	}
	return in
}
