package self

import (
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// endings says which tokens end soon, or have ended (SCA-63: reminders before
// expiry). Those that are out of use anyway are left out.
func endings(v *visit, all []tokenView) (said []ui.Notice) {
	for _, t := range all {
		if !t.item.Device.Ending() || t.Ends.IsZero() {
			continue
		}
		name := []any{"token", v.t.T("self.token.short", "name", t.Title, "end", t.End), "date", v.t.Date(t.Ends)}
		switch left := t.Ends.Sub(v.now); {
		case left < 0:
			said = append(said, ui.Notice{Tone: ui.Bad, Title: v.t.T("self.ends.token_over_title"), Text: v.t.T("self.ends.token_over", name...)})
		case left < soon:
			said = append(said, ui.Notice{Tone: ui.Warn, Title: v.t.T("self.ends.token_title", "span", v.t.Span(left)), Text: v.t.T("self.ends.token", name...)})
		}
	}
	return said
}

// standings says what the customer's policies stand in the way of: an end that is
// near, and blocks.
func standings(v *visit, held []authenticator.Holding) (said []ui.Notice) {
	for _, h := range held {
		if n, ok := standing(v, h); ok {
			said = append(said, n)
		}
	}
	return said
}

func standing(v *visit, h authenticator.Holding) (ui.Notice, bool) {
	say := func(tone ui.Tone, key string, until time.Time) (ui.Notice, bool) {
		when := ""
		if !until.IsZero() {
			when = v.t.Time(until)
		}
		return ui.Notice{Tone: tone, Title: h.Name, Text: v.t.T("self.ends."+key, "time", when)}, true
	}
	switch {
	case h.Status == authenticator.Disabled:
		return say(ui.Bad, "disabled", time.Time{})
	case h.Expired(v.now):
		return say(ui.Bad, "policy_over", h.Expires)
	case h.Failures.Held():
		return say(ui.Bad, "held", time.Time{})
	case h.Failures.Blocked(v.now):
		return say(ui.Warn, "blocked", h.Failures.BlockedUntil)
	case !h.Expires.IsZero() && h.Expires.Sub(v.now) < soon:
		return say(ui.Warn, "policy", h.Expires)
	}
	return ui.Notice{}, false
}
