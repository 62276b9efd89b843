package token_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// world is a database with tokens, and customers who have them.
type world struct {
	t      testing.TB
	d      *db.DB
	clock  *dbtest.Clock
	tokens *token.Tokens
	set    *policy.Set
	policy policy.Policy
}

// by is who acts in these tests.
func by() audit.Actor { return audit.System("test") }

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	tokens, err := token.New(d, keyringtest.Open(t, d), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, clock: clock, tokens: tokens, set: policy.Version0()}
	w.policy, _ = w.set.Policy("secure-code")
	return w
}

// key is the seed of the token with a serial number.
func key(serial string) []byte { return []byte(fmt.Sprintf("%-20s", serial))[:20] }

// csv imports rows of an OATH CSV file.
func (w *world) csv(rows ...string) (token.Summary, []token.Row) {
	w.t.Helper()
	var report []token.Row
	s, err := w.tokens.ImportFile(w.t.Context(), by(), w.file(strings.Join(rows, "\n"), func(r token.Row) error {
		report = append(report, r)
		return nil
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	return s, report
}

func (w *world) file(text string, sink func(token.Row) error) token.Import {
	return token.Import{
		Name: "test.csv", Set: w.set, Sink: sink, Now: w.clock.Now(), Options: pskc.Options{Hash: pskc.SHA1},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	}
}

// assigned imports a token of the given type ("HOTP", "TOTP") and gives it to a
// customer of its own.
func (w *world) assigned(serial, kind string) ident.ID {
	w.t.Helper()
	s, rows := w.csv(serial + "," + hex.EncodeToString(key(serial)) + "," + kind)
	if s.Imported != 1 {
		w.t.Fatalf("not imported: %+v", rows)
	}
	customer := ident.Derive("customer", serial)
	w.assign(serial, customer)
	return customer
}

func (w *world) assign(serial string, customer ident.ID) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		all, err := device.BySerial(tx, serial)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d devices %s: %w", len(all), serial, err)
		}
		if _, err := device.Assign(tx, all[0].ID, customer, 0); err != nil {
			return err
		}
		return authenticator.Enroll(tx, by(), customer, w.policy)
	})
}

// upkeep is the help desk's, under the world's policy.
func (w *world) upkeep() *token.Upkeep {
	return token.NewUpkeep(w.tokens, func() *policy.Set {
		s := *w.set
		s.Policies = slices.Clone(s.Policies)
		s.Policies[0] = w.policy
		return &s
	})
}

// sure is a warrant for tests of what comes after it.
type sure struct{}

func (sure) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }
func (sure) Note() (key, value string)                 { return "identification", "sure" }

// target is the token with a serial number, and its owner.
func (w *world) target(serial string) token.Target {
	w.t.Helper()
	d := w.device(serial)
	return token.Target{Device: d.ID, Customer: d.Customer}
}

func (w *world) write(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// verify checks and settles a code as the hub does.
func (w *world) verify(customer ident.ID, code string) authenticator.Reason {
	w.t.Helper()
	r, err := w.tryVerify(customer, code, authenticator.Challenge{})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) tryVerify(customer ident.ID, code string, c authenticator.Challenge) (reason authenticator.Reason, err error) {
	req := w.request(customer)
	f, err := w.tokens.Check(context.Background(), req, authenticator.Proof{Code: code, Challenge: c.ID})
	if err != nil {
		return "", err
	}
	settle := func(f authenticator.Finding) error {
		return w.d.Settle(context.Background(), customer, func(tx *db.Tx) (err error) {
			reason, err = authenticator.Settle(tx, by(), customer, w.policy, f)
			return err
		})
	}
	if err = settle(f); errors.Is(err, authenticator.ErrLost) {
		err = settle(authenticator.Lost())
	}
	return reason, err
}

func (w *world) request(customer ident.ID) authenticator.Request {
	return authenticator.Request{Authentication: ident.Derive("authentication", customer.String()), Customer: customer, Policy: w.policy, Set: w.set, Now: w.clock.Now()}
}

func (w *world) authenticator(customer ident.ID) (a authenticator.Authenticator) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		a, _, err = authenticator.Get(tx, customer, w.policy.Code)
		return err
	})
	return a
}

// lasting imports and assigns a token whose codes have ten digits, for tests that
// show so many that two of six would be the same by chance.
func (w *world) lasting(serial, kind string) ident.ID {
	w.t.Helper()
	if s, rows := w.csv(row10(serial, kind)); s.Imported != 1 {
		w.t.Fatalf("not imported: %+v", rows)
	}
	customer := ident.Derive("customer", serial)
	w.assign(serial, customer)
	return customer
}

func row10(serial, kind string) string {
	return serial + "," + hex.EncodeToString(key(serial)) + "," + kind + ",10"
}

// hotp10 and totp10 are such tokens.
func hotp10(serial string, counter uint64) string {
	h, err := oath.NewHOTP(key(serial), oath.HOTPOptions{Digits: 10})
	if err != nil {
		panic(err)
	}
	return h.Code(counter)
}

func totp10(serial string, at time.Time) string {
	h, err := oath.NewTOTP(key(serial), oath.TOTPOptions{Digits: 10})
	if err != nil {
		panic(err)
	}
	code, err := h.Code(at)
	if err != nil {
		panic(err)
	}
	return code
}

// hotps10 are consecutive codes.
func hotps10(serial string, from uint64, n int) (codes []string) {
	for i := range n {
		codes = append(codes, hotp10(serial, from+uint64(i)))
	}
	return codes
}

// hotp and totp are the customer's token.
func hotp(serial string, counter uint64) string {
	h, err := oath.NewHOTP(key(serial), oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	return h.Code(counter)
}

func totp(serial string, at time.Time) string {
	h, err := oath.NewTOTP(key(serial), oath.TOTPOptions{})
	if err != nil {
		panic(err)
	}
	code, err := h.Code(at)
	if err != nil {
		panic(err)
	}
	return code
}
