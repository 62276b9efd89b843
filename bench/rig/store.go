package rig

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign-auth/countersign/internal/db"
)

// Store is one database with the schema and keys of an installation.
type Store struct {
	Dialect db.Dialect
	DSN     string

	rig    *Rig
	name   string // of the database on PostgreSQL
	anchor string
	client clientSecret
}

// Store makes an empty installation.
func (r *Rig) Store(ctx context.Context, d db.Dialect) (*Store, error) {
	s := &Store{Dialect: d, rig: r, anchor: r.Path("anchor")}
	if d == db.SQLite {
		s.DSN = "sqlite:" + r.Path("countersign.db")
		return s, s.prepare(ctx)
	}
	s.name = fmt.Sprintf("countersign_bench_%d_%d", os.Getpid(), r.number.Add(1))
	if err := r.admin(ctx, "CREATE DATABASE "+s.name); err != nil {
		return nil, err
	}
	r.made = append(r.made, s.name)
	u, err := url.Parse(r.Postgres)
	if err != nil {
		return nil, err
	}
	u.Path = "/" + s.name
	s.DSN = u.String()
	return s, s.prepare(ctx)
}

// Drop removes the database before the rig is closed.
func (s *Store) Drop(ctx context.Context) error {
	if s.Dialect == db.SQLite {
		files, _ := filepath.Glob(strings.TrimPrefix(s.DSN, "sqlite:") + "*")
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				return err
			}
		}
		return nil
	}
	return s.rig.admin(ctx, "DROP DATABASE IF EXISTS "+s.name+" WITH (FORCE)")
}

// Rest lets the database do now what it would else do in the middle of a
// measurement.
func (s *Store) Rest(ctx context.Context) error {
	if s.Dialect == db.SQLite {
		return nil // the last connection to close has checkpointed
	}
	return s.Exec(ctx, "VACUUM ANALYZE", "CHECKPOINT")
}

// Exec runs statements on a PostgreSQL database.
func (s *Store) Exec(ctx context.Context, statements ...string) error {
	return run(ctx, s.DSN, statements...)
}

// Server is the process of the PostgreSQL server when it runs on this machine; 0
// for SQLite, and when it does not.
func (s *Store) Server(ctx context.Context) (pid int, err error) {
	if s.Dialect == db.SQLite {
		return 0, nil
	}
	c, err := pgconn.Connect(ctx, s.DSN)
	if err != nil {
		return 0, err
	}
	defer c.Close(ctx) //nolint:errcheck // nothing was written
	return int(status(int(c.PID()), "PPid:")), nil
}

// admin runs a statement outside any of our databases.
func (r *Rig) admin(ctx context.Context, sql string) error { return run(ctx, r.Postgres, sql) }

func run(ctx context.Context, dsn string, statements ...string) error {
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // the statements are done
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
