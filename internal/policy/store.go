package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Kinds of audit records.
const (
	AuditStored    = "policy.stored"
	AuditActivated = "policy.activated"
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
		var version int64
		var doc string
		err := tx.Row("SELECT v.version, v.document FROM policy_active a JOIN policy_version v ON v.version = a.version").Scan(&version, &doc)
		if err == db.ErrNoRow { //nolint:errorlint // a sentinel of our own, never wrapped by Scan
			return nil // nothing was ever activated: version 0
		}
		if err != nil || version == b.Active().Version {
			return err
		}
		s, err := Parse([]byte(doc))
		if err != nil {
			return fault.New(fault.Internal, "policy.unreadable", "Policy version %d cannot be read; activate another one.", version).WithCause(err)
		}
		s.Version = version
		b.active.Store(s)
		b.log.InfoContext(ctx, "policies in force", slog.Int64("version", version))
		return nil
	})
}

// Store keeps doc as a new immutable version and returns its number, 1 or more.
func (b *Book) Store(ctx context.Context, by audit.Actor, doc []byte) (version int64, err error) {
	if _, err := Parse(doc); err != nil {
		return 0, fault.Invalidf("policy.invalid", "The policy document has mistakes: %v", err)
	}
	sum := sha256.Sum256(doc)
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Row("SELECT COALESCE(MAX(version), 0) + 1 FROM policy_version").Scan(&version); err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO policy_version (version, document, digest, stored_at, stored_by)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version) DO NOTHING`, version, string(doc), sum[:], tx.Now, by.String())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("policy.concurrent", "Somebody else stored a version at the same moment. Please try again.")
		}
		audit.Record(tx, audit.Event{Kind: AuditStored, By: by, Object: object(version), Details: map[string]any{"sha256": hex.EncodeToString(sum[:])}})
		return nil
	})
	return version, err
}

// Activate puts version to in force if version from is in force now (0 is the
// embedded one). Another version in force is a Conflict.
func (b *Book) Activate(ctx context.Context, by audit.Actor, from, to int64) error {
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`INSERT INTO policy_active (one, version) SELECT 1, version FROM policy_version WHERE version = $1 AND $2 = 0
			ON CONFLICT (one) DO NOTHING`, to, from)
		if err == nil && n == 0 {
			n, err = tx.Exec(`UPDATE policy_active SET version = $1 WHERE one = 1 AND version = $2
				AND EXISTS (SELECT 1 FROM policy_version WHERE version = $1)`, to, from)
		}
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.Conflictf("policy.not_active", "Version %d does not exist, or version %d is no longer the one in force. Look at the versions again.", to, from)
		}
		audit.Record(tx, audit.Event{Kind: AuditActivated, By: by, Object: object(to), Details: map[string]any{"from": from, "to": to}})
		return nil
	})
	if err != nil {
		return err
	}
	return b.Reload(ctx)
}
