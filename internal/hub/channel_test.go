package hub_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// wall are rules that score as high as a test wants.
type wall struct{ high atomic.Bool }

func (o *wall) Settings() score.Settings {
	s := score.Settings{Base: -3500, Thresholds: score.Thresholds{StepUp: 940, Block: 950, Channel: 985}}
	if o.high.Load() {
		s.Base = 30_000
	}
	return s
}

func (o *wall) Evaluate(*score.Facts) score.Verdict { return score.Verdict{} }

// spied is a method of which a test counts the uses, and that a test may disturb.
type spied struct {
	authenticator.Method
	uses   atomic.Int64
	during func() // a check
}

func (s *spied) Begin(tx *db.Tx, r authenticator.Request) (authenticator.Challenge, error) {
	s.uses.Add(1)
	return s.Method.Begin(tx, r)
}

func (s *spied) Check(ctx context.Context, r authenticator.Request, p authenticator.Proof) (authenticator.Finding, error) {
	s.uses.Add(1)
	if s.during != nil {
		s.during()
	}
	return s.Method.Check(ctx, r, p)
}

// gate is a bank whose channels are closed by very high risks.
type gate struct {
	*world
	desk *risk.Desk
	wall *wall
	spy  *spied
	told []string
}

// closing are the policies of these tests: what is done after a very high risk is the
// argument, as in "after: any, for: 24h".
func closing(block string) string {
	const two = "{on: true, step_up: [second], channel_block: {%[1]s}}"
	return fmt.Sprintf(strings.NewReplacer(
		"risk: {on: true, step_up: [second]}", "risk: "+two,
		"risk: {on: true}}", "risk: {on: true, channel_block: {%[1]s}}}\n  - {purpose: consent, channel: web, ttl: 10m, steps: [[secure-code], [second]], risk: {on: true, channel_block: {%[1]s}}}",
	).Replace(judged), block)
}

func newGate(t *testing.T, w *world, block string) *gate {
	t.Helper()
	g := &gate{world: w, wall: &wall{}, spy: &spied{Method: w.tokens}}
	g.desk, _ = asking(t, w, func(c *hub.Config) { c.Methods = map[policy.Method]authenticator.Method{policy.MethodToken: g.spy} })
	g.desk.Preset = g.wall
	g.desk.Tell = func(_ *db.Tx, _ audit.Actor, n risk.ChannelNews) error { g.told = append(g.told, n.Kind); return nil }
	w.activate(closing(block))
	return g
}

// is fails unless there are so many blocks, and so many records of their making.
func (g *gate) is(blocks, made int) {
	g.t.Helper()
	if b, m := g.count("risk_channel"), g.count("journal WHERE kind = $1", risk.AuditChannelBlocked); b != blocks || m != made {
		g.t.Errorf("%d blocks and %d records of making one, want %d and %d", b, m, blocks, made)
	}
}

// grants logs the customer in once more than the engine needs to know them.
func (g *gate) grants(number string, from int) (next uint64) {
	g.t.Helper()
	return uint64(g.known(number, "PLAIN"+number, from))
}

// shut is a start of which risk says that it is very high.
func (g *gate) shut(in hub.Start) hub.Outcome {
	g.t.Helper()
	g.wall.high.Store(true)
	defer g.wall.high.Store(false)
	in.Risk = home(0)
	out := g.must(g.start(in))
	if out.State != hub.Denied || out.Reason != hub.Blocked {
		g.t.Fatalf("not blocked: %+v", out)
	}
	return out
}

// makers reads the table "What makes one" of docs/conformance/channels.md.
func makers(t *testing.T) (head []string, rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile("../../docs/conformance/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "\n## What makes one\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "| ") {
			rows = append(rows, strings.Fields(strings.ReplaceAll(line, "|", " ")))
		}
	}
	if len(rows) != 4 || len(rows[0]) != 5 {
		t.Fatalf("the table is %q", rows)
	}
	return rows[0], rows[1:]
}

// TestWhatClosesAChannel compares each cell of the table with what follows from a very high
// risk, by what was shown before and by the policies.
func TestWhatClosesAChannel(t *testing.T) {
	type cell struct {
		block, moment   string
		closes, forever bool
	}
	var cells []cell
	head, rows := makers(t)
	for _, row := range rows {
		for i, says := range row[1:] {
			c := cell{"after: " + row[0], head[i+1], says == "closed", row[0] == "any" && head[i+1] == "login"}
			if c.forever {
				c.block += ", until_lifted: true"
			}
			cells = append(cells, c)
		}
	}
	for _, c := range cells {
		t.Run(c.block+"/"+c.moment, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				g := newGate(t, w, c.block)
				who := w.customer("100", "PLAIN")
				at := g.grants("100", 0)
				var event ident.ID
				switch c.moment {
				case "login": // nothing was shown, though somebody logged in a moment ago
					event = g.shut(hub.Start{CustomerNumber: "100"}).Event
				case "proof":
					out := w.must(w.start(hub.Start{CustomerNumber: "100", Risk: home(0)}))
					g.wall.high.Store(true)
					got := w.must(w.step(out.Handle, hub.Proof{Code: code("PLAIN100", at)}))
					if g.wall.high.Store(false); got.State != hub.Denied || got.Reason != hub.Blocked {
						t.Fatalf("%+v", got)
					}
					event = got.Event
				case "session":
					event = g.shut(hub.Start{CustomerNumber: "100", Purpose: "consent"}).Event
				case "cold": // the login was too long ago
					w.clock.Advance(61 * time.Minute)
					event = g.shut(hub.Start{CustomerNumber: "100", Purpose: "consent"}).Event
				}
				all, err := g.desk.Channels(t.Context(), who.ID)
				if err != nil || (len(all) == 1) != c.closes {
					t.Fatalf("%+v, %v", all, err)
				}
				if !c.closes {
					g.is(0, 0)
					return
				}
				g.is(1, 1)
				b := all[0]
				if b.Channel != "web" || b.Cause != risk.CauseRisk || b.Event != event || b.Authentication.IsZero() || b.Until.IsZero() != c.forever || !c.forever && b.Until.Sub(b.Made) != 24*time.Hour {
					t.Errorf("%+v", b)
				}
				if len(g.told) != 1 || g.told[0] != risk.AuditChannelBlocked {
					t.Errorf("told: %v", g.told)
				}
			})
		})
	}
}

// TestAClosedChannel: every start on it is denied before anything is looked at, and nobody
// else and no other channel is touched. It ends with its time, also before it is swept.
func TestAClosedChannel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any, for: 2h")
		w.customer("100", "PLAIN")
		w.customer("200", "PLAIN")
		at, others := g.grants("100", 0), g.grants("200", 0)
		first := g.shut(hub.Start{CustomerNumber: "100"})
		uses, events, failures := g.spy.uses.Load(), w.count("risk_event"), w.count("journal WHERE kind = $1", hub.AuditRefused)
		proof := &hub.Proof{Code: code("PLAIN100", at)}
		for _, in := range []hub.Start{{}, {Proof: proof}, {Proof: &hub.Proof{Code: "000000"}}, {Purpose: "consent"}, {Purpose: "self-service"}, {Key: "again", Proof: proof}} {
			in.CustomerNumber = "100"
			out := w.must(w.start(in))
			if out.State != hub.Denied || out.Reason != hub.ChannelBlocked || out.Accepted || out.Risk != score.Block || !out.Event.IsZero() {
				t.Errorf("%+v: %+v", in, out)
			}
			if in.Key == "" {
				continue
			}
			if again := w.must(w.start(in)); cmp.Diff(out, again) != "" {
				t.Errorf("the same request again: %s", cmp.Diff(out, again))
			}
		}
		if g.spy.uses.Load() != uses || w.count("risk_event") != events || w.count("journal WHERE kind = $1", hub.AuditRefused) != failures {
			t.Error("method or engine were asked, or something was counted")
		}
		g.is(1, 1)
		// What the client may see without the scope of reasons is what it sees of a start that risk blocks.
		barred := w.must(w.start(hub.Start{CustomerNumber: "100"}))
		if diff := cmp.Diff(first, barred, cmpopts.IgnoreFields(hub.Outcome{}, "Handle", "Reason", "Event", "Expires")); diff != "" {
			t.Errorf("not uniform: %s", diff)
		}
		if out := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "mobile", Proof: proof})); out.State != hub.Granted {
			t.Errorf("another channel: %+v", out)
		}
		if out := w.must(w.start(hub.Start{CustomerNumber: "200", Proof: &hub.Proof{Code: code("PLAIN200", others)}, Risk: home(0)})); out.State != hub.Granted {
			t.Errorf("another customer: %+v", out)
		}
		w.clock.Advance(2*time.Hour - time.Microsecond)
		if out := w.must(w.start(hub.Start{CustomerNumber: "100"})); out.Reason != hub.ChannelBlocked {
			t.Errorf("just before its end: %+v", out)
		}
		w.clock.Advance(time.Microsecond)
		if out := w.must(w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", at+1)}, Risk: home(0)})); out.State != hub.Granted {
			t.Errorf("at its end: %+v", out)
		}
		g.shut(hub.Start{CustomerNumber: "100"}) // a new one takes its place
		g.is(1, 2)
		if n := w.count("journal WHERE kind = $1", risk.AuditChannelExpired); n != 1 {
			t.Errorf("%d ends by time are recorded", n)
		}
	})
}

// TestUnderWayOnAClosedChannel: what is open when the channel is closed ends with whatever
// is asked of it, by the answer of one that is over, and nothing is looked at or counted.
func TestUnderWayOnAClosedChannel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any")
		who := w.customer("100", "PLAIN")
		at := g.grants("100", 0)
		acts := map[string]func(handle string) error{
			"step":  func(h string) error { _, err := w.step(h, hub.Proof{Code: "000000", Key: "k"}); return err },
			"right": func(h string) error { _, err := w.step(h, hub.Proof{Code: code("PLAIN100", at), Key: "k"}); return err },
			"ask":   func(h string) error { _, err := w.hub.Ask(t.Context(), by(), h, hub.Ask{}); return err },
			"replace": func(h string) error {
				_, _, err := w.hub.Replace(t.Context(), by(), h, hub.Replacement{Secret: "x"})
				return err
			},
		}
		for name, act := range acts {
			for _, shown := range []bool{false, true} {
				open := w.must(w.start(hub.Start{CustomerNumber: "100", Purpose: "consent", Risk: home(0)}))
				if shown {
					open = w.must(w.step(open.Handle, hub.Proof{Code: code("PLAIN100", at)}))
					at++
				}
				_, made, err := g.desk.Close(t.Context(), by(), risk.Closing{Customer: who.ID, Channel: "web", Reason: "a test"})
				if err != nil || !made {
					t.Fatal(made, err)
				}
				uses, before := g.spy.uses.Load(), w.holds(who.ID, "secure-code")
				for range 2 {
					if err := act(open.Handle); !fault.Is(err, "authentication.over") {
						t.Errorf("%s, %t: %v", name, shown, err)
					}
				}
				got := w.get(open.Handle)
				if got.State != hub.Denied || got.Reason != hub.ChannelBlocked || got.Accepted != shown || got.Risk != score.Block {
					t.Errorf("%s, %t: %+v", name, shown, got)
				}
				if diff := cmp.Diff(before, w.holds(who.ID, "secure-code")); g.spy.uses.Load() != uses || diff != "" {
					t.Errorf("%s, %t: the method was used, or something was counted: %s", name, shown, diff)
				}
				w.write(func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM risk_channel"); return err })
			}
		}
	})
}

// TestClosedWhileAProofIsChecked: a proof that is being looked at when the channel is
// closed is not counted, and grants nothing.
func TestClosedWhileAProofIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any")
		who := w.customer("100", "PLAIN")
		at := g.grants("100", 0)
		var once sync.Once
		g.spy.during = func() {
			once.Do(func() {
				if _, _, err := g.desk.Close(t.Context(), by(), risk.Closing{Customer: who.ID, Channel: "web", Reason: "a test"}); err != nil {
					t.Error(err)
				}
			})
		}
		before := w.holds(who.ID, "secure-code")
		out := w.must(w.start(hub.Start{CustomerNumber: "100", Key: "k", Proof: &hub.Proof{Code: code("PLAIN100", at)}, Risk: home(0)}))
		if out.State != hub.Denied || out.Reason != hub.ChannelBlocked {
			t.Errorf("%+v", out)
		}
		if diff := cmp.Diff(before, w.holds(who.ID, "secure-code")); diff != "" {
			t.Errorf("something was counted: %s", diff)
		}
		if n := w.count("journal WHERE kind = $1", hub.AuditGranted); n != 3 {
			t.Errorf("%d grants", n)
		}
	})
}

// TestAWarrantEndsWithItsChannel: what was shown on a channel that is closed since allows
// nothing any more.
func TestAWarrantEndsWithItsChannel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any")
		who := w.customer("100", "PLAIN")
		at := g.grants("100", 0)
		me := audit.Customer(who.ID)
		out, err := w.hub.Start(t.Context(), me, hub.Start{CustomerNumber: "100", Purpose: "self-service", Channel: "mobile", Proof: &hub.Proof{Code: code("PLAIN100", at)}})
		if err != nil || out.State != hub.Granted {
			t.Fatalf("%+v, %v", out, err)
		}
		proven, err := w.hub.Proven(t.Context(), me, out.Handle)
		if err != nil {
			t.Fatal(err)
		}
		check := func() error {
			return w.d.Read(t.Context(), func(tx *db.Tx) error { return proven.Check(tx, who.ID, me) })
		}
		if err := check(); err != nil {
			t.Errorf("while it is open: %v", err)
		}
		if _, _, err := g.desk.Close(t.Context(), by(), risk.Closing{Customer: who.ID, Channel: "mobile", Reason: "a test"}); err != nil {
			t.Fatal(err)
		}
		if err := check(); !fault.Is(err, "proof.required") {
			t.Errorf("once it is closed: %v", err)
		}
	})
}

// TestStrangersAreBarredAlike: a number that nobody has gets a block and the same answers,
// which ends by itself; nobody is told.
func TestStrangersAreBarredAlike(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any, until_lifted: true")
		w.customer("100", "PLAIN")
		var seen [2][2]hub.Outcome
		for i, number := range []string{"100", "999"} {
			seen[i] = [2]hub.Outcome{g.shut(hub.Start{CustomerNumber: number}), w.must(w.start(hub.Start{CustomerNumber: number}))}
		}
		if diff := cmp.Diff(seen[0], seen[1], cmpopts.IgnoreFields(hub.Outcome{}, "Handle", "Event")); diff != "" {
			t.Errorf("a stranger is answered otherwise: %s", diff)
		}
		g.is(2, 2)
		n, err := g.desk.CountClosed(t.Context())
		if len(g.told) != 1 || n != 1 || err != nil {
			t.Errorf("told %v, %d closed, %v", g.told, n, err)
		}
		w.clock.Advance(31 * 24 * time.Hour)
		if out := w.must(w.start(hub.Start{CustomerNumber: "999"})); out.State != hub.Open {
			t.Errorf("a month later: %+v", out)
		}
		if out := w.must(w.start(hub.Start{CustomerNumber: "100"})); out.Reason != hub.ChannelBlocked {
			t.Errorf("the customer's a month later: %+v", out)
		}
	})
}

// TestOneBlockOfMany: 64 starts of very high risk at once make one block and one record,
// and one notice; all of them are denied.
func TestOneBlockOfMany(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any")
		who := w.customer("100", "PLAIN")
		g.wall.high.Store(true)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				out, err := w.hub.Start(context.Background(), by(), hub.Start{CustomerNumber: "100", Purpose: "login", Channel: "web", Key: strconv.Itoa(i % 48), Risk: home(0)})
				if err != nil || out.State != hub.Denied || out.Reason != hub.Blocked && out.Reason != hub.ChannelBlocked {
					t.Errorf("%+v, %v", out, err)
				}
			})
		}
		wg.Wait()
		g.is(1, 1)
		all, err := g.desk.Channels(t.Context(), who.ID)
		if err != nil || len(all) != 1 || len(g.told) != 1 {
			t.Fatalf("%+v, told %v, %v", all, g.told, err)
		}
		if n := w.count("risk_event WHERE customer = $1 AND id = $2", who.ID, all[0].Event); n != 1 {
			t.Errorf("%d events made it", n)
		}
	})
}

// TestABlockThatFailsDeniesNothing: denial, block, record and notice are one unit.
func TestABlockThatFailsDeniesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := newGate(t, w, "after: any")
		w.customer("100", "PLAIN")
		broken := errors.New("the notice cannot be sent")
		g.desk.Tell = func(*db.Tx, audit.Actor, risk.ChannelNews) error { return broken }
		g.wall.high.Store(true)
		before := w.count("authentication")
		if out, err := w.start(hub.Start{CustomerNumber: "100", Risk: home(0)}); !errors.Is(err, broken) {
			t.Errorf("%+v, %v", out, err)
		}
		g.is(0, 0)
		if n := w.count("authentication"); n != before {
			t.Errorf("%d authentications were stored", n-before)
		}
	})
}

// TestNothingIsExemptedOnAClosedChannel: a payment that needs no proof is denied there,
// and uses no exemption up.
func TestNothingIsExemptedOnAClosedChannel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := w.signer("100")
		w.activate(exempting)
		desk, o := asking(t, w, func(c *hub.Config) { c.Exemptions = &exemption.Desk{DB: w.d, Policies: w.policies, Rand: c.Rand} })
		w.activate(exempting)
		w.known("100", "PLAIN100", 0)
		begin := func() hub.Outcome {
			return w.must(w.start(hub.Start{CustomerNumber: "100", Purpose: "payment", Payment: pay(t, "EUR", "10"), Risk: home(0)}))
		}
		o.decision = score.StepUp
		w.must(w.step(begin().Handle, hub.Proof{Code: sign(t, begin(), "100", 0)}))
		o.decision = score.Allow
		if out := begin(); out.State != hub.Granted || out.Exempt != policy.ExemptLowValue {
			t.Fatalf("on an open channel: %+v", out)
		}
		if _, _, err := desk.Close(t.Context(), by(), risk.Closing{Customer: who.ID, Channel: "web", Reason: "a test"}); err != nil {
			t.Fatal(err)
		}
		if out := begin(); out.State != hub.Denied || out.Reason != hub.ChannelBlocked || out.Exempt != "" {
			t.Errorf("on a closed one: %+v", out)
		}
		if n := w.count("journal WHERE kind = $1", exemption.AuditUsed); n != 1 {
			t.Errorf("%d uses", n)
		}
	})
}
