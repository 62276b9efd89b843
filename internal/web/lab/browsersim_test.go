//go:build browser

package lab_test

import (
	"net/http/httptest"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/web/webtest"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestBrowserSIM: what the SIM asks comes by itself, keys are pressed with the mouse and the
// computer's keyboard, faster than the page is drawn anew.
func TestBrowserSIM(t *testing.T) {
	s := newSIMs(t)
	srv := httptest.NewServer(s.h)
	t.Cleanup(srv.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(srv.URL + ada)
	p.Axe()
	s.generate(applet.Signing)
	p.WaitText("#sim-screen", "Make key 2?")
	p.Click("#sim-ok")
	p.WaitText("#sim-screen", "Choose PIN 2")
	p.Axe()
	p.Keys("583029<Back><Enter>")
	p.WaitText("#sim-screen", "PIN 2 once more")
	for _, k := range []string{"5", "8", "3", "0", "2", "ok"} {
		p.Click("#sim-" + k)
	}
	p.WaitText("#sim-screen", "The key is made.")
	p.Click("#sim-ok")
	p.WaitText("#texts", "No messages yet")
	p.WaitText("#card", "ECDSA P-256")

	c := simPayment()
	s.send(c)
	p.WaitText("#sim-control", c.ControlCode())
	p.Axe()
	p.Shot("lab-sim-payment")
	p.Click("#sim-ok")
	p.WaitText("#sim-screen", "PIN 2")
	p.Keys("11111<Enter>")
	p.WaitText("#sim-screen", "Wrong PIN. Tries left: 2")
	p.Shot("lab-sim-pin")
	p.Phone()
	p.Shot("lab-sim-pin-phone")
	p.Dark(true)
	p.Axe()
	p.Shot("lab-sim-pin-dark")
	p.Keys("58302<Enter>")
	p.WaitText("#sim-screen", "Signed.")
	if k := s.card.Look().Kind; k != simcard.Notice {
		t.Errorf("the phone shows %s", k)
	}
	p.Click("#sim-ok")

	s.send(applet.Command{Kind: applet.Show, Transaction: applet.Transaction{3}, Service: "Alder Bank", Event: "K7QX", Text: "250.00 EUR to Nordic Timber AS are on their way."})
	p.WaitText("#texts", "on their way")
	p.Desktop()
	p.Shot("lab-sim-receipt-dark")
	p.Dark(false)

	c.Control = applet.ChosenControl
	s.send(c)
	p.WaitText("#sim-screen", "Sign?")
	p.Click("#sim-ok")
	p.WaitText("#sim-screen", "Which code does the service show?")
	p.Axe()
	p.Shot("lab-sim-choose")
	p.Open(srv.URL)
	p.WaitText(".phones", "The SIM asks")
	p.Axe()
	p.Shot("lab-sim-shelf")
	p.Open(srv.URL + ada)
	p.Click("#sim-not_me")
	p.WaitText("#sim-screen", "Reported")
}
