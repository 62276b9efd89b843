package risk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// gate is a bank with one customer, whose web may be closed.
type gate struct {
	*world
	who   ident.ID
	event ident.ID // that closes it
	told  []string
}

func newGate(w *world) *gate {
	w.Helper()
	r := &customer.Register{DB: w.DB, Ring: w.Ring, Rand: rand.Reader, Forget: []func(*db.Tx, ident.ID) error{w.Erase}}
	c := must[customer.Customer](w)(r.Create(w.Context(), bank, customer.New{Number: "10023", Name: "Ada"}))
	g := &gate{world: w, who: c.ID}
	g.event = must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(c.ID))).ID
	w.Tell = func(_ *db.Tx, _ audit.Actor, n risk.ChannelNews) error {
		g.told = append(g.told, n.Kind)
		return nil
	}
	return g
}

// closes has the event close the web for a day.
func (g *gate) closes() error {
	return g.DB.Write(g.Context(), func(tx *db.Tx) error {
		_, err := g.BlockChannel(tx, bank, risk.ChannelBlock{Customer: g.who, Channel: "web", Cause: risk.CauseRisk, Event: g.event, Until: tx.Now.Add(24 * time.Hour)})
		return err
	})
}

func (g *gate) asks(until time.Time) error {
	_, _, err := g.Close(g.Context(), bank, risk.Closing{Customer: g.who, Channel: "web", Until: until, Reason: "a stolen computer"})
	return err
}

// identified is an identification of the customer by somebody.
func (g *gate) identified(by audit.Actor) ident.ID {
	g.Helper()
	set := review(g.world).Policies
	var all []identification.Answer
	for _, q := range set.Active().Identification.Questions[:set.Active().Identification.Needed] {
		all = append(all, identification.Answer{Question: q.Code, Right: true})
	}
	d := &identification.Desk{DB: g.DB, Policies: set, Rand: rand.Reader}
	return must[identification.Identification](g.world)(d.Record(g.Context(), by, identification.Attempt{Customer: g.who, Way: identification.Call, Answers: all})).ID
}

func (g *gate) lifts(by audit.Actor, identified ident.ID) error {
	_, err := g.Lift(g.Context(), by, risk.Lifting{Customer: g.who, Channel: "web", Reason: "called back", Identified: identified})
	return err
}

// stands says how the channel is.
func (g *gate) stands() string {
	g.Helper()
	all := must[[]risk.ChannelBlock](g.world)(g.Channels(g.Context(), g.who))
	switch {
	case len(all) == 0:
		return "open"
	case all[0].Until.IsZero():
		return "for good"
	}
	return fmt.Sprintf("%g h", all[0].Until.Sub(g.clock.Now()).Round(time.Minute).Hours())
}

// recorded are the records of the channel so far, without their noun.
func (g *gate) recorded() (kinds []string) {
	g.Helper()
	err := g.DB.Read(g.Context(), func(tx *db.Tx) error {
		return tx.Each("SELECT kind FROM journal WHERE kind LIKE 'channel.%' ORDER BY at, boot, slot, seq", nil, func(r db.Row) error {
			var k string
			err := r.Scan(&k)
			kinds = append(kinds, strings.TrimPrefix(k, "channel."))
			return err
		})
	})
	if err != nil {
		g.Fatal(err)
	}
	return kinds
}

// table reads the table below a heading of docs/conformance/channels.md.
func table(t *testing.T, heading string) (head []string, rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile("../../docs/conformance/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "\n## "+heading+"\n")
	rest, _, _ = strings.Cut(rest, "\n## ")
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[0], rows[1:]
}

// TestEveryStateOfAChannel compares each cell of the table with what happens.
func TestEveryStateOfAChannel(t *testing.T) {
	states := map[string]func(*gate) error{
		"open": func(*gate) error { return nil }, "24 h": (*gate).closes,
		"for good": func(g *gate) error { return g.asks(time.Time{}) },
		"over":     func(g *gate) error { err := g.closes(); g.clock.Advance(24 * time.Hour); return err },
	}
	label := func(l risk.Label) func(*gate) error {
		return func(g *gate) error { _, err := g.Feedback(g.Context(), analyst, g.who, g.event, l, ""); return err }
	}
	acts := map[string]func(*gate) error{
		"risk":    (*gate).closes,
		"shorter": func(g *gate) error { return g.asks(g.clock.Now().Add(time.Hour)) },
		"longer":  func(g *gate) error { return g.asks(time.Time{}) },
		"lift":    func(g *gate) error { return g.lifts(analyst, g.identified(analyst)) }, "legitimate": label(risk.Legitimate), "fraud": label(risk.Fraud),
		"sweep": func(g *gate) error { _, err := g.Sweep(g.Context(), bank, risk.DefaultKeep(), 100); return err },
	}
	head, rows := table(t, "States and acts")
	if len(rows) != len(states) || len(head) != len(acts)+1 {
		t.Fatalf("the table has %d states and %d acts", len(rows), len(head)-1)
	}
	for _, row := range rows {
		for i, want := range row[1:] {
			t.Run(row[0]+"/"+head[i+1], func(t *testing.T) {
				each(t, func(w *world) {
					g := newGate(w)
					w.is(states[row[0]](g), "")
					w.clock.Advance(time.Second)
					before, told := len(g.recorded()), len(g.told)
					err := acts[head[i+1]](g)
					notes := g.recorded()[before:]
					got := g.stands()
					if f := fault.From(err); err != nil {
						notes = append(notes, f.Code)
					}
					if len(notes) > 0 {
						got += " (" + strings.Join(notes, ", ") + ")"
					}
					if got != want {
						t.Errorf("got %q, the table says %q", got, want)
					}
					if changes := slices.Contains(notes, "lifted") || slices.Contains(notes, "blocked") && row[0] != "24 h"; (len(g.told) > told) != changes {
						t.Errorf("%v, and the customer was told %v", notes, g.told)
					}
				})
			})
		}
	}
}

// TestTwoLiftAtOnce: of many who lift at once one does, and who has not identified the
// customer does not.
func TestTwoLiftAtOnce(t *testing.T) {
	each(t, func(w *world) {
		g := newGate(w)
		w.is(g.closes(), "")
		people := []audit.Actor{analyst, officer, bank}
		var ids []ident.ID
		for _, p := range people {
			ids = append(ids, g.identified(p))
		}
		w.is(g.lifts(analyst, ids[1]), "identification.required")
		w.is(g.lifts(analyst, ident.ID{}), "identification.required")
		var wg sync.WaitGroup
		errs := make([]error, 24)
		for i := range errs {
			wg.Go(func() { errs[i] = g.lifts(people[i%3], ids[i%3]) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !fault.Is(err, "channel.open"):
				t.Error(err)
			}
		}
		if won != 1 || len(g.recorded()) != 2 || len(g.told) != 2 || g.stands() != "open" {
			t.Errorf("%d lifted it; records %v, told %v, %s", won, g.recorded(), g.told, g.stands())
		}
	})
}

// TestABlockIsMadeOnce: of many that ask at once one makes it.
func TestABlockIsMadeOnce(t *testing.T) {
	each(t, func(w *world) {
		g := newGate(w)
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				if i%2 == 0 {
					w.is(g.closes(), "")
					return
				}
				w.is(g.asks(w.clock.Now().Add(time.Hour)), "")
			})
		}
		wg.Wait()
		if n := w.count("SELECT COUNT(*) FROM risk_channel"); n != 1 {
			t.Errorf("%d blocks", n)
		}
		made := 0
		for _, n := range g.told {
			if n == risk.AuditChannelBlocked {
				made++
			}
		}
		if made != 1 {
			t.Errorf("told %v", g.told)
		}
	})
}

// TestMistakesOfClosing names what is refused, and that a closed customer stays as they are.
func TestMistakesOfClosing(t *testing.T) {
	each(t, func(w *world) {
		g := newGate(w)
		good := risk.Closing{Customer: g.who, Channel: "web", Reason: "x"}
		for code, change := range map[string]func(*risk.Closing){
			"risk.channel":     func(c *risk.Closing) { c.Channel = "" },
			"risk.reason":      func(c *risk.Closing) { c.Reason = strings.Repeat("x", 201) },
			"risk.until":       func(c *risk.Closing) { c.Until = w.clock.Now() },
			"customer.unknown": func(c *risk.Closing) { c.Customer = alice },
		} {
			c := good
			change(&c)
			_, made, err := g.Close(w.Context(), bank, c)
			if w.is(err, code); made {
				t.Errorf("%s: made", code)
			}
		}
		long := good
		long.Until = w.clock.Now().Add(366 * 24 * time.Hour)
		_, _, err := g.Close(w.Context(), bank, long)
		w.is(err, "risk.until")
		broken := errors.New("no notice")
		w.Tell = func(*db.Tx, audit.Actor, risk.ChannelNews) error { return broken }
		if _, _, err := g.Close(w.Context(), bank, good); !errors.Is(err, broken) || g.stands() != "open" {
			t.Errorf("without its notice: %v, %s", err, g.stands())
		}
	})
}

// TestAChannelIsExportedAndErased: what is kept of a customer has it, and goes with it.
func TestAChannelIsExportedAndErased(t *testing.T) {
	each(t, func(w *world) {
		g := newGate(w)
		w.is(g.closes(), "")
		x := must[risk.Exported](w)(w.Export(w.Context(), officer, g.who))
		if len(x.Channels) != 1 || x.Channels[0].Channel != "web" || x.Channels[0].Event != g.event {
			t.Errorf("%+v", x.Channels)
		}
		if k := must[risk.Kept](w)(w.Kept(w.Context(), g.who)); k.Channels != 1 {
			t.Errorf("%+v", k)
		}
		for range 2 {
			w.is(w.DB.Write(context.Background(), func(tx *db.Tx) error { return w.Erase(tx, g.who) }), "")
		}
		if n := w.count("SELECT COUNT(*) FROM risk_channel"); n != 0 {
			t.Errorf("%d blocks are left", n)
		}
	})
}

// TestAgainKeepsTheChannel: a judgment that closes the channel never becomes one that does
// not, whatever the rules become; and one that did not may.
func TestAgainKeepsTheChannel(t *testing.T) {
	each(t, func(w *world) {
		h := &height{base: 30_000, thresholds: score.Thresholds{StepUp: 250, Block: 900, Channel: 985}}
		w.Preset = h
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
		if !a.Result.BlockChannel {
			t.Fatalf("%+v", a.Result)
		}
		h.thresholds.Channel = 1001 // nothing is so high any more
		h.base = 40_000
		if got := must[risk.Assessment](w)(w.Again(w.Context(), bank, alice, a.ID)); !got.Result.BlockChannel {
			t.Errorf("more lenient: %+v", got.Result)
		}
		b := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(bob)))
		h.thresholds.Channel = 985
		if got := must[risk.Assessment](w)(w.Again(w.Context(), bank, bob, b.ID)); b.Result.BlockChannel || !got.Result.BlockChannel {
			t.Errorf("not stricter: %+v", got.Result)
		}
	})
}

// height are rules with a base and thresholds of a test's choice.
type height struct {
	base       int
	thresholds score.Thresholds
}

func (h *height) Settings() score.Settings {
	return score.Settings{Base: h.base, Thresholds: h.thresholds}
}
func (h *height) Evaluate(*score.Facts) (v score.Verdict) { return v }
