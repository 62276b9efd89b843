package mobileid_test

import (
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// causes are those that a mobile ID is held for, the strongest first.
func (w *world) causes(m mobileid.MobileID) (all []mobileid.Cause) {
	w.Helper()
	p, err := w.desk.Profile(w.Context(), m.Customer, m.ID)
	w.check(err)
	for _, h := range p.Holds {
		all = append(all, h.Cause)
	}
	return all
}

// permutations are all orders of n things.
func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{{}}
	}
	for _, p := range permutations(n - 1) {
		for i := range n {
			all = append(all, slices.Insert(slices.Clone(p), i, n-1))
		}
	}
	return all
}

// TestHoldsAreCounted: a mobile ID that is held for several reasons comes back with the end of the last one,
// in whatever order they begin and end, and so do its certificates.
func TestHoldsAreCounted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		resume := func(c mobileid.Cause) {
			o := order(m)
			o.Hold = c
			_, err := w.desk.Resume(t.Context(), system, o)
			w.check(err)
		}
		self := audit.Customer(m.Customer)
		reasons := []struct {
			cause      mobileid.Cause
			begin, end func()
		}{
			{mobileid.ByStaff, func() { _, err := w.desk.Suspend(t.Context(), system, order(m)); w.check(err) }, func() { resume(mobileid.ByStaff) }},
			{mobileid.ByOwner, func() { _, err := w.desk.Suspend(t.Context(), self, order(m)); w.check(err) }, func() { resume(mobileid.ByOwner) }},
			{
				mobileid.ByCustomer, func() { w.check(w.register.Suspend(t.Context(), system, m.Customer, "a test")) },
				func() { w.check(w.register.Activate(t.Context(), system, m.Customer, "a test")) },
			},
			{mobileid.BySIM, func() { w.turn(s, false) }, func() { w.turn(s, true) }},
		}
		for n, order := range permutations(len(reasons)) {
			for _, i := range permutations(len(reasons))[(7*n)%24] {
				reasons[i].begin()
				w.standing("hold", 2)
			}
			if got := w.causes(m); len(got) != len(reasons) {
				t.Fatalf("held for %v", got)
			}
			for left, i := range order {
				w.standing("hold", 2)
				if _, err := w.sign(ap, phoneA, "Hello"); err == nil {
					t.Fatalf("a phone is asked that is held for %v", w.causes(m))
				}
				w.clock.Advance(time.Hour)
				reasons[i].end()
				if got := w.causes(m); len(got) != len(reasons)-left-1 || slices.Contains(got, reasons[i].cause) {
					t.Fatalf("after the end of %s it is held for %v", reasons[i].cause, got)
				}
			}
			w.standing("good", 2)
		}
		if got := w.mobile(m); got.State != mobileid.StateActive || got.By != "" {
			t.Errorf("%s by %q", got.State, got.By)
		}
		w.ask(phoneA, "Hello")
		s.approve()
		w.deliver()
	})
}

// TestWhoEndsAHold: customers end their own holds alone, staff name the one that ends, and nobody ends
// that another card has the number.
func TestWhoEndsAHold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		self := audit.Customer(m.Customer)
		mine := order(m)
		mine.Proof = strong
		resume := func(by audit.Actor, o mobileid.Order, c mobileid.Cause) error {
			o.Hold = c
			_, err := w.desk.Resume(t.Context(), by, o)
			return err
		}
		suspend := func(by audit.Actor) error {
			_, err := w.desk.Suspend(t.Context(), by, order(m))
			return err
		}
		want(t, resume(system, order(m), ""), "mobileid.state")
		want(t, resume(system, order(m), mobileid.ByStaff), "mobileid.state")
		w.check(suspend(system))
		w.check(suspend(self))
		want(t, suspend(self), "mobileid.state")
		want(t, suspend(system), "mobileid.state")
		if got := w.mobile(m); got.By != mobileid.ByStaff || !slices.Equal(w.causes(m), []mobileid.Cause{mobileid.ByStaff, mobileid.ByOwner}) {
			t.Errorf("by %s, for %v", got.By, w.causes(m))
		}
		want(t, resume(self, mine, mobileid.ByStaff), "mobileid.help_desk")
		want(t, resume(system, order(m), ""), "mobileid.holds")
		want(t, resume(system, order(m), mobileid.ByCard), "mobileid.state")
		want(t, resume(system, order(m), mobileid.ByCustomer), "mobileid.state")
		w.check(resume(self, mine, ""))
		want(t, resume(self, mine, ""), "mobileid.help_desk")
		if got := w.mobile(m); got.State != mobileid.StateSuspended || got.By != mobileid.ByStaff {
			t.Errorf("%s by %s", got.State, got.By)
		}
		w.moveCard(s)
		want(t, resume(system, order(m), mobileid.ByCard), "mobileid.other_card")
		w.check(resume(system, order(m), ""))
		want(t, resume(system, order(m), ""), "mobileid.other_card")
		want(t, resume(self, mine, ""), "mobileid.other_card")
		w.standing("hold", 2)
	})
}

// moveCard gives the number of a card to another one.
func (w *world) moveCard(old *sim) *sim {
	w.Helper()
	w.write(func(tx *db.Tx) error { return w.desk.CardMoved(tx, system, old.Card) })
	w.cards.mu.Lock()
	old.Number, old.Usable = "", false
	w.cards.mu.Unlock()
	return w.cards.add(phoneA)
}

// TestHeldOverARegistration: a registration anew ends that another card has the number, and what the owner did;
// what staff have done lasts until staff end it: no customer gets round it by another SIM.
func TestHeldOverARegistration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, old := w.person("1", phoneA)
		_, err := w.desk.Suspend(t.Context(), audit.Customer(m.Customer), order(m))
		w.check(err)
		_, err = w.desk.Suspend(t.Context(), system, order(m))
		w.check(err)
		card := w.moveCard(old)
		o := order(m)
		o.Proof = strong
		r, err := w.desk.Reregister(t.Context(), audit.Customer(m.Customer), o)
		w.check(err)
		if got := w.causes(m); !slices.Equal(got, []mobileid.Cause{mobileid.ByStaff}) {
			t.Errorf("held for %v", got)
		}
		if got := w.finish(r, card); got.State != mobileid.StateSuspended || got.By != mobileid.ByStaff {
			t.Fatalf("%s by %q", got.State, got.By)
		}
		held := 0
		for _, state := range w.ca.state {
			switch state {
			case "good":
				t.Error("a certificate is good")
			case "hold":
				held++
			}
		}
		if held != 2 {
			t.Errorf("%d certificates are on hold", held)
		}
		w.clock.Advance(25 * time.Hour)
		_, err = w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.suspended")
		_, err = w.desk.Resume(t.Context(), system, order(m))
		w.check(err)
		w.ask(phoneA, "Hello")
	})
}

// TestHeldAtOnce: of those who hold and release at the same time each counts, or is told to look again.
func TestHeldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, _ := w.person("1", phoneA)
		self := audit.Customer(m.Customer)
		mine := order(m)
		mine.Proof = strong
		for range 20 {
			_, err := w.desk.Suspend(t.Context(), self, order(m))
			w.check(err)
			var held, released error
			together(
				func() { _, held = w.desk.Suspend(w.Context(), system, order(m)) },
				func() { _, released = w.desk.Resume(w.Context(), self, mine) },
			)
			want, got := 0, w.causes(m)
			if held == nil {
				want++
			}
			if released != nil {
				want++
			}
			state := mobileid.StateActive
			if want > 0 {
				state = mobileid.StateSuspended
			}
			if x := w.mobile(m); len(got) != want || x.State != state {
				t.Fatalf("%s for %v; held: %v, released: %v", x.State, got, held, released)
			}
			for _, c := range got {
				o := order(m)
				o.Hold = c
				_, err := w.desk.Resume(t.Context(), system, o)
				w.check(err)
			}
			w.standing("good", 2)
		}
	})
}

// TestHoldsEndWithTheMobileID: what is revoked, or forgotten, is held for nothing.
func TestHoldsEndWithTheMobileID(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, _ := w.person("1", phoneA)
		_, err := w.desk.Suspend(t.Context(), system, order(m))
		w.check(err)
		_, err = w.desk.Revoke(t.Context(), system, order(m))
		w.check(err)
		if n := w.count("mobile_id_hold"); n != 0 || len(w.causes(m)) != 0 {
			t.Errorf("%d holds are left", n)
		}
		other, _ := w.person("2", phoneB)
		_, err = w.desk.Suspend(t.Context(), system, order(other))
		w.check(err)
		w.write(func(tx *db.Tx) error { return mobileid.Erase(tx, other.Customer) })
		if n := w.count("mobile_id_hold"); n != 0 {
			t.Errorf("%d holds are left of who was erased", n)
		}
	})
}
