package hub_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

// uses are all that can be done with a handle.
func (w *world) uses(number string) map[string]func(who audit.Actor, handle string) error {
	ctx := context.Background()
	step := func(p hub.Proof) func(audit.Actor, string) error {
		return func(who audit.Actor, handle string) error {
			_, err := w.hub.Step(ctx, who, handle, p)
			return err
		}
	}
	return map[string]func(audit.Actor, string) error{
		"look": func(who audit.Actor, handle string) error { _, err := w.hub.Get(ctx, who, handle); return err },
		"ask for a challenge": func(who audit.Actor, handle string) error {
			_, err := w.hub.Challenge(ctx, who, handle, "")
			return err
		},
		"a wrong code":           step(hub.Proof{Code: wrong("PLAIN" + number)}),
		"the right code":         step(hub.Proof{Code: code("PLAIN"+number, 0)}),
		"the owner's key":        step(hub.Proof{Code: wrong("PLAIN" + number), Key: "k"}),
		"a policy there is none": step(hub.Proof{Code: wrong("PLAIN" + number), Policy: "none"}),
	}
}

// TestHandleIsItsStartersOwn: to another application a handle is one that nobody
// has: the same answer after the same work, and nothing happens.
func TestHandleIsItsStartersOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		before := w.must(w.step(o.Handle, hub.Proof{Code: wrong("PLAIN100"), Key: "k"}))
		madeUp := map[bool]string{true: "B", false: "A"}[o.Handle[0] == 'A'] + o.Handle[1:] // another one for certain
		gone := w.begun(hub.Start{CustomerNumber: "100"}).Handle
		w.sql("DELETE FROM authentication WHERE id NOT IN (SELECT id FROM authentication WHERE last_key IS NOT NULL)")
		for name, use := range w.uses("100") {
			var want error
			cost := w.done(func() { want = use(by(), madeUp) })
			if !fault.Is(want, "authentication.unknown") || cost.Statements+cost.Reads == 0 {
				t.Fatalf("%s, a handle that is made up: %v after %+v", name, want, cost)
			}
			for whose, f := range map[string]func() error{
				"somebody else's": func() error { return use(other(), o.Handle) },
				"deleted":         func() error { return use(by(), gone) },
			} {
				var got error
				if d := cmp.Diff(cost, w.done(func() { got = f() })); d != "" {
					t.Errorf("%s, a handle that is %s: other work: %s", name, whose, d)
				}
				if got == nil || got.Error() != want.Error() || fault.KindOf(got) != fault.KindOf(want) {
					t.Errorf("%s, a handle that is %s: %v, want %v", name, whose, got, want)
				}
			}
		}
		if d := cmp.Diff(before, w.get(o.Handle)); d != "" {
			t.Errorf("what the other application did changed something: %s", d)
		}
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 1 || a.Open != 0 {
			t.Errorf("what the other application did was counted: %+v", a)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})); got.State != hub.Granted {
			t.Errorf("the owner's right code: %+v", got)
		}
	})
}

// TestHandleOfAKeyIsItsStartersOwn: one key of two applications is two
// authentications, and neither may use the other's.
func TestHandleOfAKeyIsItsStartersOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		in := hub.Start{CustomerNumber: "100", Purpose: "login", Channel: "web", Key: "k"}
		mine := w.begun(in)
		theirs, err := w.hub.Start(t.Context(), other(), in)
		if err != nil || theirs.Handle == mine.Handle {
			t.Fatalf("%+v, %v", theirs, err)
		}
		if _, err := w.hub.Get(t.Context(), other(), mine.Handle); !fault.Is(err, "authentication.unknown") {
			t.Errorf("they look at ours: %v", err)
		}
		if got, err := w.hub.Get(t.Context(), other(), theirs.Handle); err != nil || got.State != hub.Open {
			t.Errorf("they look at theirs: %+v, %v", got, err)
		}
	})
}
