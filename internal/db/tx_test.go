package db_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// bytesType is the column type for bytes.
func bytesType(d *db.DB) string {
	return map[db.Dialect]string{db.SQLite: "BLOB", db.Postgres: "BYTEA"}[d.Dialect()]
}

func write(t *testing.T, d *db.DB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
}

// count runs a query for one number.
func count(t *testing.T, d *db.DB, sql string, args ...any) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(sql, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func key(i int) ident.ID { return ident.Derive("key", strconv.Itoa(i)) }

func TestBindsByNumber(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE pair (id BIGINT PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL)`)
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO pair (b, a, id) VALUES ($3, $2, $1)`, 1, "first", "second")
			return err
		})
		err := d.Settle(t.Context(), key(1), func(tx *db.Tx) error {
			n, err := tx.Exec(`UPDATE pair SET b = $2, a = $2 WHERE id = $3 AND a = $1 AND b <> $1`, "first", "third", 1)
			if n != 1 {
				t.Errorf("the update found %d rows", n)
			}
			return err
		})
		var a, b, twice string
		if err := errors.Join(err, d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT a, b, CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT) FROM pair`, "x", "y").Scan(&a, &b, &twice)
		})); err != nil || a != "third" || b != "third" || twice != "yxy" {
			t.Errorf("got %q, %q, %q, %v", a, b, twice, err)
		}
	})
}

type (
	mode  string
	level int16
	flags uint8
)

func TestConversionsRoundTrip(t *testing.T) {
	t.Parallel()
	type all struct {
		Time    time.Time
		ID      ident.ID
		Yes     bool
		Bytes   []byte
		Text    string
		Int     int
		Large   uint64
		Float   float64
		Mode    mode
		Level   level
		Flags   flags
		Digest  [4]byte
		Maybe   *string
		MaybeID *ident.ID
	}
	some, id := "some", key(9)
	for name, in := range map[string]all{
		"zero": {},
		"full": {
			Time: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC), ID: key(1), Yes: true, Bytes: []byte{0, 1, 255},
			Text: "Grüße, 世界", Int: math.MinInt64, Large: math.MaxInt64, Float: 1.5e300, Mode: "fast", Level: -3, Flags: 200,
			Digest: [4]byte{1, 2, 3, 4}, Maybe: &some, MaybeID: &id,
		},
		"empty": {Bytes: []byte{}, Time: time.UnixMicro(-1).UTC(), Float: math.Inf(-1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Run(t, func(t *testing.T, d *db.DB) {
				b := bytesType(d)
				exec(t, d, `CREATE TABLE everything (moment BIGINT, id `+b+`, yes SMALLINT, raw `+b+`, txt TEXT, num BIGINT, large BIGINT,
					frac DOUBLE PRECISION, mode TEXT, level SMALLINT, flags SMALLINT, digest `+b+`, maybe TEXT, maybe_id `+b+`)`)
				exec(t, d, `INSERT INTO everything VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
					in.Time, in.ID, in.Yes, in.Bytes, in.Text, in.Int, in.Large, in.Float, in.Mode, in.Level, in.Flags, in.Digest, in.Maybe, in.MaybeID)
				var out all
				var nulls int
				err := d.Read(t.Context(), func(tx *db.Tx) error {
					return errors.Join(
						tx.Row(`SELECT * FROM everything`).Scan(&out.Time, &out.ID, &out.Yes, &out.Bytes, &out.Text, &out.Int, &out.Large,
							&out.Float, &out.Mode, &out.Level, &out.Flags, &out.Digest, &out.Maybe, &out.MaybeID),
						tx.Row(`SELECT COUNT(*) FROM everything WHERE moment IS NULL AND id IS NULL AND maybe IS NULL AND raw IS NULL`).Scan(&nulls))
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(in, out); diff != "" {
					t.Errorf("not what was stored (-in +out):\n%s", diff)
				}
				if want := map[string]int{"zero": 1}[name]; nulls != want {
					t.Errorf("zero values are NULL in %d rows, want %d", nulls, want)
				}
			})
		})
	}
}

func TestNullScansAsZero(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		text, n, yes, raw, at, id, m := "x", 7, true, []byte{1}, time.Now(), key(1), mode("x")
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL`).Scan(&text, &n, &yes, &raw, &at, &id, &m)
		})
		if err != nil || text != "" || n != 0 || yes || raw != nil || !at.IsZero() || !id.IsZero() || m != "" {
			t.Errorf("got %q %d %v %v %v %v %q, %v", text, n, yes, raw, at, id, m, err)
		}
	})
}

func TestExpressionsScanAlike(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE n (v BIGINT NOT NULL)`)
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Many(`INSERT INTO n (v) VALUES ($1)`, [][]any{{1}, {2}, {4}})
			return err
		})
		var rows, sum, none, largest int
		var exists, not bool
		var avg float64
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*), SUM(v), COALESCE(SUM(v) FILTER (WHERE v > 9), 0), MAX(v), AVG(v), EXISTS (SELECT 1 FROM n), 1 > 2 FROM n`).
				Scan(&rows, &sum, &none, &largest, &avg, &exists, &not)
		})
		if err != nil || rows != 3 || sum != 7 || none != 0 || largest != 4 || !exists || not || math.Abs(avg-7.0/3) > 1e-9 {
			t.Errorf("got %d %d %d %d %v %v %v, %v", rows, sum, none, largest, avg, exists, not, err)
		}
	})
}

func TestRefusedStatements(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE t (id BIGINT NOT NULL, s TEXT)`)
		for _, c := range []struct {
			name string
			sql  string
			args []any
		}{
			{"too large", `INSERT INTO t (id) VALUES ($1)`, []any{uint64(math.MaxInt64) + 1}},
			{"zero byte", `INSERT INTO t (id, s) VALUES (1, $1)`, []any{"a\x00b"}},
			{"no UTF-8", `INSERT INTO t (id, s) VALUES (1, $1)`, []any{"\xff"}},
			{"what is it", `INSERT INTO t (id) VALUES ($1)`, []any{struct{}{}}},
			{"too few", `INSERT INTO t (id, s) VALUES ($1, $2)`, []any{1}},
			{"too many", `INSERT INTO t (id) VALUES ($1)`, []any{1, 2}},
			{"two statements", `INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2)`, nil},
			{"commit", `COMMIT`, nil},
			{"begin", "\n\tbegin", nil},
			{"savepoint", `SAVEPOINT mine`, nil},
			{"rollback", `ROLLBACK;`, nil},
			{"not null", `INSERT INTO t (id) VALUES ($1)`, []any{nil}},
			{"no table", `INSERT INTO nothing (id) VALUES ($1)`, []any{1}},
		} {
			err := d.Settle(t.Context(), key(1), func(tx *db.Tx) error {
				_, _ = tx.Exec(`INSERT INTO t (id) VALUES (0)`)
				_, err := tx.Exec(c.sql, c.args...)
				return err
			})
			if err == nil {
				t.Errorf("%s: accepted", c.name)
			}
		}
		if n := count(t, d, `SELECT COUNT(*) FROM t`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
	})
}

func TestAnErrorSpoilsTheTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE t (id BIGINT PRIMARY KEY)`)
		for name, open := range openings(d) {
			err := open(func(tx *db.Tx) error {
				if _, err := tx.Exec(`INSERT INTO t (id) VALUES (1)`); err != nil {
					return err
				}
				_, _ = tx.Exec(`INSERT INTO t (id) VALUES (1)`) // ignored, as sloppy code would
				_, second := tx.Exec(`INSERT INTO t (id) VALUES (2)`)
				if second == nil {
					t.Errorf("%s: a statement ran after an error", name)
				}
				return nil
			})
			if !db.IsUnique(err) {
				t.Errorf("%s: got %v, want the first error", name, err)
			}
			if n := count(t, d, `SELECT COUNT(*) FROM t`); n != 0 {
				t.Errorf("%s: %d rows stayed", name, n)
			}
		}
	})
}

// openings are the two ways to change something.
func openings(d *db.DB) map[string]func(func(*db.Tx) error) error {
	return map[string]func(func(*db.Tx) error) error{
		"write":  func(f func(*db.Tx) error) error { return d.Write(context.Background(), f) },
		"settle": func(f func(*db.Tx) error) error { return d.Settle(context.Background(), key(1), f) },
	}
}

func TestATxEndsWithItsFunction(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		for name, open := range openings(d) {
			var kept *db.Tx
			if err := open(func(tx *db.Tx) error { kept = tx; return nil }); err != nil {
				t.Fatal(err)
			}
			if _, err := kept.Exec(`DELETE FROM journal`); err == nil {
				t.Errorf("%s: a statement ran after the end", name)
			}
		}
	})
}

func TestReadCannotChangeAnything(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE t (id BIGINT PRIMARY KEY)`)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO t (id) VALUES (1)`)
			return err
		})
		if !fault.Is(err, "db.read_only") {
			t.Errorf("an INSERT in a Read: %v", err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error { tx.Append(db.Record{Kind: "x"}); return nil })
		if err == nil {
			t.Error("an audit record in a Read was lost silently")
		}
		if n := count(t, d, `SELECT COUNT(*) FROM t`); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestRowAndEach(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`)
		var got []string
		write(t, d, func(tx *db.Tx) error {
			got = nil
			changed, err := tx.Many(`INSERT INTO t (id, n) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [][]any{{1, 10}, {2, 20}, {1, 99}, {3, 30}})
			if diff := cmp.Diff([]int64{1, 1, 0, 1}, changed); err == nil && diff != "" {
				t.Errorf("Many (-want +got):\n%s", diff)
			}
			if err != nil {
				return err
			}
			return tx.Each(`SELECT id, n FROM t WHERE n >= $1 ORDER BY id`, []any{10}, func(r db.Row) error {
				var id, n int
				if err := r.Scan(&id, &n); err != nil {
					return err
				}
				var newer int // a statement inside the loop, which returns rows itself
				err := tx.Row(`UPDATE t SET n = n + 1 WHERE id = $1 RETURNING n`, id).Scan(&newer)
				got = append(got, fmt.Sprint(id, n, newer))
				return err
			})
		})
		if diff := cmp.Diff([]string{"1 10 11", "2 20 21", "3 30 31"}, got); diff != "" {
			t.Errorf("Each (-want +got):\n%s", diff)
		}
		var n int
		err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT n FROM t WHERE id = $1`, 99).Scan(&n) })
		if !errors.Is(err, db.ErrNoRow) {
			t.Errorf("no row: %v", err)
		}
		stop := errors.New("stop")
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT id FROM t`, nil, func(db.Row) error { return stop })
		})
		if !errors.Is(err, stop) {
			t.Errorf("Each hid its function's error: %v", err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			var id ident.ID
			return tx.Row(`SELECT n FROM t WHERE id = 1`).Scan(&id)
		})
		if err == nil || strings.Contains(err.Error(), "11") {
			t.Errorf("a number as an id: %v", err)
		}
	})
}

func TestManyInOneCall(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE t (id BIGINT PRIMARY KEY, s TEXT NOT NULL)`)
		const rows = 3000 // more than travel at once
		args := make([][]any, rows)
		for i := range args {
			args[i] = []any{i, strings.Repeat("x", i%200)}
		}
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Many(`INSERT INTO t (id, s) VALUES ($1, $2)`, args)
			return err
		})
		if n := count(t, d, `SELECT COUNT(*) FROM t`); n != rows {
			t.Errorf("%d rows", n)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Many(`INSERT INTO t (id, s) VALUES ($1 + 5000, $2)`, slices.Concat(args, args[17:18]))
			return err
		})
		if !db.IsUnique(err) {
			t.Errorf("the last row is there already: %v", err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM t`); n != rows {
			t.Errorf("%d rows after a failed import", n)
		}
	})
}

func TestAfterRunsOnlyAfterACommit(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		for name, open := range openings(d) {
			ran := 0
			stop := errors.New("stop")
			if err := open(func(tx *db.Tx) error { tx.After(func() { ran++ }); return stop }); !errors.Is(err, stop) || ran != 0 {
				t.Errorf("%s failed with %v and ran it %d times", name, err, ran)
			}
			if err := open(func(tx *db.Tx) error { tx.After(func() { ran++ }); return nil }); err != nil || ran != 1 {
				t.Errorf("%s committed (%v) and ran it %d times", name, err, ran)
			}
		}
	})
}
