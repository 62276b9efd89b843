package lab

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// says puts the display into words.
func says(t *ui.Locale, d hardtoken.Display) string {
	switch {
	case !d.On:
		return t.T("lab.say.off")
	case d.Say == hardtoken.SayWrong:
		return t.N("lab.say.wrong", d.Left)
	case d.Say == hardtoken.SayWrongCode:
		return t.N("lab.say.wrong_code", d.Left)
	case d.Say == hardtoken.SayTyping:
		return t.N("lab.say.typing", d.Typed)
	case d.Say == hardtoken.SayTypingOpen && d.Entry > 0:
		return t.T("lab.say.typing_data", "n", d.Entry, "digits", apart(d.Open))
	case d.Say == hardtoken.SayTypingOpen:
		return t.T("lab.say.typing_open", "digits", apart(d.Open))
	case d.Say == hardtoken.SayData && d.Entry > 1:
		return t.T("lab.say.data_more", "n", d.Entry)
	case d.Say == hardtoken.SayData:
		return t.T("lab.say.data")
	case d.Say == hardtoken.SayCounter:
		return t.T("lab.say.counter", "function", t.T("lab.function."+d.Function))
	}
	return t.T("lab.say." + string(d.Say))
}

// apart puts blanks between digits, so that they are read one by one.
func apart(digits string) string { return strings.Join(strings.Split(digits, ""), " ") }

// reading is a value on the display that a person carries somewhere.
type reading struct {
	ID    string // "code", "challenge", "counter", "clock" or "battery"
	Value string // to be copied
	Text  string // to be read by the eye
	Heard string // to be heard
}

// read returns the value on the display; it has no ID if there is none.
func read(t *ui.Locale, d hardtoken.Display) reading {
	switch d.Say {
	case hardtoken.SayCode:
		return reading{"code", d.Code, d.Code, apart(d.Code)}
	case hardtoken.SayUnlock:
		return reading{"challenge", d.Challenge, d.Text, apart(d.Challenge)}
	case hardtoken.SayCounter:
		n := t.Number(int64(min(d.Counter, 1<<62)))
		return reading{"counter", strings.TrimSpace(d.Text[1:]), n, n}
	case hardtoken.SayDate:
		text := d.Clock.Format(time.DateOnly)
		return reading{"clock", d.Clock.Format(time.RFC3339), text, text}
	case hardtoken.SayTime:
		text := d.Clock.Format("15:04:05")
		return reading{"clock", d.Clock.Format(time.RFC3339), text, text}
	case hardtoken.SayExpires:
		text := d.Clock.Format(time.DateOnly)
		return reading{"battery", text, text, text}
	default:
		return reading{}
	}
}
