package simcard

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/ota/applet"
)

// step is where a dialog is.
type step byte

const (
	consent step = iota
	chooseControl
	typeControl
	askPIN
	newPIN
	repeatPIN
	askPUK
	message
)

// dialog is a request that a person is asked about.
type dialog struct {
	origin   origin
	cmd      applet.Command
	step     step
	deadline time.Time
	choices  []string // of control codes
	typed    string
	first    string // the new PIN as it was typed first
	inner    []byte // what the PUK opened
	hint     string
	wrong    bool // a wrong PIN was typed
}

// Key is a key of the phone: one of the digits, or one of these.
type Key string

// The keys.
const (
	OK        Key = "ok"
	Back      Key = "cancel" // refuses the request
	Later     Key = "later"
	ReportKey Key = "not_me" // "I did not start this"
	Clear     Key = "clear"  // takes the last digit back
	ChooseA   Key = "a"      // the first of the control codes
	ChooseB   Key = "b"
	ChooseC   Key = "c"
)

// Errors of pressing keys.
var (
	// ErrStale says that another screen is shown by now.
	ErrStale = errors.New("simcard: another screen is shown by now; look at it first")
	// ErrKey says that the key does nothing on this screen.
	ErrKey = errors.New("simcard: this key does nothing on this screen")
)

// Press presses a key on the screen with a serial number, so that a key that was meant for one
// screen never works on the next. The error is ErrStale or ErrKey, or says that the card broke.
func (c *Card) Press(screen int, k Key) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.press(screen, k)
}

// Type presses digits and then OK.
func (c *Card) Type(screen int, digits string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expire(); screen != c.serial {
		return ErrStale
	}
	if c.d != nil {
		if len(digits) > c.screen().Most {
			return ErrKey // a longer PIN is another one: nothing is cut off
		}
		c.d.typed = ""
	}
	for _, d := range digits {
		if err := c.press(screen, Key(d)); err != nil {
			return err
		}
	}
	return c.press(screen, OK)
}

func (c *Card) press(screen int, k Key) error {
	c.expire()
	s := c.screen()
	switch {
	case screen != s.Serial:
		return ErrStale
	case isDigit(k) && s.Most > 0:
		if len(c.d.typed) < s.Most {
			c.d.typed += string(k)
		}
		return nil
	case !slices.Contains(s.Keys, k):
		return ErrKey
	case c.d == nil:
		c.notice = ""
		c.serial++
		return nil
	}
	return c.pressed(k)
}

func isDigit(k Key) bool { return len(k) == 1 && k[0] >= '0' && k[0] <= '9' }

// pressed goes one step on in the dialog.
func (c *Card) pressed(k Key) error {
	d := c.d
	switch k {
	case Clear:
		d.typed = d.typed[:max(0, len(d.typed)-1)]
		return nil
	case Back:
		c.giveUp()
		return nil
	case Later:
		c.end(applet.Answer{Result: applet.Postponed, Tries: -1}, wordPostponed)
		return nil
	case ReportKey:
		c.end(applet.Answer{Result: applet.NotMe, Tries: -1}, wordReported)
		return nil
	case ChooseA, ChooseB, ChooseC:
		c.control(d.choices[k[0]-'a'])
		return nil
	case OK:
	}
	typed := d.typed
	d.typed, d.hint = "", ""
	c.serial++
	return c.confirmed(typed)
}

// confirmed is what OK does.
func (c *Card) confirmed(typed string) error {
	switch d := c.d; d.step {
	case consent:
		c.next()
	case typeControl:
		c.control(typed)
	case askPIN:
		return c.pin(typed)
	case newPIN:
		d.first, d.step = typed, repeatPIN
	case repeatPIN:
		return c.repeated(typed)
	case askPUK:
		return c.puk(typed)
	case message:
		c.keep(&d.cmd)
		c.end(applet.Answer{Tries: -1}, wordRead)
	case chooseControl:
	}
	return nil
}

// next is the step after consent, or after the control code.
func (c *Card) next() {
	d := c.d
	switch {
	case d.step == consent && d.cmd.Control == applet.ChosenControl:
		d.step = chooseControl
	case d.step == consent && d.cmd.Control == applet.TypedControl:
		d.step = typeControl
	case d.cmd.Kind == applet.Sign:
		d.step = askPIN
	case d.cmd.Kind == applet.Generate:
		d.step = newPIN
	default:
		d.step = askPUK
	}
	c.serial++
}

// control compares the code. There is one try: who does not see the right code elsewhere
// did not start this.
func (c *Card) control(code string) {
	if code != c.d.cmd.ControlCode() {
		c.end(applet.Answer{Result: applet.WrongControl, Tries: -1}, wordWrongControl)
		return
	}
	c.next()
}

// giveUp refuses, or says that no right PIN was found.
func (c *Card) giveUp() {
	if c.d.wrong {
		c.end(applet.Answer{Result: applet.WrongPIN, Tries: c.m.slot(c.d.cmd.Role).Tries}, wordCancelled)
		return
	}
	c.end(applet.Answer{Result: applet.Cancelled, Tries: -1}, wordCancelled)
}

// repeated sets the new PIN, if it was typed twice alike.
func (c *Card) repeated(typed string) error {
	d := c.d
	if typed != d.first {
		d.first, d.step, d.hint = "", newPIN, wordDiffer.in(d.cmd.Language)
		return nil
	}
	if d.cmd.Kind == applet.Generate {
		return c.generate(typed)
	}
	if err := c.m.reset(c.cfg.Rand, d.cmd.Role, d.inner, typed); err != nil {
		return fmt.Errorf("simcard: set a new PIN: %w", err)
	}
	c.m.PUK.Tries = pukTries
	c.end(applet.Answer{Card: c.status(), Tries: -1}, wordUnblocked)
	return nil
}

// choices are three codes in random order, of which one is right.
func choices(random io.Reader, right string) ([]string, error) {
	all := []string{right}
	var b [3]byte
	for len(all) < 3 {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return nil, err
		}
		other := applet.Control(applet.Nonce{b[0], b[1], b[2]}, [32]byte{})
		if !slices.Contains(all, other) {
			all = append(all, other)
		}
	}
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, err
	}
	slices.SortFunc(all, strings.Compare)
	turn := int(b[0]) % 3
	return append(all[turn:], all[:turn]...), nil
}
