package apptest

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
)

// patience is how long something may take that other processes do on a busy machine.
const patience = time.Minute

// Look waits until the phone of a number shows a screen of a kind, and returns it.
func (a *Air) Look(t testing.TB, number string, kind simcard.Kind) simcard.Screen {
	t.Helper()
	card := a.Tray.Card(number)
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) { // another process sends it
		s := card.Look()
		switch {
		case s.Kind == kind:
			return s
		case s.Kind == simcard.Notice && kind != simcard.Notice:
			a.press(t, number, s, simcard.OK)
		case time.Now().After(deadline):
			t.Fatalf("the phone %s shows %q, %q; want %q", number, s.Kind, s.Text, kind)
		}
	}
}

func (a *Air) press(t testing.TB, number string, s simcard.Screen, k simcard.Key) {
	t.Helper()
	if err := a.Tray.Card(number).Press(s.Serial, k); err != nil {
		t.Fatalf("the phone %s, key %q: %v", number, k, err)
	}
}

func (a *Air) digits(t testing.TB, number string, kind simcard.Kind, digits string) {
	t.Helper()
	s := a.Look(t, number, kind)
	if err := a.Tray.Card(number).Type(s.Serial, digits); err != nil {
		t.Fatalf("the phone %s, %q: %v", number, kind, err)
	}
}

// Sign agrees on the phone of a number to what it shows, and returns that.
func (a *Air) Sign(t testing.TB, number, pin string) simcard.Screen {
	t.Helper()
	s := a.Look(t, number, simcard.Consent)
	a.press(t, number, s, simcard.OK)
	a.digits(t, number, simcard.PIN, pin)
	return s
}

// Refuse presses another key than OK when the phone asks.
func (a *Air) Refuse(t testing.TB, number string, k simcard.Key) {
	t.Helper()
	a.press(t, number, a.Look(t, number, simcard.Consent), k)
}

// ChoosePIN lets the card make a key: the control code is typed, and a new PIN twice.
func (a *Air) ChoosePIN(t testing.TB, number, control, pin string) {
	t.Helper()
	a.press(t, number, a.Look(t, number, simcard.Consent), simcard.OK)
	if control != "" {
		a.digits(t, number, simcard.TypeControl, control)
	}
	a.digits(t, number, simcard.NewPIN, pin)
	a.digits(t, number, simcard.RepeatPIN, pin)
}

// Again types the PIN once more, after a wrong one.
func (a *Air) Again(t testing.TB, number, pin string) {
	t.Helper()
	a.digits(t, number, simcard.PIN, pin)
}

// PUK is that of the card of a number, as the letter says it.
func (a *Air) PUK(number string) string { return a.puks[number] }
