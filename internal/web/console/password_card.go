package console

import (
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// passwordCard is what a customer's page has about their password or PIN.
type passwordCard struct {
	Set       bool
	Badge     ui.Badge
	Created   time.Time
	Changed   time.Time
	Used      time.Time
	Forgotten string // addresses of acts; "" when not offered
	Demand    string
}

// addPassword looks at the password. Nobody sees it, here or elsewhere.
func (c *console) addPassword(v *visit, p *customerPage) error {
	e, found, err := c.Passwords.Of(v.ctx(), p.ID)
	rules := c.Policies.Active().Passwords()
	if err != nil || !found && len(rules) == 0 {
		return err
	}
	card := &passwordCard{Set: found, Created: e.Created, Changed: e.Changed, Used: e.Used}
	state := "none"
	switch {
	case found && len(rules) > 0 && e.Expired(rules[0].Secret, v.now):
		state = "due"
	case found:
		state = "good"
	}
	card.Badge = ui.Badge{Tone: map[string]ui.Tone{"due": ui.Warn, "good": ui.Good, "none": ui.Plain}[state], Text: v.t.T("console.status.password." + state)}
	at := customerPath(p.ID) + "/password/"
	if p.Status == customer.Active && len(rules) > 0 && v.s.Can(staff.PasswordReset) && (found || holds(p.Holdings, rules)) {
		card.Forgotten = at + "forgotten"
	}
	if p.Status != customer.Closed && state == "good" && v.s.Can(staff.PasswordDemand) {
		card.Demand = at + "demand"
	}
	p.Password = card
	return nil
}

// holds reports whether the customer has registered for one of the policies.
func holds(all []holding, rules []policy.Policy) bool {
	for _, h := range all {
		for _, p := range rules {
			if h.Policy == p.Code {
				return true
			}
		}
	}
	return false
}

// resetText is the effect of a reset that only holds for a method; "" for tokens.
func resetText(p policy.Policy) string {
	switch p.Method {
	case policy.MethodPasscode:
		return "console.do.reset.effect_texts"
	case policy.MethodPassword:
		return "console.do.reset.effect_password"
	case policy.MethodToken, policy.MethodMobile, policy.MethodApproval, policy.MethodPicture, policy.MethodMobileID:
	}
	return ""
}
