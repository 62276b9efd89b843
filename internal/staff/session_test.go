package staff_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/staff"
)

func (p *person) actor() audit.Actor { return audit.Staff(p.ID, p.Login) }

func dearer() *argon.Hasher {
	return argon.New(argon.Options{Params: argon.Params{Memory: 128, Time: 1, Threads: 1}, Rand: rand.Reader})
}

func TestSessionsEndWithoutUse(t *testing.T) {
	each(t, func(w *world) {
		g := w.login(w.join("kari", staff.HelpDesk))
		for range 20 {
			w.clock.Advance(14 * time.Minute)
			if !w.open(g.Token) {
				w.Fatal("a session in use ended")
			}
		}
		w.clock.Advance(staff.IdleLimit)
		if w.open(g.Token) {
			w.Error("a session that was not used for 15 minutes is open")
		}
	})
}

func TestSessionsEndAfterTwelveHours(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		g := w.login(p)
		for w.open(g.Token) && w.clock.Now().Sub(g.Session.Began) < staff.AbsoluteLimit-10*time.Minute {
			w.clock.Advance(10 * time.Minute)
		}
		g, ok, err := w.Reauthenticate(w.Context(), g.Token, password, w.code(p)) // does not lengthen it
		if err != nil || !ok || !w.open(g.Token) {
			w.Fatalf("near the end: %v, %v", ok, err)
		}
		w.clock.Advance(11 * time.Minute)
		if w.open(g.Token) {
			w.Error("a session is open after twelve hours")
		}
	})
}

// SCA-74: a new token at every re-authentication; the old one is dead.
func TestReauthenticationReplacesTheToken(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		old := w.login(p)
		w.clock.Advance(staff.FreshFor)
		s, _, _ := w.Session(w.Context(), old.Token)
		if s.Fresh(w.clock.Now()) {
			w.Error("a session is fresh after five minutes")
		}
		if _, ok, err := w.Reauthenticate(w.Context(), old.Token, password, w.wrong(p)); ok || err != nil {
			w.Errorf("with a wrong code: %v, %v", ok, err)
		}
		if !w.open(old.Token) || w.failures(p) != 1 {
			w.Errorf("after a wrong code: open %v, failures %d", w.open(old.Token), w.failures(p))
		}
		g, ok, err := w.Reauthenticate(w.Context(), old.Token, password, w.code(p))
		if err != nil || !ok || !g.Session.Fresh(w.clock.Now()) || g.Token == old.Token {
			w.Fatalf("with the right ones: %v, %v", ok, err)
		}
		if w.open(old.Token) || !w.open(g.Token) {
			w.Error("the old token works, or the new one does not")
		}
		if !g.Session.Began.Equal(old.Session.Began) {
			w.Error("re-authentication moved the absolute limit")
		}
	})
}

// One code re-authenticates once, in however many windows.
func TestReauthenticationRace(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		g := w.login(p)
		w.Rule.Max, w.Rule.CoolDown = 100, time.Minute
		code := w.code(p)
		in := parallel(16, func() bool {
			_, ok, err := w.Reauthenticate(w.Context(), g.Token, password, code)
			if err != nil {
				w.Error(err)
			}
			return ok
		})
		if in != 1 {
			w.Errorf("%d of 16 got a new session", in)
		}
	})
}

func TestFreshnessAfterAClockJump(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	s := staff.Session{Proved: now}
	for age, want := range map[time.Duration]bool{0: true, staff.FreshFor - 1: true, staff.FreshFor: false, -time.Hour: false} {
		if s.Fresh(now.Add(age)) != want {
			t.Errorf("fresh at %v: %v", age, !want)
		}
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		other, mine := w.login(p), w.login(p)
		const fresh = "quite another pass phrase"
		if _, _, err := w.ChangePassword(w.Context(), mine.Token, password, w.code(p), "short"); err == nil {
			w.Error("a short password was accepted")
		}
		if _, ok, err := w.ChangePassword(w.Context(), mine.Token, "not the old one", w.code(p), fresh); ok || err != nil {
			w.Errorf("with a wrong old password: %v, %v", ok, err)
		}
		g, ok, err := w.ChangePassword(w.Context(), mine.Token, password, w.code(p), fresh)
		if err != nil || !ok {
			w.Fatalf("%v, %v", ok, err)
		}
		if w.open(other.Token) || w.open(mine.Token) || !w.open(g.Token) {
			w.Error("an old session is open, or the new one is not")
		}
		w.clock.Advance(30 * time.Second)
		if _, ok := w.try(p, password, w.code(p)); ok {
			w.Error("the old password works")
		}
		if _, ok := w.try(p, fresh, w.code(p)); !ok {
			w.Error("the new password does not work")
		}
	})
}

func TestWhatEndsSessions(t *testing.T) {
	each(t, func(w *world) {
		boss := w.join("boss", staff.Administrator)
		for name, end := range map[string]func(p *person, g staff.Grant) error{
			"logout":  func(_ *person, g staff.Grant) error { return w.Logout(w.Context(), g.Token) },
			"disable": func(p *person, _ staff.Grant) error { return w.Disable(w.Context(), boss.actor(), p.ID) },
			"reset": func(p *person, _ staff.Grant) error {
				_, err := w.Reset(w.Context(), boss.actor(), p.ID)
				return err
			},
			"end": func(p *person, g staff.Grant) error {
				return w.EndSession(w.Context(), boss.actor(), p.ID, g.Session.ID)
			},
			"end all": func(p *person, _ staff.Grant) error { return w.EndSessions(w.Context(), boss.actor(), p.ID) },
		} {
			p := w.join("p-"+name[:3]+name[len(name)-3:], staff.Auditor)
			g := w.login(p)
			list, err := w.Sessions(w.Context(), p.ID)
			if err != nil || len(list) != 2 || !w.open(g.Token) { // enrollment began one too
				w.Fatalf("%s: %d sessions before, %v", name, len(list), err)
			}
			if err := end(p, g); err != nil || w.open(g.Token) {
				w.Errorf("%s: open %v, %v", name, w.open(g.Token), err)
			}
		}
		if err := w.Logout(w.Context(), "no such token"); err != nil {
			w.Errorf("logout of nobody: %v", err)
		}
	})
}

// A new role applies to sessions that are open.
func TestRoleChangeAppliesAtOnce(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		g := w.login(p)
		role := staff.Auditor
		if _, err := w.Update(w.Context(), cli, p.ID, staff.Change{Role: &role}); err != nil {
			w.Fatal(err)
		}
		s, ok, err := w.Session(w.Context(), g.Token)
		if err != nil || !ok || s.Can(staff.CustomerWrite) || !s.Can(staff.AuditRead) {
			w.Errorf("%+v, %v, %v", s, ok, err)
		}
	})
}

func TestTokensAreStoredHashed(t *testing.T) {
	each(t, func(w *world) {
		g := w.login(w.join("kari", staff.HelpDesk))
		err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Each("SELECT digest FROM staff_session", nil, func(r db.Row) error {
				var digest []byte
				err := r.Scan(&digest)
				if len(digest) != 32 || string(digest) == g.Token {
					w.Error("a token is stored as it is")
				}
				return err
			})
		})
		if err != nil {
			w.Error(err)
		}
	})
}

func TestSweepLeavesOpenSessions(t *testing.T) {
	each(t, func(w *world) {
		p := w.join("kari", staff.HelpDesk)
		w.login(p)
		w.clock.Advance(staff.IdleLimit)
		g := w.login(p)
		n, err := w.Sweep(w.Context(), 100)
		if err != nil || n != 2 || !w.open(g.Token) {
			w.Errorf("swept %d, %v", n, err)
		}
	})
}
