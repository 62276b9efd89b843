package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

func migrations(t *testing.T, dialect db.Dialect) (names []string) {
	t.Helper()
	ms, err := db.Migrations(dialect)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		names = append(names, fmt.Sprintf("%04d_%s", m.Number, m.Name))
	}
	return names
}

func TestBothFoldersHaveTheSameMigrations(t *testing.T) {
	t.Parallel()
	lite := migrations(t, db.SQLite)
	if diff := cmp.Diff(lite, migrations(t, db.Postgres)); diff != "" || len(lite) == 0 {
		t.Errorf("%d migrations (-sqlite +postgres):\n%s", len(lite), diff)
	}
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.Empty(t, dialect)
			all := migrations(t, dialect)
			var mu sync.Mutex
			var applied []string
			var nodes sync.WaitGroup
			for range 4 {
				nodes.Go(func() {
					d := dbtest.Open(t, db.Config{DSN: dsn})
					ms, err := d.Migrate(t.Context())
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					for _, m := range ms {
						applied = append(applied, fmt.Sprintf("%04d_%s", m.Number, m.Name))
					}
				})
			}
			nodes.Wait()
			if diff := cmp.Diff(all, applied); diff != "" {
				t.Errorf("applied in all (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPendingAndNewerSchemas(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t, db.Config{DSN: dbtest.Empty(t, dialect)})
			if ms, err := d.Pending(t.Context()); err != nil || len(ms) != len(migrations(t, dialect)) {
				t.Errorf("%d pending in an empty database, %v", len(ms), err)
			}
			if _, err := d.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if ms, err := d.Pending(t.Context()); err != nil || len(ms) != 0 {
				t.Errorf("%d pending after migrating, %v", len(ms), err)
			}
			exec(t, d, `INSERT INTO migration (number, name, at) VALUES (9999, 'tomorrow', 0)`)
			_, err := d.Migrate(t.Context())
			_, pending := d.Pending(t.Context())
			if !fault.Is(err, "db.newer") || !fault.Is(pending, "db.newer") {
				t.Errorf("a newer database: %v, %v", err, pending)
			}
			exec(t, d, `UPDATE migration SET name = 'other' WHERE number = 1`)
			if _, err := d.Migrate(t.Context()); !fault.Is(err, "db.foreign") {
				t.Errorf("a foreign database: %v", err)
			}
		})
	}
}

// schemas are queries for "table.column type null" and for the indexes.
var schemas = map[db.Dialect][2]string{
	db.SQLite: {
		`SELECT m.name || '.' || c.name, c.type, c."notnull" OR c.pk > 0 FROM sqlite_schema m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`,
		`SELECT i.name, (SELECT GROUP_CONCAT(COALESCE(x.name, '?'), ' ') FROM pragma_index_info(i.name) x), i."unique" FROM sqlite_schema m, pragma_index_list(m.name) i
			WHERE m.type = 'table' AND i.origin = 'c' ORDER BY i.name`,
	},
	db.Postgres: {
		`SELECT table_name || '.' || column_name, UPPER(data_type), is_nullable = 'NO' FROM information_schema.columns
			WHERE table_schema = current_schema() ORDER BY table_name COLLATE "C", ordinal_position`,
		`SELECT c.relname::TEXT, (SELECT STRING_AGG(COALESCE(a.attname, '?'), ' ' ORDER BY k.n) FROM UNNEST(x.indkey::INT2[]) WITH ORDINALITY k (col, n)
				LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.col), x.indisunique
			FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace s ON s.oid = c.relnamespace
			WHERE s.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid) ORDER BY c.relname COLLATE "C"`,
	},
}

// types says which types of the two databases hold the same values.
var types = map[string]string{
	"INTEGER": "integer", "BIGINT": "integer", "SMALLINT": "integer", "INT": "integer",
	"TEXT": "text", "CHARACTER VARYING": "text", "BLOB": "bytes", "BYTEA": "bytes", "REAL": "real", "DOUBLE PRECISION": "real",
}

func schema(t *testing.T, d *db.DB) (objects []string) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		list := func(sql string, write func(name, what string, yes bool) string) error {
			return tx.Each(sql, nil, func(r db.Row) error {
				var name, what string
				var yes bool
				err := r.Scan(&name, &what, &yes)
				objects = append(objects, write(name, what, yes))
				return err
			})
		}
		return errors.Join(
			list(schemas[d.Dialect()][0], func(name, kind string, notNull bool) string {
				common, ok := types[strings.ToUpper(kind)]
				if !ok {
					t.Errorf("%s: %s has the type %s, which the other database cannot mirror", d.Dialect(), name, kind)
				}
				return fmt.Sprintf("column %s %s, not null: %v", name, common, notNull)
			}),
			list(schemas[d.Dialect()][1], func(name, columns string, unique bool) string {
				return fmt.Sprintf("index %s (%s), unique: %v", name, columns, unique)
			}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestBothSchemasMatch(t *testing.T) {
	t.Parallel()
	found := map[db.Dialect][]string{}
	dbtest.Each(t, func(t *testing.T, d *db.DB) { found[d.Dialect()] = schema(t, d) })
	lite, postgres := found[db.SQLite], found[db.Postgres]
	if !slices.Contains(lite, "column journal.seq integer, not null: true") || !slices.Contains(lite, "index journal_at (at), unique: false") {
		t.Errorf("the test looks at nothing: %v", lite)
	}
	if postgres == nil {
		t.Skip("without PostgreSQL there is nothing to compare with")
	}
	if diff := cmp.Diff(lite, postgres); diff != "" {
		t.Errorf("the migrations give different schemas (-sqlite +postgres):\n%s", diff)
	}
}
