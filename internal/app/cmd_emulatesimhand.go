package app

import (
	"errors"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
)

// simHand is where phones are, and which one is meant.
type simHand struct {
	URL   string `required:"" name:"url" help:"Address of the screens and keys, as emulate sim prints it."`
	Phone string `arg:"" help:"The phone's number or its card's ICCID."`
}

func (s simHand) phones() simcard.Phones {
	return simcard.Phones{URL: s.URL, HTTP: &http.Client{Timeout: 30 * time.Second}}
}

type simLookCmd struct {
	simHand

	Wait time.Duration `default:"0s" help:"Wait so long for something to be shown, such as 10s."`
}

// lookAgain is how often a phone is looked at while something is waited for.
const lookAgain = 100 * time.Millisecond

// Run prints the screen.
func (s simLookCmd) Run(e *env) error {
	until := e.now().Add(s.Wait)
	for {
		p, err := s.phones().Look(e.ctx, s.Phone)
		if err != nil {
			return err
		}
		if p.Screen.Kind != simcard.Idle || !e.now().Before(until) {
			return e.jsonLine(p)
		}
		select {
		case <-e.ctx.Done():
			return e.ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

type simPressCmd struct {
	simHand

	Key    string `arg:"" optional:"" help:"ok, cancel, later, not_me, clear, a digit, or a, b, c for the control codes."`
	Digits string `env:"COUNTERSIGN_TEST_DIGITS" help:"Type these and press ok instead: a PIN, a PUK, a control code."`
}

// Run presses the key on the screen that is shown now, and prints the next one.
func (s simPressCmd) Run(e *env) error {
	if (s.Key == "") == (s.Digits == "") {
		return errors.New("give a key or --digits")
	}
	phones := s.phones()
	p, err := phones.Look(e.ctx, s.Phone)
	if err != nil {
		return err
	}
	if s.Digits != "" {
		p, err = phones.Type(e.ctx, s.Phone, p.Screen.Serial, s.Digits)
	} else {
		p, err = phones.Press(e.ctx, s.Phone, p.Screen.Serial, simcard.Key(s.Key))
	}
	if errors.Is(err, simcard.ErrKey) {
		return hinted{err, "Look at the phone: countersign emulate sim look --url " + s.URL + " " + s.Phone}
	}
	if err != nil {
		return err
	}
	return e.jsonLine(p)
}

type simSwapCmd struct {
	simHand

	ICCID string `arg:"" name:"iccid" help:"The card that takes the number."`
}

// Run swaps the card and prints what the phone shows then.
func (s simSwapCmd) Run(e *env) error {
	p, err := s.phones().Swap(e.ctx, s.Phone, s.ICCID)
	if errors.Is(err, simcard.ErrKey) {
		return errors.New("the new card has a number already, or the old one has none")
	}
	if err != nil {
		return err
	}
	return e.jsonLine(p)
}
