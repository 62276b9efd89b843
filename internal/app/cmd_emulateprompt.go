package app

import (
	"errors"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/emulator/mobiletoken"
)

// line of the phone's display.
func (e *env) shows(content string) error {
	c, err := mobiletoken.ParseContent(content)
	if err != nil {
		return err
	}
	if err := e.line(c.Bank + ": " + c.Kind); err != nil {
		return err
	}
	for _, l := range c.Lines {
		if err := e.line("  " + l[0] + ": " + l[1]); err != nil {
			return err
		}
	}
	return nil
}

// newest is what came last of what waits.
func newest(all []mobiletoken.Prompt, err error) (mobiletoken.Prompt, error) {
	if err == nil && len(all) == 0 {
		err = hinted{errors.New("nothing waits for an answer"), "The bank's application asks for it with challengeAuthentication."}
	}
	if err != nil {
		return mobiletoken.Prompt{}, err
	}
	last := all[0]
	for _, p := range all[1:] {
		if p.Created.After(last.Created) {
			last = p
		}
	}
	return last, nil
}

type phoneInboxCmd struct{ phoneFile }

// Run prints all that waits.
func (c phoneInboxCmd) Run(e *env) error {
	return c.token(e, func(a *mobiletoken.App, t *mobiletoken.Token) error {
		all, err := a.Line(t).Inbox(e.ctx)
		if err != nil {
			return err
		}
		for _, p := range all {
			if err := e.shows(p.Content); err != nil {
				return err
			}
		}
		return nil
	})
}

type phoneApproveCmd struct {
	phoneFile
	phonePIN

	Control string `help:"The two digits on the bank's page, where the phone asks for them."`
}

// Run approves the newest.
func (c phoneApproveCmd) Run(e *env) error {
	return c.token(e, func(a *mobiletoken.App, t *mobiletoken.Token) error {
		line := a.Line(t)
		p, err := newest(line.Inbox(e.ctx))
		if err != nil {
			return err
		}
		if err := e.shows(p.Content); err != nil {
			return err
		}
		out, err := line.Approve(e.ctx, p, c.PIN, c.Control)
		switch {
		case err != nil:
			return err
		case !out.Accepted:
			return errors.New("not accepted: the PIN or the digits were wrong")
		}
		return e.line(out.Status)
	})
}

type phoneRefuseCmd struct {
	phoneFile

	Report bool `help:"It was not you who asked."`
}

// Run refuses the newest.
func (c phoneRefuseCmd) Run(e *env) error {
	return c.token(e, func(a *mobiletoken.App, t *mobiletoken.Token) error {
		line := a.Line(t)
		p, err := newest(line.Inbox(e.ctx))
		if err != nil {
			return err
		}
		out, err := line.Refuse(e.ctx, p, c.Report)
		if err != nil {
			return err
		}
		return e.line(out.Status)
	})
}

type phonePictureCmd struct {
	phoneFile
	phonePIN
}

// Run reads a picture, without any connection.
func (c phonePictureCmd) Run(e *env) error {
	text, err := io.ReadAll(io.LimitReader(e.stdin, 8<<10))
	if err != nil {
		return err
	}
	return c.token(e, func(_ *mobiletoken.App, t *mobiletoken.Token) error {
		content, err := t.ReadPicture(strings.TrimSpace(string(text)))
		if err != nil {
			return err
		}
		if err := e.shows(content); err != nil {
			return err
		}
		code, err := t.Answer(c.PIN, content, "", e.now())
		if err != nil {
			return err
		}
		return e.line("answer " + code)
	})
}
