package console

import (
	"cmp"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// tone is what a state means, whatever it is a state of.
func tone(state string) ui.Tone {
	switch state {
	case "active", "valid", "done", "enabled", "ready", "executed":
		return ui.Good
	case "suspended", "invited", "expired", "running", "cooling", "open", "withdrawn":
		return ui.Warn
	case "blocked", "disabled", "held", "failed", "lost", "rejected":
		return ui.Bad
	case "approved":
		return ui.Info
	}
	return ui.Plain
}

// badge says a state in a word of the group, such as "console.status.customer".
func (v *visit) badge(group, state string) ui.Badge {
	return ui.Badge{Tone: tone(state), Text: v.t.T(group + "." + state)}
}

// deviceBadge is a device's state; expiry, which no row says, included.
func (v *visit) deviceBadge(d device.Device) ui.Badge {
	state := string(d.Status)
	if d.Ending() && d.Expired(v.now) {
		state = "expired"
	}
	return v.badge("console.status.device", state)
}

// codeBadge is an activation code's state.
func (v *visit) codeBadge(code registration.Code) ui.Badge {
	return v.badge("console.status.code", code.State(v.now))
}

// memberBadge is a colleague's state; a block by failures included.
func (v *visit) memberBadge(m staff.Member) ui.Badge {
	state := string(m.Status)
	if m.Status == staff.Active && m.Failures.Blocked(v.now) {
		state = "blocked"
	}
	return v.badge("console.status.member", state)
}

// holding is an authenticator in words: failures of threshold, what that means,
// when a block ends, and what comes with the next ones.
type holding struct {
	authenticator.Holding
	Badge   ui.Badge
	Meter   ui.Meter
	Note    string
	Warning string
}

func (v *visit) holding(a authenticator.Holding) holding {
	h := holding{Holding: a}
	h.Badge, h.Note = v.standing(a.Authenticator)
	if a.Threshold == 0 {
		return h
	}
	used := a.Threshold - a.Failures.Left(limit.Rule{Max: a.Threshold}, v.now)
	h.Meter = ui.Meter{Label: v.t.T("console.holding.failures"), Value: used, Max: a.Threshold, Tone: pressure(used, a.Threshold)}
	h.Meter.Text = v.t.T("console.holding.of", "used", used, "max", a.Threshold)
	switch {
	case a.Outlook.Left == 0 || used == 0 && !a.Outlook.Permanent:
	case a.Outlook.Permanent:
		h.Warning = v.t.N("console.holding.left_permanent", a.Outlook.Left)
	default:
		h.Warning = v.t.N("console.holding.left", a.Outlook.Left)
	}
	return h
}

// standing says whether an authenticator may be tried.
func (v *visit) standing(a authenticator.Authenticator) (ui.Badge, string) {
	const group = "console.status.authenticator"
	switch {
	case a.Status == authenticator.Disabled:
		return v.badge(group, "disabled"), v.t.T("console.holding.disabled")
	case !a.Expires.IsZero() && v.now.After(a.Expires):
		return v.badge(group, "expired"), v.t.T("console.holding.expired", "date", v.t.Date(a.Expires))
	case a.Failures.Held():
		return v.badge(group, "held"), v.t.T("console.holding.held")
	case a.Failures.Blocked(v.now):
		until := a.Failures.BlockedUntil
		return v.badge(group, "cooling"), v.t.T("console.holding.cooling", "time", v.t.Time(until), "span", v.t.Span(until.Sub(v.now)))
	}
	return v.badge(group, "ready"), ""
}

// pressure is the tone of a counter.
func pressure(used, limit int) ui.Tone {
	switch {
	case used >= limit:
		return ui.Bad
	case used > 0:
		return ui.Warn
	}
	return ui.Good
}

// model is the name of a token model in the policies in force.
func modelName(set *policy.Set, code string) string {
	m, _ := set.Model(code)
	return cmp.Or(m.Name, code)
}

// day writes a date, or a dash for none.
func (v *visit) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.t.Date(t)
}

// moment writes a date with its time, or a dash for none.
func (v *visit) moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.t.Time(t)
}
