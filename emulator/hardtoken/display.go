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
	SayTypingOpen Saying = "typing_open" // a challenge, data or unlock code: the digits themselves
	SayData       Saying = "data"        // type the data to be signed, Entry says which
	SayTooLong    Saying = "too_long"    // so much data cannot be signed
	SayUnlock     Saying = "unlock"      // the challenge; type the unlock code
	SayWrongCode  Saying = "wrong_code"  // that is not the unlock code
	SayRenewed    Saying = "renewed"     // nor was that: there is a new challenge
	SayReady      Saying = "ready"       // unlocked, with a new PIN
	SayCounter    Saying = "counter"
	SayDate       Saying = "date"
	SayTime       Saying = "time"
	SayExpires    Saying = "expires"
)

// Display is what can be seen on the token.
type Display struct {
	On    bool   // false: blank
	Text  string // at most Width characters: A-Z, 0-9, '-' and blank
	Say   Saying
	Code  string // the code alone, when Say is SayCode
	Typed int    // digits typed so far, for SayTyping
	Left  int    // tries left, for SayWrong and SayWrongCode
	Bars  int    // time left of a time-based code, 1 to 6; 0: no such code
	Low   bool   // the battery ends soon

	Open      string    // the digits, for SayTypingOpen; the display has room for the last Width
	Entry     int       // which of the data to be signed is typed, from 1; 0: none
	Locked    bool      // the padlock
	Challenge string    // for SayUnlock
	Function  string    // whose counter, for SayCounter
	Counter   uint64    // of its next code, for SayCounter
	Clock     time.Time // UTC, for SayDate, SayTime and SayExpires
}

// Display shows the token without touching it. Time passes all the same.
func (t *Token) Display() Display {
	now := t.now()
	t.expire(now)
	if t.state.Phase == Off {
		return Display{}
	}
	d := t.draw(now)
	d.On, d.Low, d.Locked = true, t.Low(), t.state.Locked
	if t.state.Phase == Entry {
		d.Entry = len(t.state.Entries) + 1
	}
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
		return open(Display{Text: "NUMBER", Say: SayChallenge}, s.Typed)
	case Entry:
		return open(Display{Text: fmt.Sprintf("DATA %d", len(s.Entries)+1), Say: SayData}, s.Typed)
	case Unlock:
		c := t.challenge()
		return open(Display{Text: inHalves(c), Say: SayUnlock, Challenge: c}, s.Typed)
	case Locked:
		return Display{Text: "LOCKED", Say: SayLocked}
	case Ready:
		return Display{Text: "PIN OK", Say: SayReady}
	case Show:
		return t.shown(now)
	case ShowInfo:
		return t.info(now)
	case Off:
	}
	return Display{}
}

// complaint is the answer to a refused entry; it stays until a key is pressed.
func (t *Token) complaint() Display {
	s := &t.state
	d := Display{Say: s.Said}
	switch s.Said {
	case SayWrong:
		d.Left = t.model.MaxTries - s.Tries
		d.Text = fmt.Sprintf("WRONG %d", d.Left)
	case SayWrongCode:
		d.Left = maxCodes - s.WrongCodes
		d.Text = fmt.Sprintf("WRONG %d", d.Left)
	case SayRenewed:
		d.Text = "CHANGED"
	case SayTooLong:
		d.Text = "TOO LONG"
	case SayDiffers:
		d.Text = "DIFFERS"
	case SaySimple:
		d.Text = "SIMPLE"
	default:
		d = Display{Text: "SHORT", Say: SayShort}
	}
	return d
}

// open shows what is typed as it is, or what to type.
func open(prompt Display, typed string) Display {
	if typed == "" {
		return prompt
	}
	return Display{Text: typed[max(0, len(typed)-Width):], Say: SayTypingOpen, Open: typed}
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
