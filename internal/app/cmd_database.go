package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
)

// migrateCmd brings the schema up to date.
type migrateCmd struct {
	Status bool `help:"Only say which migrations wait."`
}

// Run migrates.
func (m migrateCmd) Run(e *env, c *cli) error {
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	d, err := s.openDB(e.ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing more to lose
	if m.Status {
		pending, err := d.Pending(e.ctx)
		if err != nil {
			return err
		}
		for _, p := range pending {
			if err := e.line(fmt.Sprintf("waits: %04d %s", p.Number, p.Name)); err != nil {
				return err
			}
		}
		return e.line(fmt.Sprintf("%d migrations wait.", len(pending)))
	}
	applied, err := d.Migrate(e.ctx)
	for _, p := range applied {
		if lineErr := e.line(fmt.Sprintf("applied: %04d %s", p.Number, p.Name)); lineErr != nil {
			return lineErr
		}
	}
	if err != nil {
		return err
	}
	return e.line("The schema is up to date.")
}

// recoverCmd takes a restored database into service.
type recoverCmd struct {
	Force bool `help:"Do it although no anchor shows that the database was restored."`
	Spent int  `default:"20" placeholder:"CODES" help:"How many codes one event-based token may have given since the backup at most, 0 to 100000. Nothing that it gave within them can be used again, if it was in step in the backup; a token that gave fewer must be made to show the rest before it can be resynchronized."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// Run recovers.
func (r recoverCmd) Run(e *env, c *cli) error {
	if r.Spent < 0 || r.Spent > 100000 { // as far as events.resync may reach
		return fault.Invalidf("app.spent", "--spent takes 0 to 100000 codes.")
	}
	s, err := e.setup(c)
	if err != nil {
		return err
	}
	a, err := s.openTools(e.ctx)
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // nothing more to lose
	done, err := a.Recover(e.ctx, audit.System("cli"), r.Force, r.Spent)
	if err != nil {
		return err
	}
	if r.JSON {
		return e.json(done)
	}
	lost := "an unknown number of records is lost"
	if done.Lost >= 0 {
		lost = fmt.Sprintf("%d sealed records are lost", done.Lost)
	}
	return e.line(fmt.Sprintf("Epoch %d begins; %s. Event-based tokens that were in use must be resynchronized by the help desk, time-based ones are refused for the steps of the policies' max_drift, and activation codes and invitations of staff must be issued anew. Stop all nodes, copy nothing else, and start them again.", done.Epoch, lost))
}

// Recover accepts a restored database: nothing that may have been spent since the
// backup can be used again. spent is how many codes one event-based token may have
// given since then.
func (a *App) Recover(ctx context.Context, by audit.Actor, force bool, spent int) (audit.Recovery, error) {
	return a.Audit.Recover(ctx, by, force, token.Restored(a.Policies.Active(), spent), registration.Restored, authenticator.Restored, passcode.Restored, mobiletoken.Restored, prompt.Restored, push.Restored, a.SIMs.Restored, mobileid.Restored, pki.Restored, idserver.Restored, vault.Restored, a.Companions.Restored, a.Interactions.Restored, staff.Restored, customer.Restored, foureyes.Restored)
}

// doctorCmd checks an installation.
type doctorCmd struct{}

// Run goes from the ground up and stops where nothing further can be checked.
func (doctorCmd) Run(e *env, c *cli) error {
	d := &doctor{e: e}
	s, err := e.setup(c)
	if !d.check("configuration", err) {
		return d.verdict()
	}
	base, err := s.openDB(e.ctx)
	if !d.check("database opens", err) {
		return d.verdict()
	}
	defer base.Close() //nolint:errcheck // only read
	if !d.check("database answers", base.Ping(e.ctx)) || !d.check("schema is up to date", upToDate(e.ctx, base)) {
		return d.verdict()
	}
	ring, err := s.openRing(e.ctx, base)
	if !d.check("keys open what is sealed", err) {
		return d.verdict()
	}
	st, err := ring.Status(e.ctx)
	d.check("key status", err)
	for _, advice := range st.Advice {
		d.note(advice)
	}
	d.rest(s)
	return d.verdict()
}

// doctor prints findings.
type doctor struct {
	e   *env
	bad int
}

// rest checks what needs the domain.
func (d *doctor) rest(s Setup) {
	a, err := s.openTools(d.e.ctx)
	if !d.check("the node can start", err) {
		return
	}
	defer a.Close() //nolint:errcheck // only read
	d.check("the database is not older than this node's anchor", a.Audit.CheckAnchor(d.e.ctx))
	d.check("clock agrees with the database", a.ready(d.e.ctx))
	d.tryGateways(d.e.ctx, a)
	matters, err := a.PKI.Matters(d.e.ctx)
	d.check("certificates", err)
	for _, m := range mattersOfCertificates(matters) {
		d.note("certificates: " + m)
	}
	d.note(fmt.Sprintf("policies: version %d is in force", a.Policies.Active().Version))
	for _, l := range []struct{ name, address string }{{"api", s.Config.API.Address}, {"console", s.Config.Console.Address}, {"self-service", s.Config.Self.Address}, {"metrics", s.Config.Metrics.Address}} {
		if l.address == "" {
			d.note("the " + l.name + " listener is switched off")
		}
	}
}

func (d *doctor) check(what string, err error) bool {
	if err == nil {
		_ = d.e.line("ok    " + what)
		return true
	}
	d.bad++
	_ = d.e.line("FAIL  " + what)
	fail(d.e.stdout, err)
	return false
}

func (d *doctor) note(text string) { _ = d.e.line("note  " + text) }

func (d *doctor) verdict() error {
	if d.bad == 0 {
		return d.e.line("All is well.")
	}
	return errors.New("something is wrong; see above")
}
