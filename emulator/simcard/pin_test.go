package simcard_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestNewPINs: typed twice, alike, and long enough for the role.
func TestNewPINs(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.asked(generate(t, applet.Signing, applet.ECDSAP256))
	w.press(simcard.OK)
	if err := w.card.Type(w.card.Look().Serial, "1234"); !errors.Is(err, simcard.ErrKey) {
		t.Errorf("four digits for signing: %v", err)
	}
	w.press(simcard.Clear, simcard.Clear, simcard.Clear, simcard.Clear)
	w.types(pin2, pin1)
	if s := w.shows(simcard.NewPIN); s.Hint == "" {
		t.Errorf("%+v", s)
	}
	w.types(pin2, pin2)
	w.answer(applet.Done)
}

// TestBlocking: three wrong ones block one PIN and not the other; the PUK opens it, and blocks
// after ten. Pulling the plug gives no tries back.
func TestBlocking(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Authentication, applet.ECDSAP256, pin1)
	public := w.registered(applet.Signing, applet.ECDSAP256, pin2)
	w.asked(sign(applet.Signing))
	w.press(simcard.OK)
	w.types(pin1)
	w.restart() // the request is gone, the try is not back
	w.asked(sign(applet.Signing))
	w.press(simcard.OK)
	w.types(pin1, pin1)
	if a := w.answer(applet.PINBlocked); a.Tries != 0 {
		t.Error(a.Tries)
	}
	w.restart()
	w.send(sign(applet.Signing))
	w.answer(applet.PINBlocked)
	w.asked(sign(applet.Authentication))
	w.press(simcard.OK)
	w.types(pin1)
	w.answer(applet.Done)

	w.asked(unblock(applet.Signing))
	w.press(simcard.OK)
	w.types("00000000", puk)
	if err := w.card.Type(w.card.Look().Serial, "1111199999"); !errors.Is(err, simcard.ErrKey) {
		t.Errorf("a PIN of ten digits, of which there is room for eight: %v", err)
	}
	w.types("11111999", "11111999")
	if k := w.answer(applet.Done).Card.Key(applet.Signing); k.Tries != 3 || k.PUKTries != 10 {
		t.Error(k)
	}
	c := sign(applet.Signing)
	w.asked(c)
	w.press(simcard.OK)
	w.types("11111999")
	if err := applet.ECDSAP256.Verify(public, c.Signed(), w.answer(applet.Done).Signature); err != nil {
		t.Error(err)
	}

	w.asked(unblock(applet.Signing))
	w.press(simcard.OK)
	for range 10 {
		w.types("00000000")
	}
	w.answer(applet.PUKBlocked)
	w.send(unblock(applet.Signing))
	w.answer(applet.PUKBlocked)
	w.asked(sign(applet.Signing)) // which needs no PUK
}

// TestRightPINResets: wrong ones before the right one do not add up.
func TestRightPINResets(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Authentication, applet.ECDSAP256, pin1)
	for range 2 {
		w.asked(sign(applet.Authentication))
		w.press(simcard.OK)
		w.types(pin2, pin2, pin1)
		w.answer(applet.Done)
	}
	if k := w.card.Status().Keys[0]; k.Tries != 3 {
		t.Error(k)
	}
}

// TestNoSignatureWithoutThePIN presses keys at random: a signature comes only after consent, and
// as the answer to the right PIN; and every request has one answer.
func TestNoSignatureWithoutThePIN(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("hundreds of PINs are slow to try, and there is one goroutine")
	}
	w := open(t)
	w.registered(applet.Authentication, applet.ECDSAP256, pin1)
	made := w.stored
	keys := []simcard.Key{simcard.OK, simcard.OK, simcard.Back, simcard.Later, simcard.ReportKey, simcard.Clear, simcard.ChooseA, simcard.ChooseB, simcard.ChooseC, "1", "digits", "digits", "digits"}
	rapid.Check(t, func(t *rapid.T) {
		w.stored = made
		w.restart()
		w.out, w.opened = nil, 0
		c := sign(applet.Authentication)
		c.Control = applet.ControlMode(rapid.ByteRange(0, 3).Draw(t, "control"))
		w.counter += 1000
		w.asked(c)
		consent := false
		for range rapid.IntRange(1, 12).Draw(t, "keys") {
			s := w.card.Look()
			k := rapid.SampledFrom(keys).Draw(t, "key")
			digits := rapid.SampledFrom([]string{pin1, pin2, "0000", c.ControlCode()}).Draw(t, "digits")
			var err error
			if k == "digits" && digits != "" {
				err = w.card.Type(s.Serial, digits)
			} else {
				err = w.card.Press(s.Serial, k)
			}
			if len(w.out) > w.opened {
				a, err := applet.ParseAnswer(w.response().Data)
				right := s.Kind == simcard.PIN && k == "digits" && digits == pin1
				if err != nil || (len(a.Signature) > 0) != (consent && right) || (a.Result == applet.Done) != right {
					t.Fatalf("%s on %+v: %+v, %v", k, s, a, err)
				}
				w.quiet()
				return
			}
			consent = consent || s.Kind == simcard.Consent && k == simcard.OK && err == nil
		}
	})
}
