package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/countersign-auth/countersign/emulator/mobiletoken"
)

// phoneCmd is a phone with a mobile token, whose memory is a file.
type phoneCmd struct {
	Activate phoneActivateCmd `cmd:"" help:"Redeem an activation code: the key comes by DSKPP, and the first code is given."`
	Code     phoneCodeCmd     `cmd:"" help:"Print a secure code."`
	Inbox    phoneInboxCmd    `cmd:"" help:"Print what waits for an answer."`
	Approve  phoneApproveCmd  `cmd:"" help:"Approve what waits: print it, and answer."`
	Refuse   phoneRefuseCmd   `cmd:"" help:"Refuse what waits."`
	Picture  phonePictureCmd  `cmd:"" help:"Read a picture from standard input: print what it says, and the digits of the answer."`
	Tokens   phoneTokensCmd   `cmd:"" help:"List the customer's mobile tokens."`
}

// phoneFile is where a phone remembers.
type phoneFile struct {
	File string `default:"phone.json" placeholder:"FILE" help:"The phone's memory; it holds keys, under the PIN."`
}

// phonePIN is the PIN of a token.
type phonePIN struct {
	PIN string `required:"" env:"COUNTERSIGN_TEST_PIN" help:"PIN of the token. A wrong one gives wrong codes."`
}

// open reads the memory.
func (p phoneFile) open(e *env) (*mobiletoken.App, error) {
	a := &mobiletoken.App{HTTP: &http.Client{Timeout: 10 * time.Second}, Rand: e.rand, Now: e.now}
	b, err := os.ReadFile(p.File)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	return a, json.Unmarshal(b, &a.Storage)
}

func (p phoneFile) save(a *mobiletoken.App) error {
	b, err := json.Marshal(a.Storage)
	if err != nil {
		return err
	}
	return os.WriteFile(p.File, b, 0o600)
}

// token does something with the newest token of the phone.
func (p phoneFile) token(e *env, f func(*mobiletoken.App, *mobiletoken.Token) error) error {
	a, err := p.open(e)
	if err != nil {
		return err
	}
	n := len(a.Storage.Tokens)
	if n == 0 {
		return hinted{errors.New("there is no token on this phone"), "Redeem an activation code first: countersign emulate phone activate."}
	}
	return errors.Join(f(a, a.Storage.Tokens[n-1]), p.save(a))
}

type phoneActivateCmd struct {
	phoneFile
	phonePIN

	Server      string `required:"" help:"Address of the face for mobile tokens."`
	Application string `required:"" help:"Code of the application."`
	Model       string `default:"Emulated phone" help:"What the phone calls itself."`
	Typed       string `arg:"" name:"code" optional:"" help:"The activation code. Without it the first code is given once more, as after the comparison."`
}

// Run redeems the code. What is to be compared is printed.
func (c phoneActivateCmd) Run(e *env) error {
	a, err := c.open(e)
	if err != nil {
		return err
	}
	phone := mobiletoken.Phone{Model: c.Model, Platform: "emulator", AppVersion: Version, Locale: "en"}
	var t *mobiletoken.Token
	if c.Typed != "" {
		t, err = a.Activate(e.ctx, c.Server, c.Application, c.Typed, c.PIN, phone)
	} else if n := len(a.Storage.Tokens); n > 0 {
		t = a.Storage.Tokens[n-1]
		err = a.Confirm(e.ctx, t, c.PIN, phone)
	}
	switch {
	case t == nil && err == nil:
		return errors.New("give the activation code")
	case t == nil:
		return err
	}
	if mobiletoken.Is(err, "token.not_compared") {
		if err = e.comparison(t, c.PIN); err == nil {
			return c.save(a)
		}
	}
	if err = errors.Join(err, c.save(a)); err != nil {
		return err
	}
	return e.line("active, serial number " + t.Serial)
}

// comparison prints what a new phone shows.
func (e *env) comparison(t *mobiletoken.Token, pin string) error {
	digits, err := t.Comparison(pin)
	if err != nil {
		return err
	}
	return e.line("comparison code " + digits)
}

type phoneCodeCmd struct {
	phoneFile
	phonePIN
}

// Run prints the code of this moment.
func (c phoneCodeCmd) Run(e *env) error {
	return c.token(e, func(_ *mobiletoken.App, t *mobiletoken.Token) error {
		code, err := t.Code(c.PIN, e.now())
		if err != nil {
			return err
		}
		return e.line(code)
	})
}

type phoneTokensCmd struct{ phoneFile }

// Run lists the tokens, one a line.
func (c phoneTokensCmd) Run(e *env) error {
	return c.token(e, func(a *mobiletoken.App, t *mobiletoken.Token) error {
		all, err := a.Line(t).Tokens(e.ctx)
		if err != nil {
			return err
		}
		for _, x := range all {
			text := x.Serial + "  " + x.Status
			if x.This {
				text += "  this phone"
			}
			if err := e.line(text); err != nil {
				return err
			}
		}
		return nil
	})
}
