package app

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sim"
)

// simsCmd is about SIM cards with a signature application.
type simsCmd struct {
	Import  simImportCmd  `cmd:"" help:"Import the output file of a card maker (CSV), as a whole."`
	List    simListCmd    `cmd:"" help:"List SIM cards."`
	Show    simShowCmd    `cmd:"" help:"Show a SIM card with its key sets and what was sent to it. Never a key."`
	Assign  simAssignCmd  `cmd:"" help:"Give a card from stock a phone number."`
	Move    simMoveCmd    `cmd:"" help:"Give the phone number of one card to another from stock; the former card is retired."`
	Suspend simSuspendCmd `cmd:"" help:"Send nothing to a card until it is resumed."`
	Resume  simResumeCmd  `cmd:"" help:"End a suspension."`
	Counter simCounterCmd `cmd:"" help:"Move the counters of a card up to what it has seen."`
	Retire  simRetireCmd  `cmd:"" help:"End a card for ever and destroy its keys."`
}

type simImportCmd struct {
	File    string `arg:"" help:"CSV file with the columns iccid, set, algorithm (aes or 3des), kic and kid (hexadecimal), and, if you like, msisdn, tar and parts."`
	KeyFile string `placeholder:"FILE" help:"AES transport key in hexadecimal, under which kic and kid are wrapped (RFC 3394)."`
	KeyEnv  string `placeholder:"NAME" help:"Environment variable with that key."`
	JSON    bool   `name:"json" help:"Print the summary as JSON."`
}

// Run imports the file. Only refused cards are listed: a file may have a million others.
func (i simImportCmd) Run(e *env, c *cli) error {
	if i.File == "-" {
		return hinted{errors.New("an import reads the file twice, which standard input does not allow"), "Save the input to a file first."}
	}
	key, err := e.hexSecret(i.KeyFile, i.KeyEnv)
	if err != nil {
		return err
	}
	bar, size := e.progress("importing"), fileSize(i.File)
	var refused []sim.Row
	in := sim.Import{
		Name: i.File, Open: e.opener(i.File), Transport: key, Progress: func(_, offset int64) { bar.set("bytes", offset, size) },
		Sink: func(r sim.Row) error {
			if r.Reason != "" && len(refused) < mostRefused {
				refused = append(refused, r)
			}
			return nil
		},
	}
	return e.tools(c, func(a *App) error {
		sum, err := a.SIMs.ImportFile(e.ctx, audit.System("cli"), in)
		bar.end()
		for _, r := range refused {
			_, _ = fmt.Fprintf(e.stderr, "line %d: %s\n", r.Line, r.Reason)
		}
		if err != nil || i.JSON {
			return errors.Join(err, i.json(e, sum, err))
		}
		return e.line(fmt.Sprintf("%d cards with %d key sets were imported.", sum.Cards, sum.KeySets))
	})
}

// mostRefused is how many refused cards are listed.
const mostRefused = 100

func (i simImportCmd) json(e *env, sum sim.Summary, err error) error {
	if !i.JSON {
		return nil
	}
	return e.json(map[string]any{"cards": sum.Cards, "key_sets": sum.KeySets, "refused": sum.Refused, "file_sha256": sum.File, "imported": err == nil})
}

// simView is a card as JSON.
type simView struct {
	ICCID    string           `json:"iccid"`
	Number   string           `json:"number,omitempty"`
	State    sim.CardState    `json:"state"`
	TAR      string           `json:"tar"`
	Parts    int              `json:"parts"`
	Reason   string           `json:"reason,omitempty"`
	Created  time.Time        `json:"created_at"`
	Changed  time.Time        `json:"changed_at"`
	KeySets  []simKeySetView  `json:"key_sets,omitempty"`
	Messages []simMessageView `json:"messages,omitempty"`
}

type simKeySetView struct {
	Number    int    `json:"number"`
	Algorithm string `json:"algorithm"`
	Counter   uint64 `json:"counter"`
	Left      uint64 `json:"left"`
}

type simMessageView struct {
	ID      string    `json:"id"`
	Class   string    `json:"class"`
	State   sim.State `json:"state"`
	Counter uint64    `json:"counter"`
	Parts   int       `json:"parts"`
	Gateway string    `json:"gateway,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Created time.Time `json:"created_at"`
	Ended   time.Time `json:"ended_at,omitzero"`
}

func viewOfCard(c sim.Card) simView {
	return simView{ICCID: c.ICCID, Number: c.MSISDN, State: c.State, TAR: c.TAR.String(), Parts: c.Parts, Reason: c.Reason, Created: c.Created, Changed: c.Changed}
}

type simListCmd struct {
	State string `enum:",stock,active,suspended,retired" default:"" help:"Only cards in this state."`
	Limit int    `default:"50" help:"At most so many, up to 500."`
	After string `help:"Where a former list ended, as it said."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run lists them by when they came.
func (n simListCmd) Run(e *env, c *cli) error {
	after, err := ident.Parse(n.After)
	if err != nil && n.After != "" {
		return fault.Invalidf("sim.after", "Give --after as a former list said it.")
	}
	return e.tools(c, func(a *App) error {
		all, err := a.SIMs.List(e.ctx, sim.Query{State: sim.CardState(n.State), After: after, Limit: n.Limit})
		if err != nil {
			return err
		}
		next := ""
		if len(all) > 0 && len(all) >= n.Limit {
			next = all[len(all)-1].ID.String()
		}
		if n.JSON {
			views := make([]simView, len(all))
			for i, x := range all {
				views[i] = viewOfCard(x)
			}
			return e.json(map[string]any{"cards": views, "next": next})
		}
		t := e.table("ICCID", "NUMBER", "STATE", "CHANGED")
		for _, x := range all {
			t.row(x.ICCID, x.MSISDN, string(x.State), moment(x.Changed))
		}
		if next != "" {
			t.after("There may be more: --after " + next)
		}
		return t.flush()
	})
}

type simShowCmd struct {
	Card string `arg:"" help:"Serial number (ICCID) or phone number."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows the card.
func (n simShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		card, err := a.SIMs.Find(e.ctx, n.Card)
		if err != nil {
			return err
		}
		v := viewOfCard(card)
		sets, err := a.SIMs.KeySets(e.ctx, card.ID)
		if err != nil {
			return err
		}
		for _, k := range sets {
			v.KeySets = append(v.KeySets, simKeySetView(k))
		}
		sent, err := a.SIMs.Sendings(e.ctx, card.ID, 20) //nolint:mnd // the last ones
		if err != nil {
			return err
		}
		for _, s := range sent {
			v.Messages = append(v.Messages, simMessageView{s.ID.String(), s.Class, s.State, s.Counter, s.Parts, s.Gateway, s.Reason, s.Created, s.Ended})
		}
		if n.JSON {
			return e.json(v)
		}
		return n.print(e, v)
	})
}

func (n simShowCmd) print(e *env, v simView) error {
	t := e.table("ICCID", v.ICCID)
	for _, row := range [][2]string{{"number", v.Number}, {"state", string(v.State)}, {"reason", v.Reason}, {"application", v.TAR}, {"short messages", "up to " + strconv.Itoa(v.Parts)}} {
		if row[1] != "" {
			t.row(row[0], row[1])
		}
	}
	for _, k := range v.KeySets {
		t.row(fmt.Sprintf("key set %d", k.Number), fmt.Sprintf("%s, counter %d", k.Algorithm, k.Counter))
	}
	for _, m := range v.Messages {
		t.row(moment(m.Created), fmt.Sprintf("%s, counter %d: %s %s", m.Class, m.Counter, m.State, m.Reason))
	}
	return t.flush()
}
