package mobiletoken

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Session is a run of the provisioning protocol as any node can go on with it: the raw
// messages, in the form that the adapter gives them.
type Session struct {
	ID       string            // drawn at random by the adapter, at most 128 bytes; never used again
	Digest   [sha256.Size]byte // of the first message, by which a repeated one is known
	ClientID string            // "" as long as the run names none
	Body     []byte            // sealed at rest
	Finished bool              // the run has succeeded: the body has the last answer, to be sent again
	Expires  time.Time

	version int64
}

// sessionLabel is the label under which bodies are sealed, and sessionRow the id that they
// are sealed for.
const sessionLabel = "mobiletoken.session"

func sessionRow(id string) ident.ID { return ident.Derive("mobile session", id) }

// sessionKept is how long the row of a run is kept after its end, without its messages, so
// that its id is not used again.
const sessionKept = 30 * 24 * time.Hour

// Open stores a new run. It reports false when its id was used before, or when the same
// first message has a run already: ask SessionByDigest then.
func (d *Desk) Open(ctx context.Context, s Session) (stored bool, err error) {
	err = d.DB.Settle(ctx, sessionRow(s.ID), func(tx *db.Tx) error {
		stored, err = d.openSession(tx, s)
		return err
	})
	return stored && err == nil, err
}

func (d *Desk) openSession(tx *db.Tx, s Session) (bool, error) {
	status := "open"
	if s.Finished {
		status = "finished"
	}
	n, err := tx.Exec(`INSERT INTO mobile_session (id, digest, client_id, status, version, body, created_at, expires_at) VALUES ($1, $2, $3, $4, 0, $5, $6, $7)
		ON CONFLICT DO NOTHING`, s.ID, s.Digest[:], s.ClientID, status, d.Ring.Seal(sessionLabel, sessionRow(s.ID), s.Body), tx.Now, s.Expires)
	return n == 1, err
}

// Session returns the run with an id; false when there is none, or it has failed or run
// out.
func (d *Desk) Session(ctx context.Context, id string) (Session, bool, error) {
	return d.readSession(ctx, "id = $1", id)
}

// SessionByDigest returns the run that began with a message; false as for Session.
func (d *Desk) SessionByDigest(ctx context.Context, digest [sha256.Size]byte) (Session, bool, error) {
	return d.readSession(ctx, "digest = $1", digest[:])
}

func (d *Desk) readSession(ctx context.Context, where string, arg any) (s Session, found bool, err error) {
	var sealed, digest []byte
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT id, digest, client_id, CASE WHEN status = 'finished' THEN 1 ELSE 0 END, version, body, expires_at FROM mobile_session WHERE "+where+" AND status <> 'ended' AND expires_at >= $2", arg, tx.Now).
			Scan(&s.ID, &digest, &s.ClientID, &s.Finished, &s.version, &sealed, &s.Expires)
	})
	switch {
	case errors.Is(err, db.ErrNoRow):
		return Session{}, false, nil
	case err != nil:
		return Session{}, false, err
	}
	copy(s.Digest[:], digest)
	s.Body, err = d.Ring.Open(sessionLabel, sessionRow(s.ID), sealed)
	return s, err == nil, err
}

// advance stores what a run has become; false when another request was faster.
func (d *Desk) advance(tx *db.Tx, s Session) (bool, error) {
	status := "open"
	if s.Finished {
		status = "finished"
	}
	n, err := tx.Exec("UPDATE mobile_session SET status = $3, version = version + 1, body = $4, client_id = $5, expires_at = $6 WHERE id = $1 AND version = $2 AND status = 'open' AND expires_at >= $7",
		s.ID, s.version, status, d.Ring.Seal(sessionLabel, sessionRow(s.ID), s.Body), s.ClientID, s.Expires, tx.Now)
	return n == 1, err
}

// Advance stores what a run that was read has become; the fault "mobiletoken.session" says
// that another request was faster.
func (d *Desk) Advance(ctx context.Context, s Session) error {
	return d.DB.Settle(ctx, sessionRow(s.ID), func(tx *db.Tx) error {
		done, err := d.advance(tx, s)
		if err == nil && !done {
			err = overtaken()
		}
		return err
	})
}

func overtaken() error {
	return fault.Conflictf("mobiletoken.session", "Another message of this run was faster, or the run is over.")
}

// Abort ends a run that failed: its messages are deleted, its id stays used (D-34, D-35). It
// reports false for a run that was over before, such as one that another request has finished
// meanwhile.
func (d *Desk) Abort(ctx context.Context, id string) (ended bool, err error) {
	err = d.DB.Settle(ctx, sessionRow(id), func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE mobile_session SET status = 'ended', body = NULL, expires_at = $2 WHERE id = $1 AND status = 'open'", id, tx.Now.Add(sessionKept))
		ended = n == 1
		return err
	})
	return ended && err == nil, err
}
