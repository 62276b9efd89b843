package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// claimed is a message that this worker owns until its lease ends.
type claimed struct {
	Message
	lease  ident.ID
	sealed []byte
}

// claim takes up to n messages of the given kinds that are due.
func (o *Outbox) claim(ctx context.Context, kinds []string, n int) (got []claimed, err error) {
	if len(kinds) == 0 || n == 0 {
		return nil, nil
	}
	if due, err := o.due(ctx, kinds); err != nil || !due {
		return nil, err // looking costs a read, claiming a commit
	}
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		got = nil
		lease := ident.New(tx.Now, o.cfg.Rand)
		args := append([]any{lease, tx.Now.Add(o.cfg.Lease), tx.Now, n}, anys(kinds)...)
		return tx.Each(claimSQL(tx.Dialect(), len(kinds)), args, func(r db.Row) error {
			c := claimed{lease: lease}
			err := r.Scan(&c.ID, &c.Kind, &c.Customer, &c.sealed, &c.Expires, &c.Attempts)
			c.State = Waiting
			got = append(got, c)
			return err
		})
	})
	return got, err
}

func (o *Outbox) due(ctx context.Context, kinds []string) (due bool, err error) {
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		due = false
		return tx.Each(`SELECT 1 FROM outbox WHERE state = 'waiting' AND due_at <= $1 AND kind IN (`+placeholders(2, len(kinds))+`) LIMIT 1`,
			append([]any{tx.Now}, anys(kinds)...), func(db.Row) error { due = true; return nil })
	})
	return due, err
}

// claimSQL is the claim. On PostgreSQL other workers skip what is being claimed;
// on SQLite there is one writer at a time.
func claimSQL(d db.Dialect, kinds int) string {
	skip := ""
	if d == db.Postgres {
		skip = "FOR UPDATE SKIP LOCKED"
	}
	return fmt.Sprintf(`UPDATE outbox SET lease = $1, due_at = $2, attempts = attempts + 1
WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' AND due_at <= $3 AND kind IN (%s) ORDER BY due_at LIMIT $4 %s)
RETURNING id, kind, customer, payload, expires_at, attempts`, placeholders(5, kinds), skip)
}

// settle stores an outcome, if the lease still stands; it shares its commit with
// other outcomes. After the change comes what belongs to it, whether it stood or not.
func (o *Outbox) settle(ctx context.Context, c claimed, set string, args []any, then func(tx *db.Tx, stood bool) error) (stood bool, err error) {
	err = o.db.Settle(ctx, c.ID, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE outbox SET lease = NULL, `+set+` WHERE id = $1 AND lease = $2 AND state = 'waiting'`, append([]any{c.ID, c.lease}, args...)...)
		stood = n == 1
		if err != nil || then == nil {
			return err
		}
		return then(tx, stood)
	})
	return stood && err == nil, err
}

// purge forgets messages that were sent long ago, a thousand at a time.
func (o *Outbox) purge(ctx context.Context) error {
	for {
		var n int64
		err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 'sent' AND state <> 'waiting' AND ended_at < $1 ORDER BY ended_at LIMIT 1000)`,
				tx.Now.Add(-o.cfg.Keep))
			return err
		})
		o.stats.purged.Add(n)
		if err != nil || n < 1000 {
			return err
		}
	}
}

// purgeEvery is how often Run forgets.
const purgeEvery = time.Minute

func placeholders(from, n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(s, ", ")
}

func anys(s []string) []any {
	out := make([]any, 0, len(s))
	for _, v := range slices.Sorted(slices.Values(s)) { // one text of SQL and one order of arguments
		out = append(out, v)
	}
	return out
}
