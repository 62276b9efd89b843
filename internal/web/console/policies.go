package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type policiesView struct {
	*visit
	Version int64
	Set     setView
}

// setView is what a version says.
type setView struct {
	Policies []policyCard
	Journeys []journeyRow
	Models   []modelRow
	Register []ui.Fact
	Eyes     []ui.Fact
	Identify []ui.Fact
	Signing  []policyCard
	Apps     []policyCard
}

type policyCard struct {
	Name, Code string
	Facts      []ui.Fact
}

type journeyRow struct {
	Purpose, Channel, TTL string
	Ways                  []string
	SCA                   bool
}

type modelRow struct{ Name, Code, Match, PIN, Life, Serves string }

// policies shows what the security officer decided, as it is in force on this
// node.
func (c *console) policies(v *visit) error {
	set := c.Policies.Active()
	return v.render("policies", v.t.T("console.policy.title"), policiesView{v, set.Version, v.setView(set)})
}

func (v *visit) setView(set *policy.Set) setView {
	p := setView{Register: v.registrationFacts(set.Registration), Eyes: v.eyesFacts(set.FourEyes), Identify: v.identifyFacts(set)}
	for _, x := range set.Policies {
		p.Policies = append(p.Policies, policyCard{x.Name, x.Code, v.policyFacts(x)})
	}
	for _, x := range set.Signing {
		p.Signing = append(p.Signing, v.profileCard(x))
	}
	for _, x := range set.Applications {
		p.Apps = append(p.Apps, v.applicationCard(set, x))
	}
	for _, j := range set.Journeys {
		p.Journeys = append(p.Journeys, v.journeyRow(set, j))
	}
	for _, m := range set.Models {
		p.Models = append(p.Models, v.modelRow(set, m))
	}
	return p
}

// rule writes a counter's rule: "5 failures, then 15 minutes".
func (v *visit) rule(r limit.Rule) (text, note string) {
	text = v.t.T("console.policy.rule_hold", "max", strconv.Itoa(r.Max))
	if r.CoolDown > 0 {
		text = v.t.T("console.policy.rule", "max", strconv.Itoa(r.Max), "span", v.t.Span(r.CoolDown))
	}
	if r.MaxBlocks > 0 {
		note = v.t.N("console.policy.blocks", r.MaxBlocks)
	}
	return text, note
}

func (v *visit) policyFacts(p policy.Policy) []ui.Fact {
	text, note := v.rule(p.Failures)
	facts := []ui.Fact{
		{Name: v.t.T("console.policy.method"), Value: v.t.T("console.policy.methods." + string(p.Method)), Note: v.word("console.policy.use.", string(p.Use))},
		{Name: v.t.T("console.policy.failures"), Value: text, Note: note},
	}
	if p.Method == policy.MethodToken {
		facts = append(facts, v.codeFacts(p)...)
	}
	return append(facts, ui.Fact{Name: v.t.T("console.policy.valid"), Value: v.life(p.Valid)})
}

// codeFacts says how codes of tokens are searched and brought into step.
func (v *visit) codeFacts(p policy.Policy) []ui.Fact {
	n := strconv.Itoa
	return []ui.Fact{
		{Name: v.t.T("console.policy.events"), Value: v.t.T("console.policy.events_text", "window", n(p.Events.Window)), Note: v.t.T("console.policy.events_note", "first", n(p.Events.FirstUse), "resync", n(p.Events.Resync))},
		{Name: v.t.T("console.policy.time"), Value: v.t.T("console.policy.time_text", "skew", n(p.Time.Skew)), Note: v.t.T("console.policy.time_note", "first", n(p.Time.FirstUse), "resync", n(p.Time.Resync), "drift", n(p.Time.MaxDrift))},
		{Name: v.t.T("console.policy.challenge"), Value: v.t.T("console.policy.challenge_text", "length", n(p.Challenge.Length), "span", v.t.Span(p.Challenge.TTL)), Note: v.t.T("console.policy.challenge_note", "max", n(p.Challenge.Max))},
		v.resyncFact(p.Resync),
	}
}

// life writes a length of life; 0 is without end.
func (v *visit) life(d time.Duration) string {
	if d == 0 {
		return v.t.T("console.policy.endless")
	}
	return v.t.Span(d)
}

func (v *visit) journeyRow(set *policy.Set, j policy.Journey) journeyRow {
	row := journeyRow{Purpose: v.word("console.purpose.", j.Purpose), Channel: v.word("console.channel.", j.Channel), TTL: v.t.Span(j.TTL), SCA: j.SCA}
	for _, w := range j.All() {
		row.Ways = append(row.Ways, v.wayText(set, w))
	}
	return row
}

// wayText names the steps of a way in their order.
func (v *visit) wayText(set *policy.Set, w policy.Way) string {
	steps := make([]string, len(w.Steps))
	for i, step := range w.Steps {
		names := make([]string, len(step))
		for k, code := range step {
			names[k] = policyName(set, code)
		}
		steps[i] = strings.Join(names, " "+v.t.T("console.policy.or")+" ")
	}
	return strings.Join(steps, " → ")
}

// word is the text of a value, or the value itself where a bank made its own.
func (v *visit) word(group, value string) string {
	if v.t.Has(group + value) {
		return v.t.T(group + value)
	}
	return value
}

func (v *visit) modelRow(set *policy.Set, m policy.Model) modelRow {
	serves := make([]string, len(m.Policies))
	for i, code := range m.Policies {
		serves[i] = policyName(set, code)
	}
	pin := "none"
	switch {
	case m.DevicePIN:
		pin = "device"
	case m.ServerPIN != policy.PINNone:
		pin = string(m.ServerPIN)
	}
	match := strings.TrimSpace(m.Manufacturer + " " + m.Model)
	if match == "" {
		match = v.t.T("console.policy.any")
	}
	return modelRow{m.Name, m.Code, match, v.t.T("console.policy.pins." + pin), v.life(m.Life), strings.Join(serves, ", ")}
}

func (v *visit) registrationFacts(r policy.Registration) []ui.Fact {
	attempts, attemptsNote := v.rule(r.Attempts)
	tries, triesNote := v.rule(r.TokenTries)
	ways := "console.policy.one_way"
	if r.Split {
		ways = "console.policy.two_ways"
	}
	return []ui.Fact{
		{Name: v.t.T("console.policy.code"), Value: v.t.T("console.policy.code_text", "n", strconv.Itoa(r.CodeLength), "bits", strconv.Itoa(5*r.CodeLength)), Note: v.t.T(ways)}, //nolint:mnd // bits of a character
		{Name: v.t.T("console.policy.code_valid"), Value: v.t.Span(r.CodeValid), Note: v.t.N("console.policy.extend", r.MaxExtend)},
		{Name: v.t.T("console.policy.attempts"), Value: attempts, Note: attemptsNote},
		{Name: v.t.T("console.policy.tries"), Value: tries, Note: triesNote},
		{Name: v.t.T("console.policy.resume"), Value: v.t.Span(r.Resume)},
		{Name: v.t.T("console.policy.pin_length"), Value: strconv.Itoa(r.PINLength)},
	}
}
