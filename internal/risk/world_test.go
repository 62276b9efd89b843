package risk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/place"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// The people of the tests.
var (
	alice   = ident.Derive("alice")
	bob     = ident.Derive("bob")
	bank    = audit.Client(ident.Derive("bank"), "bank")
	analyst = audit.Staff(ident.Derive("analyst"), "analyst")
	officer = audit.Staff(ident.Derive("officer"), "officer")
)

type world struct {
	*testing.T
	*risk.Desk
	clock *dbtest.Clock
	n     int
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(newWorld(t, d, clock)) })
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	file, err := place.Build([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("203.0.113.0/24")}, []place.Place{
		{Country: "NO", City: "Oslo", Network: "64500", Latitude: 59.91, Longitude: 10.75, Located: true},
		{Country: "AU", City: "Sydney", Network: "64501", Latitude: -33.87, Longitude: 151.21, Located: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	places, err := place.FromBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	return &world{T: t, clock: clock, Desk: &risk.Desk{
		DB: d, Ring: keyringtest.Open(t, d), Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Places: places, Compile: compile,
	}}
}

// simple are rules that fire for amounts above a limit: "limit N".
type simple struct{ limit float64 }

func compile(doc []byte) (score.Rules, error) {
	var s simple
	if _, err := fmt.Sscanf(string(doc), "limit %g", &s.limit); err != nil {
		return nil, fault.Invalidf("risk.rules", "line 1, column 1: %v", err)
	}
	return s, nil
}

func (s simple) Settings() score.Settings {
	return score.Settings{Base: -3500, Thresholds: score.Thresholds{StepUp: 250, Block: 900, Channel: 985}}
}

func (s simple) Evaluate(f *score.Facts) (v score.Verdict) {
	if f.Amount > s.limit {
		v.Terms = append(v.Terms, score.Term{Code: "amount.high", Family: score.FamilyPayment, Side: score.Action, Weight: 2000})
		v.Demands = append(v.Demands, score.Demand{Code: "amount.high", Decision: score.StepUp})
	}
	return v
}

// home is the usual call of a customer.
func (w *world) home(customer ident.ID) risk.Call {
	w.n++
	return risk.Call{
		Customer: customer, Reference: fmt.Sprintf("ref-%d", w.n), Channel: "web", Address: netip.MustParseAddr("192.0.2.10"), Tag: "cookie-" + customer.String(),
		Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
	}
}

func (w *world) away(customer ident.ID) risk.Call {
	c := w.home(customer)
	c.Address, c.Tag, c.Agent = netip.MustParseAddr("203.0.113.9"), "", "curl/8"
	return c
}

func eur(minor int64, payee string) risk.Payment {
	return risk.Payment{Amount: payment.Amount{Minor: minor, Currency: "EUR"}, Payee: payee, PayeeCountry: "no"}
}

func must[T any](w *world) func(T, error) T {
	return func(x T, err error) T {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return x
	}
}

// login judges a session, signs it when it must be, and completes it.
func (w *world) login(c risk.Call) risk.Event {
	w.Helper()
	a := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
	if a.Result.Decision != score.Allow {
		must[risk.Event](w)(w.Sign(w.Context(), bank, c.Customer, a.ID, "sms", true))
	}
	e := must[risk.Event](w)(w.Complete(w.Context(), bank, c.Customer, a.ID))
	w.fold()
	return e
}

// routine lets a customer log in and pay for n days.
func (w *world) routine(customer ident.ID, n int) {
	w.Helper()
	for range n {
		w.clock.Advance(24 * time.Hour)
		w.login(w.home(customer))
		a := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(customer), []risk.Payment{eur(5000, "NO93 8601 1117 947")}))
		must[risk.Event](w)(w.Sign(w.Context(), bank, customer, a.ID, "sms", true))
		must[risk.Event](w)(w.Complete(w.Context(), bank, customer, a.ID))
	}
	w.fold()
}

func (w *world) fold() {
	w.Helper()
	for must[int64](w)(w.Fold(w.Context(), 500)) > 0 {
	}
}

func (w *world) is(err error, code string) {
	w.Helper()
	if code == "" && err != nil || code != "" && !fault.Is(err, code) {
		w.Errorf("got %v, want %q", err, code)
	}
}

// count runs a query that gives one number.
func (w *world) count(sql string, args ...any) (n int64) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error { return tx.Row(sql, args...).Scan(&n) })
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		w.Fatal(err)
	}
	return n
}

// records counts audit records of a kind.
func (w *world) records(kind string) int64 {
	w.Helper()
	return w.count("SELECT COUNT(*) FROM journal WHERE kind = $1", kind)
}

// dump is all that the risk tables say, as text.
func (w *world) dump() string {
	w.Helper()
	var all strings.Builder
	err := w.DB.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Each("SELECT facts || result || models || notes || reference FROM risk_event", nil, func(r db.Row) error {
			var s string
			err := r.Scan(&s)
			all.WriteString(s)
			return err
		})
	})
	if err != nil {
		w.Fatal(err)
	}
	return all.String()
}
