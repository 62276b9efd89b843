package authenticator_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

// counters is the document whose table of states this package keeps to.
const counters = "../../docs/conformance/counters.md"

// table reads the cells of the table below a heading, the line of names first.
func table(t *testing.T, heading string) (rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile(counters)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(doc), "\n## "+heading+"\n")
	after, _, _ = strings.Cut(after, "\n## ")
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	if !found || len(rows) < 2 {
		t.Fatalf("%s has no table below %q", counters, heading)
	}
	return rows
}

// TestEveryStateAndAct compares each cell of the table of states in the document
// with what happens. The counter blocks at the third failure for a minute, and for
// good at the second block.
func TestEveryStateAndAct(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		w.activate(limit.Rule{Max: 3, CoolDown: time.Minute, MaxBlocks: 2})
		rows := table(t, "States and acts")
		if len(rows)-1 != len(w.states()) || len(rows[0])-1 != len(w.acts(ident.ID{})) {
			t.Fatalf("%d states and %d acts in the document, %d and %d here", len(rows)-1, len(rows[0])-1, len(w.states()), len(w.acts(ident.ID{})))
		}
		n := 0
		for _, row := range rows[1:] {
			arrange, known := w.states()[row[0]]
			if !known {
				t.Errorf("nobody knows how to reach the state %q", row[0])
				continue
			}
			for i, want := range row[1:] {
				n++
				id := w.registered(strconv.Itoa(n))
				arrange(id)
				if was := w.stateOf(id); was != row[0] {
					t.Errorf("arranged %q, and it is %q", row[0], was)
				}
				act, known := w.acts(id)[rows[0][i+1]]
				if !known {
					t.Fatalf("nobody knows the act %q", rows[0][i+1])
				}
				result := act()
				if got := strings.TrimSpace(w.stateOf(id) + " " + result); got != want {
					t.Errorf("%s, %s: %q; the document says %q", row[0], rows[0][i+1], got, want)
				}
			}
		}
	})
}

// states are the ways into each state.
func (w *helpDesk) states() map[string]func(ident.ID) {
	fail := func(n int) func(ident.ID) {
		return func(id ident.ID) {
			for range n {
				w.fail(id)
			}
		}
	}
	cool := func(id ident.ID) { fail(3)(id); w.later(time.Minute) }
	return map[string]func(ident.ID){
		"fresh": func(ident.ID) {}, "failed 1": fail(1), "failed 2": fail(2), "blocked": fail(3), "cooled": cool,
		"failed 2, block 2": func(id ident.ID) { cool(id); fail(2)(id) },
		"held":              func(id ident.ID) { cool(id); fail(3)(id) },
		"disabled":          func(id ident.ID) { fail(1)(id); w.disable(id) },
		"expired":           func(id ident.ID) { fail(1)(id); w.expire(id) },
		"none":              func(id ident.ID) { w.forget(id) },
	}
}

// acts are what can be done; each says how it was refused, or nothing.
func (w *helpDesk) acts(id ident.ID) map[string]func() string {
	prove := func(f authenticator.Finding) func() string {
		return func() string { return refused(string(w.prove(id, f))) }
	}
	staff := func(do func() (authenticator.Holding, error)) func() string {
		return func() string {
			_, err := do()
			return refused(strings.TrimPrefix(code(err), "authenticator."))
		}
	}
	return map[string]func() string{
		"right": prove(right(new(int), true)), "wrong": prove(wrong()), "spent": prove(right(new(int), false)),
		"reset": staff(func() (authenticator.Holding, error) {
			return w.keeper.Reset(w.t.Context(), ann, w.act(id), w.identified(id, ann))
		}),
		"disable": staff(func() (authenticator.Holding, error) { return w.keeper.Disable(w.t.Context(), ann, w.act(id)) }),
		"enable": staff(func() (authenticator.Holding, error) {
			w.identified(id, ann)
			return w.keeper.Enable(w.t.Context(), ann, w.act(id))
		}),
		"register": func() string { w.enroll(id); return "" },
	}
}

func refused(reason string) string {
	if reason == "" {
		return ""
	}
	return "(" + reason + ")"
}

func (w *world) enroll(id ident.ID) {
	w.t.Helper()
	w.settle(id, func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), id, w.policy) })
}

// forget takes the policy from the customer, as if it had never been theirs.
func (w *world) forget(id ident.ID) {
	w.t.Helper()
	w.settle(id, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM authenticator WHERE customer = $1", id)
		return err
	})
}

// stateOf names the state that an authenticator is in, in the words of the table.
func (w *world) stateOf(id ident.ID) string {
	a, s, now := w.get(id), w.get(id).Failures, w.clock.Now()
	switch {
	case a.Policy == "":
		return "none"
	case a.Status == authenticator.Disabled:
		return "disabled"
	case a.Expired(now):
		return "expired"
	case s.Held():
		return "held"
	case s.Blocked(now):
		return "blocked"
	case !s.BlockedUntil.IsZero():
		return "cooled"
	case s.Count == 0:
		return "fresh"
	case s.Blocks > 0:
		return "failed " + strconv.Itoa(s.Count) + ", block " + strconv.Itoa(s.Blocks+1)
	}
	return "failed " + strconv.Itoa(s.Count)
}
