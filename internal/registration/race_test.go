package registration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/registration"
)

// TestCodeTakenBackUnderway: a registration ends with its code, whether that is
// revoked or replaced, and keeps no token from others.
func TestCodeTakenBackUnderway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.stock("A1")
		other := w.begin("9", w.code(w.customer("9")).Value)
		for name, take := range map[string]func(customer.Customer, registration.Issued){
			"revoked": func(c customer.Customer, code registration.Issued) {
				if err := w.desk.Revoke(t.Context(), by(), c.ID, code.ID); err != nil {
					t.Error(err)
				}
			},
			"replaced": func(c customer.Customer, _ registration.Issued) { w.code(c) },
		} {
			c := w.customer(name)
			code := w.code(c)
			r := w.begin(name, code.Value)
			if got := w.serial(r, "A1"); got.State != registration.Reserved {
				t.Fatalf("%s: %+v", name, got)
			}
			take(c, code)
			if got := w.confirm(r, hotp("A1", 0), ""); got.State != registration.Abandoned || got.Refused != registration.Over {
				t.Errorf("%s: the first secure code: %+v", name, got)
			}
			if got := w.serial(other, "A1"); got.State != registration.Reserved {
				t.Errorf("%s: the token is kept from others: %+v", name, got)
			}
			if _, err := w.desk.Abandon(t.Context(), by(), other.Handle); err != nil {
				t.Error(err)
			}
			other = w.begin("9", w.code(mustFind(w, "9")).Value)
		}
	})
}

// TestStorm: customers, their impatient fingers and the help desk do everything at
// once. Nothing ends in an internal error, and all tables agree afterwards.
func TestStorm(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 20 {
			s := &storm{world: w}
			for i := range 2 {
				s.tokens = append(s.tokens, fmt.Sprintf("R%dT%d", round, i))
				c := w.customer(fmt.Sprintf("%d-%d", round, i))
				s.customers, s.codes = append(s.customers, c), append(s.codes, w.code(c))
			}
			w.stock(s.tokens...)
			var all sync.WaitGroup
			for g := range 6 {
				all.Go(func() { s.blow(rand.New(rand.NewPCG(uint64(round), uint64(g)))) })
			}
			all.Wait()
		}
		done := w.number("registration WHERE state = 'done'")
		t.Log(done, "were registered")
		for rule, n := range map[string]int{
			"spent codes":             w.number("activation_code WHERE status = 'used'") - done,
			"assigned tokens":         w.number("device WHERE status = '"+string(device.Active)+"'") - done,
			"records":                 w.number("journal WHERE kind = $1", registration.AuditDone) - done,
			"done with another token": w.number("registration r JOIN device d ON d.id = r.device WHERE r.state = 'done' AND d.customer <> r.customer"),
			"reserved, not in stock":  w.number("registration r JOIN device d ON d.id = r.device WHERE r.state = 'reserved' AND d.status <> 'stock'"),
			"open without a code": w.number(`registration r JOIN activation_code c ON c.customer = r.customer AND c.id = r.code
				WHERE r.state IN ('begun', 'reserved') AND c.status <> 'valid'`),
		} {
			if n != 0 {
				t.Errorf("%s: off by %d", rule, n)
			}
		}
		if done == 0 {
			t.Error("nobody was registered")
		}
	})
}

// storm is one round of TestStorm.
type storm struct {
	*world
	customers []customer.Customer
	codes     []registration.Issued
	tokens    []string
}

func (s *storm) blow(r *rand.Rand) {
	ctx, i, handle := context.Background(), r.IntN(2), ""
	c, code, serial := s.customers[i], s.codes[i], s.tokens[r.IntN(4)/3]
	for k := range 9 {
		act := k % 3 // in order, mostly
		if r.IntN(4) == 0 {
			act = r.IntN(6)
		}
		var reg registration.Registration
		var err error
		switch act {
		case 0:
			if reg, err = s.desk.Begin(ctx, by(), registration.Begin{CustomerNumber: c.Number, ActivationCode: code.Value, Policy: "secure-code", Channel: "web"}); reg.Handle != "" {
				handle = reg.Handle
			}
		case 1:
			_, err = s.desk.Token(ctx, by(), handle, serial)
		case 2:
			_, err = s.desk.Confirm(ctx, by(), handle, registration.Confirm{Code: hotp(serial, 0)})
		case 3:
			_, err = s.desk.Abandon(ctx, by(), handle)
		case 4:
			err = s.desk.Revoke(ctx, by(), c.ID, code.ID)
		case 5:
			s.identify(c, by())
			_, err = s.desk.Issue(ctx, by(), c.ID, registration.Issue{Policy: "secure-code"})
		}
		if k := fault.KindOf(err); err != nil && k != fault.Conflict && k != fault.NotFound {
			s.t.Errorf("%v: %v", k, err)
		}
	}
}

// number counts the rows of a table that meet a condition.
func (w *world) number(from string, args ...any) (n int) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n) })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
