package companion_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// TestStates: each cell of the table in the package comment.
func TestStates(t *testing.T) {
	acts := map[string]func(w *world, o companion.On) error{
		"suspend": func(w *world, o companion.On) error { return w.desk.Suspend(w.Context(), system, o) },
		"resume":  func(w *world, o companion.On) error { return w.desk.Resume(w.Context(), system, o) },
		"lose":    func(w *world, o companion.On) error { return w.desk.Lose(w.Context(), system, o) },
		"remove":  func(w *world, o companion.On) error { return w.desk.Remove(w.Context(), system, o) },
	}
	ways := map[string][]string{"active": nil, "suspended": {"suspend"}, "lost": {"lose"}, "retired": {"remove"}}
	allowed := map[string]map[string]string{
		"active":    {"suspend": "suspended", "lose": "lost", "remove": "retired"},
		"suspended": {"resume": "active", "lose": "lost", "remove": "retired"},
		"lost":      {"remove": "retired"},
		"retired":   {},
	}
	each(t, func(t *testing.T, w *world) {
		n := 0
		for state, way := range ways {
			for act, do := range acts {
				n++
				c := w.customer(string(rune('a'+n)) + "1")
				p := w.phone(c)
				o := companion.On{Order: companion.Order{Customer: c, Reason: "test"}, Companion: p.ID}
				for _, step := range way {
					if err := acts[step](w, o); err != nil {
						t.Fatal(err)
					}
				}
				err := do(w, o)
				to, ok := allowed[state][act]
				if (err == nil) != ok {
					t.Errorf("%s a device that is %s: %v", act, state, err)
				}
				if !ok {
					continue
				}
				var got companion.Companion
				_ = w.d.Read(t.Context(), func(tx *db.Tx) error { got, _, err = companion.Get(tx, c, p.ID); return err })
				if string(got.Status) != to {
					t.Errorf("%s a device that was %s: %s, want %s", act, state, got.Status, to)
				}
			}
		}
	})
}

// TestRemovedDevicesLeaveNothing: their identifiers are forgotten, and the same thing can be registered anew under another number.
func TestRemovedDevicesLeaveNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		tv := companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{bluetooth(1)}}
		old, _, err := w.name(p, tv)
		if err != nil {
			t.Fatal(err)
		}
		me, on := audit.Customer(c), companion.On{Order: companion.Order{Customer: c}, Companion: old.ID}
		w.wants(w.desk.Remove(t.Context(), audit.Customer(ident.Derive("thief")), on), "companion.not_yours")
		if err := w.desk.Remove(t.Context(), me, on); err != nil {
			t.Fatal(err)
		}
		_, err = w.desk.Get(t.Context(), c, old.ID)
		w.wants(err, "companion.unknown")
		again, added, err := w.name(p, tv)
		if err != nil || !added || again.ID == old.ID || again.Number != old.Number+1 {
			t.Errorf("%+v %t %v", again, added, err)
		}
		if !contains(w.heard(), companion.AuditRemoved) || !contains(w.ended, companion.AuditRemoved) {
			t.Error(w.heard(), w.ended)
		}
	})
}

// TestResumeNeedsAWarrant: whoever may suspend may not resume just so.
func TestResumeNeedsAWarrant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		me, on := audit.Customer(c), companion.On{Order: companion.Order{Customer: c}, Companion: p.ID}
		if err := w.desk.Suspend(t.Context(), me, on); err != nil {
			t.Fatal(err)
		}
		w.wants(w.desk.Resume(t.Context(), me, on), "companion.proof")
		w.wants(w.desk.Resume(t.Context(), ann, on), "identification.required")
		w.identify(c)
		if err := w.desk.Resume(t.Context(), ann, on); err != nil {
			t.Error(err)
		}
	})
}

// TestRoles (DI-96, DI-97, DI-229 to DI-231): several at once, by what a device can and what its owner lets it be.
func TestRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		for _, r := range companion.Roles() {
			if !p.May(r) {
				t.Errorf("a phone with an application cannot be a %s", r)
			}
		}
		tv, _, err := w.name(p, companion.Thing{Kind: companion.TV, Can: []companion.Capability{companion.Interface}, Identifiers: []companion.Identifier{bluetooth(1)}})
		if err != nil || tv.May(companion.Primary) || !tv.May(companion.Tertiary) || !tv.May(companion.HubRole) || !tv.May(companion.Secondary) {
			t.Errorf("%+v %v", tv, err)
		}
		lamp, _, err := w.name(p, companion.Thing{Kind: companion.Heater, Identifiers: []companion.Identifier{bluetooth(2)}})
		if err != nil || lamp.May(companion.Tertiary) {
			t.Errorf("%+v %v", lamp, err)
		}
		me := audit.Customer(c)
		w.wants(w.desk.Change(t.Context(), me, on(tv), companion.Change{Roles: &[]companion.Role{companion.Primary}}), "companion.role")
		if err := w.desk.Change(t.Context(), me, on(p), companion.Change{Roles: &[]companion.Role{companion.Secondary, companion.Secondary}}); err != nil {
			t.Fatal(err)
		}
		got := w.get(p)
		if diff := cmp.Diff([]companion.Role{companion.Secondary}, got.Roles); diff != "" || got.May(companion.Primary) {
			t.Error(diff)
		}
		_, _, err = w.name(got.Companion, companion.Thing{Kind: companion.Watch, Identifiers: []companion.Identifier{bluetooth(3)}})
		w.wants(err, "companion.role")
	})
}

// TestDescribed: names and groups, and what is refused of them.
func TestDescribed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		me := audit.Customer(c)
		if err := w.desk.Change(t.Context(), me, on(p), companion.Change{Name: new("  My   phone "), Group: new(companion.Job)}); err != nil {
			t.Fatal(err)
		}
		if got := w.get(p); got.Name != "My phone" || got.Group != companion.Job || !got.May(companion.Primary) {
			t.Errorf("%+v", got)
		}
		w.wants(w.desk.Change(t.Context(), me, on(p), companion.Change{Name: new("a\u202eb")}), "companion.text")
		w.wants(w.desk.Change(t.Context(), me, on(p), companion.Change{Group: new(companion.Group("moon"))}), "companion.group")
		w.wants(w.desk.Change(t.Context(), me, companion.On{Order: companion.Order{Customer: c}, Companion: ident.Derive("none")}, companion.Change{}), "companion.unknown")
		w.wants(w.desk.Change(t.Context(), audit.Customer(ident.Derive("thief")), on(p), companion.Change{}), "companion.not_yours")
	})
}

// TestErased: nothing of a customer stays.
func TestErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		if _, _, err := w.name(p, companion.Thing{Kind: companion.TV, Identifiers: []companion.Identifier{bluetooth(1)}}); err != nil {
			t.Fatal(err)
		}
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return companion.Erase(tx, c) }); err != nil {
			t.Fatal(err)
		}
		err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			for _, table := range companion.Personal() {
				var n int
				if err := tx.Row("SELECT COUNT(*) FROM " + table.Name).Scan(&n); err != nil || n > 0 {
					t.Errorf("%s: %d rows, %v", table.Name, n, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
