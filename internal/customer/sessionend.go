package customer

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// End ends the session of a token; one that has ended already is no error.
func (s *Sessions) End(ctx context.Context, token string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, ok, err := sessionOf(tx, token)
		if err != nil {
			return err
		}
		if ok {
			audit.Record(tx, audit.Event{Kind: AuditLoggedOut, By: x.Actor(), Customer: x.Customer, Object: x.Customer.String()})
		}
		_, err = tx.Exec("DELETE FROM customer_session WHERE digest = $1", digest(token))
		return err
	})
}

// Of returns the open sessions of a customer, the newest first, at most 200; the
// one with the token is marked as own.
func (s *Sessions) Of(ctx context.Context, customer ident.ID, token string) (all []Session, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		var digests [][]byte
		err := tx.Each("SELECT s.digest FROM customer_session s WHERE s.customer = $1 ORDER BY s.began_at DESC, s.digest LIMIT 200", []any{customer}, func(row db.Row) error {
			var d []byte
			err := row.Scan(&d)
			digests = append(digests, d)
			return err
		})
		all = nil
		for _, d := range digests {
			x, ok, err := sessionBy(tx, d)
			if err != nil {
				return err
			}
			if x.Own = string(d) == string(digest(token)); ok {
				all = append(all, x)
			}
		}
		return err
	})
	return all, err
}

// EndOthers ends all sessions of the token's customer but that one, and returns how
// many rows there were.
func (s *Sessions) EndOthers(ctx context.Context, token string) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		x, ok, err := sessionOf(tx, token)
		if err != nil || !ok {
			return err
		}
		if n, err = tx.Exec("DELETE FROM customer_session WHERE customer = $1 AND digest <> $2", x.Customer, digest(token)); err != nil || n == 0 {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditSessionsEnded, By: x.Actor(), Customer: x.Customer, Object: x.Customer.String(), Details: map[string]any{"sessions": n}})
		return nil
	})
	return n, err
}

// Sweep deletes up to limit sessions that have ended by themselves, and says how
// many there were.
func (s *Sessions) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`DELETE FROM customer_session WHERE digest IN (SELECT digest FROM customer_session
			WHERE seen_at <= $1 OR began_at <= $2 ORDER BY seen_at LIMIT $3)`, tx.Now.Add(-IdleLimit), tx.Now.Add(-AbsoluteLimit), limit)
		return err
	})
	return n, err
}

// Restored is the hook for a database that was restored from a backup: sessions
// may have been ended since, so all of them end.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("DELETE FROM customer_session")
	return err
}
