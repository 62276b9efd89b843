package outbox

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// sealLabel is the label of sealed payloads.
const sealLabel = "outbox.payload"

// Columns lists the sealed columns of the package.
func Columns() []keyring.Column {
	return []keyring.Column{{Label: sealLabel, Table: "outbox", Key: []string{"id"}, Column: "payload"}}
}

// State is a message's place in its life.
type State string

// States of a message.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Dead    State = "dead"
)

// Message is something to be sent.
type Message struct {
	ID        ident.ID  // zero: a fresh one
	Kind      string    // which handler delivers it
	Customer  ident.ID  // whom it concerns; may be zero
	Dedupe    string    // a second message of the kind with the same text is dropped; "" for none
	Payload   []byte    // what the handler gets
	NotBefore time.Time // zero: at once
	Expires   time.Time // not to be delivered later; zero: no limit

	State    State     // set when read
	Attempts int       // deliveries begun
	Created  time.Time // UTC
	Ended    time.Time // zero while waiting
	Reason   string    // why it is dead, or why the last attempt failed
}

// Handler delivers messages of one kind. It may be called twice for one message
// and must finish within the lease of Config.Lease.
type Handler interface {
	Deliver(ctx context.Context, m Message) error
}

// permanent marks a failure that a further attempt would not cure.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks err as a failure that no further attempt would cure.
func Permanent(err error) error { return permanent{err} }

// Config of an Outbox.
type Config struct {
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger

	Lease    time.Duration // for one delivery; 1 min when 0
	Attempts int           // until a message is dead; 12 when 0
	First    time.Duration // wait after the first failure, doubled each time; 5 s when 0
	Longest  time.Duration // longest wait between attempts; 1 h when 0
	Poll     time.Duration // how often to look for due messages; 5 s when 0
}

// Outbox puts messages and delivers them. Use New.
type Outbox struct {
	db   *db.DB
	ring *keyring.Ring
	cfg  Config
	wake chan struct{}

	stats counters
}

// New returns an outbox over a database.
func New(d *db.DB, ring *keyring.Ring, cfg Config) *Outbox {
	set := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	set(&cfg.Lease, time.Minute)
	set(&cfg.First, 5*time.Second)
	set(&cfg.Longest, time.Hour)
	set(&cfg.Poll, 5*time.Second)
	if cfg.Attempts == 0 {
		cfg.Attempts = 12
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{db: d, ring: ring, cfg: cfg, wake: make(chan struct{}, 1)}
}

// Put leaves a message to be sent after tx has committed.
func (o *Outbox) Put(tx *db.Tx, m Message) error {
	if m.Kind == "" {
		return errors.New("outbox: a message needs a kind")
	}
	if m.ID.IsZero() {
		m.ID = ident.New(tx.Now, o.cfg.Rand)
	}
	due := tx.Now
	if m.NotBefore.After(due) {
		due = m.NotBefore
	}
	var dedupe any
	if m.Dedupe != "" {
		dedupe = m.Dedupe
	}
	_, err := tx.Exec(`INSERT INTO outbox (id, kind, customer, dedupe, payload, state, attempts, due_at, created_at, expires_at, reason)
		VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7, $8, '') ON CONFLICT DO NOTHING`,
		m.ID, m.Kind, m.Customer, dedupe, o.ring.Seal(sealLabel, m.ID, m.Payload), due, tx.Now, m.Expires)
	tx.After(o.nudge)
	return err
}

// nudge wakes the worker of this process.
func (o *Outbox) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
