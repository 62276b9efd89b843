package console

import (
	"context"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const simSendings, simEvents = 20, 20

type simPage struct {
	*visit
	simRow
	Acts     []offer
	Facts    []ui.Fact
	Sets     []ui.Fact
	Sendings []sendingRow
	Recent   []ui.Event
	Pager    ui.Pager
}

// sendingRow is a packet to a SIM.
type sendingRow struct {
	sim.Sending
	Badge ui.Badge
	Why   string
}

// readSIM finds the SIM in the address.
func (c *console) readSIM(v *visit) (simRow, error) {
	card, err := c.SIMs.Find(v.ctx(), v.r.PathValue("iccid"))
	return v.simRow(card), err
}

func (r simRow) subject() subject {
	return subject{object: "sim_card:" + r.ID.String(), page: r.Href, name: r.ICCID}
}

// simCard shows one SIM: its state, its key sets (never a key), and what was sent to it.
func (c *console) simCard(v *visit) error {
	x, err := c.readSIM(v)
	if err != nil {
		return err
	}
	p := simPage{visit: v, simRow: x, Facts: v.simFacts(x)}
	for _, a := range simActs() {
		if v.s.Can(staff.SIMManage) && a.may(x.State) {
			p.Acts = append(p.Acts, offer{Text: v.t.T("console.do." + a.key + ".short"), Href: x.Href + "/" + a.key, Icon: a.icon, Danger: a.danger})
		}
	}
	sets, err := c.SIMs.KeySets(v.ctx(), x.ID)
	if err != nil {
		return err
	}
	for _, k := range sets {
		p.Sets = append(p.Sets, ui.Fact{Name: v.t.T("console.sim.set", "n", strconv.Itoa(k.Number)), Value: simAlgorithm(k.Algorithm), Note: v.t.T("console.sim.counter", "n", strconv.FormatUint(k.Counter, 10))})
	}
	sendings, err := c.SIMs.Sendings(v.ctx(), x.ID, simSendings)
	if err != nil {
		return err
	}
	for _, s := range sendings {
		p.Sendings = append(p.Sendings, v.sendingRow(s))
	}
	p.Recent, p.Pager.Next, err = c.history(v, audit.Filter{Object: x.subject().object}, v.query("after"), simEvents)
	if err != nil {
		return err
	}
	p.Pager = v.pager(p.Pager.Next)
	return v.render("sim", x.ICCID, p)
}

// simAlgorithm is an algorithm of secured packets as people write it.
func simAlgorithm(s string) string {
	switch s {
	case "aes":
		return "AES"
	case "3des":
		return "3DES"
	}
	return s
}

func (v *visit) simFacts(x simRow) []ui.Fact {
	return []ui.Fact{
		{Name: "ICCID", Value: x.ICCID, Mono: true},
		{Name: v.t.T("console.mobile_id.number"), Value: dash(x.Number), Mono: true},
		{Name: v.t.T("console.sim.parts"), Value: strconv.Itoa(x.Parts)},
		{Name: v.t.T("console.sim.came"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.mobile.since"), Value: v.moment(x.Changed), Note: x.Reason},
	}
}

func (v *visit) sendingRow(s sim.Sending) sendingRow {
	tones := map[sim.State]ui.Tone{sim.Waiting: ui.Info, sim.Sent: ui.Info, sim.Delivered: ui.Info, sim.Acknowledged: ui.Info, sim.Answered: ui.Good, sim.Failed: ui.Bad, sim.Expired: ui.Warn}
	return sendingRow{Sending: s, Badge: ui.Badge{Tone: tones[s.State], Text: v.t.T("console.sim.sending." + string(s.State))}, Why: s.Reason}
}

// simAct is an act on a SIM. Its key is the last part of its address, and of its texts.
type simAct struct {
	key           string
	icon          string
	danger, final bool
	may           func(sim.CardState) bool
	do            func(*sim.Desk, context.Context, audit.Actor, string, string) error
}

func simActs() []simAct {
	from := func(states ...sim.CardState) func(sim.CardState) bool {
		return func(s sim.CardState) bool {
			for _, x := range states {
				if x == s {
					return true
				}
			}
			return false
		}
	}
	return []simAct{
		{key: "suspend-sim", icon: "ban", danger: true, may: from(sim.Active), do: (*sim.Desk).Suspend},
		{key: "resume-sim", icon: "power", may: from(sim.Suspended), do: (*sim.Desk).Resume},
		{key: "retire-sim", icon: "trash-2", danger: true, final: true, may: from(sim.Stock, sim.Active, sim.Suspended), do: (*sim.Desk).Retire},
	}
}

// simForm says what an act will do.
func (c *console) simForm(a simAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readSIM(v)
		if err != nil {
			return err
		}
		p := v.act(a.key, x.ICCID, x.Href)
		p.Facts = []ui.Fact{{Name: "ICCID", Value: x.ICCID, Mono: true, Badge: &x.Badge}, {Name: v.t.T("console.mobile_id.number"), Value: dash(x.Number), Mono: true}}
		p.Reason, p.Final = "required", a.final
		return v.showAct(p)
	}
}

// doSIM carries an act out.
func (c *console) doSIM(a simAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readSIM(v)
		if err != nil {
			return err
		}
		v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
		if a.final && v.form.Value("sure") == "" {
			v.form.Fail("sure", v.t.T("console.do.not_sure"))
		}
		if !v.form.OK() {
			return c.simForm(a)(v)
		}
		if err := a.do(c.SIMs, v.ctx(), v.s.Actor(), x.ICCID, v.form.Value("reason")); err != nil {
			return c.refused(v, x.subject(), err, c.simForm(a))
		}
		return v.done(x.Href, "console.do."+a.key+".done", "name", x.ICCID)
	}
}
