package rig

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Bare commits transactions of one row each: the least that anything durable costs on
// this database with this driver.
type Bare struct {
	d *db.DB
	s *Store
}

// Bare opens the store's database for it, with no sharing of commits.
func (s *Store) Bare(ctx context.Context) (*Bare, error) {
	d, err := db.Open(ctx, db.Config{DSN: s.DSN, Now: s.rig.Now, GroupSize: 1})
	if err != nil {
		return nil, err
	}
	bytes := map[db.Dialect]string{db.SQLite: "BLOB", db.Postgres: "BYTEA"}[s.Dialect]
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("CREATE TABLE IF NOT EXISTS bench_row (id " + bytes + " NOT NULL PRIMARY KEY, at BIGINT NOT NULL)")
		return err
	})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &Bare{d, s}, nil
}

// Commit stores a row and waits until it is durable.
func (b *Bare) Commit(ctx context.Context) error {
	id := ident.New(b.s.rig.Now(), rand.Reader)
	return b.d.Settle(ctx, id, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO bench_row (id, at) VALUES ($1, $2)", id, tx.Now)
		return err
	})
}

// Close lets go of the database.
func (b *Bare) Close() error { return b.d.Close() }
