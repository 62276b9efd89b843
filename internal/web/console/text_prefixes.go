package console

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mostPrefixes is how many prefixes the list has.
const mostPrefixes = 100

type prefixesView struct {
	*visit
	Rows   []prefixRow
	Alarm  int // percent below which there is an alarm
	CutOff int // percent below which nothing more is sent
	Least  int // codes below which nothing is concluded
}

type prefixRow struct {
	sms.Prefix
	Known bool // codes of it can be judged
	Share ui.Meter
	Badge ui.Badge
	Until time.Time // of the cut-off
	Lift  string    // address of the act; "" when it is not offered
}

// prefixes shows which share of the codes comes back, by the beginning of the numbers:
// who earns from texts never gives their codes back.
func (c *console) prefixes(v *visit) error {
	rule := c.Policies.Active().SMS.Conversion
	p := prefixesView{visit: v, Alarm: rule.Alarm, CutOff: rule.CutOff, Least: rule.Sent}
	all, err := c.Texts.Prefixes(v.ctx(), mostPrefixes)
	if err != nil {
		return err
	}
	alarms, err := c.Texts.Alarms(v.ctx())
	if err != nil {
		return err
	}
	for _, a := range alarms { // one that is older than the figures
		if !contains(all, a.Prefix) {
			all = append(all, sms.Prefix{Prefix: a.Prefix})
		}
	}
	for _, x := range all {
		p.Rows = append(p.Rows, v.prefixRow(x, alarms, rule.Alarm))
	}
	return v.render("prefixes", v.t.T("console.prefix.title"), p)
}

func contains(all []sms.Prefix, prefix string) bool {
	for _, x := range all {
		if x.Prefix == prefix {
			return true
		}
	}
	return false
}

func (v *visit) prefixRow(x sms.Prefix, alarms []sms.Alarm, alarm int) prefixRow {
	const all = 100
	row := prefixRow{Prefix: x, Badge: ui.Badge{Tone: ui.Good, Text: v.t.T("console.prefix.open")}}
	percent, known := x.Percent()
	if row.Known = known; known {
		row.Share = ui.Meter{Label: v.t.T("console.prefix.share"), Value: percent, Max: all, Tone: ui.Good, Text: v.t.T("console.prefix.percent", "n", percent)}
		if percent < alarm {
			row.Share.Tone = ui.Warn
		}
	}
	for _, a := range alarms {
		switch {
		case a.Prefix != x.Prefix:
		case a.CutOff:
			row.Badge, row.Until = ui.Badge{Tone: ui.Bad, Text: v.t.T("console.prefix.cut_off")}, a.Until
			if v.s.Can(staff.TextLift) {
				row.Lift = "/texts/prefixes/" + strings.TrimPrefix(x.Prefix, "+") + "/lift"
			}
		case row.Until.IsZero():
			row.Badge = ui.Badge{Tone: ui.Warn, Text: v.t.T("console.prefix.alarm")}
		}
	}
	return row
}

// cutOffs counts the prefixes that nothing is sent to.
func (c *console) cutOffs(v *visit) (n int, err error) {
	alarms, err := c.Texts.Alarms(v.ctx())
	for _, a := range alarms {
		if a.CutOff {
			n++
		}
	}
	return n, err
}

// cutOff finds the cut-off in the address.
func (c *console) cutOff(v *visit) (sms.Alarm, error) {
	alarms, err := c.Texts.Alarms(v.ctx())
	if err != nil {
		return sms.Alarm{}, err
	}
	for _, a := range alarms {
		if a.CutOff && a.Prefix == "+"+v.r.PathValue("prefix") {
			return a, nil
		}
	}
	return sms.Alarm{}, fault.Conflictf("sms.not_cut_off", "The prefix is not cut off: look at the list again.")
}

func prefixSubject(v *visit) subject {
	return subject{page: "/texts/prefixes", name: v.t.T("console.prefix.title")}
}

// liftForm says what lifting a cut-off does.
func (c *console) liftForm(v *visit) error {
	a, err := c.cutOff(v)
	if err != nil {
		return c.barred(v, prefixSubject(v), err)
	}
	p := v.act("lift", v.t.T("console.prefix.title"), "/texts/prefixes")
	p.Facts = []ui.Fact{
		{Name: v.t.T("console.prefix.one"), Value: a.Prefix, Mono: true},
		{Name: v.t.T("console.prefix.since"), Value: v.moment(a.Began), Note: v.t.T("console.prefix.until", "time", v.t.Time(a.Until))},
		{Name: v.t.T("console.prefix.came_back"), Value: v.t.T("console.prefix.of", "right", v.t.Number(a.Right), "sent", v.t.Number(a.Sent))},
	}
	return v.showAct(p)
}

// liftCutOff has codes sent to the prefix again.
func (c *console) liftCutOff(v *visit) error {
	a, err := c.cutOff(v)
	if err != nil {
		return c.barred(v, prefixSubject(v), err)
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.liftForm(v)
	}
	if err := c.Texts.Lift(v.ctx(), v.s.Actor(), a.Prefix, v.form.Value("reason")); err != nil {
		return c.refused(v, prefixSubject(v), err, c.liftForm)
	}
	return v.done("/texts/prefixes", "console.do.lift.done", "prefix", a.Prefix)
}
