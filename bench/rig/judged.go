package rig

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// homes is how many addresses, agents and devices the customers share.
const homes = 50

// Judged are customers whom the risk engine of a store knows.
type Judged struct {
	N int // customers

	facts [homes]score.Facts // of a login at each home
	calls atomic.Int64
	rig   *Rig
}

// Known is a group of customers: those who were fed as many events, or all.
type Known struct {
	Name string
	N    int
}

// Customer is the i-th member of the group.
func (k Known) Customer(i int) ident.ID { return ident.Derive("bench", k.Name, strconv.Itoa(i)) }

// Everybody is the group of all customers with a little history.
func (j *Judged) Everybody() Known { return Known{"customer", j.N} }

// Call is what the bank tells of the next login of the i-th member at home.
func (j *Judged) Call(k Known, i int) risk.Call {
	h := i % homes
	return risk.Call{
		Customer: k.Customer(i), Reference: strconv.FormatInt(j.calls.Add(1), 10), Channel: "web", Tag: "device " + strconv.Itoa(h),
		Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(h)}), //nolint:gosec // below homes
		Agent:   fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", 100+h, 100+h),
	}
}

// Judge fills a store with n customers of ten events each. What a login at each home
// looks like is learned from the desk itself; the profiles are the engine's, stored in
// bulk, as are counts of as many other addresses.
func (s *Store) Judge(ctx context.Context, a *app.App, n int) (*Judged, error) {
	j := &Judged{N: n, rig: s.rig}
	pioneers := Known{"pioneer", homes}
	for h := range homes {
		f, err := j.pioneer(ctx, a, j.Call(pioneers, h))
		if err != nil {
			return nil, err
		}
		j.facts[h] = f
	}
	if _, err := a.Risk.Fold(ctx, homes); err != nil {
		return nil, err
	}
	if err := j.others(ctx, a.DB); err != nil {
		return nil, err
	}
	if err := j.Feed(ctx, a.DB, j.Everybody(), 10); err != nil {
		return nil, err
	}
	return j, s.Rest(ctx)
}

// pioneer has a customer's first login judged and learned.
func (j *Judged) pioneer(ctx context.Context, a *app.App, c risk.Call) (f score.Facts, err error) {
	x, err := a.Risk.Session(ctx, by, c)
	if err != nil {
		return f, err
	}
	if _, err := a.Risk.Sign(ctx, by, c.Customer, x.ID, "hw_token", true); err != nil {
		return f, err
	}
	e, err := a.Risk.Complete(ctx, by, c.Customer, x.ID)
	return e.Facts, err
}

// others makes the counts of all customers as large as those of N customers are.
func (j *Judged) others(ctx context.Context, d *db.DB) error {
	return batches(ctx, d, j.N, func(tx *db.Tx, from, to int) error {
		var rows [][]any
		for i := from; i < to; i++ {
			rows = append(rows, []any{"address of customer " + strconv.Itoa(i)})
		}
		if _, err := tx.Many("INSERT INTO risk_value (level, value, n, spread) VALUES (0, $1, 10, 2)", rows); err != nil {
			return err
		}
		return j.count(tx, to-from)
	})
}

func (*Judged) count(tx *db.Tx, n int) error {
	for name, more := range map[string]int{"rows": 10 * n, "users": n, "distinct.0": n} {
		if _, err := tx.Exec("UPDATE risk_total SET n = n + $2 WHERE name = $1", name, more); err != nil {
			return err
		}
	}
	return nil
}

// Feed gives the members of a group the profiles that so many events leave, of
// which every fifth is a payment. The engine learns them one by one in memory, the last
// two days ago; the profile of each home is stored for all its members.
func (j *Judged) Feed(ctx context.Context, d *db.DB, k Known, events int) error {
	docs := make([]string, min(homes, k.N))
	for h := range docs {
		b, err := j.learn(h, events).Pack()
		if err != nil {
			return err
		}
		docs[h] = string(b)
	}
	return batches(ctx, d, k.N, func(tx *db.Tx, from, to int) error {
		var rows [][]any
		for i := from; i < to; i++ {
			rows = append(rows, []any{k.Customer(i), docs[i%homes], tx.Now})
		}
		_, err := tx.Many("INSERT INTO risk_profile (customer, document, version, changed_at) VALUES ($1, $2, 1, $3)", rows)
		return err
	})
}

// learn has the engine learn events of 150 days.
func (j *Judged) learn(h, events int) *engine.Profile {
	const span = 150 * 24 * time.Hour
	p, f := &engine.Profile{}, j.facts[h]
	begin := j.rig.Now().Add(-span - 48*time.Hour)
	for i := range events {
		f.At, f.Kind, f.Items = begin.Add(span/time.Duration(events)*time.Duration(i)), score.KindSession, nil
		if i%5 == 4 {
			f.Kind = score.KindPayment
			f.Items = []score.Item{{Payee: "payee " + strconv.Itoa(i/5%100), Amount: float64(10 + i%90), Currency: "EUR"}}
		}
		f.Hour = f.At.Hour()
		p.Learn(ident.Derive("bench event", strconv.Itoa(i)), &f)
	}
	return p
}

// batches runs f for the numbers below n, some thousands in each transaction.
func batches(ctx context.Context, d *db.DB, n int, f func(tx *db.Tx, from, to int) error) (err error) {
	for from := 0; from < n && err == nil; from += fillBatch {
		err = d.Write(ctx, func(tx *db.Tx) error { return f(tx, from, min(from+fillBatch, n)) })
	}
	return err
}

// ErrNotAllowed says that a login at home was not allowed.
var ErrNotAllowed = errors.New("bench: a customer's login at home was not allowed")

// Decide has one login judged and completed, as a bank does.
func (j *Judged) Decide(ctx context.Context, a *app.App, k Known, i int) error {
	c := j.Call(k, i)
	x, err := a.Risk.Session(ctx, by, c)
	switch {
	case err != nil:
		return err
	case x.Result.Decision != score.Allow:
		return fmt.Errorf("%w: %s, %v", ErrNotAllowed, x.Result.Decision, x.Result.Terms)
	}
	_, err = a.Risk.Complete(ctx, by, c.Customer, x.ID)
	return err
}
