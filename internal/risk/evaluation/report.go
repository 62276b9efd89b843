package evaluation

import (
	"fmt"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/population"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Options say what is evaluated.
type Options struct {
	Rules     score.Rules // nil: the models alone
	RulesName string      // for the report
	People    int         // of each seed; at least 50
	Tuning    uint64      // seed of the people by whom thresholds are chosen
	Test      uint64      // seed of the people who are reported
}

// Seeds of the committed report. The test seed was used for nothing before.
const (
	TuningSeed = 1
	TestSeed   = 20261122
)

// horizons are the numbers of logins after which rates are reported.
func horizons() [2]int { return [2]int{12, 39} }

// Results are the scored events of both seeds.
type Results struct {
	Options

	TuningEvents, TestEvents []Scored
}

// Run makes both peoples up and replays them.
func Run(o Options) Results {
	people := func(seed uint64) []Scored {
		return Replay(o.Rules, population.Make(population.Options{Seed: seed, People: o.People, Logins: 45, Days: 800, Start: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Tries: 4}))
	}
	return Results{o, people(o.Tuning), people(o.Test)}
}

// Goal is the outcome of the goal: at a catch rate of 0.98 of targeted attackers, after
// 12 logins.
type Goal struct {
	Caught float64 // of the test seed's targeted attackers
	All    Rate
	Groups []Compared
}

// Compared is a group of customers by all methods.
type Compared struct {
	Group                   string
	Engine, Address, Device Rate
}

// Met reports whether the goal is met: at most 0.17 as a median, and below both
// baselines in every group by the mean.
func (g Goal) Met() bool {
	met := g.All.Median <= 0.17
	for _, c := range g.Groups {
		met = met && c.Engine.Mean < c.Address.Mean && c.Engine.Mean < c.Device.Mean
	}
	return met
}

// Goal measures the goal.
func (r Results) Goal() (g Goal) {
	stops := Above(Threshold(r.TuningEvents, population.Targeted, 0.98))
	g.Caught, g.All = Caught(r.TestEvents, population.Targeted, stops), Again(r.TestEvents, 12, -1, stops)
	for n, name := range population.Groups() {
		g.Groups = append(g.Groups, Compared{name, Again(r.TestEvents, 12, n, stops), Again(r.TestEvents, 12, n, NewAddress), Again(r.TestEvents, 12, n, NewDevice)})
	}
	return g
}

// Markdown writes the report; the plots lie beside it under their names in Plots.
func (r Results) Markdown(w io.Writer) error {
	p := &printer{w: w}
	p.f("# Evaluation of the risk engine\n\n")
	p.f("Written by `countersign risk evaluate`: %d people of seed %d choose the thresholds, %d others of seed %d are reported. Rules: %s. ", r.People, r.Tuning, r.People, r.Test, r.RulesName)
	p.f("The people and their attackers are made up, and what is assumed of them is in package `internal/risk/population`: the numbers compare methods with each other and promise nothing about a bank. ")
	p.f("A customer's first login is always stepped up and is left out.\n\n")
	r.goal(p)
	r.rates(p)
	r.baselines(p)
	r.product(p)
	p.f("## What to make of it\n\n")
	p.f("- Very targeted attackers, who have the customer's line or cookie, are hardly told from the customer: at these catch rates nearly every login must be stepped up. Risk complements strong authentication and never replaces it.\n")
	p.f("- The baselines have no threshold. The new device catches nearly all who have no cookie, and that is all that it knows; the engine gives some of that up to leave customers alone who lost their cookie at home.\n")
	p.f("- Customers who log in less than monthly are stepped up most, by every method: half a year holds few of their logins.\n")
	p.f("- The shares that are left to the engine's attackers depend on the assumption that an attacker seldom has the customer's address or cookie. The published figures of real logins (TOPS 2022: 0.17 at the goal's point) are the better guess for a bank.\n")
	return p.err
}

func (r Results) goal(p *printer) {
	g := r.Goal()
	p.f("## Goal\n\nAt a catch rate of 0.98 of targeted attackers, after 12 logins: re-authentication in at most 17 of 100 logins of the median customer, and less than with both baselines in every group. **%s**: median %.3f, mean %.3f; caught %.4f.\n\n",
		map[bool]string{true: "Met", false: "Not met"}[g.Met()], g.All.Median, g.All.Mean, g.Caught)
	p.f("| group | customers | engine, mean (median) | address changed | new device |\n|---|---|---|---|---|\n")
	for _, c := range g.Groups {
		p.f("| %s | %d | %.3f (%.3f) | %.3f (%.3f) | %.3f (%.3f) |\n", c.Group, c.Engine.People, c.Engine.Mean, c.Engine.Median, c.Address.Mean, c.Address.Median, c.Device.Mean, c.Device.Median)
	}
	p.f("\n![Re-authentication by group](risk-evaluation/groups.svg)\n\n")
}

func (r Results) rates(p *printer) {
	p.f("## Rates by attacker and catch rate\n\nMean (median) share of logins that are stepped up. Caught is what the threshold of the tuning seed catches of the test seed.\n\n")
	p.f("| attacker | aimed at | caught | after 12 logins | after 39 logins |\n|---|---|---|---|---|\n")
	for _, kind := range population.Attackers() {
		for _, x := range Targets() {
			stops := Above(Threshold(r.TuningEvents, kind, x))
			a, b := Again(r.TestEvents, horizons()[0], -1, stops), Again(r.TestEvents, horizons()[1], -1, stops)
			p.f("| %s | %.3f | %.4f | %.3f (%.3f) | %.3f (%.3f) |\n", kind, x, Caught(r.TestEvents, kind, stops), a.Mean, a.Median, b.Mean, b.Median)
		}
	}
	p.f("\n![Re-authentication by number of logins](risk-evaluation/logins.svg)\n\n")
}

func (r Results) baselines(p *printer) {
	p.f("## Baselines, and the risk-score relation\n\n| attacker | caught by a changed address | caught by a new device | mean score of attackers over that of customers |\n|---|---|---|---|\n")
	for _, kind := range population.Attackers() {
		p.f("| %s | %.3f | %.3f | %.1f |\n", kind, Caught(r.TestEvents, kind, NewAddress), Caught(r.TestEvents, kind, NewDevice), RSR(r.TestEvents, kind))
	}
	a, b := Again(r.TestEvents, 12, -1, NewAddress), Again(r.TestEvents, 12, -1, NewDevice)
	p.f("\nAfter 12 logins a changed address steps up %.3f (%.3f) of logins, a new device %.3f (%.3f).\n\n", a.Mean, a.Median, b.Mean, b.Median)
}

// product reports the threshold that the product comes with.
func (r Results) product(p *printer) {
	s := engine.Defaults()
	if r.Rules != nil {
		s = r.Rules.Settings()
	}
	stops := func(x Scored) bool { return x.Demanded || score.Scale(x.Sum) >= s.Thresholds.StepUp }
	p.f("## The threshold that the product comes with\n\nStep-up from score %d on:", s.Thresholds.StepUp)
	for _, kind := range population.Attackers() {
		p.f(" %s %.3f caught;", kind, Caught(r.TestEvents, kind, stops))
	}
	a, b := Again(r.TestEvents, 12, -1, stops), Again(r.TestEvents, 39, -1, stops)
	p.f(" %.3f (%.3f) of logins stepped up after 12 logins, %.3f (%.3f) after 39.\n\n", a.Mean, a.Median, b.Mean, b.Median)
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
