package audit

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Anchor keeps the newest checkpoint outside the database: a file on this node.
type Anchor interface {
	// Load returns what Store kept last; nil when there is nothing yet.
	Load() ([]byte, error)
	// Store replaces it. When Store returns nil, the note survives a crash.
	Store(note []byte) error
}

// Config of a log.
type Config struct {
	// Origin names the log in its checkpoints, as long as it lives. It has no
	// spaces and no plus signs; a host name and a path are usual.
	Origin string
	Anchor Anchor           // nil for none: then a restored database is not noticed
	Now    func() time.Time // the clock for checkpoints; required
	Log    *slog.Logger     // checkpoints and trouble; nowhere when nil
	// Interval is the time between sealings; 1 s when 0.
	Interval time.Duration
	// Batch is the most records that one sealing transaction takes; 16384 when 0.
	Batch int
}

// Log is the transparency log of one database. It is safe for concurrent use; any
// number of nodes may have one.
type Log struct {
	db     *db.DB
	ring   *keyring.Ring
	cfg    Config
	signer *signer

	mu      sync.Mutex // one sealing at a time in this process
	head    Checkpoint // the newest checkpoint that we know to be good
	edge    *edge      // of the tree of head
	epoch   int64
	started bool // head was compared with the anchor
	streams streams
	told    time.Time // when a checkpoint was last written to the log stream

	stats counters
}

// New makes the log of a database. It reads and writes nothing yet.
func New(d *db.DB, ring *keyring.Ring, cfg Config) (*Log, error) {
	if cfg.Origin == "" || strings.ContainsAny(cfg.Origin, " \t\r\n+") {
		return nil, fault.Invalidf("audit.origin", "The name of the audit log must be a word without spaces and plus signs, such as bank.example/countersign.")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if cfg.Batch == 0 {
		cfg.Batch = 1 << 14
	}
	return &Log{db: d, ring: ring, cfg: cfg, signer: newSigner(cfg.Origin, ring.Derive("audit.checkpoint"))}, nil
}

// VerifierKey returns the public key that checkpoints are verified with. Keep it
// with the anchors, apart from the database.
func (l *Log) VerifierKey() string { return l.signer.verifierKey() }

// Run seals every interval, follows what other nodes seal, and keeps the anchor,
// until ctx ends; then it seals a last time. It returns nil then; it returns early
// only when the database turns out to be a restored or forked one, with the fault
// "audit.restored" or "audit.forked": then this node must stop.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(l.cfg.Interval)
	defer tick.Stop()
	for {
		err := l.turn(ctx)
		if fault.Is(err, codeRestored) || fault.Is(err, codeForked) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			l.stats.failures.Add(1)
			l.cfg.Log.LogAttrs(ctx, slog.LevelError, "audit records could not be sealed", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_, err := l.Seal(last)
			return err
		case <-tick.C:
		}
	}
}

// turn is one round of Run. When another node sealed just now, following it is
// enough.
func (l *Log) turn(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.head.Size
	at, err := l.follow(ctx)
	if err != nil {
		return err
	}
	if l.head.Size > before && before > 0 && l.cfg.Now().Sub(at) < l.cfg.Interval*9/10 {
		return nil
	}
	return l.seal(ctx, false)
}

// Seal seals everything that was committed before the call and returns the newest
// checkpoint.
func (l *Log) Seal(ctx context.Context) (Checkpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.follow(ctx); err != nil {
		return Checkpoint{}, err
	}
	err := l.seal(ctx, true)
	return l.head, err
}

// Checkpoint returns the newest checkpoint of the database, verified, without
// sealing. A log without any record has one of size 0 without a note.
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.follow(ctx)
	return l.head, err
}

// Stats are counters since New, for metrics.
type Stats struct {
	Size     int64     // records that are sealed, on any node
	SealedAt time.Time // when this node last saw a new checkpoint
	Records  uint64    // sealed by this node
	Seals    uint64    // checkpoints signed by this node
	Races    uint64    // sealings that another node was faster with
	Failures uint64    // rounds of Run that failed
	Gaps     int64     // streams that cannot be sealed because a record is missing
}

type counters struct {
	size, sealedAt, gaps            atomic.Int64
	records, seals, races, failures atomic.Uint64
}

// Stats returns the counters.
func (l *Log) Stats() Stats {
	c := &l.stats
	s := Stats{
		Size: c.size.Load(), Records: c.records.Load(), Seals: c.seals.Load(),
		Races: c.races.Load(), Failures: c.failures.Load(), Gaps: c.gaps.Load(),
	}
	if at := c.sealedAt.Load(); at != 0 {
		s.SealedAt = time.UnixMicro(at).UTC()
	}
	return s
}

// stream names a stream of the journal.
type stream struct {
	boot ident.ID
	slot int64
}
