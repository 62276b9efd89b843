package app

import (
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/token"
)

// identified are the flags by which an operator says how the customer was
// identified: it is recorded, as it is for everybody else.
type identified struct {
	Way            string   `default:"call" enum:"call,branch,chat" help:"How you spoke with the customer: call, branch or chat."`
	Right          []string `placeholder:"QUESTION,…" help:"The identity questions that the customer answered right, by their codes in the policies."`
	Identification string   `placeholder:"ID" help:"An identification that an earlier command printed, in place of --right."`
}

// warrant returns the identification that was named, or records one.
func (i identified) warrant(e *env, a *App, d device.Device) (token.Identified, error) {
	if d.Customer.IsZero() {
		return token.Identified{}, nil
	}
	id, err := i.of(e, a, d.Customer)
	return token.Identified(id), err
}

// of returns the identification of a customer that was named, or records one.
func (i identified) of(e *env, a *App, customer ident.ID) (ident.ID, error) {
	if i.Identification != "" {
		return ident.Parse(i.Identification)
	}
	done, err := i.record(e, a, customer, nil)
	return done.ID, err
}

// record records an identification, with the questions answered wrong.
func (i identified) record(e *env, a *App, customer ident.ID, wrong []string) (identification.Identification, error) {
	in := identification.Attempt{Customer: customer, Way: identification.Way(i.Way)}
	for _, q := range i.Right {
		in.Answers = append(in.Answers, identification.Answer{Question: q, Right: true})
	}
	for _, q := range wrong {
		in.Answers = append(in.Answers, identification.Answer{Question: q})
	}
	done, err := a.Identification.Record(e.ctx, audit.System("cli"), in)
	if fault.KindOf(err) == fault.Invalid {
		var codes []string
		for _, q := range a.Policies.Active().Identification.Questions {
			codes = append(codes, q.Code)
		}
		return done, hinted{err, "Identify the customer, and name with --right which of these they answered right: " + strings.Join(codes, ", ")}
	}
	return done, err
}

type tokenUnlockCmd struct {
	Serial    string `arg:"" help:"Serial number, as on the token."`
	Challenge string `arg:"" help:"The digits that the token shows."`
	identified
}

// Run prints the unlock code alone.
func (u *tokenUnlockCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		d, err := a.oneDevice(e.ctx, u.Serial)
		if err != nil {
			return err
		}
		why, err := u.warrant(e, a, d)
		if err != nil {
			return err
		}
		code, err := a.Upkeep.Unlock(e.ctx, audit.System("cli"), why, token.Unlock{Target: targetOf(d), Challenge: u.Challenge})
		if err != nil {
			return err
		}
		return e.line(code.Reveal())
	})
}

func targetOf(d device.Device) token.Target {
	return token.Target{Device: d.ID, Customer: d.Customer}
}

type tokenResyncCmd struct {
	Serial     string    `arg:"" help:"Serial number, as on the token."`
	Codes      []string  `arg:"" optional:"" help:"One to three codes, as many as the policy asks for, in the order in which they were shown; without a PIN."`
	Policy     string    `help:"Policy whose windows count; by default the first that tokens of the model serve."`
	Counter    *int64    `help:"In place of codes: the number of its next code, as the token shows it."`
	Clock      time.Time `help:"In place of codes: the time that the token shows, such as 2026-11-02T09:00:00Z."`
	Ask        bool      `help:"Print challenges to be typed into a token that answers them."`
	Challenges []string  `placeholder:"ID,…" help:"The challenges that the codes answer, as --ask printed them."`
	identified
}

// Run resynchronizes by codes, or by what the token shows.
func (r *tokenResyncCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		d, err := a.oneDevice(e.ctx, r.Serial)
		if err != nil {
			return err
		}
		why, err := r.warrant(e, a, d)
		switch {
		case err != nil:
			return err
		case r.Ask:
			return r.ask(e, a, why, d)
		case r.Counter != nil || !r.Clock.IsZero():
			return r.byHand(e, a, why, d)
		}
		return r.byCodes(e, a, why, d)
	})
}

func (r *tokenResyncCmd) byCodes(e *env, a *App, why token.Warrant, d device.Device) error {
	in := token.Resync{Target: targetOf(d), Policy: r.Policy, Codes: r.Codes}
	for _, text := range r.Challenges {
		id, err := ident.Parse(text)
		if err != nil {
			return err
		}
		in.Challenges = append(in.Challenges, id)
	}
	done, err := a.Upkeep.Resync(e.ctx, audit.System("cli"), why, in)
	if err != nil {
		return err
	}
	switch done.Outcome {
	case token.Synchronized:
		return e.line("The token is synchronized; the codes are spent.")
	case token.Ambiguous:
		return fault.Conflictf("app.resync", "The codes stand at several places of the policy's window: give the next code as well.")
	case token.TooEarly:
		return fault.Conflictf("app.resync", "These codes may have been used before the database was restored: have the token show %d more, and give those after them.", done.Skip)
	case token.NoMatch:
	}
	return fault.Conflictf("app.resync", "These codes do not follow one another within the policy's window. It counted as a failure.")
}

func (r *tokenResyncCmd) byHand(e *env, a *App, why token.Warrant, d device.Device) error {
	if len(r.Codes) > 0 {
		return fault.Invalidf("app.resync", "Give codes, or what the token shows, but not both.")
	}
	done, err := a.Upkeep.ResyncByHand(e.ctx, audit.System("cli"), why, token.Reading{Target: targetOf(d), Policy: r.Policy, Counter: r.Counter, Clock: r.Clock})
	if err != nil {
		return err
	}
	text := "Taken over. Nothing is proven before the token's next good code: try one."
	if done.Wait > 0 {
		text += fmt.Sprintf(" Its codes are refused for %s yet.", done.Wait.Round(time.Second))
	}
	return e.line(text)
}

func (r *tokenResyncCmd) ask(e *env, a *App, why token.Identified, d device.Device) error {
	posed, err := a.Upkeep.Challenges(e.ctx, audit.System("cli"), why, token.Challenges{Target: targetOf(d), Policy: r.Policy})
	if err != nil {
		return err
	}
	if len(posed) == 0 {
		return fault.Conflictf("app.resync", "This token takes no challenges: give its codes.")
	}
	var ids []string
	for _, c := range posed {
		if err := e.line(c.Question); err != nil {
			return err
		}
		ids = append(ids, c.ID.String())
	}
	return e.line("--challenges " + strings.Join(ids, ",") + " --identification " + ident.ID(why).String())
}
