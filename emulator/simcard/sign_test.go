package simcard_test

import (
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestKeysAndSignatures: the whole life of both keys, with both algorithms and forms.
func TestKeysAndSignatures(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		role      applet.Role
		algorithm applet.Algorithm
		pin       string
	}{{applet.Authentication, applet.ECDSAP256, pin1}, {applet.Signing, applet.RSA2048, pin2}} {
		w := open(t)
		g := generate(t, x.role, x.algorithm)
		w.asked(g)
		w.press(simcard.OK)
		w.types(x.pin, x.pin)
		a := w.answer(applet.Done)
		der, err := applet.Request(x.algorithm, g.Head, g.Tail, a.Public, a.Signature)
		if err != nil {
			t.Fatal(err)
		}
		if csr, err := x509.ParseCertificateRequest(der); err != nil || csr.CheckSignature() != nil {
			t.Error(err)
		}
		w.restart()
		for _, form := range []applet.Form{applet.Attributed, applet.Plain} {
			c := sign(x.role)
			c.Form = form
			w.asked(c)
			if s := w.shows(simcard.Consent); s.Text != "Alder Bank\nPay 25€ to Übermut GmbH?" || s.Control != "" {
				t.Errorf("%+v", s)
			}
			w.press(simcard.OK)
			w.types(x.pin)
			if err := x.algorithm.Verify(a.Public, c.Signed(), w.answer(applet.Done).Signature); err != nil {
				t.Error(x.role, form, err)
			}
			w.shows(simcard.Notice)
		}
		w.send(g)
		w.answer(applet.KeyExists)
	}
}

// TestOwnTextAndDocument: what is signed below the text, and what cannot be read.
func TestOwnTextAndDocument(t *testing.T) {
	t.Parallel()
	w := open(t)
	public := w.registered(applet.Signing, applet.ECDSAP256, pin2)
	for text, content := range map[string]applet.Content{
		"Alder Bank\nAB12\nContract\nSie unterschreiben:\nI agree: żółw":      {Kind: applet.OwnText, Text: "I agree: żółw"},
		"Alder Bank\nAB12\nContract\nSie unterschreiben:\nDokument 1A2B 3C4D": {Kind: applet.Document, Digest: [32]byte{0x1A, 0x2B, 0x3C, 0x4D, 31: 1}},
	} {
		c := sign(applet.Signing)
		c.Text, c.Content, c.Event, c.Language = "Contract", content, "AB12", "de"
		w.asked(c)
		if s := w.shows(simcard.Consent); s.Text != text || s.Title != "Unterschreiben?" {
			t.Errorf("%+v", s)
		}
		w.press(simcard.OK)
		w.types(pin2)
		if err := applet.ECDSAP256.Verify(public, c.Signed(), w.answer(applet.Done).Signature); err != nil {
			t.Error(err)
		}
	}
}

// TestControlModes: the code stands on the screen, is picked, or typed; there is one try.
func TestControlModes(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Authentication, applet.ECDSAP256, pin1)
	c := sign(applet.Authentication)
	c.Control = applet.ShownControl
	w.asked(c)
	if s := w.shows(simcard.Consent); s.Control != c.ControlCode() {
		t.Errorf("%+v", s)
	}
	w.press(simcard.Back)
	w.answer(applet.Cancelled)

	c.Control = applet.ChosenControl
	for _, right := range []bool{false, true} {
		w.asked(c)
		w.press(simcard.OK)
		s := w.shows(simcard.ChooseControl)
		i := slices.Index(s.Choices, c.ControlCode())
		if i < 0 || len(s.Choices) != 3 || s.Control != "" || s.Choices[0] == s.Choices[1] || s.Choices[1] == s.Choices[2] || s.Choices[0] == s.Choices[2] {
			t.Fatalf("%+v", s)
		}
		if !right {
			i = (i + 1) % 3
		}
		w.press([]simcard.Key{simcard.ChooseA, simcard.ChooseB, simcard.ChooseC}[i])
		w.ends(right)
	}

	c.Control = applet.TypedControl
	for _, right := range []bool{false, true} {
		w.asked(c)
		w.press(simcard.OK)
		if s := w.shows(simcard.TypeControl); s.Control != "" || s.Choices != nil || s.Least != 4 {
			t.Errorf("%+v", s)
		}
		code := c.ControlCode()
		if !right {
			code = "8192" // which is none
		}
		w.types(code)
		w.ends(right)
	}
}

// ends goes on to the signature after a right code, or reads the refusal.
func (w *world) ends(right bool) {
	w.Helper()
	if !right {
		w.answer(applet.WrongControl)
		return
	}
	w.types(pin1)
	w.answer(applet.Done)
}

// TestDistinctAnswers: how a person ends a request without signing.
func TestDistinctAnswers(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.send(sign(applet.Signing))
	w.answer(applet.NoKey)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	for k, want := range map[simcard.Key]applet.Result{simcard.Back: applet.Cancelled, simcard.Later: applet.Postponed, simcard.ReportKey: applet.NotMe} {
		w.asked(sign(applet.Signing))
		w.press(k)
		w.answer(want)
	}
	w.asked(sign(applet.Signing))
	w.press(simcard.OK)
	w.types(pin1)
	if s := w.shows(simcard.PIN); s.Hint != "Wrong PIN. Tries left: 2" || s.Typed != 0 {
		t.Errorf("%+v", s)
	}
	w.press(simcard.Back)
	if a := w.answer(applet.WrongPIN); a.Tries != 2 {
		t.Error(a.Tries)
	}
	w.asked(sign(applet.Signing))
	w.now = w.now.Add(time.Minute - 1)
	w.card.Tick()
	w.quiet()
	w.now = w.now.Add(1)
	w.card.Tick()
	w.answer(applet.TimedOut)
	if s := w.shows(simcard.Notice); s.Text != "The time is over." {
		t.Errorf("%+v", s)
	}
	w.press(simcard.OK)
	w.shows(simcard.Idle)
}

// TestOneAtATime: what comes meanwhile gets "busy"; what needs no person does not.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	w.asked(sign(applet.Signing))
	first := w.counter
	other := sign(applet.Signing)
	other.Transaction[0] = 9
	w.send(other)
	if a := w.answer(applet.Busy); a.Transaction != other.Transaction {
		t.Error(a.Transaction)
	}
	w.send(applet.Command{Kind: applet.Erase, Transaction: transaction, Role: applet.Signing})
	w.answer(applet.Busy)
	w.send(applet.Command{Kind: applet.Status, Transaction: transaction})
	if k := w.answer(applet.Done).Card.Key(applet.Signing); k != (applet.Key{Algorithm: applet.ECDSAP256, Tries: 3, PUKTries: 10}) {
		t.Error(k)
	}
	w.send(applet.Command{Kind: applet.Show, Transaction: other.Transaction, Service: "Alder Bank", Text: "Paid."})
	w.answer(applet.Done)
	w.send(applet.Command{Kind: applet.Cancel, Transaction: other.Transaction})
	w.answer(applet.Done)
	w.press(simcard.OK)
	w.types(pin2)
	w.counter = first
	w.answer(applet.Done)
	if diff := cmp.Diff([]simcard.Message{{Service: "Alder Bank", Text: "Paid.", At: w.now}}, w.card.Messages()); diff != "" {
		t.Error(diff)
	}
}

// TestWithdrawnAndRead: a request that the server takes back, and a message that it wants read.
func TestWithdrawnAndRead(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	w.asked(sign(applet.Signing))
	before := w.card.Look().Serial
	w.send(applet.Command{Kind: applet.Cancel, Transaction: transaction})
	w.answer(applet.Done)
	w.shows(simcard.Notice)
	if err := w.card.Press(before, simcard.OK); err == nil {
		t.Error("a key for a screen that is gone")
	}
	w.asked(applet.Command{Kind: applet.Show, Transaction: transaction, Service: "Alder Bank", Text: "Paid.", Event: "AB12", Acknowledge: true})
	if s := w.shows(simcard.Read); s.Text != "Alder Bank\nAB12\nPaid." {
		t.Errorf("%+v", s)
	}
	w.press(simcard.OK)
	w.answer(applet.Done)
	if m := w.card.Messages(); len(m) != 1 || m[0].Text != "AB12\nPaid." {
		t.Error(m)
	}
	w.send(applet.Command{Kind: applet.Erase, Transaction: transaction, Role: applet.Signing})
	w.answer(applet.Done)
	w.send(applet.Command{Kind: applet.Erase, Transaction: transaction, Role: applet.Signing})
	w.answer(applet.NoKey)
}

// TestUnsupported: what the application does not know it says so, with the transaction.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	w := open(t)
	for name, data := range map[string]string{"a command": "\x01\x09\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08", "a field": "\x01\x05\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08\xA0\x01\x01"} {
		w.raw([]byte(data))
		if a := w.answer(applet.Unsupported); a.Transaction != transaction || a.Kind != applet.Kind(data[1]) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	c := generate(t, applet.Signing, applet.ECDSAP256)
	c.Nonce[0]++ // another one than in the request
	w.send(c)
	w.answer(applet.Unsupported)
}
