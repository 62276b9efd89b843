package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// AuditStored is the kind of the audit record of a new version.
const AuditStored = "policy.stored"

// Version is what is known of a version besides its content.
type Version struct {
	Number int64     // 0 for the embedded one
	Digest [32]byte  // SHA-256 of the document
	Stored time.Time // zero for the embedded one
	By     string    // who stored it, as in the audit log; "" for the embedded one
	Active bool      // whether it is in force
}

// InForce returns the number of the version in force in the database; 0 for the
// embedded one.
func InForce(tx *db.Tx) (version int64, err error) {
	err = tx.Row("SELECT version FROM policy_active").Scan(&version)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return version, err
}

// document returns the text of a version; the fault "policy.unknown" when there is none.
func document(tx *db.Tx, version int64) (doc []byte, err error) {
	if version == 0 {
		return version0, nil
	}
	err = tx.Row("SELECT document FROM policy_version WHERE version = $1", version).Scan(&doc)
	if errors.Is(err, db.ErrNoRow) {
		return nil, fault.NotFoundf("policy.unknown", "There is no version %d of the policies.", version)
	}
	return doc, err
}

// Stored returns what is known of a version that was stored and that this program
// can read. Its document is hashed anew. Faults: "policy.unknown" (NotFound, also
// for the embedded one, which is not stored), "policy.unreadable".
func Stored(tx *db.Tx, version int64) (v Version, err error) {
	if version == 0 {
		return v, fault.NotFoundf("policy.unknown", "Version 0 came with the program and cannot be put in force again: export it, and propose the file.")
	}
	doc, err := document(tx, version)
	if err != nil {
		return v, err
	}
	if _, err := load(tx, version); err != nil {
		return v, err
	}
	v = Version{Number: version, Digest: sha256.Sum256(doc)}
	err = tx.Row("SELECT stored_at, stored_by FROM policy_version WHERE version = $1", version).Scan(&v.Stored, &v.By)
	return v, err
}

// load reads a version.
func load(tx *db.Tx, version int64) (*Set, error) {
	doc, err := document(tx, version)
	if err != nil {
		return nil, err
	}
	s, err := Parse(doc)
	if err != nil {
		return nil, fault.New(fault.Internal, "policy.unreadable", "Policy version %d cannot be read; activate another one.", version).WithCause(err)
	}
	s.Version = version
	return s, nil
}

// StoreIn keeps doc as a new immutable version, within a transaction of the
// caller. Faults: "policy.invalid", "policy.concurrent" (Conflict).
func StoreIn(tx *db.Tx, by audit.Actor, doc []byte) (v Version, err error) {
	if err := acceptable(doc); err != nil {
		return v, fault.Invalidf("policy.invalid", "The policy document has mistakes: %v", err)
	}
	v = Version{Digest: sha256.Sum256(doc), Stored: tx.Now, By: by.String()}
	if err := tx.Row("SELECT COALESCE(MAX(version), 0) + 1 FROM policy_version").Scan(&v.Number); err != nil {
		return v, err
	}
	n, err := tx.Exec(`INSERT INTO policy_version (version, document, digest, stored_at, stored_by)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version) DO NOTHING`, v.Number, string(doc), v.Digest[:], tx.Now, by.String())
	if err == nil && n == 0 {
		err = fault.Conflictf("policy.concurrent", "Somebody else stored a version at the same moment. Please try again.")
	}
	if err != nil {
		return v, err
	}
	audit.Record(tx, audit.Event{Kind: AuditStored, By: by, Object: object(v.Number), Details: map[string]any{"sha256": hex.EncodeToString(v.Digest[:])}})
	return v, nil
}

// Store keeps doc as a new immutable version and returns its number, 1 or more.
func (b *Book) Store(ctx context.Context, by audit.Actor, doc []byte) (version int64, err error) {
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		v, err := StoreIn(tx, by, doc)
		version = v.Number
		return err
	})
	return version, err
}

// Get returns a version with its document as it was stored; the fault
// "policy.unknown" when there is none.
func (b *Book) Get(ctx context.Context, version int64) (s *Set, doc []byte, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		if doc, err = document(tx, version); err != nil {
			return err
		}
		s, err = load(tx, version)
		return err
	})
	return s, doc, err
}

// Versions lists up to limit versions (1 to 200), newest first, those below
// before; 0 or less for the first page. The embedded one is the last.
func (b *Book) Versions(ctx context.Context, before int64, limit int) (all []Version, err error) {
	if limit < 1 || limit > 200 {
		return nil, fault.Invalidf("policy.limit", "A page has 1 to 200 versions.").WithField("/limit")
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		all, err = versions(tx, before, limit)
		return err
	})
	return all, err
}

func versions(tx *db.Tx, before int64, limit int) (all []Version, err error) {
	active, err := InForce(tx)
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT version, digest, stored_at, stored_by FROM policy_version WHERE version < $1
		ORDER BY version DESC LIMIT $2`, []any{before, limit}, func(r db.Row) error {
		var v Version
		err := r.Scan(&v.Number, &v.Digest, &v.Stored, &v.By)
		v.Active = v.Number == active
		all = append(all, v)
		return err
	})
	if err == nil && len(all) < limit {
		all = append(all, Version{Digest: sha256.Sum256(version0), Active: active == 0})
	}
	return all, err
}
