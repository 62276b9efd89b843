package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const recent = 6 // events in a short history

// Ages of a checkpoint, and sizes of the tail, at which the page asks to look.
const (
	lateTail = 1000 // records; a sealer at work leaves about a second's
)

type homePage struct {
	*visit
	Recent []ui.Event
	System []ui.Fact
	Stock  []tile
	Wait   int // proposals that wait for the member

	Waiting []matter // what else waits
}

// tile is a figure with a link.
type tile struct {
	Name, Href, Icon string
	N                int64
}

// home is where work begins: the search, what one did last, and the system.
func (c *console) home(v *visit) error {
	p := homePage{visit: v}
	var err error
	if p.Recent, _, err = c.history(v, audit.Filter{Actor: v.s.Actor()}, "", recent); err != nil {
		return err
	}
	for i := range p.Recent {
		p.Recent[i].Who = "" // oneself
	}
	n, err := c.waiting(v)
	if err != nil {
		return err
	}
	p.Wait = int(n)
	if p.Waiting, err = c.awaited(v); err != nil {
		return err
	}
	if v.s.Can(staff.SystemRead) {
		if p.System, err = c.system(v); err != nil {
			return err
		}
	}
	if v.s.Can(staff.TokenRead) {
		if p.Stock, err = c.tiles(v); err != nil {
			return err
		}
	}
	return v.render("home", v.t.T("console.home.title"), p)
}

// system says what is in force and how the log stands.
func (c *console) system(v *visit) ([]ui.Fact, error) {
	sealed, err := c.Audit.Checkpoint(v.ctx())
	if err != nil {
		return nil, err
	}
	tail, err := c.Audit.Unsealed(v.ctx())
	if err != nil {
		return nil, err
	}
	facts := []ui.Fact{
		{Name: v.t.T("console.system.policies"), Value: v.t.T("console.system.version", "n", strconv.FormatInt(c.Policies.Active().Version, 10))},
		{Name: v.t.T("console.system.log"), Value: v.t.T("console.system.records", "n", v.t.Number(sealed.Size))},
	}
	if !sealed.At.IsZero() {
		facts = append(facts, ui.Fact{Name: v.t.T("console.system.checkpoint"), Value: v.t.Time(sealed.At), Note: v.t.T("console.system.age", "span", v.t.Span(v.now.Sub(sealed.At)))})
	}
	state := ui.Badge{Tone: ui.Good, Text: v.t.T("console.system.sealing")}
	if tail > lateTail {
		state = ui.Badge{Tone: ui.Bad, Text: v.t.T("console.system.late")}
	}
	return append(facts, ui.Fact{Name: v.t.T("console.system.tail"), Value: v.t.Number(tail), Badge: &state}), nil
}

func (c *console) tiles(v *visit) ([]tile, error) {
	shelf, err := c.shelf(v.ctx())
	if err != nil {
		return nil, err
	}
	out := []tile{{Name: v.t.T("console.stock.all"), Href: "/tokens", Icon: "key-round", N: shelf.Total()}}
	for _, s := range device.Statuses() {
		out = append(out, tile{Name: v.t.T("console.status.device." + string(s)), Href: link("/tokens", "status", string(s)), Icon: stateIcon(s), N: shelf.Total(s)})
	}
	return out, nil
}

func stateIcon(s device.Status) string {
	switch s {
	case device.Stock:
		return "package"
	case device.Assigned:
		return "hourglass"
	case device.Active:
		return "circle-check"
	case device.Suspended:
		return "power"
	case device.Blocked, device.Lost, device.Retired:
		return "ban"
	}
	return "key-round"
}

// Name is who is greeted.
func (p homePage) Name() string { return p.s.Name }
