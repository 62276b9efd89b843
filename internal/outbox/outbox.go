package outbox

import (
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Config of an outbox. Only Now and Rand are required.
type Config struct {
	Now  func() time.Time // the clock
	Rand io.Reader        // for ids, leases and jitter; safe for concurrent use
	Log  *slog.Logger     // where trouble is told; nowhere when nil

	Workers  int           // deliveries at once on this node; 64 when 0: they wait for others, and share commits
	Poll     time.Duration // how often to look for messages of other nodes and for retries; 1 s when 0
	Lease    time.Duration // how long a worker owns a message; 1 min when 0. A delivery gets three quarters of it.
	Finish   time.Duration // how long deliveries under way may go on when Run is told to stop; 10 s when 0
	Attempts int           // after so many a message is dead; 20 when 0
	First    time.Duration // wait after the first failure, doubled each time; 1 s when 0
	Longest  time.Duration // longest wait between attempts; 10 min when 0
	Keep     time.Duration // how long sent messages are remembered for Dedupe; 24 h when 0
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		field *time.Duration
		none  time.Duration
	}{
		{&c.Poll, time.Second},
		{&c.Lease, time.Minute},
		{&c.Finish, 10 * time.Second},
		{&c.First, time.Second},
		{&c.Longest, 10 * time.Minute},
		{&c.Keep, 24 * time.Hour},
	} {
		if *d.field == 0 {
			*d.field = d.none
		}
	}
	if c.Workers == 0 {
		c.Workers = 64
	}
	if c.Attempts == 0 {
		c.Attempts = 20
	}
	return c
}

// Outbox is the table of messages of one database. It is safe for concurrent use;
// any number of nodes may have one.
type Outbox struct {
	db    *db.DB
	ring  *keyring.Ring
	cfg   Config
	wake  chan struct{} // room for one: something was put
	stats counters
}

// New makes the outbox of a database. Nothing is delivered before Run.
func New(d *db.DB, ring *keyring.Ring, cfg Config) *Outbox {
	return &Outbox{db: d, ring: ring, cfg: cfg.withDefaults(), wake: make(chan struct{}, 1)}
}

// Put leaves a message to be delivered once tx has committed. A message whose
// dedupe key was used already is dropped without an error.
func (o *Outbox) Put(tx *db.Tx, m Message) error {
	if m.Kind == "" {
		return fault.New(fault.Internal, "outbox.kind", "A message to be sent has no kind.")
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
	_, err := tx.Exec(`INSERT INTO outbox (id, kind, customer, payload, dedupe, state, attempts, due_at, created_at, expires_at, reason)
VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7, $8, '') ON CONFLICT DO NOTHING`,
		m.ID, m.Kind, m.Customer, o.ring.Seal(payloadLabel, m.ID, m.Payload), dedupe, due, tx.Now, m.Expires)
	if err == nil {
		tx.After(o.nudge)
	}
	return err
}

// nudge wakes this node's dispatcher.
func (o *Outbox) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Stats are counters since New, for metrics.
type Stats struct {
	Sent    int64 // taken by the other side
	Failed  int64 // attempts that failed and will be repeated
	Dead    int64 // messages given up: permanent failure or too many attempts
	Expired int64 // messages that were not delivered in time
	Overrun int64 // outcomes that came after the lease had ended
	Purged  int64 // sent messages forgotten
	Busy    int64 // deliveries under way
}

type counters struct {
	sent, failed, dead, expired, overrun, purged, busy atomic.Int64
}

// Stats returns the counters.
func (o *Outbox) Stats() Stats {
	c := &o.stats
	return Stats{
		Sent: c.sent.Load(), Failed: c.failed.Load(), Dead: c.dead.Load(), Expired: c.expired.Load(),
		Overrun: c.overrun.Load(), Purged: c.purged.Load(), Busy: c.busy.Load(),
	}
}
