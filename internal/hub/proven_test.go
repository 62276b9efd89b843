package hub_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

var _ token.SecondProof = hub.Proven{}

// serial of the token of a make, as world.customer gives them.
func (w *world) device(serial string) (d device.Device) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		all, err := device.BySerial(tx, serial)
		if err == nil {
			d = all[0]
		}
		return err
	})
	return d
}

// prove makes a customer show a code, for a purpose.
func (w *world) prove(by audit.Actor, number, purpose, code string) (hub.Proven, error) {
	w.t.Helper()
	o, err := w.hub.Start(w.t.Context(), by, hub.Start{CustomerNumber: number, Purpose: purpose, Channel: "web", Proof: &hub.Proof{Code: code}})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.hub.Proven(w.t.Context(), by, o.Handle)
}

func (w *world) check(p hub.Proven, c ident.ID, by audit.Actor) (err error) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error { err = p.Check(tx, c, by); return nil })
	return err
}

// TestProven: a fresh code is a warrant for whom and what it was given, and for five
// minutes.
func TestProven(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN", "PINNED")
		me := audit.Customer(c.ID)
		const self = policy.PurposeSelfService
		if _, err := w.prove(me, "100", self, "000000"); !fault.Is(err, "authentication.not_granted") {
			t.Errorf("with a wrong code: %v", err)
		}
		p, err := w.prove(me, "100", self, code("PLAIN100", 0))
		if err != nil || p.Customer != c.ID || len(p.Shown()) != 1 || p.Shown()[0] != w.device("PLAIN100").ID {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := w.check(p, c.ID, me); err != nil {
			t.Errorf("fresh: %v", err)
		}
		if key, value := p.Note(); key != "authentication" || value != p.ID.String() {
			t.Errorf("its note is %s %s", key, value)
		}
		somebody := ident.Derive("somebody")
		login, err := w.prove(me, "100", policy.PurposeLogin, code("PLAIN100", 1))
		if err != nil {
			t.Fatal(err)
		}
		byBank, err := w.prove(by(), "100", self, code("PLAIN100", 2))
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]struct {
			p        hub.Proven
			customer ident.ID
			by       audit.Actor
		}{
			"nothing":               {hub.Proven{}, c.ID, me},
			"of a login":            {login, c.ID, me},
			"that a client started": {byBank, c.ID, me},
			"for staff":             {p, c.ID, audit.Staff(c.ID, "x")},
			"for a client":          {byBank, c.ID, by()},
			"for somebody else":     {p, somebody, audit.Customer(somebody)},
			"by somebody else":      {p, c.ID, audit.Customer(somebody)},
		} {
			if err := w.check(x.p, x.customer, x.by); !fault.Is(err, "proof.required") {
				t.Errorf("a proof %s: %v", name, err)
			}
		}
		w.clock.Advance(hub.FreshFor - time.Microsecond)
		if err := w.check(p, c.ID, me); err != nil {
			t.Errorf("in the last moment: %v", err)
		}
		w.clock.Advance(time.Microsecond)
		if err := w.check(p, c.ID, me); !fault.Is(err, "proof.required") {
			t.Errorf("after five minutes: %v", err)
		}
	})
}

// TestProvenIsItsOwners: nobody else reads what an authentication has shown.
func TestProvenIsItsOwners(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		o, err := w.hub.Start(t.Context(), by(), hub.Start{CustomerNumber: "100", Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err != nil || o.State != hub.Granted {
			t.Fatalf("%+v, %v", o, err)
		}
		for _, who := range []audit.Actor{other(), audit.Customer(c.ID)} {
			if _, err := w.hub.Proven(t.Context(), who, o.Handle); !fault.Is(err, "authentication.unknown") {
				t.Errorf("to %s: %v", who, err)
			}
		}
		if _, err := w.hub.Proven(t.Context(), by(), strings.Repeat("A", len(o.Handle))); !fault.Is(err, "authentication.unknown") {
			t.Errorf("a made-up handle: %v", err)
		}
	})
}

// TestTokensReportEachOther: a thief with one token and the customer with another
// report each other's token lost at the same moment. One of them is believed, never
// both, and the code of a token that was reported is worth nothing any more.
func TestTokensReportEachOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		care := token.NewCare(w.tokens, w.policies.Active)
		for round := range 8 {
			number := string(rune('A'+round)) + "9"
			c := w.customer(number, "PLAIN", "PINNED")
			me := audit.Customer(c.ID)
			proofs := map[string]hub.Proven{}
			for _, serial := range []string{"PLAIN" + number, "PINNED" + number} {
				p, err := w.prove(me, number, policy.PurposeSelfService, code(serial, 0))
				if err != nil {
					t.Fatal(err)
				}
				proofs[serial] = p
			}
			refused := make(chan error, 2)
			var wg sync.WaitGroup
			for lost, with := range map[string]string{"PLAIN" + number: "PINNED" + number, "PINNED" + number: "PLAIN" + number} {
				o := token.Order{Device: w.device(lost).ID, Customer: c.ID, Why: proofs[with], Reason: "lost"}
				wg.Go(func() {
					if _, err := care.Lose(t.Context(), me, o); err != nil {
						refused <- err
					}
				})
			}
			wg.Wait()
			close(refused)
			n := 0
			for err := range refused {
				n++
				if !fault.Is(err, "proof.required") && !fault.Is(err, "token.changed") {
					t.Errorf("the second report: %v", err)
				}
			}
			lost := 0
			for serial := range proofs {
				if w.device(serial).Status == device.Lost {
					lost++
				}
			}
			if n != 1 || lost != 1 {
				t.Errorf("%d of two reports were refused, %d tokens are lost", n, lost)
			}
		}
	})
}

// TestSelfServiceJourney: documents that say nothing about self-service ask there
// for what they ask for at the login.
func TestSelfServiceJourney(t *testing.T) {
	t.Parallel()
	set, err := policy.Parse([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	login, _ := set.Journey(policy.PurposeLogin, "strict")
	self, known := set.Journey(policy.PurposeSelfService, "strict")
	if !known || self.Purpose != policy.PurposeSelfService || self.Steps[0][0] != login.Steps[0][0] {
		t.Errorf("%+v, %v", self, known)
	}
	if _, known := set.Journey(policy.PurposeSelfService, "moon"); known {
		t.Error("there is a journey on a channel that has no login")
	}
	if j, known := policy.Version0().Journey(policy.PurposeSelfService, "web"); !known || len(j.Steps) != 1 {
		t.Errorf("version 0 has %+v, %v", j, known)
	}
}

// TestProvenOfClient: what an application has started is a warrant for the acts that take
// such ones, by that application and for that customer only.
func TestProvenOfClient(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		p, err := w.prove(by(), "100", policy.PurposeSelfService, code("PLAIN100", 0))
		if err != nil {
			t.Fatal(err)
		}
		login, err := w.prove(by(), "100", policy.PurposeLogin, code("PLAIN100", 1))
		if err != nil {
			t.Fatal(err)
		}
		check := func(p hub.Proven, customer ident.ID, who audit.Actor) error {
			return w.d.Read(t.Context(), func(tx *db.Tx) error { return hub.OfClient{Proven: p}.Check(tx, customer, who) })
		}
		if err := check(p, c.ID, by()); err != nil || p.Factors() != authenticator.Possession {
			t.Errorf("its own: %v, %s", err, p.Factors())
		}
		somebody := ident.Derive("somebody")
		for name, err := range map[string]error{
			"of a login": check(login, c.ID, by()), "another's": check(p, c.ID, other()), "for somebody else": check(p, somebody, by()),
			"the customer's own": check(p, c.ID, audit.Customer(c.ID)), "nothing": check(hub.Proven{}, c.ID, by()),
		} {
			if !fault.Is(err, "proof.required") {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.clock.Advance(hub.FreshFor)
		if err := check(p, c.ID, by()); !fault.Is(err, "proof.required") {
			t.Errorf("later: %v", err)
		}
	})
}
