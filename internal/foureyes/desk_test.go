package foureyes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

func TestShortAct(t *testing.T) {
	each(t, func(w *world) {
		p := w.propose(ann, policy.ActBulk, `{"n":1}`)
		if p.State != foureyes.Open || p.Expires.Sub(p.Created) != 72*time.Hour || p.Proposer.ID != ann.ID || w.deeds(p.ID) != 0 {
			w.Fatalf("%+v", p)
		}
		got, err := w.Approve(w.Context(), bob, p.ID, p.Digest, "  looks\n right ")
		w.is(err, "")
		if got.State != foureyes.Executed || got.Decider.ID != bob.ID || got.Note != "looks right" || w.deeds(p.ID) != 1 {
			w.Errorf("%+v with %d deeds", got, w.deeds(p.ID))
		}
		if d := cmp.Diff(got, w.get(p), cmp.Comparer(func(a, b audit.Actor) bool { return a.String() == b.String() })); d != "" {
			w.Errorf("what was returned is not what is stored: %s", d)
		}
		if d := cmp.Diff([]string{"approved bob", "executed bob", "made ann"}, w.history(p)); d != "" {
			w.Error(d)
		}
	})
}

func TestLongAct(t *testing.T) {
	each(t, func(w *world) {
		p := w.propose(ann, policy.ActRotation, `{"n":1}`)
		_, err := w.Execute(w.Context(), cyd, p.ID)
		w.is(err, "foureyes.not_approved")
		w.is(w.approve(bob, p), "")
		if w.state(p) != foureyes.Approved || w.deeds(p.ID) != 0 {
			w.Errorf("%s with %d deeds", w.state(p), w.deeds(p.ID))
		}
		got, err := w.Execute(w.Context(), cyd, p.ID)
		w.is(err, "")
		if got.State != foureyes.Executed || got.Runner.ID != cyd.ID || w.deeds(p.ID) != 1 {
			w.Errorf("%+v with %d deeds", got, w.deeds(p.ID))
		}
		_, err = w.Execute(w.Context(), cyd, p.ID)
		w.is(err, "foureyes.decided")
		if d := cmp.Diff([]string{"approved bob", "executed cyd", "made ann", "started cyd"}, w.history(p)); d != "" || w.deeds(p.ID) != 1 {
			w.Errorf("%d deeds %s", w.deeds(p.ID), d)
		}
	})
}

// TestPresented: what is too large or too secret to keep is presented again, and
// nothing else will do.
func TestPresented(t *testing.T) {
	each(t, func(w *world) {
		p := w.propose(ann, policy.ActImport, `{"file_sha256":"aa"}`)
		w.is(w.approve(bob, p), "")
		_, err := w.Execute(w.Context(), ann, p.ID)
		w.is(err, "foureyes.present")
		ran := 0
		run := func(context.Context, foureyes.Warrant) error { ran++; return nil }
		_, err = w.CarryOut(w.Context(), ann, p.ID, []byte(`{"file_sha256":"bb"}`), run)
		w.is(err, "foureyes.other")
		if w.state(p) != foureyes.Approved || ran != 0 {
			w.Errorf("another file: %s, ran %d times", w.state(p), ran)
		}
		var kept foureyes.Warrant
		got, err := w.CarryOut(w.Context(), cli, p.ID, []byte(`{"file_sha256":"aa"}`), func(_ context.Context, wa foureyes.Warrant) error {
			kept = wa
			var none policy.FourEyes
			w.is(foureyes.Allow(none, policy.ActImport, wa, []byte(`{"file_sha256":"aa"}`)), "")
			w.is(foureyes.Allow(none, policy.ActImport, wa, []byte(`{"file_sha256":"bb"}`)), "foureyes.other")
			w.is(foureyes.Allow(none, policy.ActBulk, wa, []byte(`{"file_sha256":"aa"}`)), "foureyes.other")
			return nil
		})
		w.is(err, "")
		if got.State != foureyes.Executed || got.Runner != cli {
			w.Errorf("%+v", got)
		}
		if kept.Covers(policy.ActImport, []byte(`{"file_sha256":"aa"}`)) {
			w.Error("a warrant outlived its act")
		}
		_, err = w.CarryOut(w.Context(), cli, p.ID, []byte(`{"file_sha256":"aa"}`), run)
		w.is(err, "foureyes.decided")
		if ran != 0 {
			w.Error("it ran twice")
		}
	})
}

func TestAllowWithoutWarrant(t *testing.T) {
	t.Parallel()
	f := policy.FourEyes{Acts: []policy.Act{policy.ActBulk}}
	if err := foureyes.Allow(f, policy.ActBulk, foureyes.Warrant{}, nil); !fault.Is(err, "foureyes.needed") || fault.KindOf(err) != fault.Denied {
		t.Errorf("%v", err)
	}
	if err := foureyes.Allow(f, policy.ActImport, foureyes.Warrant{}, nil); err != nil {
		t.Errorf("%v", err)
	}
	if w := (foureyes.Warrant{}); !w.IsZero() || w.Covers("", nil) || w.Payload() != nil || w.Act() != "" || !w.ID().IsZero() {
		t.Error("the zero warrant is worth something")
	}
}

func TestFormOfProposals(t *testing.T) {
	each(t, func(w *world) {
		cases := map[string]struct {
			by   audit.Actor
			n    foureyes.New
			code string
		}{
			"the command line": {cli, foureyes.New{Act: policy.ActBulk, Payload: []byte("{}"), Reason: "x"}, "foureyes.person"},
			"an application":   {audit.Client(ann.ID, "ann"), foureyes.New{Act: policy.ActBulk, Payload: []byte("{}"), Reason: "x"}, "foureyes.person"},
			"no reason":        {ann, foureyes.New{Act: policy.ActBulk, Payload: []byte("{}"), Reason: " \n"}, "foureyes.reason"},
			"a long reason":    {ann, foureyes.New{Act: policy.ActBulk, Payload: []byte("{}"), Reason: strings.Repeat("x", 501)}, "foureyes.reason"},
			"a hidden reason":  {ann, foureyes.New{Act: policy.ActBulk, Payload: []byte("{}"), Reason: "a\u202eb"}, "foureyes.reason"},
			"another act":      {ann, foureyes.New{Act: "magic", Payload: []byte("{}"), Reason: "x"}, "foureyes.act"},
			"no payload":       {ann, foureyes.New{Act: policy.ActBulk, Reason: "x"}, "foureyes.payload"},
			"no JSON":          {ann, foureyes.New{Act: policy.ActBulk, Payload: []byte("{"), Reason: "x"}, "foureyes.payload"},
			"not canonical":    {ann, foureyes.New{Act: policy.ActBulk, Payload: []byte(`{"a": 1}`), Reason: "x"}, "foureyes.payload"},
			"too large":        {ann, foureyes.New{Act: policy.ActBulk, Payload: []byte(`"` + strings.Repeat("x", foureyes.MaxPayload) + `"`), Reason: "x"}, "foureyes.payload"},
			"refused by check": {ann, foureyes.New{Act: policy.ActPolicy, Payload: []byte(`{"to":7}`), Reason: "x"}, "foureyes.payload"},
		}
		for name, c := range cases {
			if _, err := w.Propose(w.Context(), c.by, c.n); !fault.Is(err, c.code) {
				w.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		w.bar(ann, true)
		_, err := w.Propose(w.Context(), ann, foureyes.New{Act: policy.ActBulk, Payload: []byte("{}"), Reason: "x"})
		w.is(err, "test.denied")
		if all, err := w.List(w.Context(), nil, ident.ID{}, 10); err != nil || len(all) != 0 {
			w.Errorf("%d proposals, %v", len(all), err)
		}
	})
}

// TestNobodyDecidesTheirOwn: not by the use cases, and not in SQL either.
func TestNobodyDecidesTheirOwn(t *testing.T) {
	each(t, func(w *world) {
		p := w.propose(ann, policy.ActBulk, `{"n":1}`)
		w.is(w.approve(ann, p), "foureyes.own")
		_, err := w.Reject(w.Context(), ann, p.ID, "mine")
		w.is(err, "foureyes.own")
		again := audit.Staff(ann.ID, "another name")
		w.is(w.approve(again, p), "foureyes.own")
		for _, who := range []audit.Actor{cli, audit.Client(bob.ID, "bob"), audit.Customer(bob.ID)} {
			w.is(w.approve(who, p), "foureyes.person")
			_, err := w.Reject(w.Context(), who, p.ID, "no")
			w.is(err, "foureyes.person")
		}
		for name, sql := range map[string]string{
			"its proposer":     "UPDATE proposal SET state = 'approved', decider = proposer",
			"nobody":           "UPDATE proposal SET state = 'executed'",
			"a program":        "UPDATE proposal SET state = 'approved', decider = 'system:cli'",
			"a later proposer": "UPDATE proposal SET proposer = 'system:cli'",
			"no such state":    "UPDATE proposal SET state = 'blessed'",
		} {
			if err := w.try(sql); err == nil {
				w.Errorf("decided by %s, in SQL", name)
			}
		}
		if w.state(p) != foureyes.Open || w.deeds(p.ID) != 0 {
			w.Errorf("%s with %d deeds", w.state(p), w.deeds(p.ID))
		}
		w.bar(bob, true)
		w.is(w.approve(bob, p), "test.denied")
		w.is(w.approve(cyd, p), "")
	})
}

// TestOneOfManyWins: many approve, reject and withdraw at once.
func TestOneOfManyWins(t *testing.T) {
	each(t, func(w *world) {
		for _, act := range []policy.Act{policy.ActBulk, policy.ActRotation} {
			p := w.propose(ann, act, `{"n":1}`)
			errs := make([]error, 12)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					switch i % 4 {
					case 0, 1:
						_, errs[i] = w.Approve(context.Background(), []audit.Actor{bob, cyd}[i%4], p.ID, p.Digest, "")
					case 2:
						_, errs[i] = w.Reject(context.Background(), cyd, p.ID, "no")
					case 3:
						_, errs[i] = w.Reject(context.Background(), bob, p.ID, "no")
					}
				})
			}
			wg.Wait()
			if n := won(w, errs); n != 1 {
				w.Fatalf("%d won", n)
			}
			if w.state(p) != foureyes.Approved {
				continue
			}
			for i := range errs {
				wg.Go(func() { _, errs[i] = w.Execute(context.Background(), cyd, p.ID) })
			}
			wg.Wait()
			if n := won(w, errs); n != 1 || w.deeds(p.ID) != 1 {
				w.Errorf("%d executions, %d deeds", n, w.deeds(p.ID))
			}
		}
	})
}

func won(w *world, errs []error) (n int) {
	w.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			n++
		case !fault.Is(err, "foureyes.decided"):
			w.Errorf("a loser was told %v", err)
		}
	}
	return n
}

// TestImpossibleActs: an approval of what cannot be done any more closes the
// proposal with the reason, and changes nothing else.
func TestImpossibleActs(t *testing.T) {
	each(t, func(w *world) {
		cases := map[string]struct {
			act     policy.Act
			payload string
			between func()
			outcome string
		}{
			"the policies changed":      {policy.ActBulk, `{"n":1}`, func() { w.force(document(t, 1)) }, "made against version"},
			"the proposer was let go":   {policy.ActBulk, `{"n":1}`, func() { w.bar(ann, true) }, " may not propose"},
			"the token was assigned":    {policy.ActBulk, `"assigned"`, func() {}, "The token is assigned meanwhile."},
			"a long act, the same":      {policy.ActRotation, `{"n":1}`, func() { w.bar(ann, true) }, " may not propose"},
			"somebody changed the row":  {policy.ActBulk, `{"n":1}`, func() { w.sql(`UPDATE proposal SET payload = $1 WHERE state = 'open'`, []byte(`{"n":2}`)) }, "not what was proposed"},
			"the row and the policies ": {policy.ActRotation, `{"n":1}`, func() { w.force(document(t, 2)) }, "made against version"},
		}
		for name, c := range cases {
			p := w.propose(ann, c.act, c.payload)
			c.between()
			w.is(w.approve(bob, p), "foureyes.failed")
			got := w.get(p)
			if got.State != foureyes.Failed || !strings.Contains(got.Outcome, c.outcome) || got.Decider.ID != bob.ID || w.deeds(p.ID) != 0 {
				w.Errorf("%s: %+v with %d deeds", name, got, w.deeds(p.ID))
			}
			if d := cmp.Diff([]string{"failed bob", "made ann"}, w.history(p)); d != "" {
				w.Errorf("%s: %s", name, d)
			}
			w.is(w.approve(cyd, p), "foureyes.decided")
			w.bar(ann, false)
		}
	})
}

// TestImpossibleAfterApproval: a long act is checked again when it begins.
func TestImpossibleAfterApproval(t *testing.T) {
	each(t, func(w *world) {
		for name, between := range map[string]func(){
			"the policies changed":    func() { w.force(document(t, 1)) },
			"the proposer was let go": func() { w.bar(ann, true) },
			"the approver was let go": func() { w.bar(bob, true) },
		} {
			p := w.propose(ann, policy.ActRotation, `{"n":1}`)
			w.is(w.approve(bob, p), "")
			between()
			_, err := w.Execute(w.Context(), cyd, p.ID)
			w.is(err, "foureyes.failed")
			got := w.get(p)
			if got.State != foureyes.Failed || got.Outcome == "" || got.Decider.ID != bob.ID || w.deeds(p.ID) != 0 {
				w.Errorf("%s: %+v with %d deeds", name, got, w.deeds(p.ID))
			}
			if d := cmp.Diff([]string{"approved bob", "failed cyd", "made ann"}, w.history(p)); d != "" {
				w.Errorf("%s: %s", name, d)
			}
			w.bar(ann, false)
			w.bar(bob, false)
		}
		p := w.propose(ann, policy.ActRotation, `{"n":1}`)
		w.is(w.approve(bob, p), "")
		w.bar(cyd, true)
		_, err := w.Execute(w.Context(), cyd, p.ID)
		w.is(err, "test.denied")
		if w.state(p) != foureyes.Approved {
			w.Errorf("somebody without permission left it %s", w.state(p))
		}
	})
}

// TestOurOwnFailures leave a proposal as it is.
func TestOurOwnFailures(t *testing.T) {
	each(t, func(w *world) {
		p := w.propose(ann, policy.ActBulk, `"away"`)
		w.is(w.approve(bob, p), "test.away")
		if w.state(p) != foureyes.Open || w.deeds(p.ID) != 0 {
			w.Errorf("%s with %d deeds", w.state(p), w.deeds(p.ID))
		}
		p = w.propose(ann, policy.ActRotation, `"away"`)
		w.is(w.approve(bob, p), "")
		_, err := w.Execute(w.Context(), bob, p.ID)
		w.is(err, "test.away")
		if got := w.get(p); got.State != foureyes.Failed || got.Outcome != "Something is away." {
			w.Errorf("a long act that began: %+v", got)
		}
	})
}

func TestExpiry(t *testing.T) {
	each(t, func(w *world) {
		open, approved := w.propose(ann, policy.ActBulk, `{"n":1}`), w.propose(ann, policy.ActRotation, `{"n":2}`)
		w.is(w.approve(bob, approved), "")
		w.clock.Advance(72*time.Hour - time.Microsecond)
		if w.state(open) != foureyes.Open || w.state(approved) != foureyes.Approved {
			w.Error("expired too early")
		}
		w.clock.Advance(time.Microsecond)
		w.is(w.approve(bob, open), "foureyes.expired")
		_, err := w.Execute(w.Context(), bob, approved.ID)
		w.is(err, "foureyes.expired")
		for _, p := range []foureyes.Proposal{open, approved} {
			if w.state(p) != foureyes.Expired || w.deeds(p.ID) != 0 {
				w.Errorf("%s with %d deeds", w.state(p), w.deeds(p.ID))
			}
			_, err := w.Withdraw(w.Context(), ann, p.ID)
			w.is(err, "foureyes.expired")
		}
	})
}

func TestSeenIsWhatIsApproved(t *testing.T) {
	each(t, func(w *world) {
		p, other := w.propose(ann, policy.ActBulk, `{"n":1}`), w.propose(ann, policy.ActBulk, `{"n":2}`)
		_, err := w.Approve(w.Context(), bob, p.ID, other.Digest, "")
		w.is(err, "foureyes.changed")
		_, err = w.Approve(w.Context(), bob, ident.Derive("none"), p.Digest, "")
		w.is(err, "foureyes.unknown")
		_, err = w.Approve(w.Context(), bob, p.ID, p.Digest, strings.Repeat("x", 501))
		w.is(err, "foureyes.reason")
		_, err = w.Reject(w.Context(), bob, p.ID, "")
		w.is(err, "foureyes.reason")
		if w.state(p) != foureyes.Open {
			w.Error(w.state(p))
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(w *world) {
		var all []foureyes.Proposal
		for _, payload := range []string{"1", "2", "3", "4"} {
			all = append(all, w.propose(ann, policy.ActRotation, payload))
			w.clock.Advance(time.Minute)
		}
		w.is(w.approve(bob, all[1]), "")
		_, err := w.Withdraw(w.Context(), ann, all[2].ID)
		w.is(err, "")
		list := func(before ident.ID, limit int, states ...foureyes.State) string {
			found, err := w.List(w.Context(), states, before, limit)
			w.is(err, "")
			var out strings.Builder
			for _, p := range found {
				for i := range all {
					if all[i].ID == p.ID {
						fmt.Fprint(&out, i+1)
					}
				}
				if p.Payload != nil {
					w.Errorf("a list carries payloads: %s", p.Payload)
				}
			}
			return out.String()
		}
		for want, got := range map[string]string{
			"4321": list(ident.ID{}, 10),
			"43":   list(ident.ID{}, 2),
			"21":   list(all[2].ID, 2),
			"41":   list(ident.ID{}, 9, foureyes.Open),
			"32":   list(ident.ID{}, 9, foureyes.Approved, foureyes.Withdrawn),
		} {
			if got != want {
				w.Errorf("listed %q, want %q", got, want)
			}
		}
		for who, want := range map[audit.Actor]int64{ann: 0, bob: 2} {
			if n, err := w.Waiting(w.Context(), who); err != nil || n != want {
				w.Errorf("%d wait for %s, %v", n, who.Name, err)
			}
		}
		w.clock.Advance(100 * time.Hour)
		if got := list(ident.ID{}, 9, foureyes.Expired); got != "421" {
			w.Errorf("expired: %q", got)
		}
		_, err = w.List(w.Context(), []foureyes.State{"x"}, ident.ID{}, 9)
		w.is(err, "foureyes.state")
		_, err = w.List(w.Context(), nil, ident.ID{}, 201)
		w.is(err, "foureyes.limit")
	})
}

// TestStateTable goes through every cell of the table in the package comment.
func TestStateTable(t *testing.T) {
	acts := []string{"approve", "reject", "withdraw", "execute", "sweep"}
	table := map[foureyes.State][]string{ // what the state is after each of the acts
		foureyes.Open:      {"approved", "rejected", "withdrawn", "", ""},
		foureyes.Approved:  {"", "", "withdrawn", "executed", ""},
		foureyes.Running:   {"", "", "", "", "failed"},
		foureyes.Executed:  {"", "", "", "", ""},
		foureyes.Rejected:  {"", "", "", "", ""},
		foureyes.Withdrawn: {"", "", "", "", ""},
		foureyes.Failed:    {"", "", "", "", ""},
		foureyes.Expired:   {"", "", "", "", ""},
	}
	each(t, func(w *world) {
		for _, state := range foureyes.States() {
			for i, act := range acts {
				p := w.put(state)
				if state == foureyes.Running {
					w.clock.Advance(5*time.Minute + time.Microsecond)
				}
				err := w.act(act, p)
				want := table[state][i]
				if want == "" {
					if want = string(state); err == nil && act != "sweep" {
						w.Errorf("%s in state %s was not refused", act, state)
					}
				} else if err != nil {
					w.Errorf("%s in state %s: %v", act, state, err)
				}
				if got := w.state(p); string(got) != want {
					w.Errorf("%s in state %s leads to %s, want %s", act, state, got, want)
				}
			}
		}
	})
}

func (w *world) act(name string, p foureyes.Proposal) (err error) {
	switch name {
	case "approve":
		_, err = w.Approve(w.Context(), cyd, p.ID, p.Digest, "")
	case "reject":
		_, err = w.Reject(w.Context(), cyd, p.ID, "no")
	case "withdraw":
		_, err = w.Withdraw(w.Context(), ann, p.ID)
	case "execute":
		_, err = w.Execute(w.Context(), cyd, p.ID)
	case "sweep":
		_, err = w.Sweep(w.Context(), 100)
	}
	return err
}

// put makes a proposal in a state.
func (w *world) put(s foureyes.State) foureyes.Proposal {
	w.Helper()
	p := w.propose(ann, policy.ActRotation, `{"n":1}`)
	steps := map[foureyes.State][]string{
		foureyes.Approved: {"approve"}, foureyes.Executed: {"approve", "execute"},
		foureyes.Rejected: {"reject"}, foureyes.Withdrawn: {"withdraw"},
	}
	for _, step := range steps[s] {
		w.is(w.act(step, p), "")
	}
	switch s { //nolint:exhaustive // the others took their steps above
	case foureyes.Running: // as a node leaves it that was killed
		w.is(w.act("approve", p), "")
		w.sql("UPDATE proposal SET state = 'running', runner = 'system:test', beat_at = $2 WHERE id = $1", p.ID, w.clock.Now())
	case foureyes.Failed:
		w.bar(ann, true)
		w.is(w.act("approve", p), "foureyes.failed")
		w.bar(ann, false)
	case foureyes.Expired:
		w.clock.Advance(72 * time.Hour)
	}
	if got := w.state(p); got != s {
		w.Fatalf("made %s, want %s", got, s)
	}
	return p
}

func TestWithdrawingIsForTheProposer(t *testing.T) {
	each(t, func(w *world) {
		p := w.propose(ann, policy.ActBulk, `{"n":1}`)
		_, err := w.Withdraw(w.Context(), bob, p.ID)
		w.is(err, "foureyes.others")
		got, err := w.Withdraw(w.Context(), ann, p.ID)
		w.is(err, "")
		if got.State != foureyes.Withdrawn || !slices.Equal(w.history(p), []string{"made ann", "withdrawn ann"}) {
			w.Errorf("%+v, %v", got, w.history(p))
		}
		_, err = w.Withdraw(w.Context(), ann, ident.Derive("none"))
		w.is(err, "foureyes.unknown")
	})
}

func TestRunsThatGoWrong(t *testing.T) {
	each(t, func(w *world) {
		approved := func() foureyes.Proposal {
			p := w.propose(ann, policy.ActImport, "1")
			w.is(w.approve(bob, p), "")
			return p
		}
		p := approved()
		ctx, cancel := context.WithCancel(w.Context())
		_, err := w.CarryOut(ctx, bob, p.ID, []byte("1"), func(ctx context.Context, _ foureyes.Warrant) error {
			cancel()
			return ctx.Err()
		})
		if got := w.get(p); !errors.Is(err, context.Canceled) || got.State != foureyes.Failed || got.Outcome != "It was broken off." {
			w.Errorf("broken off: %v, %+v", err, got)
		}
		p = approved()
		func() {
			defer func() {
				if recover() == nil {
					w.Error("the panic was swallowed")
				}
			}()
			_, _ = w.CarryOut(w.Context(), bob, p.ID, []byte("1"), func(context.Context, foureyes.Warrant) error { panic("!") })
		}()
		if w.state(p) != foureyes.Failed {
			w.Errorf("after a panic: %s", w.state(p))
		}
		p = approved()
		got, err := w.CarryOut(w.Context(), bob, p.ID, []byte("1"), func(ctx context.Context, _ foureyes.Warrant) error {
			w.clock.Advance(6 * time.Minute) // and no sign of life meanwhile
			if n, err := w.Sweep(ctx, 100); n != 1 || err != nil {
				w.Errorf("swept %d, %v", n, err)
			}
			return nil
		})
		w.is(err, "foureyes.interrupted")
		if got.State != foureyes.Failed || got.Outcome == "" {
			w.Errorf("taken for dead: %+v", got)
		}
	})
}
