package app

import (
	"bufio"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/fault"
)

// simulateCmd makes things up, for tests and demonstrations.
type simulateCmd struct {
	Population populationCmd `cmd:"" help:"Make people up with their homes, devices and days, and print what their phones report: one line of JSON for each batch."`
}

// populationCmd prints batches. It needs no configuration and no database.
type populationCmd struct {
	Seed    uint64 `default:"1" help:"The same seed makes the same people."`
	People  int    `default:"10" help:"How many, 1 to 1000000."`
	First   int    `default:"0" help:"Number of the first one; neighbors in number may share a home."`
	Days    int    `default:"7" help:"How many days of reports, 1 to 3650."`
	Start   string `default:"2026-03-02" placeholder:"DATE" help:"The first day, such as 2026-03-02."`
	Attacks bool   `help:"One attack of each kind on every person, too, with what was reported before it."`
	URL     string `name:"url" placeholder:"URL" help:"Report to this server's devices listener in place of printing: a phone for each code of --codes, and the days until now, 3 at most."`
	Codes   string `placeholder:"FILE" type:"path" help:"Codes of invitations for phones, one a line."`
	Truth   bool   `help:"Say what is true beside what is reported: places, attacks, proofs, devices that nobody registered."`
}

// Run prints to standard output.
func (c populationCmd) Run(e *env) error {
	start, err := time.Parse(time.DateOnly, c.Start)
	switch {
	case err != nil:
		return fault.Invalidf("simulate.start", "Give --start a date such as 2026-03-02.")
	case c.People < 1 || c.People > 1_000_000 || c.First < 0:
		return fault.Invalidf("simulate.people", "Give --people a number from 1 to 1000000, and --first none below 0.")
	case c.Days < 1 || c.Days > 3650:
		return fault.Invalidf("simulate.days", "Give --days a number from 1 to 3650.")
	}
	if c.URL != "" {
		return c.drive(e)
	}
	w := bufio.NewWriter(e.stdout)
	enc := json.NewEncoder(w)
	town := &household.Town{Seed: c.Seed, Start: start, Days: max(c.Days, 28)}
	for n := range c.People {
		if e.ctx.Err() != nil {
			return e.ctx.Err()
		}
		if err := c.person(enc, town.Person(c.First+n)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// person prints one person: who they are, what they report and ask for, and attacks.
func (c populationCmd) person(enc *json.Encoder, p *household.Person) error {
	if err := enc.Encode(p.Card()); err != nil {
		return err
	}
	for l := range p.Lines(0, c.Days, c.Truth) {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	if !c.Attacks {
		return nil
	}
	for _, kind := range household.Attacks() {
		m, ok := p.Attack(kind, c.Days-1, 0)
		if !ok {
			continue
		}
		if err := enc.Encode(m.Line(c.Truth)); err != nil {
			return err
		}
	}
	return nil
}
