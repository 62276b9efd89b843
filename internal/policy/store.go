package policy

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// Book holds the versions and knows the one in force.
type Book struct {
	db     *db.DB
	log    *slog.Logger
	active atomic.Pointer[Set]
}

// Open loads the version in force from d. What changes is told to log, which may
// be nil.
func Open(ctx context.Context, d *db.DB, log *slog.Logger) (*Book, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Book{db: d, log: log}
	b.active.Store(Version0())
	return b, b.Reload(ctx)
}

// Active returns the set in force on this node. Callers keep the pointer for
// the length of one act, so that the act sees one version.
func (b *Book) Active() *Set { return b.active.Load() }

// Run reloads every second until ctx ends, so that an activation on any node is
// in force everywhere within a second.
func (b *Book) Run(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := b.Reload(ctx); err != nil && ctx.Err() == nil {
				b.log.WarnContext(ctx, "policies not reloaded; the last known version stays in force", slog.Any("error", err))
			}
		}
	}
}

// Reload reads the version in force if it is another than the one at hand.
func (b *Book) Reload(ctx context.Context) error {
	return b.db.Read(ctx, func(tx *db.Tx) error {
		version, err := InForce(tx)
		if err != nil || version == b.Active().Version {
			return err
		}
		s, err := load(tx, version)
		if err != nil {
			return err
		}
		b.active.Store(s)
		b.log.InfoContext(ctx, "policies in force", slog.Int64("version", version))
		return nil
	})
}
