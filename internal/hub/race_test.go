package hub_test

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// raceRounds and racers: with the rounds of two processes (package apptest) more
// than a thousand. A race detector makes all of it slow, so the short run has few.
const (
	raceRounds = 120
	racers     = 64
)

// nodes are two hubs with connections of their own on one database.
func nodes(t *testing.T, dialect db.Dialect, method func(*db.DB, *token.Tokens) authenticator.Method) (*world, [2]*hub.Hub) {
	t.Helper()
	clock := dbtest.NewClock()
	dsn := dbtest.DSN(t, dialect)
	w := newWorld(t, dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), clock)
	var hubs [2]*hub.Hub
	for i := range hubs {
		d := dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now})
		ring := keyringtest.Open(t, d)
		tokens, err := token.New(d, ring, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		book, err := policy.Open(t.Context(), d, nil)
		if err != nil {
			t.Fatal(err)
		}
		hubs[i] = hub.New(hub.Config{DB: d, Ring: ring, Policies: book, Methods: map[policy.Method]authenticator.Method{policy.MethodToken: method(d, tokens)}, Rand: rand.Reader})
	}
	return w, hubs
}

// open opens a new database.
func open(t *testing.T, dialect db.Dialect, clock *dbtest.Clock) *db.DB {
	t.Helper()
	return dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, dialect), Now: clock.Now})
}

// race submits one code on all nodes at once and counts who is granted.
func race(t *testing.T, hubs [2]*hub.Hub, number, code string, n int) (granted int) {
	t.Helper()
	out := make([]hub.Outcome, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			var err error
			out[i], err = hubs[i%2].Start(context.Background(), by(), hub.Start{
				CustomerNumber: number, Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, o := range out {
		if o.State == hub.Granted {
			granted++
		}
	}
	return granted
}

// TestTwoNodesOneCode is invariant 1: 64 goroutines on two nodes, one valid code.
func TestTwoNodesOneCode(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			w, hubs := nodes(t, dialect, func(_ *db.DB, tokens *token.Tokens) authenticator.Method { return tokens })
			rounds := raceRounds
			if testing.Short() {
				rounds = 10
			}
			c := w.customer("100", "PLAIN")
			for round := range rounds {
				if granted := race(t, hubs, "100", code("PLAIN100", uint64(round)), racers); granted != 1 {
					t.Fatalf("round %d: %d of %d were granted", round, granted, racers)
				}
				if a := w.holds(c.ID, "secure-code"); a.Successes != int64(round)+1 || a.Failures.Count > racers-1 {
					t.Fatalf("round %d: %+v", round, a)
				}
			}
		})
	}
}

// careless is the token method with a mistake: it consumes by an update that asks
// for nothing.
type careless struct{ *token.Tokens }

// Check implements authenticator.Method.
func (c careless) Check(ctx context.Context, r authenticator.Request, p authenticator.Proof) (authenticator.Finding, error) {
	f, err := c.Tokens.Check(ctx, r, p)
	f.Consume = func(tx *db.Tx) (bool, error) {
		n, err := tx.Exec("UPDATE token_key SET next_value = next_value + 1 WHERE device = $1", f.Device)
		return n == 1, err
	}
	return f, err
}

// TestTheRaceCanBeLost is the negative control: a method that reads, then writes
// without a condition, lets more than one in, and the race above would tell.
func TestTheRaceCanBeLost(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			w, hubs := nodes(t, dialect, func(_ *db.DB, tokens *token.Tokens) authenticator.Method { return careless{tokens} })
			for round := range 20 {
				number := strconv.Itoa(100 + round)
				w.customer(number, "PLAIN")
				if race(t, hubs, number, code("PLAIN"+number, 0), racers) > 1 {
					return
				}
			}
			t.Error("twenty races were won by a method without compare-and-swap: the test of the race cannot fail")
		})
	}
}
