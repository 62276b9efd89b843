package staff_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
)

func TestLoginNeedsPasswordAndCodeTogether(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		var zero staff.Grant
		for name, try := range map[string][2]string{
			"wrong password": {"correct horse battery stapler", w.code(p)},
			"wrong code":     {password, w.wrong(p)},
			"no code":        {password, ""},
			"no password":    {"", w.code(p)},
		} {
			if g, ok := w.try(p, try[0], try[1]); ok || !reflect.DeepEqual(g, zero) {
				w.Errorf("%s: logged in as %v", name, g)
			}
		}
		g := w.login(p)
		s, ok, err := w.Session(w.Context(), g.Token)
		if err != nil || !ok || s.Staff != p.ID || s.Role != staff.HelpDesk || s.Source != "192.0.2.1" {
			w.Errorf("session %+v, %v, %v", s, ok, err)
		}
		if got := w.records(staff.AuditLoginFailed); got != 4 {
			w.Errorf("%d failed logins were recorded, want 4", got)
		}
		if got := w.records(staff.AuditLoggedIn); got != 1 {
			w.Errorf("%d logins were recorded, want 1", got)
		}
		if n := w.failures(p); n != 0 {
			w.Errorf("a success left %d failures", n)
		}
	})
}

// SCA-61: an unknown login, one of the wrong form and a disabled one look like a
// wrong password, and are recorded.
func TestLoginDoesNotTellWhoExists(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.Administrator)
		gone := w.join("ola", staff.HelpDesk)
		if err := w.Disable(w.Context(), p.actor(), gone.ID); err != nil {
			w.Fatal(err)
		}
		for _, login := range []string{"nobody", "", "Kåre!", strings.Repeat("x", 3000), "ola"} {
			g, ok, err := w.Login(w.Context(), staff.Attempt{Login: login, Password: password, Code: w.code(gone)})
			if ok || err != nil || g.Token != "" {
				w.Errorf("login as %.20q: %v, %v", login, ok, err)
			}
		}
		if got := w.records(staff.AuditLoginFailed); got != 5 {
			w.Errorf("%d failed logins were recorded, want 5", got)
		}
	})
}

// SCA-02, invariant 1: one code lets one of 64 in.
func TestOneCodeLogsInOnce(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		w.Rule.Max, w.Rule.CoolDown = 100, time.Minute // so that it is the code that stops them
		code := w.code(p)
		if in := parallel(64, func() bool { _, ok := w.try(p, password, code); return ok }); in != 1 {
			w.Errorf("%d of 64 logins with one code got in", in)
		}
		if in := parallel(8, func() bool { _, ok := w.try(p, password, code); return ok }); in != 0 {
			w.Errorf("%d later logins with the code got in", in)
		}
	})
}

// The same race without the compare-and-swap lets several in: the test above can
// fail.
func TestOneCodeLogsInOnceNegativeControl(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		var barrier sync.WaitGroup
		barrier.Add(8)
		in := parallel(8, func() bool {
			var next int64
			look := func(tx *db.Tx) error { return tx.Row("SELECT totp_next FROM staff WHERE id = $1", p.ID).Scan(&next) }
			if err := w.DB.Read(w.Context(), look); err != nil {
				w.Error(err)
			}
			barrier.Done()
			barrier.Wait() // all have read before anybody writes
			err := w.DB.Write(w.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE staff SET totp_next = $2 WHERE id = $1", p.ID, next+1)
				return err
			})
			return err == nil
		})
		if in < 2 {
			w.Errorf("only %d of 8 got in without the compare-and-swap: the race is no race", in)
		}
	})
}

// Invariant 2: N parallel wrong guesses count N, and never past the threshold.
func TestFailuresCountUpToTheBlock(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		wrong := w.wrong(p)
		for n := 1; n <= 4; n++ {
			parallel(n, func() bool { _, ok := w.try(p, password, wrong); return ok })
			if got := w.failures(p); got != n {
				w.Errorf("%d wrong guesses counted %d", n, got)
			}
			if err := w.Unblock(w.Context(), cli, p.ID); err != nil {
				w.Fatal(err)
			}
		}
		parallel(32, func() bool { _, ok := w.try(p, password, wrong); return ok })
		if got := w.failures(p); got != 5 {
			w.Errorf("32 wrong guesses counted %d, want 5", got)
		}
		if _, ok := w.try(p, password, w.code(p)); ok {
			w.Error("a blocked login let somebody in")
		}
		w.clock.Advance(15 * time.Minute)
		w.login(p)
	})
}

func TestUnblock(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		for range 5 {
			w.try(p, password, w.wrong(p))
		}
		if _, ok := w.try(p, password, w.code(p)); ok {
			w.Fatal("five failures did not block")
		}
		if err := w.Unblock(w.Context(), cli, p.ID); err != nil {
			w.Fatal(err)
		}
		w.login(p)
	})
}

func TestCodesOfEarlierStepsAreSpent(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		before := w.code(p)
		w.clock.Advance(30 * time.Second)
		w.login(p) // at the next step
		w.clock.Advance(-30 * time.Second)
		if _, ok := w.try(p, password, before); ok {
			w.Error("the code of a step before the last one used got in")
		}
	})
}

// A flood is sent away by the line of package argon, and nothing is counted.
func TestABusyHasherIsLimited(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		gone, cancel := context.WithCancel(w.Context())
		cancel()
		_, ok, err := w.Login(gone, staff.Attempt{Login: p.Login, Password: password, Code: w.code(p)})
		if ok || err == nil {
			w.Errorf("with an ended context: %v, %v", ok, err)
		}
		if n := w.failures(p); n != 0 {
			w.Errorf("%d failures were counted", n)
		}
	})
}

func TestOldHashesAreMadeAnew(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		stored := func() (s string) {
			err := w.DB.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT password FROM staff WHERE id = $1", p.ID).Scan(&s) })
			if err != nil {
				w.Fatal(err)
			}
			return s
		}
		before := stored()
		w.login(p)
		if stored() != before {
			w.Error("a hash with the right parameters was made again")
		}
		w.Hasher = dearer()
		w.login(p)
		after := stored()
		if after == before || !strings.Contains(after, "m=128,") {
			w.Errorf("the hash is still %s", after)
		}
		w.login(p)
	})
}

// parallel runs f n times at once and counts how often it was true.
func parallel(n int, f func() bool) int {
	var wg sync.WaitGroup
	var count atomic.Int64
	for range n {
		wg.Go(func() {
			if f() {
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return int(count.Load())
}

func wantFault(t testing.TB, err error, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code {
		t.Errorf("got %v, want the fault %s", err, code)
	}
}
