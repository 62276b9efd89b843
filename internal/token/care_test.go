package token_test

import (
	"encoding/hex"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// shown is a warrant that holds.
type shown struct{}

func (shown) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }

func (shown) Note() (key, value string) { return "proof", "shown" }

func (w *world) care() *token.Care {
	return token.NewCare(w.tokens, func() *policy.Set { return w.set })
}

func (w *world) order(serial string) token.Order {
	return token.Order{Device: w.device(serial).ID, Why: shown{}, Reason: "because", EvenLast: true}
}

// want fails unless err is the fault with the code; "" for none.
func want(t testing.TB, err error, code string) {
	t.Helper()
	if code == "" && err != nil || code != "" && !fault.Is(err, code) {
		t.Errorf("%v; want %q", err, code)
	}
}

// stock imports HOTP tokens.
func (w *world) stock(serials ...string) {
	w.t.Helper()
	for _, s := range serials {
		w.csv(s + "," + hex.EncodeToString(key(s)) + ",HOTP")
	}
}

// put brings a fresh token into a state, by acts alone.
func (w *world) put(serial string, s device.Status, customer ident.ID) {
	w.t.Helper()
	w.stock(serial)
	d := w.device(serial)
	w.write(func(tx *db.Tx) error {
		var path []device.Act
		switch s {
		case device.Stock:
		case device.Blocked:
			_, err := device.Block(tx, d.ID, "a rule")
			return err
		case device.Assigned:
			path = []device.Act{device.Give}
		default:
			if _, err := device.Assign(tx, d.ID, customer, 0); err != nil {
				return err
			}
			path = map[device.Status][]device.Act{
				device.Suspended: {device.Suspend}, device.Lost: {device.Lose}, device.Retired: {device.Retire},
			}[s]
		}
		for _, a := range path {
			d, _, err := device.Get(tx, d.ID)
			if err != nil {
				return err
			}
			if done, err := d.Change(tx, device.Change{Act: a, Customer: customer}); err != nil || !done {
				t := w.t
				t.Errorf("%s: %t, %v", a, done, err)
			}
		}
		return nil
	})
}

// TestLifeCycleTable tries every use case in every state: what the table does not
// allow is a conflict and changes nothing.
func TestLifeCycleTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, by := w.care(), by()
		acts := map[device.Act]func(token.Order) error{
			device.Suspend: func(o token.Order) error { _, err := c.Suspend(t.Context(), by, o); return err },
			device.Resume:  func(o token.Order) error { _, err := c.Resume(t.Context(), by, o); return err },
			device.Lose:    func(o token.Order) error { _, err := c.Lose(t.Context(), by, o); return err },
			device.Find:    func(o token.Order) error { _, err := c.Found(t.Context(), by, o); return err },
			device.Return:  func(o token.Order) error { _, err := c.Return(t.Context(), by, o); return err },
			device.Retire:  func(o token.Order) error { _, err := c.Retire(t.Context(), by, o); return err },
			device.Extend: func(o token.Order) error {
				_, err := c.Extend(t.Context(), by, o, w.clock.Now().Add(time.Hour))
				return err
			},
		}
		for a, act := range acts {
			for _, from := range device.Statuses() {
				serial := device.Serial(string(a) + string(from))
				w.put(serial, from, ident.Derive("c", serial))
				before := w.device(serial)
				err := act(w.order(serial))
				to, allowed := a.To(from)
				after := w.device(serial)
				switch {
				case allowed && (err != nil || after.Status != to):
					t.Errorf("%s from %s: %s, %v", a, from, after.Status, err)
				case !allowed && (!fault.Is(err, "token.state") || after != before):
					t.Errorf("%s from %s: %+v, %v", a, from, after, err)
				}
			}
		}
	})
}

// TestWarrants: what needs an identification does not happen without one, nor
// to somebody else's token.
func TestWarrants(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		owner := w.assigned("S1", "HOTP")
		w.stock("S2")
		o := w.order("S1")
		o.Why = nil
		_, err := c.Lose(t.Context(), by(), o)
		want(t, err, "identification.required")
		_, err = c.Replace(t.Context(), by(), o, w.device("S2").ID)
		want(t, err, "identification.required")
		o.Why = token.Identified{}
		_, err = c.Lose(t.Context(), by(), o)
		want(t, err, "identification.required")
		o.Why = nil
		_, err = c.Suspend(t.Context(), by(), o)
		want(t, err, "")
		_, err = c.Resume(t.Context(), by(), o)
		want(t, err, "identification.required")

		me, other := audit.Customer(owner), audit.Customer(ident.Derive("somebody else"))
		for _, act := range []func(audit.Actor, token.Order) error{
			func(by audit.Actor, o token.Order) error {
				_, err := c.Rename(t.Context(), by, o, "mine")
				return err
			},
		} {
			want(t, act(other, w.order("S1")), "token.not_yours")
			want(t, act(me, w.order("S1")), "")
		}
		_, err = c.Resume(t.Context(), by(), w.order("S1"))
		want(t, err, "")
		o = w.order("S1")
		o.Customer = ident.Derive("somebody else")
		_, err = c.Lose(t.Context(), by(), o)
		want(t, err, "token.not_theirs")
		for _, reason := range []string{"", "  ", "\x00", string(make([]rune, 201))} {
			o := w.order("S1")
			o.Reason = reason
			_, err = c.Suspend(t.Context(), by(), o)
			want(t, err, "token.reason")
		}
		if d := w.device("S1"); d.Name != "mine" || d.Status != device.Active {
			t.Errorf("%+v", d)
		}
		_, err = c.Rename(t.Context(), by(), w.order("S2"), "x")
		want(t, err, "token.no_owner")
		_, err = c.Rename(t.Context(), by(), w.order("S1"), "\u202e")
		want(t, err, "token.name")
	})
}

// TestLastToken: nobody is left without a token unless the caller says so; two
// who each take one of two at the same moment do not leave none.
func TestLastToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		for round := range 6 {
			a, b := "A"+string(rune('0'+round)), "B"+string(rune('0'+round))
			customer := w.assigned(a, "HOTP")
			w.stock(b)
			w.assign(b, customer)
			var last atomic.Int32
			var wg sync.WaitGroup
			for _, o := range []token.Order{w.order(a), w.order(b)} {
				o.EvenLast = false
				wg.Go(func() {
					out, err := c.Retire(t.Context(), by(), o)
					switch {
					case fault.Is(err, "token.last"):
						last.Add(1)
					case err != nil || out.Left != 1:
						t.Errorf("%d left, %v", out.Left, err)
					}
				})
			}
			wg.Wait()
			if last.Load() != 1 {
				t.Errorf("%d of two were told that it is the last", last.Load())
			}
			rest := a
			if w.device(a).Status == device.Retired {
				rest = b
			}
			if out, err := c.Lose(t.Context(), by(), w.order(rest)); err != nil || out.Left != 0 {
				t.Errorf("%d left, %v", out.Left, err)
			}
		}
	})
}

// TestReplace: the old token works until the new one has given its first code, and
// not a moment longer.
func TestReplace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		owner := w.assigned("OLD", "HOTP")
		w.stock("NEW", "NEW2")
		if got := w.verify(owner, hotp("OLD", 0)); got != authenticator.Accepted {
			t.Fatal(got)
		}
		out, err := c.Replace(t.Context(), by(), w.order("OLD"), w.device("NEW").ID)
		want(t, err, "")
		if out.Device.Status != device.Assigned || out.Device.Customer != owner || out.Left != 1 || out.Handover.Replaces != w.device("OLD").ID {
			t.Errorf("%+v", out)
		}
		_, err = c.Replace(t.Context(), by(), w.order("OLD"), w.device("NEW2").ID)
		want(t, err, "token.replacement_underway")
		_, err = c.Replace(t.Context(), by(), w.order("OLD"), w.device("NEW").ID)
		want(t, err, "token.not_in_stock")
		if got := w.verify(owner, hotp("NEW", 0)); got != authenticator.Wrong {
			t.Errorf("a token that was not proven: %q", got)
		}
		if got := w.verify(owner, hotp("OLD", 1)); got != authenticator.Accepted {
			t.Errorf("the old token, before the new one is proven: %q", got)
		}
		first, err := c.Activate(t.Context(), by(), w.order("NEW"), token.Activation{Code: "000000"})
		want(t, err, "")
		if first.Reason != authenticator.Wrong || first.Device.Status != device.Assigned || w.authenticator(owner).Failures.Count != 1 {
			t.Errorf("a wrong first code: %+v; %+v", first, w.authenticator(owner))
		}
		first, err = c.Activate(t.Context(), by(), w.order("NEW"), token.Activation{Code: hotp("NEW", 3)})
		want(t, err, "")
		if first.Reason != authenticator.Accepted || first.Left != 1 || first.Removed != w.device("OLD").ID || w.authenticator(owner).Failures.Count != 0 {
			t.Errorf("the first code: %+v; %+v", first, w.authenticator(owner))
		}
		if d := w.device("OLD"); d.Status != device.Retired || d.ReplacedBy != w.device("NEW").ID {
			t.Errorf("the old token: %+v", d)
		}
		for _, c := range []struct {
			code string
			want authenticator.Reason
		}{{hotp("OLD", 2), authenticator.Wrong}, {hotp("NEW", 3), authenticator.Replayed}, {hotp("NEW", 4), authenticator.Accepted}} {
			if got := w.verify(owner, c.code); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		}
		_, err = c.Activate(t.Context(), by(), w.order("NEW"), token.Activation{Code: hotp("NEW", 5)})
		want(t, err, "token.no_handover")
	})
}

// TestReplaceLost: a lost token stays lost when it was replaced, cannot be found
// again, and goes to stock with nothing left.
func TestReplaceLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		owner := w.assigned("OLD", "HOTP")
		w.stock("NEW", "STOLEN")
		_, err := c.Lose(t.Context(), by(), w.order("OLD"))
		want(t, err, "")
		_, err = c.Replace(t.Context(), by(), w.order("OLD"), w.device("STOLEN").ID)
		want(t, err, "")
		_, err = c.Lose(t.Context(), by(), w.order("STOLEN")) // in the post: another one may go out
		want(t, err, "")
		if got := w.verify(owner, hotp("OLD", 0)); got != authenticator.Wrong {
			t.Errorf("a lost token: %q", got)
		}
		_, err = c.Replace(t.Context(), by(), w.order("OLD"), w.device("NEW").ID)
		want(t, err, "")
		_, err = c.Activate(t.Context(), by(), w.order("NEW"), token.Activation{Code: hotp("NEW", 0)})
		want(t, err, "")
		_, err = c.Lose(t.Context(), by(), w.order("OLD"))
		want(t, err, "token.replaced")
		if d := w.device("OLD"); d.Status != device.Lost || d.ReplacedBy.IsZero() {
			t.Errorf("%+v", d)
		}
		_, err = c.Found(t.Context(), by(), w.order("OLD"))
		want(t, err, "token.replaced")
		_, err = c.Return(t.Context(), by(), w.order("OLD"))
		want(t, err, "")
		if d := w.device("OLD"); d.Status != device.Stock || !d.ReplacedBy.IsZero() {
			t.Errorf("%+v", d)
		}
	})
}

// TestFound: codes that whoever had the token may know are worthless once its
// owner has proven it anew.
func TestFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		for serial, code := range map[string]func(n int) string{
			"H1": func(n int) string { return hotp("H1", uint64(n)) },
			"T1": func(n int) string { return totp("T1", w.clock.Now().Add(time.Duration(n)*30*time.Second)) },
		} {
			owner := w.assigned(serial, map[string]string{"H1": "HOTP", "T1": "TOTP"}[serial])
			_, err := c.Lose(t.Context(), by(), w.order(serial))
			want(t, err, "")
			known := []string{code(0), code(1), code(2)}
			out, err := c.Found(t.Context(), by(), w.order(serial))
			want(t, err, "")
			if out.Device.Status != device.Assigned || out.Left != 0 || !out.Handover.Replaces.IsZero() {
				t.Errorf("%+v", out)
			}
			_, err = c.Resume(t.Context(), by(), w.order(serial))
			want(t, err, "token.state")
			w.clock.Advance(11 * time.Minute) // a clock may be ahead: its steps so far are spent
			first := code(3)
			got, err := c.Activate(t.Context(), by(), w.order(serial), token.Activation{Code: first})
			want(t, err, "")
			if got.Reason != authenticator.Accepted || got.Left != 1 {
				t.Errorf("%s: %+v", serial, got)
			}
			for _, k := range append(known, first) {
				if r := w.verify(owner, k); r == authenticator.Accepted {
					t.Errorf("%s: a code that the finder knows", serial)
				}
			}
		}
	})
}

// TestReturnedClock: a code that a token with a clock showed before it came back is
// of no use to anybody, not even while it is fresh.
func TestReturnedClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.assigned("T1", "TOTP")
		shown := totp("T1", w.clock.Now())
		ahead := totp("T1", w.clock.Now().Add(30*time.Second)) // its clock may be fast
		_, err := w.care().Return(t.Context(), by(), w.order("T1"))
		want(t, err, "")
		second := ident.Derive("second")
		w.assign("T1", second)
		for _, who := range []ident.ID{first, second} {
			for _, code := range []string{shown, ahead} {
				if got := w.verify(who, code); got == authenticator.Accepted {
					t.Error("a code of the former owner")
				}
			}
		}
		w.clock.Advance(11 * time.Minute)
		if got := w.verify(second, totp("T1", w.clock.Now())); got != authenticator.Accepted {
			t.Errorf("the new owner: %q", got)
		}
	})
}

// TestOverlap: a code that was checked before the token changed hands is not
// settled afterwards, even when it has the same owner again.
func TestOverlap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.assigned("S1", "HOTP")
		f, err := w.tokens.Check(t.Context(), w.request(owner), authenticator.Proof{Code: hotp("S1", 0)})
		if err != nil || !f.Right {
			t.Fatalf("%+v, %v", f, err)
		}
		_, err = w.care().Return(t.Context(), by(), w.order("S1"))
		want(t, err, "")
		w.assign("S1", owner)
		w.write(func(tx *db.Tx) error {
			if won, err := f.Consume(tx); won || err != nil {
				t.Errorf("%t, %v", won, err)
			}
			return nil
		})
	})
}

// TestRaces: of several who do different things with one token at once, one wins
// and the others are told.
func TestRaces(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.care()
		for round := range 8 {
			n := string(rune('0' + round))
			w.assigned("O"+n, "HOTP")
			w.stock("N"+n, "M"+n)
			old, one, two := w.order("O"+n), w.device("N"+n).ID, w.device("M"+n).ID
			var won atomic.Int32
			var wg sync.WaitGroup
			for _, id := range []ident.ID{one, two, one, two} {
				wg.Go(func() {
					_, err := c.Replace(t.Context(), by(), old, id)
					switch {
					case err == nil:
						won.Add(1)
					case fault.KindOf(err) != fault.Conflict:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if given := len(given(w, "N"+n, "M"+n)); won.Load() != 1 || given != 1 {
				t.Errorf("%d won, %d were given", won.Load(), given)
			}
			taken, left := w.order("N"+n), w.order("M"+n)
			if w.device("N"+n).Status != device.Assigned {
				taken, left = left, taken
			}
			won.Store(0)
			acts := []func() error{ // each needs the token as it is
				func() error { _, err := c.Retire(t.Context(), by(), left); return err },
				func() error {
					return w.d.Write(t.Context(), func(tx *db.Tx) error {
						done, err := device.Assign(tx, left.Device, ident.Derive("taker"), 0)
						if err == nil && !done {
							err = fault.Conflictf("test.taken", "It is gone.")
						}
						return err
					})
				},
				func() error { _, err := c.Replace(t.Context(), by(), taken, left.Device); return err },
			}
			for _, act := range acts {
				wg.Go(func() {
					if err := act(); err == nil {
						won.Add(1)
					} else if fault.KindOf(err) != fault.Conflict {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			// Retiring what was assigned a moment before is allowed: one or two, in order.
			if n := won.Load(); n < 1 || n > 2 || n == 2 && w.device(w.get(left.Device).Serial).Status != device.Retired {
				t.Errorf("%d won: %s", n, w.get(left.Device).Status)
			}
		}
	})
}

func (w *world) get(id ident.ID) (d device.Device) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) { d, _, err = device.Get(tx, id); return err })
	return d
}

func given(w *world, serials ...string) (all []string) {
	for _, s := range serials {
		if w.device(s).Status == device.Assigned {
			all = append(all, s)
		}
	}
	return all
}
