package staff_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/staff"
)

func TestEnrollment(t *testing.T) {
	each(t, func(w *world) {
		m, inv, err := w.Create(w.Context(), cli, staff.New{Login: " Kari.N ", Name: "Kari", Role: staff.HelpDesk})
		if err != nil || m.Login != "kari.n" || m.Status != staff.Invited {
			w.Fatalf("%+v, %v", m, err)
		}
		e, err := w.Enrollment(w.Context(), strings.ToLower(inv.Code))
		if err != nil {
			w.Fatal(err)
		}
		u, err := url.Parse(e.URI)
		if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Example Bank console:kari.n" ||
			u.Query().Get("secret") != e.Secret || u.Query().Get("issuer") != "Example Bank console" {
			w.Errorf("URI %q, %v", e.URI, err)
		}
		p := &person{Member: m, app: app(w, e)}
		if _, ok, err := w.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: w.wrong(p)}); ok || err != nil {
			w.Errorf("with a wrong code: %v, %v", ok, err)
		}
		_, _, err = w.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: "xkari.nx1234", Code: w.code(p)})
		wantFault(w, err, "staff.password_weak")
		if _, ok := w.try(p, "", w.code(p)); ok {
			w.Error("an invited member logged in")
		}
		g, ok, err := w.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: w.code(p)})
		if err != nil || !ok || !w.open(g.Token) {
			w.Fatalf("%v, %v", ok, err)
		}
		if _, ok := w.try(p, password, w.code(p)); ok {
			w.Error("the code of the enrollment got in again")
		}
		_, err = w.Enrollment(w.Context(), inv.Code)
		wantFault(w, err, "staff.invitation")
		_, _, err = w.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: w.code(p)})
		wantFault(w, err, "staff.invitation")
	})
}

func TestInvitationsEndAndAreUsedOnce(t *testing.T) {
	each(t, func(w *world) {
		m, inv, err := w.Create(w.Context(), cli, staff.New{Login: "kari", Name: "Kari", Role: staff.HelpDesk})
		if err != nil {
			w.Fatal(err)
		}
		e, err := w.Enrollment(w.Context(), inv.Code)
		if err != nil {
			w.Fatal(err)
		}
		p := &person{Member: m, app: app(w, e)}
		code := w.code(p)
		in := parallel(8, func() bool {
			_, ok, _ := w.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: code})
			return ok
		})
		if in != 1 {
			w.Errorf("%d of 8 enrolled with one invitation", in)
		}
		_, inv, err = w.Create(w.Context(), cli, staff.New{Login: "ola", Name: "Ola", Role: staff.HelpDesk})
		if err != nil {
			w.Fatal(err)
		}
		w.clock.Advance(72*time.Hour + time.Second)
		for _, code := range []string{inv.Code, "", "rubbish", strings.Repeat("0", 26)} {
			_, err = w.Enrollment(w.Context(), code)
			wantFault(w, err, "staff.invitation")
		}
	})
}

func TestResetTakesEverything(t *testing.T) {
	each(t, func(w *world) {
		boss, p := w.join("boss", staff.Administrator), w.join("kari", staff.HelpDesk)
		inv, err := w.Reset(w.Context(), boss.actor(), p.ID)
		if err != nil {
			w.Fatal(err)
		}
		if _, ok := w.try(p, password, w.code(p)); ok {
			w.Error("a login works after its reset")
		}
		old := *p
		w.enroll(p, inv)
		if _, ok := w.try(p, password, w.code(&old)); ok {
			w.Error("the old authenticator app works after a reset")
		}
		w.login(p)
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(w *world) {
		boss := w.join("boss", staff.Administrator)
		role := staff.Auditor
		acts := map[string]func(*person) error{
			"disable": func(p *person) error { return w.Disable(w.Context(), cli, p.ID) },
			"reset":   func(p *person) error { _, err := w.Reset(w.Context(), cli, p.ID); return err },
			"demote": func(p *person) error {
				_, err := w.Update(w.Context(), cli, p.ID, staff.Change{Role: &role})
				return err
			},
		}
		for _, act := range acts {
			wantFault(w, act(boss), "staff.last_administrator")
		}
		w.login(boss)
		second := w.join("second", staff.Administrator)
		left := parallel(2, func() bool { return w.Disable(w.Context(), cli, boss.ID) == nil })
		_ = left // disabling twice is no harm
		wantFault(w, acts["disable"](second), "staff.last_administrator")
	})
}

// Two administrators disable each other at once: one stays.
func TestAdministratorsCannotEmptyTheRoster(t *testing.T) {
	each(t, func(w *world) {
		people := []*person{w.join("one", staff.Administrator), w.join("two", staff.Administrator)}
		next := make(chan *person, 2)
		next <- people[0]
		next <- people[1]
		if gone := parallel(2, func() bool { return w.Disable(w.Context(), cli, (<-next).ID) == nil }); gone != 1 {
			w.Errorf("%d of 2 administrators were disabled", gone)
		}
	})
}

func TestFirstAdministrator(t *testing.T) {
	each(t, func(w *world) {
		_, lost, err := w.First(w.Context(), cli, staff.New{Login: "boss", Name: "Boss"})
		if err != nil {
			w.Fatal(err)
		}
		m, inv, err := w.First(w.Context(), cli, staff.New{Login: "boss", Name: "Boss"})
		if err != nil || inv.Code == lost.Code || m.Role != staff.Administrator {
			w.Fatalf("again: %+v, %v", m, err)
		}
		_, err = w.Enrollment(w.Context(), lost.Code)
		wantFault(w, err, "staff.invitation")
		w.enroll(&person{Member: m}, inv)
		_, _, err = w.First(w.Context(), cli, staff.New{Login: "other", Name: "Other"})
		wantFault(w, err, "staff.not_first")
	})
}

func TestEnable(t *testing.T) {
	each(t, func(w *world) {
		boss, p := w.join("boss", staff.Administrator), w.join("kari", staff.HelpDesk)
		wantFault(w, w.Enable(w.Context(), boss.actor(), p.ID), "staff.not_disabled")
		if err := w.Disable(w.Context(), boss.actor(), p.ID); err != nil {
			w.Fatal(err)
		}
		if _, ok := w.try(p, password, w.code(p)); ok {
			w.Error("a disabled member logged in")
		}
		if err := w.Enable(w.Context(), boss.actor(), p.ID); err != nil {
			w.Fatal(err)
		}
		w.login(p)
	})
}

func TestRefusedMembers(t *testing.T) {
	each(t, func(w *world) {
		w.join("kari", staff.HelpDesk)
		for code, n := range map[string]staff.New{
			"staff.login":       {Login: "k", Name: "K", Role: staff.HelpDesk},
			"staff.name":        {Login: "kk", Name: " \u202e", Role: staff.HelpDesk},
			"staff.role":        {Login: "kk", Name: "K", Role: "root"},
			"staff.login_taken": {Login: "KARI", Name: "K", Role: staff.HelpDesk},
		} {
			_, _, err := w.Create(w.Context(), cli, n)
			wantFault(w, err, code)
		}
		_, err := w.Get(w.Context(), [16]byte{1})
		wantFault(w, err, "staff.unknown")
	})
}

func TestListGoesOnAfterALogin(t *testing.T) {
	each(t, func(w *world) {
		for _, login := range []string{"ccc", "aaa", "bbb"} {
			if _, _, err := w.Create(w.Context(), cli, staff.New{Login: login, Name: "N", Role: staff.Auditor}); err != nil {
				w.Fatal(err)
			}
		}
		var got []string
		for after := ""; ; {
			page, err := w.List(w.Context(), after, 2)
			if err != nil {
				w.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, m := range page {
				got = append(got, m.Login)
			}
			after = got[len(got)-1]
		}
		if strings.Join(got, " ") != "aaa bbb ccc" {
			w.Errorf("listed %v", got)
		}
	})
}

// Every act leaves its record, with the actor.
func TestActsAreRecorded(t *testing.T) {
	each(t, func(w *world) {
		boss, p := w.join("boss", staff.Administrator), w.join("kari", staff.HelpDesk)
		g := w.login(p)
		role, name := staff.Auditor, "New Name"
		acts := []error{
			w.Unblock(w.Context(), boss.actor(), p.ID),
			w.EndSession(w.Context(), boss.actor(), p.ID, g.Session.ID),
			w.EndSessions(w.Context(), boss.actor(), p.ID),
			w.Disable(w.Context(), boss.actor(), p.ID),
			w.Enable(w.Context(), boss.actor(), p.ID),
		}
		_, err := w.Update(w.Context(), boss.actor(), p.ID, staff.Change{Role: &role, Name: &name})
		acts = append(acts, err)
		_, err = w.Reset(w.Context(), boss.actor(), p.ID)
		for i, err := range append(acts, err) {
			if err != nil {
				w.Fatalf("act %d: %v", i, err)
			}
		}
		want := map[string]int{
			staff.AuditUnblocked: 1, staff.AuditSessionsEnded: 2, staff.AuditDisabled: 1, staff.AuditEnabled: 1, staff.AuditChanged: 1, staff.AuditReset: 1,
		}
		got := map[string]int{}
		err = w.DB.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Each("SELECT kind FROM journal WHERE actor = $1 AND object = $2", []any{boss.actor().String(), p.ID.String()}, func(r db.Row) error {
				var kind string
				err := r.Scan(&kind)
				got[kind]++
				return err
			})
		})
		for kind, n := range want {
			if got[kind] != n || err != nil {
				w.Errorf("%s was recorded %d times, want %d (%v)", kind, got[kind], n, err)
			}
		}
	})
}
