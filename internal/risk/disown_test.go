package risk_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
)

// TestDisown: in every state an event can be disowned in or not; it waits for an analyst then, and
// what ended well stays what it was.
func TestDisown(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 15)
		review := &risk.Review{Desk: w.Desk}
		waiting := 0
		for _, c := range []struct {
			path []string
			code string
		}{
			{nil, ""},
			{[]string{"sign"}, ""},
			{[]string{"reject"}, ""},
			{[]string{"complete"}, "risk.state"},
		} {
			a := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
			for _, p := range c.path {
				if err := w.act(p, alice, a.ID); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // told again, nothing changes
				if err := w.Disown(w.Context(), bank, alice, a.ID); c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) {
					t.Errorf("%v: %v; want %q", c.path, err, c.code)
				}
			}
			e := must[risk.Event](w)(w.Find(w.Context(), alice, a.ID))
			if disowned := e.Item == risk.ItemDisowned; disowned != (c.code == "") || disowned && (e.State != risk.Rejected || e.Label != risk.Unlabeled || e.Learned) {
				t.Errorf("%v: %+v", c.path, e)
			}
			if c.code == "" {
				waiting++
			}
			list, err := review.Queue(w.Context(), risk.Filter{Disowned: true, Limit: 10})
			if err != nil || len(list) != waiting {
				t.Errorf("%v: %d wait, %v; want %d", c.path, len(list), err, waiting)
			}
		}
		if err := w.Disown(w.Context(), bank, alice, ident.Derive("nothing")); !fault.Is(err, "risk.unknown") {
			t.Error(err)
		}
	})
}
