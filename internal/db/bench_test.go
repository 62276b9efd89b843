package db_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

const accounts = 10_000

// BenchmarkGroupCommit compares settlements that share commits with settlements
// that have each their own, turn by turn in one run. Run it on a PostgreSQL that
// flushes: scripts/postgres --durable run go test -bench GroupCommit ./internal/db.
func BenchmarkGroupCommit(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		for _, callers := range []int{64, 128} {
			b.Run(fmt.Sprintf("%s/%d", dialect, callers), func(b *testing.B) {
				grouped, alone := bank(b, dialect, 0), bank(b, dialect, 1)
				const turns = 4
				each := max(b.N/turns/2, callers)
				var shared, single time.Duration
				b.ResetTimer()
				for range turns {
					shared += pay(b, grouped, callers, each)
					single += pay(b, alone, callers, each)
				}
				b.ReportMetric(turns*float64(each)/shared.Seconds(), "grouped/s")
				b.ReportMetric(turns*float64(each)/single.Seconds(), "alone/s")
				b.ReportMetric(single.Seconds()/shared.Seconds(), "ratio")
				s := grouped.Stats()
				b.ReportMetric(float64(s.Units)/float64(s.Groups), "units/group")
			})
		}
	}
}

// bank is a database with accounts.
func bank(b *testing.B, dialect db.Dialect, groupSize int) *db.DB {
	b.Helper()
	d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, dialect), GroupSize: groupSize, Now: time.Now})
	bytes := map[db.Dialect]string{db.SQLite: "BLOB", db.Postgres: "BYTEA"}[dialect]
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		for _, sql := range []string{
			`CREATE TABLE account (id ` + bytes + ` PRIMARY KEY, failures BIGINT NOT NULL, counter BIGINT NOT NULL)`,
			`CREATE TABLE act (id ` + bytes + ` PRIMARY KEY, account ` + bytes + ` NOT NULL, at BIGINT NOT NULL, outcome TEXT NOT NULL)`,
		} {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		var rows [][]any
		for i := range accounts {
			rows = append(rows, []any{key(i)})
		}
		_, err := tx.Many(`INSERT INTO account (id, failures, counter) VALUES ($1, 0, 0)`, rows)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// pay has callers settle n times in all, as a login does: claim, consume,
// record, audit.
func pay(b *testing.B, d *db.DB, callers, n int) time.Duration {
	b.Helper()
	return share(callers, n, func(i int) {
		if err := settle(b.Context(), d, key(i*7919%accounts)); err != nil {
			b.Error(err)
		}
	})
}

// share lets workers do n things and says how long it took.
func share(workers, n int, do func(i int)) time.Duration {
	var next atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for range workers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				do(int(i))
			}
		})
	}
	all.Wait()
	return time.Since(begin)
}

func settle(ctx context.Context, d *db.DB, id ident.ID) error {
	act := ident.New(time.Now(), rand.Reader)
	return d.Settle(ctx, id, func(tx *db.Tx) error {
		if _, err := tx.Exec(`UPDATE account SET failures = failures + 1 WHERE id = $1 AND failures < 5`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE account SET counter = counter + 1, failures = 0 WHERE id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO act (id, account, at, outcome) VALUES ($1, $2, $3, $4)`, act, id, tx.Now, "accepted")
		tx.Append(db.Record{Kind: "login.accepted", Actor: "client:bank", Customer: id, Object: "token:1", Details: []byte(`{"method":"token"}`)})
		return err
	})
}

// BenchmarkRead compares point reads that share round trips with reads that have
// each a round trip and many connections. A read has three statements, as the
// checks before a login.
func BenchmarkRead(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", dialect, callers), func(b *testing.B) {
				d := bank(b, dialect, 0)
				b.ResetTimer()
				took := share(callers, b.N, func(i int) {
					err := d.Read(b.Context(), func(tx *db.Tx) error {
						for range 3 {
							var n int
							if err := tx.Row(`SELECT failures FROM account WHERE id = $1`, key(i%accounts)).Scan(&n); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						b.Error(err)
					}
				})
				b.ReportMetric(float64(b.N)/took.Seconds(), "reads/s")
				if s := d.Stats(); s.ReadTrips > 0 {
					b.ReportMetric(float64(s.Reads)/float64(s.ReadTrips), "statements/trip")
				}
			})
		}
	}
}

// BenchmarkImport stores rows of two tables in chunks, as an import of tokens
// does.
func BenchmarkImport(b *testing.B) {
	const chunk = 1000
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(dialect.String(), func(b *testing.B) {
			d := bank(b, dialect, 0)
			next := accounts
			b.ResetTimer()
			begin := time.Now()
			for done := 0; done < b.N; done += chunk {
				err := d.Write(b.Context(), func(tx *db.Tx) error {
					var first, second [][]any
					for i := next; i < next+chunk; i++ {
						first = append(first, []any{key(i)})
						second = append(second, []any{key(-i), key(i), tx.Now, strings.Repeat("x", 80)})
					}
					_, err := tx.Many(`INSERT INTO account (id, failures, counter) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING`, first)
					if err != nil {
						return err
					}
					_, err = tx.Many(`INSERT INTO act (id, account, at, outcome) VALUES ($1, $2, $3, $4)`, second)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				next += chunk
			}
			b.ReportMetric(float64(next-accounts)/time.Since(begin).Seconds(), "rows/s")
		})
	}
}
