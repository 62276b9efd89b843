package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// eyesFacts says which acts need two people.
func (v *visit) eyesFacts(f policy.FourEyes) (facts []ui.Fact) {
	for _, act := range policy.Acts() {
		badge := ui.Badge{Tone: ui.Plain, Text: v.t.T("console.policy.one_person")}
		if f.Needs(act) {
			badge = ui.Badge{Tone: ui.Good, Text: v.t.T("console.policy.two_people")}
		}
		facts = append(facts, ui.Fact{Name: v.word("console.proposal.act.", string(act)), Badge: &badge})
	}
	return append(facts, ui.Fact{Name: v.t.T("console.policy.proposal_life"), Value: v.t.Span(f.Valid)})
}

// identifyFacts says how callers are identified, and how often unlock codes are
// given out.
func (v *visit) identifyFacts(set *policy.Set) []ui.Fact {
	i := set.Identification
	attempts, note := v.rule(i.Attempts)
	unlock, unlockNote := v.rule(set.Unlock.Requests)
	questions := make([]string, len(i.Questions))
	for k, q := range i.Questions {
		if questions[k] = q.Text[v.t.Lang()]; questions[k] == "" {
			questions[k] = q.Text["en"]
		}
	}
	return []ui.Fact{
		{Name: v.t.T("console.policy.identify_needed"), Value: v.t.T("console.policy.identify_of", "needed", strconv.Itoa(i.Needed), "all", strconv.Itoa(len(i.Questions))), Note: strings.Join(questions, " · ")},
		{Name: v.t.T("console.policy.identify_valid"), Value: v.t.Span(i.Valid)},
		{Name: v.t.T("console.policy.identify_attempts"), Value: attempts, Note: note},
		{Name: v.t.T("console.policy.unlock_requests"), Value: unlock, Note: unlockNote},
	}
}

// resyncFact says how a token is brought back into step.
func (v *visit) resyncFact(r policy.Resync) ui.Fact {
	by := []string{}
	if r.Clock {
		by = append(by, v.t.T("console.policy.resync_clock"))
	}
	if r.Counter {
		by = append(by, v.t.T("console.policy.resync_counter"))
	}
	return ui.Fact{
		Name: v.t.T("console.policy.resync"), Note: strings.Join(by, " · "),
		Value: v.t.T("console.policy.resync_text", "self", strconv.Itoa(r.SelfService), "desk", strconv.Itoa(r.HelpDesk)),
	}
}

// profileCard says what is typed into tokens that sign by a profile.
func (v *visit) profileCard(p payment.Profile) policyCard {
	fields := func(all []payment.Field) string {
		names := make([]string, len(all))
		for i, f := range all {
			names[i] = v.word("console.policy.field.", string(f))
		}
		if len(names) == 0 {
			return "–"
		}
		return strings.Join(names, ", ")
	}
	facts := []ui.Fact{
		{Name: v.t.T("console.policy.keypad"), Value: v.word("console.policy.keypads.", string(p.Keypad)), Note: v.t.T("console.policy.keypad_note", "n", strconv.Itoa(p.Length))},
		{Name: v.t.T("console.policy.single"), Value: fields(p.Single)},
		{Name: v.t.T("console.policy.batch"), Value: fields(p.Batch)},
	}
	if fixed := strings.TrimSpace(strings.Join([]string{string(p.Currency), string(p.Scheme), p.Country}, " ")); fixed != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.policy.fixed"), Value: fixed})
	}
	return policyCard{p.Code, "", facts}
}
