package db_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

func TestBulkForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sql  string
		n    int
		want string
	}{
		{
			"INSERT INTO t (a, b)\n\tVALUES ($2, $1 + 1)", 2,
			`INSERT INTO t (a, b) SELECT a_.p2_, a_.p1_ + 1 FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS a_ (p1_, p2_, n_)`,
		},
		{
			`UPDATE t SET n = n + $2 WHERE id = $1 AND (n < $3 OR n > $2) AND n > 0`, 3,
			`UPDATE t SET n = n + a_.p2_ FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS a_ (p1_, p2_, p3_, n_) WHERE id = a_.p1_ AND (n < a_.p3_ OR n > a_.p2_) AND n > 0 RETURNING a_.n_`,
		},
		{
			`update t set n = $1 where b = $2 and a = $3`, 3,
			`UPDATE t SET n = a_.p1_ FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS a_ (p1_, p2_, p3_, n_) WHERE b = a_.p2_ and a = a_.p3_ RETURNING a_.n_`,
		},
		{
			`UPDATE t SET n = $1 WHERE id = $2 AND s = 'on' AND EXISTS (SELECT 1 FROM u WHERE id = $1 AND s = 'off')`, 2,
			`UPDATE t SET n = a_.p1_ FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS a_ (p1_, p2_, n_) WHERE id = a_.p2_ AND s = 'on' AND EXISTS (SELECT 1 FROM u WHERE id = a_.p1_ AND s = 'off') RETURNING a_.n_`,
		},
	} {
		if diff := cmp.Diff(c.want, db.BulkForm(c.sql, c.n)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.sql, diff)
		}
	}
	for _, sql := range []string{
		`INSERT INTO t (a) VALUES ($1) ON CONFLICT DO NOTHING`,
		`INSERT INTO t (a) VALUES ($1) RETURNING a`,
		`INSERT INTO t (a) VALUES ($1), ($1)`,
		`INSERT INTO t (a, s) VALUES ($1, 'x')`,
		`INSERT INTO t (a, s) VALUES ($1, DEFAULT)`,
		`INSERT INTO t (a) VALUES ((SELECT MAX(a) FROM u WHERE a < $1))`,
		`INSERT INTO t (a) SELECT a FROM u WHERE a = $1`,
		`UPDATE t SET n = 1 WHERE a = $1`,                                                                 // half a key
		`UPDATE t SET n = 1 WHERE id > $1`,                                                                // no key
		`UPDATE t SET n = 1 WHERE id = $1 OR n = 0`,                                                       // no conjunction
		`UPDATE t SET n = 1 WHERE (id = $1 OR n = 0)`,                                                     // nor this
		`UPDATE t SET n = 1 WHERE NOT id = $1`,                                                            // nor this
		`UPDATE t SET n = 1 WHERE id = $1 AND s = 'x $1'`,                                                 // a text that is not just letters
		`UPDATE t SET s = 'x' WHERE id = $1`,                                                              // a text of unknown type
		`UPDATE t SET n = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM t WHERE n = 1)`,                       // looks at other rows
		`UPDATE t SET n = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM u WHERE n = 1) AND n = 0`,             // goes on
		`UPDATE t SET n = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM u WHERE n = (SELECT 1))`,              // deeper
		`UPDATE t SET n = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM u WHERE n = 1 UNION SELECT n FROM t)`, // hidden
		`UPDATE t SET n = 1 WHERE n = 0 AND EXISTS (SELECT 1 FROM u WHERE id = $1)`,                       // the key of another table
		`UPDATE t SET n = 1 WHERE id = $1 + 1`,                                                            // not the parameter itself
		`UPDATE t SET n = 1 WHERE n BETWEEN 0 AND id = $1`,                                                // an AND that is none
		`UPDATE t SET n = (SELECT MAX(n) FROM t) WHERE id = $1`,                                           // looks at other rows
		`UPDATE t SET n = 1 FROM u WHERE t.id = $1`,                                                       // another table
		`UPDATE t SET n = 1 WHERE id = $1 RETURNING n`,                                                    // wants rows
		`UPDATE t SET n = 1 WHERE id = $1 -- and so on`,                                                   // a comment
		`UPDATE t AS x SET n = 1 WHERE id = $1`,                                                           // an alias
		`UPDATE t SET n_ = 1 WHERE id = $1`,                                                               // a name like ours
		`UPDATE t SET id = id + 1 WHERE id = $1`,                                                          // the row of the next one
		`UPDATE t SET (id, n) = (1, 2) WHERE id = $1`,                                                     // the same, hidden
		`DELETE FROM t WHERE id = $1`,
		`SELECT id FROM t WHERE id = $1`,
	} {
		if got := db.BulkForm(sql, 1); got != "" {
			t.Errorf("%s has the bulk form %s", sql, got)
		}
	}
}

// account is the model of a row.
type account struct{ n, limit int64 }

// TestManyIsOneAfterTheOther compares Many with a model that takes the rows one
// by one: repeated keys, keys that are not there, conditions that stop holding.
func TestManyIsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE account (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, most BIGINT NOT NULL, note TEXT)`)
		rapid.Check(t, func(rt *rapid.T) {
			model := map[int64]*account{}
			var inserts, updates [][]any
			for id := range rapid.Int64Range(0, 12).Draw(rt, "rows") {
				a := &account{limit: rapid.Int64Range(0, 4).Draw(rt, "limit")}
				model[id] = a
				inserts = append(inserts, []any{id, a.limit})
			}
			var want []int64
			for range rapid.IntRange(0, 30).Draw(rt, "updates") {
				id, step := rapid.Int64Range(0, 14).Draw(rt, "id"), rapid.Int64Range(0, 2).Draw(rt, "step")
				updates = append(updates, []any{step, id, nil})
				found := int64(0)
				if a := model[id]; a != nil && a.n < a.limit {
					a.n += step
					found = 1
				}
				want = append(want, found)
			}
			var got []int64
			got2 := map[int64]int64{}
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				clear(got2)
				if _, err := tx.Exec(`DELETE FROM account`); err != nil {
					return err
				}
				if _, err := tx.Many(`INSERT INTO account (id, n, most) VALUES ($1, 0, $2)`, inserts); err != nil {
					return err
				}
				var err error
				if got, err = tx.Many(`UPDATE account SET n = n + $1, note = $3 WHERE id = $2 AND n < most`, updates); err != nil {
					return err
				}
				return tx.Each(`SELECT id, n FROM account`, nil, func(r db.Row) error {
					var id, n int64
					err := r.Scan(&id, &n)
					got2[id] = n
					return err
				})
			})
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Errorf("found (-want +got):\n%s", diff)
			}
			for id, a := range model {
				if got2[id] != a.n {
					rt.Errorf("row %d has %d, want %d", id, got2[id], a.n)
				}
			}
		})
	})
}

// TestUnitsThatMeetAtOneRow have different keys, yet change the same rows, in
// one group.
func TestUnitsThatMeetAtOneRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 4)
		exec(t, d, `CREATE TABLE act (id BIGINT PRIMARY KEY, counter BIGINT NOT NULL)`)
		release := hold(t, d, workers(d))
		var all sync.WaitGroup
		const units = 60
		for i := range units {
			all.Go(func() {
				err := d.Settle(t.Context(), key(i), func(tx *db.Tx) error {
					if err := countUp(i % 3)(tx); err != nil {
						return err
					}
					// Only one of those with the same i/10 can store its row.
					if _, err := tx.Exec(`INSERT INTO act (id, counter) VALUES ($1, $2)`, i/10, i%3); err != nil {
						return err
					}
					_, err := tx.Exec(`UPDATE act SET counter = counter + 100 WHERE id = $1`, i/10)
					return err
				})
				if err != nil && !db.IsUnique(err) {
					t.Error(err)
				}
			})
		}
		release()
		all.Wait()
		if n := count(t, d, `SELECT COUNT(*) FROM act WHERE counter >= 100 AND counter < 200`); n != units/10 {
			t.Errorf("%d acts of %d", n, units/10)
		}
		if n := count(t, d, `SELECT SUM(n) FROM counter`); n != units/10 {
			t.Errorf("counted %d, want one for each act: %d", n, units/10)
		}
	})
}

func TestBulkNeedsAUniqueKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE loose (id BIGINT NOT NULL, n BIGINT NOT NULL, live BIGINT NOT NULL)`)
		exec(t, d, `CREATE UNIQUE INDEX loose_live ON loose (id) WHERE live = 1`) // holds for some rows only
		var rows [][]any
		for i := range 20 {
			rows = append(rows, []any{i % 4, strconv.Itoa(i)})
		}
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Many(`INSERT INTO loose (id, n, live) VALUES ($1, 0, CAST($2 AS BIGINT) * 0)`, rows)
			if err != nil {
				return err
			}
			got, err := tx.Many(`UPDATE loose SET n = n + 1 WHERE id = $1`, [][]any{{0}, {1}, {0}, {1}, {2}, {9}})
			if diff := cmp.Diff([]int64{5, 5, 5, 5, 5, 0}, got); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
			return err
		})
		if n := count(t, d, `SELECT SUM(n) FROM loose`); n != 25 {
			t.Errorf("sum %d, want 25", n)
		}
	})
}

// TestGuardsThatLookAside: an UPDATE whose guards are a literal and a row of
// another table changes the rows that it would change one by one.
func TestGuardsThatLookAside(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE owner (id BIGINT PRIMARY KEY, state TEXT NOT NULL)`)
		exec(t, d, `CREATE TABLE thing (id BIGINT PRIMARY KEY, owner BIGINT NOT NULL, state TEXT NOT NULL, uses BIGINT NOT NULL)`)
		states := []string{"on", "off"}
		var owners, things, uses [][]any
		var want []int64
		for i := range 40 {
			owners = append(owners, []any{i, states[i%2]})
			things = append(things, []any{i, i, states[i/2%2]})
			claimed := i - i%5/4 // every fifth is claimed by somebody else
			uses = append(uses, []any{i, claimed})
			want = append(want, 0)
			if i%2 == 0 && i/2%2 == 0 && claimed == i {
				want[i] = 1
			}
		}
		write(t, d, func(tx *db.Tx) error {
			if _, err := tx.Many(`INSERT INTO owner (id, state) VALUES ($1, $2)`, owners); err != nil {
				return err
			}
			if _, err := tx.Many(`INSERT INTO thing (id, owner, state, uses) VALUES ($1, $2, $3, 0)`, things); err != nil {
				return err
			}
			got, err := tx.Many(`UPDATE thing SET uses = uses + 1 WHERE id = $1 AND owner = $2 AND state = 'on'
				AND EXISTS (SELECT 1 FROM owner WHERE id = $2 AND state = 'on')`, uses)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
			return err
		})
		if n := count(t, d, `SELECT SUM(uses) FROM thing`); n == 0 || n > 10 {
			t.Errorf("%d uses", n)
		}
	})
}
