package console

import (
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/oath"
)

type unlockPage struct {
	actPage
	Digits int // of the challenge; 0 when not known
}

// unlockForm asks for the challenge that a locked token shows (F-4.4).
func (c *console) unlockForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	if !unlockable(x, v) {
		return c.overtaken(v, x.subject(), notUnlockable(x))
	}
	i, ok, err := c.warrant(v, x.Device.Customer)
	if err != nil || !ok {
		return err
	}
	p := unlockPage{actPage: v.tokenAct("unlock", x)}
	p.Identified = v.standingOf(i)
	if suite, err := oath.ParseSuite(unlockKey(x).Suite); err == nil {
		p.Digits = suite.QuestionMax
	}
	return v.narrow("unlock", p.Title(), p)
}

func notUnlockable(x tokenTarget) *fault.Error {
	if x.Device.Status == device.Active && unlockKey(x) == nil {
		return fault.Conflictf("token.no_unlock_key", "No key came with this token to unlock it: replace it.")
	}
	return fault.Conflictf("token.state", "This token is %s: nothing can be done with it unless it is active.", x.Device.Status)
}

type unlockedPage struct {
	*visit
	Serial, Back string
	Code         string
	Facts        []ui.Fact
	Blocked      []blockedHolding
}

// blockedHolding is an authenticator that the customer cannot use, unlocked token
// or not.
type blockedHolding struct{ Name, Reset string }

// unlock gives the unlock code for a challenge. It is in this answer and nowhere
// else: the challenge gets no second one, so whoever reloads the page is refused.
func (c *console) unlock(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "challenge", v.t.T("console.do.unlock.challenge"))
	if !v.form.OK() {
		return c.unlockForm(v)
	}
	target, why, err := c.ordered(v, x)
	if err != nil {
		return err
	}
	code, err := c.Upkeep.Unlock(v.ctx(), v.s.Actor(), why, token.Unlock{Target: target, Challenge: v.form.Value("challenge")})
	if err != nil {
		return c.refused(v, x.subject(), err, c.unlockForm)
	}
	p := unlockedPage{visit: v, Serial: x.Device.Serial, Back: x.path(), Code: code.Reveal(), Facts: v.targetFacts(x)}
	if p.Blocked, err = c.blockedHoldings(v, x); err != nil {
		return err
	}
	return v.render("unlocked", v.t.T("console.do.unlock.code"), p)
}

// blockedHoldings lists what the customer's failures have blocked beside: the token
// locks itself, the server counts for itself.
func (c *console) blockedHoldings(v *visit, x tokenTarget) (all []blockedHolding, err error) {
	held, err := c.Authenticators.Of(v.ctx(), x.Device.Customer)
	for _, h := range held {
		if p, known := c.Policies.Active().Policy(h.Policy); !known || p.Method != policy.MethodToken || !h.Failures.Blocked(v.now) {
			continue
		}
		b := blockedHolding{Name: h.Name}
		if v.s.Can(staff.AuthenticatorReset) {
			b.Reset = customerPath(x.Device.Customer) + "/authenticators/" + h.Policy + "/reset"
		}
		all = append(all, b)
	}
	return all, err
}
