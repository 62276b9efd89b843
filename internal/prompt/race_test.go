package prompt_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/prompt"
)

// rounds is how often each race is run, on each database.
const rounds = 12

// onNodes runs a test with two servers on one database.
func onNodes(t *testing.T, f func(t *testing.T, a, b *world)) {
	t.Helper()
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock()
			dsn := dbtest.DSN(t, dialect)
			a := newWorld(t, dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), clock)
			f(t, a, node(t, dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), clock))
		})
	}
}

// on is a phone that reaches another server.
func (p phone) on(w *world) phone { p.w = w; return p }

// result of one answer in a race.
type result struct {
	prompt.Outcome

	err error
}

// TestApproveOnTwoDevices: one wins, and the other one learns it; the bank's proof counts once.
func TestApproveOnTwoDevices(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		_, phones := a.customer("100", 2)
		for range rounds {
			o, x, control := a.asked("100")
			var got [2]result
			together(
				func() { got[0].Outcome, got[0].err = phones[0].approve(t.Context(), x, control) },
				func() { got[1].Outcome, got[1].err = phones[1].on(b).approve(t.Context(), x, control) },
			)
			won := 0
			for i, r := range got {
				if r.err != nil || r.Status != prompt.Approved {
					t.Errorf("%+v", r)
				}
				if r.Accepted {
					won++
					if a.prompt(x.ID).Token != phones[i].token {
						t.Error("the other one is said to have approved")
					}
				}
			}
			if won != 1 {
				t.Errorf("%d devices won", won)
			}
			var out [2]hub.Outcome
			var errs [2]error
			together(func() { out[0], errs[0] = a.step(o, "app", "") }, func() { out[1], errs[1] = b.step(o, "app", "") })
			granted := 0
			for i := range out {
				if errs[i] == nil && out[i].State == hub.Granted {
					granted++
				} else if !fault.Is(errs[i], "authentication.over") && !fault.Is(errs[i], "prompt.none") {
					t.Errorf("%+v, %v", out[i], errs[i])
				}
			}
			if granted != 1 || a.failures(phones[0].customer) != 0 || a.status(x.ID) != prompt.Used {
				t.Errorf("granted %d times, %d failures, %s", granted, a.failures(phones[0].customer), a.status(x.ID))
			}
		}
	})
}

// TestApproveAgainstRefuse: one of the two is what became of it, on both sides and for the bank.
func TestApproveAgainstRefuse(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		_, phones := a.customer("100", 2)
		for i := range rounds {
			o, x, control := a.asked("100")
			var yes, no result
			together(
				func() { yes.Outcome, yes.err = phones[0].approve(t.Context(), x, control) },
				func() { no.Outcome, no.err = phones[1].on(b).refuse(t.Context(), x, i%2 == 0) },
			)
			status := a.status(x.ID)
			if yes.err != nil || no.err != nil || yes.Accepted == no.Accepted || yes.Accepted != (status == prompt.Approved) || yes.Status != status || no.Status != status {
				t.Errorf("%+v, %+v, %s", yes, no, status)
			}
			if got := a.get(o); (got.State == hub.Denied) != no.Accepted {
				t.Errorf("%+v", got)
			}
			if out, err := a.step(o, "app", ""); (err == nil && out.State == hub.Granted) != yes.Accepted {
				t.Errorf("%+v, %v", out, err)
			}
		}
	})
}

// TestApproveAgainstBlock: after a block has been acknowledged nothing of the token is granted.
func TestApproveAgainstBlock(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		c, phones := a.customer("100", 1)
		for range rounds {
			p := phones[0]
			o, x, control := a.asked("100")
			var yes result
			var blocked error
			together(
				func() { yes.Outcome, yes.err = p.approve(t.Context(), x, control) },
				func() {
					_, blocked = b.tokens.Block(t.Context(), system, mobiletoken.Order{Customer: c, Token: p.token, Reason: "stolen", Warned: true}, time.Time{})
				},
			)
			if blocked != nil || yes.err != nil && fault.KindOf(yes.err) != fault.Denied && fault.KindOf(yes.err) != fault.NotFound {
				t.Fatalf("%+v, %v", yes, blocked)
			}
			if yes.Accepted != (a.status(x.ID) == prompt.Approved) {
				t.Errorf("%+v, %s", yes, a.status(x.ID))
			}
			if out, err := a.step(o, "app", ""); err == nil {
				t.Errorf("granted after the block: %+v", out)
			}
			// the same with a phone that is not blocked
			a.exec("UPDATE mobile_token SET status = 'active', blocked_by = '' WHERE id = $1", p.token)
			a.exec("UPDATE mobile_key SET state = 'live' WHERE token = $1", p.token)
			a.exec("UPDATE prompt_holder SET asked = 0")
		}
	})
}

// TestTakeAgainstBlock: the bank takes an approval while its token is blocked: it counts before the
// block, or not at all, and never as the guess of somebody who had approved.
func TestTakeAgainstBlock(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		for i := range rounds {
			number := "T" + string(rune('A'+i))
			c, phones := a.customer(number, 1)
			o, x, control := a.asked(number)
			if got, err := phones[0].approve(t.Context(), x, control); err != nil || !got.Accepted {
				t.Fatal(got, err)
			}
			var out hub.Outcome
			var err, blocked error
			together(
				func() { out, err = a.step(o, "app", "") },
				func() {
					_, blocked = b.tokens.Block(t.Context(), system, mobiletoken.Order{Customer: c, Token: phones[0].token, Reason: "stolen", Warned: true}, time.Time{})
				},
			)
			switch {
			case blocked != nil:
				t.Fatal(blocked)
			case err == nil && out.State == hub.Granted:
				if a.status(x.ID) != prompt.Used {
					t.Error("granted without being used")
				}
			case err == nil && out.Reason == authenticator.Replayed: // it lost between the look and the settlement
			case !fault.Is(err, "prompt.none"):
				t.Errorf("%+v, %v", out, err)
			}
		}
	})
}

// TestApproveAgainstExpiry: whoever was told yes can be granted, and nobody after the end.
func TestApproveAgainstExpiry(t *testing.T) {
	onNodes(t, func(t *testing.T, a, _ *world) {
		_, phones := a.customer("100", 1)
		for range rounds {
			o, x, control := a.asked("100")
			a.clock.Advance(2*time.Minute - time.Microsecond)
			var yes result
			together(
				func() { yes.Outcome, yes.err = phones[0].approve(t.Context(), x, control) },
				func() { a.clock.Advance(time.Microsecond) },
			)
			if yes.err != nil || yes.Accepted != (a.status(x.ID) == prompt.Approved) || !yes.Accepted && yes.Status != prompt.Expired {
				t.Errorf("%+v, %s", yes, a.status(x.ID))
			}
			if out, err := a.step(o, "app", ""); (err == nil && out.State == hub.Granted) != yes.Accepted {
				t.Errorf("%+v, %v", out, err)
			}
		}
	})
}

// TestAskTogether: however many ask for one decision, one prompt is made and one phone is told.
func TestAskTogether(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		c, _ := a.customer("100", 1)
		for i := range rounds {
			a.exec("UPDATE prompt_holder SET asked = 0")
			o := a.start("100")
			var got [6]authenticator.Challenge
			var f []func()
			for k := range got {
				w := []*world{a, b}[k%2]
				f = append(f, func() {
					var err error
					if got[k], err = w.hub.Ask(context.Background(), app(), o.Handle, hub.Ask{Policy: "app"}); err != nil && !fault.Is(err, "prompt.busy") {
						t.Error(err)
					}
				})
			}
			together(f...)
			for _, ch := range got[1:] {
				if ch.ID != got[0].ID || ch.Control != got[0].Control {
					t.Errorf("two prompts: %+v, %+v", got[0], ch)
				}
			}
			if n := a.pushes(c); n != i+1 {
				t.Errorf("%d pushes after %d", n, i+1)
			}
		}
	})
}

// TestOnePictureTwice: of two who type the answer to one picture at once, one is let in.
func TestOnePictureTwice(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		_, phones := a.customer("100", 2)
		for range rounds {
			o := a.start("100")
			ch := a.ask(o, "picture")
			digits := phones[1].sign(a.opened(ch.Picture), "")
			var out [2]hub.Outcome
			var errs [2]error
			together(func() { out[0], errs[0] = a.step(o, "picture", digits) }, func() { out[1], errs[1] = b.step(o, "picture", digits) })
			granted := 0
			for i := range out {
				if errs[i] == nil && out[i].State == hub.Granted {
					granted++
				} else if !fault.Is(errs[i], "authentication.over") {
					t.Errorf("%+v, %v", out[i], errs[i])
				}
			}
			if granted != 1 || a.failures(phones[0].customer) != 0 {
				t.Errorf("granted %d times, %d failures", granted, a.failures(phones[0].customer))
			}
		}
	})
}

// TestWait: whoever waits is told of the answer at once on its node, soon from another one, and
// of a refusal and of the end of their patience, too; and waiting keeps nobody else out.
func TestWait(t *testing.T) {
	onNodes(t, func(t *testing.T, a, b *world) {
		_, phones := a.customer("100", 1)
		yes := func(p phone) func(prompt.Prompt, string) (prompt.Outcome, error) {
			return func(x prompt.Prompt, control string) (prompt.Outcome, error) {
				return p.approve(t.Context(), x, control)
			}
		}
		no := func(x prompt.Prompt, _ string) (prompt.Outcome, error) { return phones[0].refuse(t.Context(), x, true) }
		for name, act := range map[string]func(prompt.Prompt, string) (prompt.Outcome, error){"here": yes(phones[0]), "there": yes(phones[0].on(b)), "refused": no} {
			a.exec("UPDATE prompt_holder SET asked = 0")
			o, x, control := a.asked("100")
			const waiters = 40 // more than there are connections
			var out [waiters]hub.Outcome
			f := []func(){func() {
				if got, err := act(x, control); err != nil || !got.Accepted {
					t.Error(name, got, err)
				}
			}}
			for i := range waiters {
				f = append(f, func() {
					var err error
					if out[i], err = a.hub.Wait(t.Context(), app(), o.Handle, hub.MaxWait); err != nil {
						t.Error(name, err)
					}
				})
			}
			together(f...)
			for _, got := range out {
				if name == "refused" && got.State != hub.Denied || name != "refused" && (got.Asked == nil || got.Asked.State != authenticator.Agreed) {
					t.Fatalf("%s: %+v", name, got)
				}
			}
		}
		a.exec("UPDATE prompt_holder SET asked = 0")
		o, _, _ := a.asked("100")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := a.hub.Wait(ctx, app(), o.Handle, hub.MaxWait); !errors.Is(err, context.Canceled) && err != nil {
			t.Error(err)
		}
		if got, err := a.hub.Wait(t.Context(), app(), o.Handle, 0); err != nil || got.Asked.State != authenticator.Awaited {
			t.Error(got, err)
		}
		if got, err := a.hub.Wait(t.Context(), app(), o.Handle, time.Millisecond); err != nil || got.Asked.State != authenticator.Awaited {
			t.Error(got, err)
		}
	})
}
