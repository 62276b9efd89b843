package staff_test

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/oath"
)

const password = "correct horse battery staple"

var cli = audit.System("cli")

// world is a bank with a roster and one person who can log in.
type world struct {
	*staff.Roster
	*testing.T
	clock *dbtest.Clock
}

// person is somebody with a login and an authenticator app.
type person struct {
	staff.Member
	app *oath.TOTP
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		f(&world{open(t, d, clock), t, clock})
	})
}

func open(t testing.TB, d *db.DB, clock *dbtest.Clock) *staff.Roster {
	t.Helper()
	kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	o := keyring.Options{Rand: rand.Reader, Now: clock.Now}
	if err := keyring.Init(t.Context(), d, kek, o, "system:test"); err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Open(t.Context(), d, kek, o)
	if err != nil {
		t.Fatal(err)
	}
	hasher := argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader, Waiting: 1000})
	return &staff.Roster{DB: d, Ring: ring, Hasher: hasher, Rand: rand.Reader, Now: clock.Now, Issuer: "Example Bank console"}
}

// app turns an enrollment into an authenticator app.
func app(t testing.TB, e staff.Enrollment) *oath.TOTP {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	totp, err := oath.NewTOTP(key, oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return totp
}

// code is what the person's app shows.
func (w *world) code(p *person) string {
	w.Helper()
	c, err := p.app.Code(w.clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// wrong is a code that the app shows in none of the steps that count.
func (w *world) wrong(p *person) string {
	w.Helper()
	for _, c := range []string{"000000", "111111", "222222", "333333"} {
		if _, ok := p.app.Find(c, w.clock.Now(), oath.Window{Steps: 1}); !ok {
			return c
		}
	}
	w.Fatal("the app shows everything")
	return ""
}

// join invites and enrolls somebody, and waits for the next code.
func (w *world) join(login string, role staff.Role) *person {
	w.Helper()
	m, inv, err := w.Create(w.Context(), cli, staff.New{Login: login, Name: strings.ToUpper(login), Role: role})
	if err != nil {
		w.Fatal(err)
	}
	p := &person{Member: m}
	w.enroll(p, inv)
	return p
}

func (w *world) enroll(p *person, inv staff.Invitation) staff.Grant {
	w.Helper()
	e, err := w.Enrollment(w.Context(), inv.Code)
	if err != nil {
		w.Fatal(err)
	}
	p.app = app(w, e)
	g, ok, err := w.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: w.code(p)})
	if err != nil || !ok {
		w.Fatalf("enroll: %v, %v", ok, err)
	}
	w.clock.Advance(30 * time.Second)
	return g
}

// login logs in with what is right, or fails the test.
func (w *world) login(p *person) staff.Grant {
	w.Helper()
	g, ok := w.try(p, password, w.code(p))
	if !ok {
		w.Fatal("the right password and code were refused")
	}
	w.clock.Advance(30 * time.Second)
	return g
}

func (w *world) try(p *person, pass, code string) (staff.Grant, bool) {
	w.Helper()
	g, ok, err := w.Login(w.Context(), staff.Attempt{Login: p.Login, Password: pass, Code: code, Source: "192.0.2.1", Agent: "test"})
	if err != nil {
		w.Fatal(err)
	}
	return g, ok
}

// open reports whether a token lets somebody in.
func (w *world) open(token string) bool {
	w.Helper()
	_, ok, err := w.Session(w.Context(), token)
	if err != nil {
		w.Fatal(err)
	}
	return ok
}

func (w *world) failures(p *person) int {
	w.Helper()
	m, err := w.Get(w.Context(), p.ID)
	if err != nil {
		w.Fatal(err)
	}
	return m.Failures.Count
}

// records counts the audit records of a kind.
func (w *world) records(kind string) (n int) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", kind).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}
