package simcard

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/ota/applet"
)

// obey does what a command says, whose packet was authentic and whose counter is stored.
func (c *Card) obey(o origin, data []byte) {
	cmd, err := applet.ParseCommand(data)
	if e, bad := errors.AsType[*applet.Error](err); bad {
		c.answer(o, &applet.Command{Kind: e.Kind, Transaction: e.Transaction}, applet.Answer{Result: e.Result, Tries: -1})
		return
	}
	if a, now := c.immediate(&cmd); now {
		c.answer(o, &cmd, a)
		return
	}
	c.begin(o, &cmd)
}

// immediate answers what needs no person; now is false when it does.
func (c *Card) immediate(cmd *applet.Command) (a applet.Answer, now bool) {
	a.Tries = -1
	switch {
	case cmd.Kind == applet.Status:
		a.Card = c.status()
		return a, true
	case cmd.Kind == applet.Cancel:
		c.withdraw(cmd.Transaction)
		return a, true
	case cmd.Kind == applet.Show && !cmd.Acknowledge:
		c.keep(cmd)
		return a, true
	case c.d != nil:
		a.Result = applet.Busy
		return a, true
	case cmd.Kind == applet.Show:
		return a, false
	}
	a.Result, a.Tries = c.unable(cmd)
	if a.Result == applet.Done && cmd.Kind == applet.Erase {
		return c.erase(cmd.Role), true
	}
	return a, a.Result != applet.Done
}

// unable says why a command about a key cannot be obeyed; Done when it can.
func (c *Card) unable(cmd *applet.Command) (r applet.Result, tries int) {
	s := c.m.slot(cmd.Role)
	switch {
	case cmd.Kind == applet.Generate && s.Algorithm != 0:
		return applet.KeyExists, -1
	case cmd.Kind == applet.Generate && !applet.GoodRequest(cmd.Algorithm, cmd.Head, cmd.Tail, cmd.Nonce):
		return applet.Unsupported, -1
	case cmd.Kind == applet.Generate:
		return applet.Done, -1
	case s.Algorithm == 0:
		return applet.NoKey, -1
	case cmd.Kind == applet.Sign && s.Tries == 0:
		return applet.PINBlocked, 0
	case cmd.Kind == applet.Unblock && c.m.PUK.Tries == 0:
		return applet.PUKBlocked, -1
	}
	return applet.Done, -1
}

// erase forgets a key.
func (c *Card) erase(r applet.Role) applet.Answer {
	*c.m.slot(r) = Slot{}
	return applet.Answer{Tries: -1}
}

// withdraw takes a request off the screen. It is answered no more.
func (c *Card) withdraw(t applet.Transaction) {
	if c.d != nil && c.d.cmd.Transaction == t {
		c.say(wordWithdrawn, c.d.cmd.Language)
		c.d = nil
	}
}

// defaultPatience is how long a person has when the server does not say.
const defaultPatience = 2 * time.Minute

// begin tells the server that the person is asked, and asks.
func (c *Card) begin(o origin, cmd *applet.Command) {
	patience := defaultPatience
	if cmd.Seconds > 0 {
		patience = time.Duration(cmd.Seconds) * time.Second
	}
	d := &dialog{origin: o, cmd: *cmd, step: consent, deadline: c.cfg.Now().Add(patience)}
	if cmd.Control == applet.ChosenControl {
		codes, err := choices(c.cfg.Rand, cmd.ControlCode())
		if err != nil {
			return // without randomness there is no card
		}
		d.choices = codes
	}
	if cmd.Kind == applet.Show {
		d.step = message
	}
	c.d, c.notice = d, ""
	c.serial++
	c.more(o)
}

// end answers the dialog and leaves a notice on the screen.
func (c *Card) end(a applet.Answer, w word) {
	d := c.d
	c.say(w, d.cmd.Language)
	c.d = nil
	c.answer(d.origin, &d.cmd, a)
}

func (c *Card) say(w word, language string) {
	c.notice, c.language = w.in(language), language
	c.serial++
}

// answer stores the memory and sends the answer to a command.
func (c *Card) answer(o origin, cmd *applet.Command, a applet.Answer) {
	a.Kind, a.Transaction = cmd.Kind, cmd.Transaction
	if c.save() {
		c.reply(o, a.Append(nil))
	}
}
