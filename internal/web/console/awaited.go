package console

import (
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// matter is something that waits for a decision, told on the first page.
type matter struct {
	Title, Text, Href, Icon string
	Tone                    ui.Tone
}

// awaited lists what waits for the visitor: risky events, closed channels, phones on hold, messages that could not be
// delivered, prefixes that are cut off.
func (c *console) awaited(v *visit) (all []matter, err error) {
	cases, err := c.casesWaiting(v)
	if err != nil {
		return nil, err
	}
	if cases > 0 {
		all = append(all, matter{v.t.N("console.home.cases", int(cases)), v.t.T("console.home.cases_text"), "/risk?order=highest", "shield-alert", ui.Warn})
	}
	closed, err := c.channelMatter(v)
	if err != nil {
		return nil, err
	}
	all = append(all, closed...)
	held, err := c.heldPhones(v)
	if err != nil {
		return nil, err
	}
	if held > 0 {
		all = append(all, matter{v.t.N("console.home.held", int(held)), v.t.T("console.home.held_text"), "/phones", "smartphone", ui.Warn})
	}
	dead, err := c.undeliveredCount(v)
	if err != nil {
		return nil, err
	}
	if dead > 0 {
		all = append(all, matter{v.t.N("console.home.dead", int(dead)), v.t.T("console.home.dead_text"), "/undelivered", "send", ui.Bad})
	}
	if !v.s.Can(staff.TextRead) {
		return all, nil
	}
	cut, err := c.cutOffs(v)
	if err != nil {
		return nil, err
	}
	if cut > 0 {
		all = append(all, matter{v.t.N("console.home.cut", cut), v.t.T("console.home.cut_text"), "/texts/prefixes", "globe", ui.Warn})
	}
	return all, nil
}
