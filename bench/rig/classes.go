package rig

import (
	"context"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/limit"
)

// Class is a sort of customers whose logins are all refused.
type Class string

// The classes.
const (
	Wrong     Class = "wrong code"
	Unknown   Class = "unknown customer"
	Blocked   Class = "blocked"
	Disabled  Class = "disabled by staff"
	Suspended Class = "customer suspended"
	Tokenless Class = "no token"
)

// Classes lists all of them.
func Classes() []Class { return []Class{Wrong, Unknown, Blocked, Disabled, Suspended, Tokenless} }

// change is the statement that makes a registered customer one of the class; ""
// when there is nothing to do.
func (c Class) change() string {
	const of = "customer = (SELECT id FROM customer WHERE number = $1)"
	switch c {
	case Blocked:
		return "UPDATE authenticator SET failures = 5, blocks = 1, blocked_until = $2 WHERE " + of
	case Disabled:
		return "UPDATE authenticator SET status = 'disabled' WHERE " + of
	case Suspended:
		return "UPDATE customer SET status = 'suspended' WHERE number = $1"
	case Tokenless:
		return "DELETE FROM authenticator WHERE " + of
	default:
		return ""
	}
}

// Divide makes the first customers of a population members of the classes, n of
// each: class k has the customers k*n to k*n+n-1. Unknown customers are those
// behind the population.
func (s *Store) Divide(ctx context.Context, p *Population, n int) error {
	return s.With(ctx, func(a *app.App) error {
		for k, c := range Classes() {
			sql := c.change()
			if sql == "" {
				continue
			}
			err := a.DB.Write(ctx, func(tx *db.Tx) error {
				for i := k * n; i < k*n+n; i++ {
					args := []any{string(p.Number(nil, i))}
					if c == Blocked {
						args = append(args, limit.Forever)
					}
					if _, err := tx.Exec(sql, args...); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Member is the number of the i-th customer of the k-th class.
func (p *Population) Member(k, n, i int) string {
	at := k*n + i
	if Classes()[k] == Unknown {
		at += p.N
	}
	return string(p.Number(nil, at))
}

// WrongCode is a code that the token of the i-th customer does not show soon.
func (p *Population) WrongCode(i int) string { return string(code(nil, seed(i), p.next[i]+100_000)) }
