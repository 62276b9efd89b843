package movein_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/movein"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// world is a bank that moves in.
type world struct {
	*movein.Mover
	t        testing.TB
	clock    *dbtest.Clock
	policies *policy.Book
	hub      *hub.Hub
}

func by() audit.Actor { return audit.System("test") }

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	tokens, err := token.New(d, ring, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: clock, Mover: &movein.Mover{
		DB: d, Tokens: tokens, Rand: rand.Reader, Customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader},
		Passwords: password.New(d, ring, argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader})),
	}}
	if w.policies, err = policy.Open(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	w.hub = hub.New(hub.Config{DB: d, Ring: ring, Policies: w.policies, Rand: rand.Reader, Methods: map[policy.Method]authenticator.Method{
		policy.MethodToken: tokens, policy.MethodPassword: w.Passwords,
	}})
	return w
}

// passwords puts a policy for passwords in force, and a journey that asks for one.
func (w *world) passwords() {
	w.t.Helper()
	set := *policy.Version0()
	set.Policies = append(slices.Clone(set.Policies), policy.Policy{Code: "password", Name: "Password", Method: policy.MethodPassword, Failures: limit.Rule{Max: 5, CoolDown: time.Minute}})
	set.Journeys = append(slices.Clone(set.Journeys), policy.Journey{Purpose: "login", Channel: "password", TTL: 10 * time.Minute, Steps: [][]string{{"password"}}})
	doc, err := set.Format()
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := w.policies.Store(w.t.Context(), by(), doc)
	if err == nil {
		err = w.policies.Activate(w.t.Context(), by(), 0, v)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func key(serial string) []byte { return []byte(fmt.Sprintf("%-20s", serial))[:20] }

// stock imports event-based tokens whose counter is 100; those whose serial number begins
// with T have a clock.
func (w *world) stock(serials ...string) {
	w.t.Helper()
	var out bytes.Buffer
	p, err := pskc.NewWriter(&out, pskc.WriterOptions{InsecurePlain: true})
	for _, serial := range serials {
		k := &pskc.KeyPackage{
			Device: pskc.Device{Manufacturer: "oath.TEST", SerialNo: serial},
			Key: pskc.Key{
				ID: serial, Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(key(serial)),
				Counter: pskc.Some(100), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
			},
		}
		if strings.HasPrefix(serial, "T") {
			k.Key.Algorithm, k.Key.Profile, k.Key.Counter, k.Key.Interval = pskc.AlgorithmTOTP, pskc.ProfileTOTP, pskc.Int{}, pskc.Some(30)
		}
		if err == nil {
			err = p.WritePackage(k)
		}
	}
	if err == nil {
		err = p.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.Tokens.ImportFile(w.t.Context(), by(), token.Import{
		Name: "box.xml", Set: w.policies.Active(), Now: w.clock.Now(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil },
	})
	if err != nil || s.Imported != int64(len(serials)) {
		w.t.Fatalf("%+v, %v", s, err)
	}
}

// file prepares the import of a text and keeps its report in rows.
func (w *world) file(text string, rows *[]movein.Row) movein.Import {
	return movein.Import{
		Name: "customers.csv", Set: w.policies.Active(), Now: w.clock.Now(),
		Open: func() (io.ReadCloser, error) {
			*rows = nil
			return io.NopCloser(strings.NewReader(text)), nil
		},
		Sink: func(r movein.Row) error { *rows = append(*rows, r); return nil },
	}
}

// load imports row by row.
func (w *world) load(text string) (movein.Summary, []movein.Row) {
	w.t.Helper()
	var rows []movein.Row
	s, err := w.ImportFile(w.t.Context(), by(), w.file(text, &rows))
	if err != nil {
		w.t.Fatal(err)
	}
	return s, rows
}

// good is load of a file in which every row is taken.
func (w *world) good(text string) movein.Summary {
	w.t.Helper()
	s, rows := w.load(text)
	if s.Created != s.Rows() {
		w.t.Fatalf("%+v", rows)
	}
	return s
}

// login asks the hub once.
func (w *world) login(number, channel, code string) hub.Outcome {
	w.t.Helper()
	o, err := w.hub.Start(w.t.Context(), by(), hub.Start{CustomerNumber: number, Purpose: "login", Channel: channel, Proof: &hub.Proof{Code: code}})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func hotp(serial string, counter uint64) string {
	h, err := oath.NewHOTP(key(serial), oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	return h.Code(counter)
}

func (w *world) totp(serial string, off time.Duration) string {
	h, err := oath.NewTOTP(key(serial), oath.TOTPOptions{})
	if err != nil {
		panic(err)
	}
	code, err := h.Code(w.clock.Now().Add(off))
	if err != nil {
		panic(err)
	}
	return code
}

// count counts the rows of a table that meet a condition.
func (w *world) count(from string, args ...any) (n int) {
	w.t.Helper()
	err := w.DB.Read(context.Background(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n) })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// everything counts all that an import could leave.
func (w *world) everything() map[string]int {
	n := map[string]int{}
	for _, from := range []string{"customer", "contact", "authenticator", "password", "password_scheme", "device WHERE customer IS NOT NULL", "token_key WHERE next_value > 100", "journal"} {
		n[from] = w.count(from)
	}
	return n
}

// journal is all that the audit log says.
func (w *world) journal() string {
	w.t.Helper()
	var all strings.Builder
	err := w.DB.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Each("SELECT kind, actor, object, details FROM journal ORDER BY boot, slot, seq", nil, func(r db.Row) error {
			var kind, actor, object string
			var details []byte
			err := r.Scan(&kind, &actor, &object, &details)
			fmt.Fprintf(&all, "%s %s %s %s\n", kind, actor, object, details)
			return err
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all.String()
}
