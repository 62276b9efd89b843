package console

import (
	"context"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Pushes says whether notifications reach phones, such as push.Desk.
type Pushes interface {
	On() bool
	Health(ctx context.Context, customer ident.ID) (map[ident.ID]push.Health, error)
}

// addPush says whether notifications reach the phone of a token, and why they do not
// (S-09, S-10): the app can be opened all the same.
func (c *console) addPush(v *visit, p *mobilePage) error {
	if c.Pushes == nil || !c.Pushes.On() || p.Status != mobiletoken.Active {
		return nil
	}
	all, err := c.Pushes.Health(v.ctx(), p.Customer)
	if err != nil {
		return err
	}
	h := all[p.ID]
	badge := ui.Badge{Tone: ui.Warn, Text: v.t.T("console.mobile.push.no")}
	if h.Works() {
		badge = ui.Badge{Tone: ui.Good, Text: v.t.T("console.mobile.push.yes")}
	}
	state := string(h.State)
	if h.State == push.Unbound {
		state = "unbound"
	}
	note := v.t.T("console.mobile.push.state." + state)
	if h.Reason != "" {
		note += " " + v.word("console.mobile.push.reason.", string(h.Reason))
	}
	p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.mobile.push.title"), Value: h.Service, Note: note, Badge: &badge})
	return nil
}
