package hardtoken

import (
	"fmt"
	"strings"
	"time"
)

// Width is the number of characters that the display can show.
const Width = 9

const (
	pinWidth  = 8
	codeWidth = 8
	bars      = 6
	lowTime   = 60 * 24 * time.Hour // the battery sign comes this long before the end
)

// Saying is what the display means, for whoever cannot see it.
type Saying string

// The sayings.
const (
	SayNothing    Saying = ""
	SayNewPIN     Saying = "new_pin"
	SayAgain      Saying = "again"
	SayDiffers    Saying = "differs"
	SayShort      Saying = "short"
	SaySimple     Saying = "simple"
	SayPIN        Saying = "pin"
	SayWrong      Saying = "wrong"
	SayLocked     Saying = "locked"
	SayChallenge  Saying = "challenge"
	SayCode       Saying = "code"
	SayTyping     Saying = "typing"      // a PIN: so many digits
	SayTypingOpen Saying = "typing_open" // a challenge: the digits themselves
)

// Display is what can be seen on the token.
type Display struct {
	On    bool   // false: blank
	Text  string // at most Width characters: A-Z, 0-9, '-' and blank
	Say   Saying
	Code  string // the code alone, when Say is SayCode
	Typed int    // digits typed so far, for SayTyping
	Left  int    // tries left, for SayWrong
	Bars  int    // time left of a time-based code, 1 to 6; 0: no such code
	Low   bool   // the battery ends soon
}

// Display shows the token without touching it. Time passes all the same.
func (t *Token) Display() Display {
	now := t.now()
	t.expire(now)
	if t.state.Phase == Off {
		return Display{}
	}
	d := t.draw(now)
	d.On, d.Low = true, now.After(t.unit.Expires.Add(-lowTime))
	return d
}

func (t *Token) draw(now time.Time) Display {
	s := &t.state
	if s.Said != SayNothing && s.Typed == "" {
		return t.complaint()
	}
	switch s.Phase {
	case NewPIN:
		return hidden("NEW PIN", SayNewPIN, s.Typed)
	case RepeatPIN:
		return hidden("AGAIN", SayAgain, s.Typed)
	case AskPIN:
		return hidden("PIN", SayPIN, s.Typed)
	case Ask:
		if s.Typed == "" {
			return Display{Text: "NUMBER", Say: SayChallenge}
		}
		return Display{Text: s.Typed, Say: SayTypingOpen}
	case Locked:
		return Display{Text: "LOCKED", Say: SayLocked}
	case Show:
		return t.shown(now)
	case Off:
	}
	return Display{}
}

// complaint is the answer to a refused entry; it stays until a key is pressed.
func (t *Token) complaint() Display {
	switch t.state.Said {
	case SayWrong:
		left := t.model.MaxTries - t.state.Tries
		return Display{Text: fmt.Sprintf("WRONG %d", left), Say: SayWrong, Left: left}
	case SayDiffers:
		return Display{Text: "DIFFERS", Say: SayDiffers}
	case SaySimple:
		return Display{Text: "SIMPLE", Say: SaySimple}
	default:
		return Display{Text: "SHORT", Say: SayShort}
	}
}

// hidden shows a PIN being typed as dashes.
func hidden(prompt string, say Saying, typed string) Display {
	if typed == "" {
		return Display{Text: prompt, Say: say}
	}
	return Display{Text: strings.Repeat("-", len(typed)), Say: SayTyping, Typed: len(typed)}
}

// shown is the code; that of a time-based function moves on with the clock.
func (t *Token) shown(now time.Time) Display {
	code, left := t.state.Code, 0
	if f := t.current(); f.Algorithm == TOTP {
		code, left = t.timed(f, now)
	}
	return Display{Text: inHalves(code), Say: SayCode, Code: code, Bars: left}
}

// inHalves puts a blank in the middle: codes are read in two parts.
func inHalves(code string) string {
	return code[:len(code)/2] + " " + code[len(code)/2:]
}
