package hub_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
)

// work is what a request costs and leaves.
type work struct {
	Statements, Reads                  uint64
	Authentications, Challenges, Facts int
	Rows                               int // written; those of the audit log are Facts
}

// watch has the database note every row that is written from now on.
func (w *world) watch() {
	w.t.Helper()
	w.sql("CREATE TABLE written (row_of TEXT NOT NULL)")
	note := func(table string) string { return "INSERT INTO written (row_of) VALUES ('" + table + "');" }
	do := func(table string) string { return "BEGIN " + note(table) + " END" }
	if w.d.Dialect() == db.Postgres {
		w.sql("CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO written (row_of) VALUES (TG_TABLE_NAME); RETURN NULL; END'")
		do = func(string) string { return "EXECUTE FUNCTION note_row()" }
	}
	for _, table := range []string{"customer", "device", "token_key", "authenticator", "challenge", "authentication"} {
		for _, act := range []string{"INSERT", "UPDATE", "DELETE"} {
			w.sql("CREATE TRIGGER note_" + table + "_" + act + " AFTER " + act + " ON " + table + " FOR EACH ROW " + do(table))
		}
	}
	w.watched = true
}

// done measures f.
func (w *world) done(f func()) work {
	look := func() work {
		s := w.d.Stats()
		rows := 0
		if w.watched {
			rows = w.count("written")
		}
		return work{s.Statements, s.Reads, w.count("authentication"), w.count("challenge"), w.count("journal"), rows}
	}
	counting := look() // looking costs reads itself
	before := look()
	f()
	after := look()
	return work{
		after.Statements - before.Statements, after.Reads - before.Reads - (before.Reads - counting.Reads),
		after.Authentications - before.Authentications, after.Challenges - before.Challenges, after.Facts - before.Facts,
		after.Rows - before.Rows,
	}
}

// TestUniform is invariant 4: a customer who does not exist, one with a wrong
// code, a blocked, a disabled and a suspended one, and ones without a token or
// without the policy get the same answer after the same work, at every step; they
// write as many rows.
func TestUniform(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		w.customer("200", "PLAIN")
		w.customer("300", "PLAIN")
		w.customer("400")
		w.sql("UPDATE authenticator SET status = 'disabled' WHERE customer = $1", w.customer("500", "PLAIN").ID)
		w.sql("DELETE FROM authenticator WHERE customer = $1", w.customer("600", "PLAIN").ID)
		w.block("200")
		w.suspend("300")
		w.watch()
		for name, flow := range map[string]func(number string) []hub.Outcome{
			"one shot": func(n string) []hub.Outcome {
				o, err := w.start(hub.Start{CustomerNumber: n, Channel: "strict", Proof: &hub.Proof{Code: wrong("PLAIN" + n)}})
				return []hub.Outcome{w.must(o, err)}
			},
			"step by step": func(n string) []hub.Outcome {
				o := w.begun(hub.Start{CustomerNumber: n, Channel: "strict"})
				_, err := w.hub.Challenge(context.Background(), by(), o.Handle, "strict")
				if err != nil {
					t.Fatal(err)
				}
				p, err := w.step(o.Handle, hub.Proof{Code: wrong("PLAIN" + n)})
				return []hub.Outcome{o, w.must(p, err), w.get(o.Handle)}
			},
		} {
			var wantOut []hub.Outcome
			wantWork := w.done(func() { wantOut = flow("100") })
			if wantWork.Statements == 0 || wantWork.Reads == 0 || wantWork.Authentications != 1 || wantWork.Facts == 0 || wantWork.Rows == 0 {
				t.Fatalf("%s: nothing was measured: %+v", name, wantWork)
			}
			for _, n := range []string{"200", "300", "400", "500", "600", "nobody", "100"} {
				var out []hub.Outcome
				if got := w.done(func() { out = flow(n) }); got != wantWork {
					t.Errorf("%s, customer %s: %s", name, n, cmp.Diff(wantWork, got))
				}
				// Reason and outlook are for the bank's eyes; handles differ by nature, not in form.
				if d := cmp.Diff(wantOut, out, cmpopts.IgnoreFields(hub.Outcome{}, "Reason", "Outlook", "Handle")); d != "" {
					t.Errorf("%s, customer %s: %s", name, n, d)
				}
				for i := range out {
					if len(out[i].Handle) != len(wantOut[i].Handle) {
						t.Errorf("%s, customer %s: the handle tells", name, n)
					}
				}
			}
		}
	})
}

func (w *world) must(o hub.Outcome, err error) hub.Outcome {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *world) block(number string) {
	w.t.Helper()
	for range 10 {
		w.must(w.start(hub.Start{CustomerNumber: number, Channel: "strict", Proof: &hub.Proof{Code: wrong("PLAIN" + number)}}))
	}
	if o := w.must(w.start(hub.Start{CustomerNumber: number, Channel: "strict", Proof: &hub.Proof{Code: code("PLAIN"+number, 0)}})); o.Accepted {
		w.t.Fatal("the customer is not blocked")
	}
}

func (w *world) suspend(number string) {
	w.t.Helper()
	c, err := w.customers.GetByNumber(context.Background(), number)
	if err == nil {
		err = w.customers.Suspend(context.Background(), by(), c.ID, "test")
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestSuspendedCustomer: the right code of a suspended customer is refused like
// any wrong one, and good again once the customer is back.
func TestSuspendedCustomer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		w.suspend("100")
		in := hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", 0)}}
		if o := w.must(w.start(in)); o.Accepted || o.State != hub.Open {
			t.Errorf("suspended: %+v", o)
		}
		if got := w.holds(c.ID, "secure-code").Failures.Count; got != 0 {
			t.Errorf("a suspended customer's counter is %d", got)
		}
		if err := w.customers.Activate(t.Context(), by(), c.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if o := w.must(w.start(in)); !o.Accepted {
			t.Errorf("back again: %+v", o)
		}
	})
}

// TestSuspendedUnderway: an authentication that was begun before the customer was
// suspended takes no right code any more, and counts no wrong one.
func TestSuspendedUnderway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		w.suspend("100")
		ask := func(handle string) {
			if _, err := w.hub.Challenge(context.Background(), by(), handle, ""); err != nil {
				t.Error(err)
			}
		}
		ask(o.Handle)
		if n := w.holds(c.ID, "secure-code").Open; n != 0 {
			t.Errorf("%d challenges of a suspended customer are open", n)
		}
		nobody := w.begun(hub.Start{CustomerNumber: "nobody"})
		ask(nobody.Handle)
		var got, want hub.Outcome
		cost := w.done(func() { want = w.must(w.step(nobody.Handle, hub.Proof{Code: code("PLAIN100", 0)})) })
		if d := w.done(func() { got = w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})) }); d != cost {
			t.Errorf("the refusal costs more or less than nobody's: %s", cmp.Diff(cost, d))
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(hub.Outcome{}, "Handle")); d != "" || got.Accepted || got.State != hub.Open {
			t.Errorf("suspended underway: %s", d)
		}
		if n := w.holds(c.ID, "secure-code").Failures.Count; n != 0 {
			t.Errorf("a suspended customer's counter is %d", n)
		}
		if err := w.customers.Activate(t.Context(), by(), c.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if o := w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})); !o.Accepted {
			t.Errorf("back again: %+v", o)
		}
	})
}
