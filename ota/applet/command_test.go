package applet_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/ota/applet"
)

var (
	transaction = applet.Transaction{1, 2, 3, 4, 5, 6, 7, 8}
	nonce       = applet.Nonce{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF}
)

func sign() applet.Command {
	return applet.Command{
		Kind: applet.Sign, Transaction: transaction, Role: applet.Signing, Text: "Pay 25€ to ACME", Content: applet.Content{Kind: applet.ShownText},
		Service: "Fjord Bank", Form: applet.Attributed, Nonce: nonce, Control: applet.ShownControl, Event: "AB12", Seconds: 120, Language: "de",
	}
}

// TestOctets has one message written out by hand.
func TestOctets(t *testing.T) {
	t.Parallel()
	const want = "0102" + "80080102030405060708" + "810102" +
		"8311" + "04" + "50617920" + "3235" + "1b65" + "20746f20" + "41434d45" +
		"840101" + "850b04" + "466a6f72642042616e6b" + "860101" + "8910a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" + "8a0101" + "8b0441423132" + "8c020078" + "8e026465"
	c := sign()
	got, err := c.Append(nil)
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%x, %v\nwant %s", got, err, want)
	}
	if text := c.Shown(); text != "Fjord Bank\nAB12\nPay 25€ to ACME" {
		t.Errorf("%q", text)
	}
}

// drawn is any command that a card takes.
func drawn(t *rapid.T) applet.Command {
	text := rapid.StringMatching(`[a-zA-ZäöüßÆØÅ€{}\[\] .,]{1,40}`)
	other := rapid.OneOf(text, rapid.StringMatching(`[ążśćŁабв中文]{1,30}`))
	c := applet.Command{Kind: applet.Kind(rapid.ByteRange(1, 7).Draw(t, "kind")), Transaction: transaction}
	if c.Kind == applet.Status || c.Kind == applet.Cancel {
		return c
	}
	if c.Kind != applet.Show {
		c.Role = applet.Role(rapid.ByteRange(1, 2).Draw(t, "role"))
	}
	if c.Kind == applet.Erase {
		return c
	}
	c.Service, c.Language = text.Draw(t, "service"), rapid.SampledFrom([]string{"", "de", "en"}).Draw(t, "language")
	c.Seconds = rapid.Uint16().Draw(t, "seconds")
	c.Text = other.Draw(t, "text")
	switch c.Kind { //nolint:exhaustive // the others are done
	case applet.Show:
		c.Acknowledge = rapid.Bool().Draw(t, "acknowledge")
	case applet.Generate:
		c.Algorithm, c.Nonce, c.Head, c.Tail = applet.ECDSAP256, nonce, []byte{1}, bytes.Repeat([]byte{7}, rapid.IntRange(1, applet.MaxPart).Draw(t, "tail"))
	case applet.Sign:
		c.Form, c.Nonce, c.Control = applet.Form(rapid.ByteRange(1, 2).Draw(t, "form")), nonce, applet.ControlMode(rapid.ByteRange(0, 3).Draw(t, "control"))
		switch c.Content.Kind = applet.ContentKind(rapid.ByteRange(1, 3).Draw(t, "content")); c.Content.Kind {
		case applet.OwnText:
			c.Content.Text = other.Draw(t, "own")
		case applet.Document:
			c.Content.Digest = [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		case applet.ShownText:
		}
	}
	return c
}

func TestCommandsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		b, err := c.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := applet.ParseCommand(b)
		if diff := cmp.Diff(c, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		if cut, err := applet.ParseCommand(b[:at]); err == nil {
			if again, err := cut.Append(nil); err != nil || !bytes.Equal(again, b[:at]) {
				t.Fatalf("%x is taken and written as %x", b[:at], again)
			}
		}
	})
}

// TestRefusals: what a card must refuse is not sent either.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*applet.Command){
		"no transaction":         func(c *applet.Command) { c.Transaction = applet.Transaction{} },
		"no such command":        func(c *applet.Command) { c.Kind = 8 },
		"no such role":           func(c *applet.Command) { c.Role = 3 },
		"no such form":           func(c *applet.Command) { c.Form = 3 },
		"no such control mode":   func(c *applet.Command) { c.Control = 4 },
		"no such content":        func(c *applet.Command) { c.Content.Kind = 4 },
		"no service":             func(c *applet.Command) { c.Service = "" },
		"no nonce":               func(c *applet.Command) { c.Nonce = applet.Nonce{} },
		"nothing to sign":        func(c *applet.Command) { c.Text = "" },
		"no text of its own":     func(c *applet.Command) { c.Content.Kind = applet.OwnText },
		"content of two kinds":   func(c *applet.Command) { c.Content.Text = "x" },
		"a field of another":     func(c *applet.Command) { c.Algorithm = applet.RSA2048 },
		"a short event":          func(c *applet.Command) { c.Event = "ABC" },
		"an odd event":           func(c *applet.Command) { c.Event = "AB 12" },
		"an odd language":        func(c *applet.Command) { c.Language = "DE" },
		"right to left override": func(c *applet.Command) { c.Text = "pay \u202e001 to ACME" },
		"no width":               func(c *applet.Command) { c.Text = "AC\u200bME" },
		"a carriage return":      func(c *applet.Command) { c.Text = "pay 100\rpay 900" },
		"a form feed":            func(c *applet.Command) { c.Service = "Bank\f" },
		"a line separator":       func(c *applet.Command) { c.Text = "a\u2028b" },
		"private use":            func(c *applet.Command) { c.Text = "\ue000" },
		"beyond UCS-2":           func(c *applet.Command) { c.Text = "\U0001F4B0" },
		"no UTF-8":               func(c *applet.Command) { c.Text = "a\xff" },
	} {
		c := sign()
		change(&c)
		if b, err := c.Append(nil); err == nil || applet.IsTooLong(err) {
			t.Errorf("%s: %x, %v", name, b, err)
		}
	}
}

// TestLengths counts in the coding really used (mobile-id.md, section 4).
func TestLengths(t *testing.T) {
	t.Parallel()
	c := sign()
	c.Service, c.Event = "B", ""
	for _, x := range []struct {
		text string
		fits bool
	}{
		{strings.Repeat("x", 237), true},
		{strings.Repeat("x", 238), false},
		{strings.Repeat("€", 118), true},
		{strings.Repeat("€", 119), false},
		{strings.Repeat("ß", 237), true},
		{strings.Repeat("ł", 117), true},
		{strings.Repeat("ł", 118), false},
		{strings.Repeat("x", 117) + "ł", false},
	} {
		c.Text = x.text
		b, err := c.Append(nil)
		if (err == nil) != x.fits || err != nil && !applet.IsTooLong(err) {
			t.Errorf("%d of %.3s: %d octets, %v", len(x.text), x.text, len(b), err)
		}
	}
}

// TestOneForm: no second packet shows the same.
func TestOneForm(t *testing.T) {
	t.Parallel()
	good, err := hex.DecodeString("010380080102030405060708" + "83020441" + "85020442")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := applet.ParseCommand(good); err != nil || c.Text != "A" {
		t.Fatal(c, err)
	}
	for name, x := range map[string]string{
		"empty": "", "version": "0203", "no fields": "0103", "UCS-2 without need": "010380080102030405060708" + "8303080041" + "85020442", "an unknown escape": "010380080102030405060708" + "8303041b41" + "85020442",
		"the eighth bit": "010380080102030405060708" + "830204c1" + "85020442", "half a character": "010380080102030405060708" + "83020801" + "85020442",
		"a lone surrogate": "010380080102030405060708" + "830308d800" + "85020442", "descending": "010380080102030405060708" + "85020442" + "83020441",
		"twice": "010380080102030405060708" + "83020441" + "83020441" + "85020442", "a long length": "010380080102030405060708" + "8381020441" + "85020442",
		"an unknown field": "010380080102030405060708" + "83020441" + "85020442" + "a00101", "no value": "010380080102030405060708" + "83020441" + "85020442" + "8b00",
		"a flag": "010380080102030405060708" + "83020441" + "85020442" + "8d0103", "cut": "010380080102030405060708" + "83020441" + "850204",
	} {
		b, err := hex.DecodeString(x)
		if err != nil {
			t.Fatal(name, err)
		}
		if c, err := applet.ParseCommand(b); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestAnswerToWhatIsRefused: the card can answer what it does not take.
func TestAnswerToWhatIsRefused(t *testing.T) {
	t.Parallel()
	_, err := applet.ParseCommand([]byte("\x01\x09\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08\x81\x01\x01"))
	want := &applet.Error{Result: applet.Unsupported, Kind: 9, Transaction: transaction, Why: "there is no such command"}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseCommand(f *testing.F) {
	c := sign()
	b, err := c.Append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("\x01\x05\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := applet.ParseCommand(b)
		if err != nil {
			return
		}
		if again, err := c.Append(nil); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x becomes %x, %v", b, again, err)
		}
	})
}
