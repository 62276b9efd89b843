package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

//go:embed migrations
var files embed.FS

// Migration is one step of the schema.
type Migration struct {
	Number int    // from 1, rising
	Name   string // what it brings: "journal"
	sql    string
}

// SQL is the text of the migration.
func (m Migration) SQL() string { return m.sql }

// migrator is an engine's connection that nobody else can migrate through at
// the same time. f runs in one transaction.
type migrator interface {
	script(sql string) error
	transact(f func(*Tx) error) error
}

// migrationTable is the one table without a migration.
const migrationTable = `CREATE TABLE IF NOT EXISTS migration (
	number BIGINT NOT NULL PRIMARY KEY,
	name   TEXT   NOT NULL,
	at     BIGINT NOT NULL
)`

// Migrations lists the embedded migrations of a dialect in order. It fails when
// a file's name is not NNNN_name.sql or a number is used twice.
func Migrations(d Dialect) ([]Migration, error) {
	dir := path.Join("migrations", d.String())
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, err
	}
	var ms []Migration
	for _, e := range entries { // sorted by name
		m, err := parseName(e.Name())
		if n := len(ms); err != nil || n > 0 && ms[n-1].Number == m.Number {
			return nil, fmt.Errorf("db: migration %s of %s should be called NNNN_name.sql with a number of its own", e.Name(), d)
		}
		sql, err := fs.ReadFile(files, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		m.sql = string(sql)
		ms = append(ms, m)
	}
	return ms, nil
}

var errName = errors.New("not NNNN_name.sql")

func parseName(file string) (Migration, error) {
	stem, ok := strings.CutSuffix(file, ".sql")
	number, name, _ := strings.Cut(stem, "_")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || len(number) != 4 || n < 1 || name == "" {
		return Migration{}, errName
	}
	return Migration{Number: n, Name: name}, nil
}

// Migrate brings the schema up to date and returns what it applied. Nodes that
// start together take turns; each migration is one transaction, so that an
// interrupted run is continued by the next. A database that is newer than the
// program is a Conflict.
func (d *DB) Migrate(ctx context.Context) (applied []Migration, err error) {
	err = d.engine.migrate(ctx, func(m migrator) error {
		if err := m.script(migrationTable); err != nil {
			return err
		}
		todo, err := d.pending(m.transact)
		for _, step := range todo {
			if err := d.apply(m, step); err != nil {
				return fmt.Errorf("migration %04d_%s: %w", step.Number, step.Name, err)
			}
			applied = append(applied, step)
		}
		return err
	})
	return applied, classify(err)
}

func (d *DB) apply(m migrator, step Migration) error {
	return m.transact(func(tx *Tx) error {
		if err := m.script(step.sql); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO migration (number, name, at) VALUES ($1, $2, $3)`, step.Number, step.Name, tx.Now)
		return err
	})
}

// Pending lists the migrations that Migrate would apply.
func (d *DB) Pending(ctx context.Context) ([]Migration, error) {
	var todo []Migration
	exists := `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration'`
	if d.dialect == Postgres {
		exists = `SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE tablename = 'migration' AND schemaname = current_schema()`
	}
	err := d.Read(ctx, func(tx *Tx) (err error) {
		var n int
		if err := tx.Row(exists).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			todo, err = Migrations(d.dialect)
			return err
		}
		todo, err = d.pending(func(f func(*Tx) error) error { return f(tx) })
		return err
	})
	return todo, err
}

// pending compares what is embedded with what the database has.
func (d *DB) pending(in func(func(*Tx) error) error) ([]Migration, error) {
	all, err := Migrations(d.dialect)
	if err != nil {
		return nil, err
	}
	done := 0
	err = in(func(tx *Tx) error {
		done = 0
		return tx.Each(`SELECT number, name, at FROM migration ORDER BY number`, nil, func(r Row) error {
			done++
			return known(all, done, r)
		})
	})
	if err != nil {
		return nil, err
	}
	return all[done:], nil
}

// known makes sure that the n-th applied migration is the n-th embedded one.
func known(all []Migration, n int, r Row) error {
	var number int
	var name string
	var at time.Time
	if err := r.Scan(&number, &name, &at); err != nil {
		return err
	}
	if n > len(all) {
		return fault.Conflictf("db.newer",
			"The database was migrated by a newer version of Countersign (migration %04d_%s, %s). Run that version.",
			number, name, at.Format(time.RFC3339))
	}
	if m := all[n-1]; number != m.Number || name != m.Name {
		return fault.Conflictf("db.foreign",
			"The database has migration %04d_%s where this version has %04d_%s: it belongs to another program or branch.",
			number, name, m.Number, m.Name)
	}
	return nil
}
