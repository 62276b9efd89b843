package customer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kinds of audit records about sessions.
const (
	AuditLoggedIn      = "customer.logged_in"
	AuditLoggedOut     = "customer.logged_out"
	AuditSessionsEnded = "customer.sessions_ended"
)

// Limits of a session.
const (
	IdleLimit     = 5 * time.Minute // without use (RTS Art. 4(3)(d), SCA-09)
	AbsoluteLimit = 8 * time.Hour   // since login

	noteEvery = 30 * time.Second // how precisely use is noted
	tokenSize = 32               // bytes
	maxAgent  = 100              // bytes
)

// Sessions are the customers who are logged in to pages of ours, on whatever node.
// Its methods are the use cases. All fields are required.
type Sessions struct {
	DB   *db.DB
	Rand io.Reader // for tokens
}

// Session is a customer who is logged in, in one browser.
type Session struct { //nolint:recvcheck // dest fills it, the rest only look
	Customer ident.ID
	Number   string
	Name     string
	Device   ident.ID  // whose code opened it; zero: none's
	Agent    string    // what the customer knows the browser by
	Began    time.Time // login
	Seen     time.Time // last use, to half a minute
	Own      bool      // of a list: the one that asks
}

// Actor returns the customer as the one who acts.
func (s Session) Actor() audit.Actor { return audit.Customer(s.Customer) }

func (s Session) ended(now time.Time) bool {
	return now.Sub(s.Seen) >= IdleLimit || now.Sub(s.Began) >= AbsoluteLimit
}

// Login says who has proven what, to begin a session.
type Login struct {
	Customer       ident.ID
	Device         ident.ID // whose code it was; the session ends with its use. Zero: none's
	Authentication ident.ID // that was granted
	Agent          string   // what the customer knows the browser by; may be empty
}

const sessionColumns = `s.customer, c.number, c.name, s.device, s.agent, s.began_at, s.seen_at
	FROM customer_session s JOIN customer c ON c.id = s.customer AND c.status = 'active'`

func (s *Session) dest() []any {
	return []any{&s.Customer, &s.Number, &s.Name, &s.Device, &s.Agent, &s.Began, &s.Seen}
}

// digest is the stored form of a token, which is random and so needs no salt.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Begin makes a session and returns its token, which is kept nowhere else.
func (s *Sessions) Begin(ctx context.Context, l Login) (token string, err error) {
	secret := make([]byte, tokenSize)
	if _, err := io.ReadFull(s.Rand, secret); err != nil {
		return "", err
	}
	token = base64.RawURLEncoding.EncodeToString(secret)
	if len(l.Agent) > maxAgent {
		l.Agent = ""
	}
	err = s.DB.Settle(ctx, l.Customer, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditLoggedIn, By: audit.Customer(l.Customer), Customer: l.Customer, Object: l.Customer.String(), Details: map[string]any{
			"authentication": l.Authentication, "device": l.Device,
		}})
		_, err := tx.Exec("INSERT INTO customer_session (digest, customer, device, agent, began_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)",
			digest(token), l.Customer, l.Device, l.Agent, tx.Now)
		return err
	})
	return token, err
}

// Use returns the session of a token and notes its use; false when there is none,
// or it has ended: by time, because the customer may not be here any more, or
// because the device that opened it may not be used any more. So whoever got in
// with a token that is reported lost is out with it.
func (s *Sessions) Use(ctx context.Context, token string) (x Session, ok bool, err error) {
	var now time.Time
	if x, now, ok, err = s.look(ctx, token); err != nil || !ok || now.Sub(x.Seen) < noteEvery {
		return x, ok, err
	}
	err = s.DB.Settle(ctx, x.Customer, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE customer_session SET seen_at = $2 WHERE digest = $1", digest(token), tx.Now)
		ok, x.Seen = n == 1, tx.Now // it may have been ended in between
		return err
	})
	return x, ok && err == nil, err
}

// Peek is Use without being a use.
func (s *Sessions) Peek(ctx context.Context, token string) (x Session, ok bool, err error) {
	x, _, ok, err = s.look(ctx, token)
	return x, ok, err
}

func (s *Sessions) look(ctx context.Context, token string) (x Session, now time.Time, ok bool, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		x, ok, err = sessionOf(tx, token)
		return err
	})
	return x, now, ok, err
}

func sessionOf(tx *db.Tx, token string) (Session, bool, error) { return sessionBy(tx, digest(token)) }

func sessionBy(tx *db.Tx, digest []byte) (x Session, ok bool, err error) {
	err = tx.Row("SELECT "+sessionColumns+" WHERE s.digest = $1", digest).Scan(x.dest()...)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return Session{}, false, nil
	case err != nil || x.ended(tx.Now):
		return Session{}, false, err
	}
	if x.Device.IsZero() {
		return x, true, nil
	}
	d, found, err := device.Get(tx, x.Device)
	if err != nil || !found || d.Customer != x.Customer || !d.Usable(tx.Now) {
		return Session{}, false, err
	}
	return x, true, nil
}
