package simcard

import (
	"time"

	"github.com/countersign-auth/countersign/ota/applet"
)

// Kind says what a screen wants.
type Kind string

// The kinds.
const (
	Idle          Kind = "idle"
	Consent       Kind = "consent"
	ChooseControl Kind = "choose_control"
	TypeControl   Kind = "type_control"
	PIN           Kind = "pin"
	NewPIN        Kind = "new_pin"
	RepeatPIN     Kind = "repeat_pin"
	PUK           Kind = "puk"
	Read          Kind = "message" // a message that the person is to confirm
	Notice        Kind = "notice"  // how the last dialog ended
)

// Screen is what the phone shows. Nothing of it is secret but to whoever looks over the
// person's shoulder; of digits only their number is there.
type Screen struct {
	Serial  int       `json:"screen"` // what Press wants
	Kind    Kind      `json:"kind"`
	Title   string    `json:"title,omitempty"`
	Text    string    `json:"text,omitempty"`    // as the server sent it: applet.Command.Shown
	Control string    `json:"control,omitempty"` // control code
	Choices []string  `json:"choices,omitempty"` // for keys a, b, c
	Hint    string    `json:"hint,omitempty"`
	Least   int       `json:"least,omitempty"` // digits wanted
	Most    int       `json:"most,omitempty"`
	Typed   int       `json:"typed"` // digits so far
	Keys    []Key     `json:"keys"`  // that do something; where digits are wanted, these too
	Until   time.Time `json:"until,omitzero"`
}

// Look returns what is shown.
func (c *Card) Look() Screen {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire()
	return c.screen()
}

func (c *Card) screen() Screen {
	if c.d != nil {
		return c.d.screen(c.serial)
	}
	if c.notice != "" {
		return Screen{Serial: c.serial, Kind: Notice, Text: c.notice, Keys: []Key{OK}}
	}
	return Screen{Serial: c.serial, Kind: Idle, Keys: []Key{}}
}

// screen draws the step. Text and control code stay in sight until the PIN is asked for, as
// on a card, whose prompt for a PIN has no room for them.
func (d *dialog) screen(serial int) Screen {
	s := Screen{Serial: serial, Hint: d.hint, Typed: len(d.typed), Until: d.deadline}
	least, most := d.cmd.Role.PINLength()
	switch d.step {
	case consent:
		s.Kind, s.Title, s.Text, s.Keys = Consent, d.title(), d.cmd.Shown(), []Key{OK, Back, Later, ReportKey}
		if d.cmd.Control == applet.ShownControl {
			s.Control = d.cmd.ControlCode()
		}
	case message:
		s.Kind, s.Title, s.Text, s.Keys = Read, d.title(), d.cmd.Shown(), []Key{OK, Back, ReportKey}
	case chooseControl:
		s.Kind, s.Title, s.Choices, s.Keys = ChooseControl, d.word(wordChoose), d.choices, []Key{ChooseA, ChooseB, ChooseC, Back, ReportKey}
	case typeControl:
		s.digits(TypeControl, d.word(wordControl), 4, 4)
	case askPIN:
		s.digits(PIN, d.named(wordPIN), least, most)
	case newPIN:
		s.digits(NewPIN, d.named(wordNewPIN), least, most)
	case repeatPIN:
		s.digits(RepeatPIN, d.named(wordRepeat), least, most)
	case askPUK:
		s.digits(PUK, d.word(wordPUK), applet.PUKDigits, applet.PUKDigits)
	}
	return s
}

// digits asks for digits; OK works once there are enough.
func (s *Screen) digits(k Kind, title string, least, most int) {
	s.Kind, s.Title, s.Least, s.Most, s.Keys = k, title, least, most, []Key{Back}
	if k == TypeControl {
		s.Keys = append(s.Keys, ReportKey)
	}
	if s.Typed > 0 {
		s.Keys = append(s.Keys, Clear)
	}
	if s.Typed >= least {
		s.Keys = append(s.Keys, OK)
	}
}

func (d *dialog) word(w word) string  { return w.in(d.cmd.Language) }
func (d *dialog) named(w word) string { return w.of(d.cmd.Language, int(d.cmd.Role)) }

func (d *dialog) title() string {
	switch d.cmd.Kind { //nolint:exhaustive // the others have no dialog
	case applet.Generate:
		return d.named(wordGenerate)
	case applet.Sign:
		if d.cmd.Role == applet.Authentication {
			return d.word(wordAuthenticate)
		}
		return d.word(wordSign)
	case applet.Unblock:
		return d.named(wordUnblock)
	}
	return d.word(wordMessage)
}
