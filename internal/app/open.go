package app

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Setup is what a node, or a command that works on the database, starts from.
type Setup struct {
	Config config.Config
	Now    func() time.Time
	Rand   io.Reader // safe for concurrent use
	Log    *slog.Logger
}

// openDB opens the database of the configuration.
func (s Setup) openDB(ctx context.Context) (*db.DB, error) {
	c := s.Config.Database
	return db.Open(ctx, db.Config{
		DSN: string(c.DSN), Now: s.Now, Rand: s.Rand, Log: s.Log, GroupSize: c.GroupSize, Committers: c.Committers,
		Writers: c.Writers, Readers: c.Readers, Queue: c.Queue, Patience: c.Patience,
	})
}

// kek returns the key-encryption key of the configuration.
func (s Setup) kek() (*keyring.Local, error) {
	if v := string(s.Config.Keys.Value); v != "" {
		return keyring.ParseEnv(v, s.Rand)
	}
	return keyring.LoadFile(s.Config.Keys.File, s.Rand)
}

// ringOptions are the options of every keyring.
func (s Setup) ringOptions() keyring.Options {
	return keyring.Options{Rand: s.Rand, Now: s.Now}
}

// openRing opens the keyring of an open database.
func (s Setup) openRing(ctx context.Context, d *db.DB) (*keyring.Ring, error) {
	kek, err := s.kek()
	if err != nil {
		return nil, err
	}
	return keyring.Open(ctx, d, kek, s.ringOptions())
}

// upToDate refuses a database whose schema waits for migrations.
func upToDate(ctx context.Context, d *db.DB) error {
	pending, err := d.Pending(ctx)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		names := make([]string, len(pending))
		for i, m := range pending {
			names[i] = m.Name
		}
		return fault.Conflictf("app.schema", "The database's schema is not up to date: %d migrations wait (%s). Back the database up, then run: countersign migrate", len(pending), strings.Join(names, ", "))
	}
	return nil
}
