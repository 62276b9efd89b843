package identification_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TestWhoMayRelyOnIt is the first table of the package comment.
func TestWhoMayRelyOnIt(t *testing.T) {
	each(t, func(w *world) {
		c, other := w.customer("1"), w.customer("2")
		valid := policy.Version0().Identification.Valid
		passed, failed := w.record(ann, c, passes()), w.record(ann, c, fails())
		byApp, byCLI := w.record(app, c, passes()), w.record(cli, c, passes())
		for _, s := range []struct {
			state string
			after time.Duration
			id, c ident.ID
			by    audit.Actor
			code  string
		}{
			{"passed", 0, passed.ID, c, ann, ""},
			{"passed, again", 0, passed.ID, c, ann, ""},
			{"passed, of an application", 0, byApp.ID, c, app, ""},
			{"passed, on the command line", 0, byCLI.ID, c, cli, ""},
			{"passed, another member of staff", 0, passed.ID, c, ben, "identification.required"},
			{"passed, the customer themselves", 0, passed.ID, c, audit.Customer(c), "identification.required"},
			{"passed, an application", 0, passed.ID, c, app, "identification.required"},
			{"passed, another customer", 0, passed.ID, other, ann, "identification.required"},
			{"failed", 0, failed.ID, c, ann, "identification.required"},
			{"none", 0, ident.ID{}, c, ann, "identification.required"},
			{"unknown", 0, ident.Derive("unknown"), c, ann, "identification.required"},
			{"just not expired", valid - time.Microsecond, passed.ID, c, ann, ""},
			{"expired", time.Microsecond, passed.ID, c, ann, "identification.expired"},
			{"expired, another member of staff", 0, passed.ID, c, ben, "identification.required"},
		} {
			w.later(s.after)
			wantFault(w, s.state, w.require(s.id, s.c, s.by), s.code)
			if s.code != "" && fault.KindOf(w.require(s.id, s.c, s.by)) != fault.Denied {
				w.Errorf("%s: not Denied", s.state)
			}
		}
	})
}

// TestHowManyMustBeRight: right answers are counted, wrong ones are no matter as
// long as there are enough of the others.
func TestHowManyMustBeRight(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1")
		for _, s := range []struct {
			name    string
			answers []identification.Answer
			passed  bool
			code    string
		}{
			{"three of three", answers(true, true, true), true, ""},
			{"three of five", answers(false, true, true, false, true), true, ""},
			{"two of three", answers(true, true, false), false, ""},
			{"none", answers(false), false, ""},
			{"two of two", answers(true, true), false, "identification.incomplete"},
			{"nothing asked", nil, false, "identification.incomplete"},
			{"one twice", append(passes(), passes()[0]), false, "identification.questions"},
			{"not a question", append(passes(), identification.Answer{Question: "shoe size", Right: true}), false, "identification.questions"},
		} {
			i, err := w.try(ann, c, s.answers)
			wantFault(w, s.name, err, s.code)
			if i.Passed() != s.passed {
				w.Errorf("%s: passed is %v", s.name, i.Passed())
			}
		}
	})
}

func TestWhoAndHow(t *testing.T) {
	each(t, func(w *world) {
		open, closed := w.customer("1"), w.customer("2")
		if err := w.customers.Close(w.Context(), ann, closed, "moved away"); err != nil {
			w.Fatal(err)
		}
		for _, s := range []struct {
			by   audit.Actor
			c    ident.ID
			way  identification.Way
			code string
		}{
			{ann, open, "letter", "identification.way"},
			{ann, open, "", "identification.way"},
			{audit.Customer(open), open, identification.Chat, "identification.actor"},
			{ann, closed, identification.Branch, "customer.closed"},
			{ann, ident.Derive("nobody"), identification.Branch, "customer.unknown"},
		} {
			_, err := w.desk.Record(w.Context(), s.by, identification.Attempt{Customer: s.c, Way: s.way, Answers: passes()})
			wantFault(w, s.by.String()+" "+string(s.way), err, s.code)
		}
		if n := len(w.sheet(ann, open).Recent); n != 0 {
			w.Errorf("what was refused left %d identifications", n)
		}
	})
}

// TestWhatCounts is the second table of the package comment, cell by cell.
func TestWhatCounts(t *testing.T) {
	each(t, func(w *world) {
		rule := policy.Version0().Identification.Attempts
		for n, s := range []struct {
			cell    string
			arrange func(ident.ID)
			answers []identification.Answer
			code    string
			left    int
			kinds   []string // of the audit records that the act leaves
		}{
			{"open, passed", func(c ident.ID) { w.record(ann, c, fails()) }, passes(), "", rule.Max, []string{identification.AuditPassed}},
			{"open, failed", func(c ident.ID) { w.record(ann, c, fails()) }, fails(), "", rule.Max - 2, []string{identification.AuditFailed}},
			{"open, the last failed", func(c ident.ID) { w.record(ann, c, fails()); w.record(ben, c, fails()) }, fails(), "", 0, []string{identification.AuditFailed, identification.AuditBlocked}},
			{"blocked, passed", w.block, passes(), "identification.blocked", 0, []string{identification.AuditRefused}},
			{"blocked, failed", w.block, fails(), "identification.blocked", 0, []string{identification.AuditRefused}},
			{"cooled, passed", func(c ident.ID) { w.block(c); w.later(rule.CoolDown) }, passes(), "", rule.Max, []string{identification.AuditPassed}},
			{"cooled, failed", func(c ident.ID) { w.block(c); w.later(rule.CoolDown) }, fails(), "", rule.Max - 1, []string{identification.AuditFailed}},
		} {
			c := w.customer(strconv.Itoa(n))
			s.arrange(c)
			before, stored := w.kinds(), len(w.sheet(ann, c).Recent)
			_, err := w.try(ben, c, s.answers) // another desk: the counter is the customer's
			wantFault(w, s.cell, err, s.code)
			if got := w.sheet(ann, c).Left; got != s.left {
				w.Errorf("%s: %d left, want %d", s.cell, got, s.left)
			}
			want := map[string]int{}
			for _, k := range s.kinds {
				want[k]++
			}
			if d := cmp.Diff(want, grown(before, w.kinds())); d != "" {
				w.Errorf("%s: audit records: %s", s.cell, d)
			}
			if more := len(w.sheet(ann, c).Recent) - stored; (more == 0) != (s.code != "") {
				w.Errorf("%s: %d identifications more", s.cell, more)
			}
		}
	})
}

func (w *world) kinds() map[string]int {
	all := map[string]int{}
	for _, k := range []string{identification.AuditPassed, identification.AuditFailed, identification.AuditBlocked, identification.AuditRefused} {
		all[k] = w.records(k)
	}
	return all
}

func grown(before, after map[string]int) map[string]int {
	d := map[string]int{}
	for k, n := range after {
		if n > before[k] {
			d[k] = n - before[k]
		}
	}
	return d
}

func TestABlockSaysWhenItEnds(t *testing.T) {
	each(t, func(w *world) {
		c, other := w.customer("1"), w.customer("2")
		w.block(c)
		w.later(20 * time.Minute)
		_, err := w.try(ann, c, passes())
		if f := fault.From(err); f.Kind != fault.Limited || f.RetryAfter != 40*time.Minute {
			w.Errorf("got %v, retry after %s", err, f.RetryAfter)
		}
		if s := w.sheet(ann, c); !s.BlockedUntil.Equal(w.clock.Now().Add(40*time.Minute)) || s.Left != 0 {
			w.Errorf("blocked until %s, %d left", s.BlockedUntil, s.Left)
		}
		if i := w.record(ann, other, passes()); !i.Passed() {
			w.Error("another customer is blocked too")
		}
	})
}

// TestTheSameAttemptCountsOnce: a repeated request is answered like the first.
func TestTheSameAttemptCountsOnce(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1")
		a := identification.Attempt{ID: ident.Derive("key"), Customer: c, Way: identification.Chat, Answers: fails()}
		first, err := w.desk.Record(w.Context(), app, a)
		if err != nil {
			w.Fatal(err)
		}
		w.later(time.Minute)
		w.record(ann, c, fails())
		w.record(ann, c, fails()) // now there is a block
		again, err := w.desk.Record(w.Context(), app, a)
		if d := cmp.Diff(first, again); err != nil || d != "" {
			w.Errorf("%v, %s", err, d)
		}
		a.Answers = passes()
		_, err = w.desk.Record(w.Context(), app, a)
		wantFault(w, "other answers under the same id", err, "identification.id_taken")
		if n := len(w.sheet(ann, c).Recent); n != 3 {
			w.Errorf("%d identifications, want 3", n)
		}
	})
}

// TestParallelFailuresCount: no more failed identifications than the policy
// allows, however many desks are called at once.
func TestParallelFailuresCount(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1")
		var recorded, refused atomic.Int32
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				switch _, err := w.try(ann, c, fails()); {
				case err == nil:
					recorded.Add(1)
				case fault.Is(err, "identification.blocked"):
					refused.Add(1)
				default:
					w.Error(err)
				}
			})
		}
		wg.Wait()
		if r := policy.Version0().Identification.Attempts; int(recorded.Load()) != r.Max || int(refused.Load()) != 32-r.Max {
			w.Errorf("%d recorded and %d refused", recorded.Load(), refused.Load())
		}
		if n := w.records(identification.AuditBlocked); n != 1 {
			w.Errorf("%d records of one block", n)
		}
	})
}

func TestTheSheet(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1")
		if s := w.sheet(ann, c); s.Current.Passed() || len(s.Recent) != 0 || s.Left != s.Rule.Attempts.Max || len(s.Rule.Questions) == 0 {
			w.Errorf("at first: %+v", s)
		}
		w.record(ann, c, fails())
		w.later(time.Second)
		old := w.record(ann, c, passes())
		w.later(time.Second)
		last := w.record(ann, c, passes())
		s := w.sheet(ann, c)
		if s.Current.ID != last.ID || len(s.Recent) != 3 || s.Recent[0].ID != last.ID || s.Recent[1].ID != old.ID || s.Recent[2].Passed() {
			w.Errorf("%+v", s)
		}
		if d := cmp.Diff(fails(), s.Recent[2].Answers); d != "" || s.Recent[2].By.ID != ann.ID || s.Recent[2].Right() != 2 {
			w.Errorf("the failed one: %s %+v", d, s.Recent[2])
		}
		if s := w.sheet(ben, c); s.Current.Passed() || len(s.Recent) != 3 {
			w.Errorf("a colleague may act on it: %+v", s.Current)
		}
		w.later(s.Rule.Valid)
		if s := w.sheet(ann, c); s.Current.Passed() {
			w.Error("an expired one is current")
		}
		if _, err := w.desk.Recent(w.Context(), c, identification.MaxRecent+1); fault.From(err).Code != "identification.limit" {
			w.Errorf("too many at once: %v", err)
		}
	})
}

func TestOldOnesAreSwept(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1")
		for range 3 {
			w.record(ann, c, passes())
		}
		w.later(identification.Keep)
		w.record(ann, c, passes())
		sweep := func() (n int64) {
			if err := w.d.Write(w.Context(), func(tx *db.Tx) (err error) { n, err = identification.Sweep(tx, 2); return err }); err != nil {
				w.Fatal(err)
			}
			return n
		}
		if n := sweep(); n != 0 {
			w.Errorf("%d swept to the day", n)
		}
		w.later(time.Microsecond)
		if a, b, c := sweep(), sweep(), sweep(); a != 2 || b != 1 || c != 0 {
			w.Errorf("swept %d, %d, %d; want 2, 1, 0", a, b, c)
		}
		if n := len(w.sheet(ann, c).Recent); n != 1 {
			w.Errorf("%d left", n)
		}
	})
}
