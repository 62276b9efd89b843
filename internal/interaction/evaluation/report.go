package evaluation

import (
	"fmt"
	"io"
	"strconv"

	"github.com/countersign-auth/countersign/emulator/household"
)

// Markdown writes the report; the plots lie beside it under their names in Plots.
func (r Results) Markdown(w io.Writer) error {
	p := &printer{w: w}
	p.f("# Evaluation of device interactions\n\n")
	p.f("Written by `countersign interaction evaluate`. %d people of seed %d fix the thresholds by their own requests, before any attack is drawn; %d others of seed %d are reported, with their attackers. ", r.People, r.Tuning, r.People, r.Test)
	p.f("All people, homes and attackers are made up, and what is assumed of them is in package `emulator/household`: the numbers compare methods with each other and promise nothing about a bank. ")
	p.f("A pattern is a signal beside a possession factor, and never the second factor.\n\n")
	p.f("*Accepted* means a sum at or above the threshold %.2f, at which %.2f %% of the tuning seed's customers are not accepted: they are asked for more, and nobody is turned away for that alone. ", r.Accept, 100*aimReject)
	p.f("*Denied* is below %.2f. Intervals hold nineteen of twenty values when people are drawn again. The baseline (*set*) is the pattern as a set: devices and places that recur on two of eight same weekdays in one of five periods.\n\n", r.Deny)
	r.goals(p)
	r.attacks(p)
	r.ages(p)
	r.subgroups(p)
	r.threeWays(p)
	r.recoveries(p)
	r.poisoned(p)
	r.other(p)
	bounds(p)
	return p.err
}

func (r Results) goals(p *printer) {
	p.f("## Goals\n\n| goal | at most | result | interval, or where | |\n|---|---|---|---|---|\n")
	for _, g := range r.Goals() {
		p.f("| %s | %g %s | %s | %s | **%s** |\n", g.Text, g.Bound, g.Unit, g, g.Note, map[bool]string{true: "met", false: "not met"}[g.Met()])
	}
	p.f("\n")
}

// pooled are the three rates of rejected customers that attacks are reported at.
func (r Results) pooled() [3][2]float64 {
	return [3][2]float64{{r.Half, r.SetHalf}, {r.One, r.SetOne}, {r.Accept, r.Set}}
}

func (r Results) attacks(p *printer) {
	p.f("## Attacks, from day 7 on\n\nShare of attacks that are accepted, in percent, at thresholds that reject 0.5, 1 and %.2f %% of the tuning seed's customers.\n\n", 100*aimReject)
	p.f("| attack | tries | judge: 0.5 %% | 1 %% | %.2f %% | without the amount | set: %.2f %% | EER judge, set | area judge, set |\n|---|---|---|---|---|---|---|---|---|\n", 100*aimReject, 100*aimReject)
	for _, kind := range household.Attacks() {
		w, at := Attacked(kind, From()), r.pooled()
		a, b, c := Accepted(r.TestEvents, Judge(), w, at[0][0]), Accepted(r.TestEvents, Judge(), w, at[1][0]), Accepted(r.TestEvents, Judge(), w, at[2][0])
		d := Accepted(r.TestEvents, Set(), w, at[2][1])
		plain := Accepted(r.TestEvents, Plain(), w, r.Plain)
		e, area := Error(r.TestEvents, Judge(), kind, From())
		f, areaSet := Error(r.TestEvents, Set(), kind, From())
		p.f("| %s | %d | %.1f | %.1f | **%.2f** (%s) | %.2f | %.1f | %.1f, %.1f | %.3f, %.3f |\n", name(kind), c.Of, 100*a.Value, 100*b.Value, 100*c.Value, c.interval(), 100*plain.Value, 100*d.Value, 100*e, 100*f, area, areaSet)
	}
	p.f("\nThe judge knows the amount: attackers here ask for 200 in the middle, customers for 32. *Without the amount* it is left out, and a threshold of its own rejects as many customers: the better comparison with the set, and what an attacker finds who asks for little.\n")
	p.f("\n![Accepted attacks](interaction-evaluation/attacks.svg)\n\n")
}

// name says in words what an attack is.
func name(kind household.Attack) string {
	return string(kind) + map[household.Attack]string{
		household.Stolen: ", phone stolen", household.StolenBag: ", stolen with a bag", household.StolenAtHome: ", used in the home",
		household.Cloned: ", clone far away", household.ClonedPlace: ", clone, place faked", household.ClonedDevices: ", clone, place and identifiers faked",
		household.Insider: ", insider", household.Relayed: ", relay", household.Poisoned: ", place not poisoned", household.Replayed: ", old reports again", household.EnrolledBefore: ", new secondary",
	}[kind]
}

func (r Results) ages(p *printer) {
	p.f("## By how long a customer is known\n\nThe same thresholds for all. Percent; judge, and set in parentheses. A device counts after three days and a day is learned a day late, so on day 7 the judge knows three days; the baseline knows six.\n\n| days | customers not accepted |")
	kinds := []household.Attack{household.Stolen, household.StolenBag, household.StolenAtHome, household.Cloned, household.ClonedPlace, household.ClonedDevices, household.Relayed}
	for _, k := range kinds {
		p.f(" %s |", k)
	}
	p.f("\n|---|---|---|---|---|---|---|---|---|\n")
	for _, age := range allAges() {
		p.f("| %d–%d | %.1f (%.1f) |", age.From, age.To-1, 100*Rejected(r.TestEvents, Judge(), Honest(age), r.Accept).Value, 100*Rejected(r.TestEvents, Set(), Honest(age), r.Set).Value)
		for _, k := range kinds {
			w := Attacked(k, age)
			p.f(" %.1f (%.1f) |", 100*Accepted(r.TestEvents, Judge(), w, r.Accept).Value, 100*Accepted(r.TestEvents, Set(), w, r.Set).Value)
		}
		p.f("\n")
	}
	p.f("\nUsable from day %d on: from then on at most 2 %% of A1 are accepted and at most 6 %% of the customers are not. Before %d days with reports the product does not use the sum alone: thin data mean limits or a step-up.\n\n![By days known](interaction-evaluation/ages.svg)\n\n", r.usable(), r.Policy.ThinDays)
}

func (r Results) subgroups(p *printer) {
	p.f("## Customers by subgroup, from day 7 on\n\n| requests | number | not accepted | interval | denied | not accepted by the set |\n|---|---|---|---|---|---|\n")
	for g := range groups + 1 {
		w := Honest(From()).Of(g)
		a, b, c := Rejected(r.TestEvents, Judge(), w, r.Accept), r.denied(g), Rejected(r.TestEvents, Set(), w, r.Set)
		p.f("| %s | %d | %.1f | %s | %.2f | %.1f |\n", g, a.Of, 100*a.Value, a.interval(), 100*b.Value, 100*c.Value)
	}
	p.f("\nFirst visits and journeys bear most of it. A travel notice, which names days and a region, is what travelers can do; the others confirm with one more step. One terminal in fifty says a wrong place, and looks like a relay.\n\n")
}

func (r Results) threeWays(p *printer) {
	l := r.Policy.Limits.Amount
	p.f("## What becomes of requests\n\nWith the policy's threshold for *allow* (%.2f) and limit of %d.%02d. *Over* is limited, but for more than that: step-up. The last columns are what is lost by a thousand attacks, in thousands.\n\n", r.Policy.Allow, l/100, l%100)
	p.f("| | allow | limited | over | step-up | deny | lost: judge | set | neither |\n|---|---|---|---|---|---|---|---|---|\n")
	row := func(name string, w Wanted, loses bool) {
		o := r.outcomes(w)
		p.f("| %s |", name)
		for _, x := range o {
			p.f(" %.1f |", 100*x)
		}
		if a, b, c := r.loss(w); loses {
			p.f(" %.0f | %.0f | %.0f |\n", a, b, c)
			return
		}
		p.f(" | | |\n")
	}
	row("customers", Honest(From()), false)
	for _, kind := range household.Attacks() {
		row(name(kind), Attacked(kind, From()), true)
	}
	p.f("\nThe product comes with %.2f for limits and %.2f for deny: %.2f %% of these customers are not accepted and %.2f %% denied by it, and %.2f %% of A1 accepted.\n", r.Policy.Limit, r.Policy.Deny,
		100*Rejected(r.TestEvents, Judge(), Honest(From()), r.Policy.Limit).Value, 100*Rejected(r.TestEvents, Judge(), Honest(From()), r.Policy.Deny).Value, 100*Accepted(r.TestEvents, Judge(), Attacked(household.Stolen, From()), r.Policy.Limit).Value)
	brier, ece := r.Calibration.Quality(r.TestEvents, From())
	x := r.explained()
	p.f("\nAs a probability (fitted on seed %d with A1, A2a, A3a and A8, at even odds) the sum has a Brier score of %.3f and an expected calibration error of %.3f. ", r.Train, brier, ece)
	p.f("Of %d moments that are not simply allowed, %.2f %% are explained by at least one term.\n\n", x.Of, 100*x.Value)
}

func (r Results) recoveries(p *printer) {
	if len(r.Recovery) == 0 {
		return
	}
	p.f("## After a change\n\nOther people, whose lives all change in the sixth week. Percent of requests not accepted, over three days each; recovered is the first day whose week is at most %.0f points above the two weeks before. The last column is the last day whose three days are further above than that; a window of three days varies by about a point by chance alone.\n\n| change | before | day 0 | 1 | 3 | 7 | 14 | 20 | recovered on day | three days, last above |\n|---|---|---|---|---|---|---|---|---|---|\n", 100*tolerance)
	for _, x := range r.Recovery {
		p.f("| %s | %.1f |", x.Name, 100*x.Before.Value)
		for _, d := range []int{0, 1, 3, 7, 14, 20} {
			p.f(" %.1f |", 100*x.After[d].Value)
		}
		p.f(" %d | %s |\n", x.Days, map[bool]string{true: strconv.Itoa(x.Above), false: "never"}[x.Above >= 0])
	}
	p.f("\n![After a change](interaction-evaluation/recovery.svg)\n\n")
}

func (r Results) poisoned(p *printer) {
	if len(r.Poison) == 0 {
		return
	}
	p.f("## Slow poisoning (A6)\n\nFor some days, an hour a day, somebody with the phone's credentials reports the place of the attack, and nobody disputes it. The epochs of the envelope tell a clone; malware on the phone itself they do not.\n\n| days of effort | accepted | interval | allowed without limits | accepted by the set |\n|---|---|---|---|---|\n")
	for _, d := range r.Poison {
		p.f("| %d | %.1f | %s | %.1f | %.1f |\n", d.Days, 100*d.Accepted.Value, d.Accepted.interval(), 100*d.Allowed.Value, 100*d.Sets.Value)
	}
	p.f("\nA place becomes known by being visited: whoever can do that for days gains the zone of limits, and no more, since no device of the customer proves itself there.\n\n")
}

func (r Results) other(p *printer) {
	p.f("## Size\n\nA pattern after %d days takes %d octets on average, %d at most. What an update and a score cost is measured by the benchmarks of `internal/interaction/pattern` and `internal/interaction/judge`.\n\n", days, r.Cost.Mean, r.Cost.Most)
}

// bounds says what the pattern cannot do.
func bounds(p *printer) {
	p.f("## What the pattern cannot do, and what bounds it\n\n| attack | other control |\n|---|---|\n")
	p.f("| A4, insider in the same rooms | verification of the user above an amount, the limits, notices to the customer |\n")
	p.f("| A2b, used in the home | what is worn is missing where somebody wears something; limits; the customer reports the phone |\n")
	p.f("| A3b, A3c, faked place and identifiers | without a device that proves itself the outcome is limited at best; forks of epoch and sequence tell the clone |\n")
	p.f("| A5, relay | the place of the access device against that of the phone; where a terminal says no place nothing is told |\n")
	p.f("| A6, poisoning | learning is late and can be disputed; devices are in quarantine; the zone of limits |\n")
	p.f("| A7, old reports | the replay window refuses them; what is old is never recent |\n")
	p.f("| A8, new secondary | quarantine, and a notice to the customer |\n")
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
