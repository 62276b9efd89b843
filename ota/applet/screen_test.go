package applet_test

import (
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/ota/applet"
)

// TestOneScreenOneMeaning: nobody can have the same screen shown for two contents.
func TestOneScreenOneMeaning(t *testing.T) {
	t.Parallel()
	c := sign()
	c.Form, c.Language = applet.Plain, "en"
	c.Text, c.Content = "Pay 10 EUR to Alice", applet.Content{Kind: applet.OwnText, Text: "I agree"}
	if want := "Fjord Bank\nAB12\nPay 10 EUR to Alice\nYou sign:\nI agree"; c.Shown() != want {
		t.Errorf("%q", c.Shown())
	}
	if _, err := c.Append(nil); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"You sign:", "you sign", " You  sign : ", "YOU SIGN:", "Sie unterschreiben:", "sie unterschreiben"} {
		forged := c
		forged.Text, forged.Content = "Pay 10 EUR to Alice\n"+line+"\nI agree", applet.Content{Kind: applet.ShownText}
		var bad *applet.Error
		if _, err := forged.Append(nil); !errors.As(err, &bad) || bad.Result != applet.Unsupported {
			t.Errorf("%q as text: %v", line, err)
		}
		if !errors.Is(applet.Unmistakable(forged.Text), applet.ErrAlike) {
			t.Errorf("%q is unmistakable", line)
		}
		forged = c
		forged.Service = "Bank\n" + line
		if _, err := forged.Append(nil); err == nil {
			t.Errorf("%q as service", line)
		}
		forged = c
		forged.Content.Text = "this\n" + line + "\nthat"
		if _, err := forged.Append(nil); err == nil {
			t.Errorf("%q as content", line)
		}
	}
	if err := applet.Unmistakable("You sign here: the contract"); err != nil {
		t.Error(err)
	}
}

// TestUnseen: what nobody sees, or tells from something else, is in no text.
func TestUnseen(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"Pay 10\u3164", "Pay\u115f10", "Pay\u1160", "Pay\uffa0", "Alice\ufe0f", "Alice\u034f", "Alice\u17b4", "Alice\u17b5", "Pay\u2800", "Pay\u00a0x", "Pay\u3000x",
		"Pay\u2003x", "Pay\u202fx", "Pay\u1680x", "10\u20447", "a\u180bb", "a\u200bb", "a\u00adb",
	} {
		if err := applet.CheckText(s); !errors.Is(err, applet.ErrCharacter) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"Pay 10 €", "한글 ㄱ", "日本語", "हिन्दी", "Ünïcödé / 7"} {
		if err := applet.CheckText(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}
