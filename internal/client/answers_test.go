package client_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

func eachAnswers(t *testing.T, f func(t *testing.T, a *client.Answers, clock *dbtest.Clock)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		f(t, &client.Answers{DB: d, Ring: ring(t, d, clock), Rand: rand.Reader}, clock)
	})
}

var bank, other = ident.Derive("bank"), ident.Derive("other")

func TestAnswersAreGivenAgain(t *testing.T) {
	eachAnswers(t, func(t *testing.T, a *client.Answers, clock *dbtest.Clock) {
		first, err := a.Claim(t.Context(), bank, "k1", "create", []byte("request"))
		if err != nil || first.Answered || first.ID.IsZero() {
			t.Fatalf("%+v, %v", first, err)
		}
		_, err = a.Claim(t.Context(), bank, "k1", "create", []byte("request"))
		wantFault(t, err, "client.idempotency_busy")
		if fault.From(err).RetryAfter == 0 {
			t.Error("busy, but no time to come back")
		}
		if ok, err := a.Complete(t.Context(), first, 201, []byte("answer")); !ok || err != nil {
			t.Fatal(ok, err)
		}
		clock.Advance(23 * time.Hour)
		again, err := a.Claim(t.Context(), bank, "k1", "create", []byte("request"))
		if err != nil || !again.Answered || again.Status != 201 || !bytes.Equal(again.Body, []byte("answer")) || again.ID != first.ID {
			t.Errorf("%+v, %v", again, err)
		}
		for name, c := range map[string][2]string{"another request": {"create", "requesT"}, "another operation": {"delete", "request"}} {
			_, err = a.Claim(t.Context(), bank, "k1", c[0], []byte(c[1]))
			if err == nil {
				t.Errorf("%s was given the answer", name)
			}
			wantFault(t, err, "client.idempotency_reused")
		}
		for _, c := range []struct {
			client ident.ID
			key    string
		}{{other, "k1"}, {bank, "k2"}} {
			if fresh, err := a.Claim(t.Context(), c.client, c.key, "create", []byte("request")); err != nil || fresh.Answered || fresh.ID == first.ID {
				t.Errorf("another client or key: %+v, %v", fresh, err)
			}
		}
		for want, wait := range []time.Duration{0, time.Hour + time.Second} {
			clock.Advance(wait)
			if n, err := a.Sweep(t.Context(), 1); n != int64(want) || err != nil {
				t.Errorf("swept %d, want %d, %v", n, want, err)
			}
		}
		if fresh, err := a.Claim(t.Context(), bank, "k1", "delete", []byte("new")); err != nil || fresh.Answered {
			t.Errorf("after a day: %+v, %v", fresh, err)
		}
	})
}

func TestOneOfManyMayCarryOut(t *testing.T) {
	eachAnswers(t, func(t *testing.T, a *client.Answers, _ *dbtest.Clock) {
		if n := parallel(32, func() bool {
			c, err := a.Claim(t.Context(), bank, "k", "create", []byte("r"))
			return err == nil && !c.Answered
		}); n != 1 {
			t.Errorf("%d of 32 may carry the request out", n)
		}
	})
}

// A node that dies leaves a lease that runs out; its late answer is not stored
// over the one of who took over.
func TestLeases(t *testing.T) {
	eachAnswers(t, func(t *testing.T, a *client.Answers, clock *dbtest.Clock) {
		dead, err := a.Claim(t.Context(), bank, "k", "create", []byte("r"))
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
		_, err = a.Claim(t.Context(), bank, "k", "create", []byte("other"))
		wantFault(t, err, "client.idempotency_reused") // a lease does not free the key for another request
		heir, err := a.Claim(t.Context(), bank, "k", "create", []byte("r"))
		if err != nil || heir.Answered || heir.ID != dead.ID {
			t.Fatalf("%+v, %v", heir, err)
		}
		if ok, err := a.Complete(t.Context(), dead, 500, []byte("late")); ok || err != nil {
			t.Errorf("the dead stored an answer: %v, %v", ok, err)
		}
		if err := a.Release(t.Context(), dead); err != nil {
			t.Error(err)
		}
		if ok, err := a.Complete(t.Context(), heir, 200, nil); !ok || err != nil {
			t.Errorf("the heir: %v, %v", ok, err)
		}
		if c, err := a.Claim(t.Context(), bank, "k", "create", []byte("r")); err != nil || c.Status != 200 || !c.Answered || len(c.Body) != 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestReleaseFreesTheKey(t *testing.T) {
	eachAnswers(t, func(t *testing.T, a *client.Answers, _ *dbtest.Clock) {
		c, err := a.Claim(t.Context(), bank, "k", "create", []byte("r"))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Release(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if c, err := a.Claim(t.Context(), bank, "k", "create", []byte("another")); err != nil || c.Answered {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestAnswerKeys(t *testing.T) {
	eachAnswers(t, func(t *testing.T, a *client.Answers, _ *dbtest.Clock) {
		for _, key := range []string{"", strings.Repeat("x", 201), "a b", "ä", "a\x00"} {
			_, err := a.Claim(t.Context(), bank, key, "create", nil)
			wantFault(t, err, "client.idempotency_key")
		}
	})
}

// The column that is registered for key rotation finds the row ids by itself.
func TestAnswersAreSealedAndReseal(t *testing.T) {
	eachAnswers(t, func(t *testing.T, a *client.Answers, _ *dbtest.Clock) {
		c, err := a.Claim(t.Context(), bank, "k", "create", []byte("r"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Complete(t.Context(), c, 200, []byte("very personal")); err != nil {
			t.Fatal(err)
		}
		stored := func() (b []byte) {
			if err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row("SELECT answer FROM idempotency").Scan(&b)
			}); err != nil {
				t.Fatal(err)
			}
			return b
		}
		before := stored()
		if bytes.Contains(before, []byte("personal")) {
			t.Error("an answer is stored in clear")
		}
		if err := a.Ring.Rotate(t.Context(), "system:test"); err != nil {
			t.Fatal(err)
		}
		if err := a.Ring.Reseal(t.Context(), client.Columns(), "system:test", nil); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(stored()[:5], before[:5]) {
			t.Error("the answer was not moved to the new key")
		}
		again, err := a.Claim(t.Context(), bank, "k", "create", []byte("r"))
		if err != nil || string(again.Body) != "very personal" {
			t.Errorf("%q, %v", again.Body, err)
		}
	})
}
