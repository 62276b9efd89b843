package db

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Dialect is one of the two databases.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

// String gives the name of the dialect's folder of migrations.
func (d Dialect) String() string {
	if d == Postgres {
		return "postgres"
	}
	return "sqlite"
}

// Config says which database to open, and how. Only DSN is required.
type Config struct {
	// DSN is "sqlite:PATH" for a file, or a PostgreSQL URL or keyword string
	// as libpq reads it ("postgres://user:password@host/database").
	DSN string

	Now  func() time.Time // the wall clock; required
	Rand io.Reader        // for ids and salts; crypto/rand when nil
	Log  *slog.Logger     // where trouble is told; nowhere when nil

	// GroupSize is how many settlements may share a commit: 1 to 1000, 64
	// when 0. With 1 each has its own, as a distributed database wants it.
	GroupSize int
	// Committers is the number of connections that commit settlements on
	// PostgreSQL: 1 to 100. When 0, 2, or 16 with a group size of 1.
	Committers int
	// Writers is the number of connections for Write on PostgreSQL: 1 to 100,
	// 4 when 0.
	Writers int
	// Readers is the number of connections for Read: 1 to 100, 4 when 0. On
	// PostgreSQL there are as many for point reads as for lists, and 2 of each
	// when 0: they share round trips.
	Readers int
	// Queue is how many settlements and writes may be under way at once; later
	// ones wait outside until their context ends. 1024 when 0.
	Queue int
	// Patience is how long a statement may take before its connection is given
	// up for lost. 30 s when 0. On SQLite it is how long to wait for another
	// process that writes.
	Patience time.Duration
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	boot    ident.ID
	clock   *clock
	stats   *counters
	engine  engine
}

// engine is one of the two databases, from the inside.
type engine interface {
	admit(ctx context.Context, u *unit) error
	read(ctx context.Context, f func(*Tx) error) error
	now(ctx context.Context) (time.Time, error)
	migrate(ctx context.Context, f func(migrator) error) error
	connections() int
	close() error
}

// Open prepares a database for use. SQLite's file is created when it does not
// exist; PostgreSQL is connected when first needed, so that a node can start
// before its database. Open changes no schema: see Migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	d := &DB{clock: &clock{wall: c.Now}, stats: &counters{}}
	d.boot = ident.New(d.clock.now(), c.Rand)
	s := shared{Config: c, clock: d.clock, stats: d.stats, journal: &journal{boot: d.boot, rand: c.Rand}}
	if path, ok := strings.CutPrefix(c.DSN, "sqlite:"); ok {
		d.engine, err = openSQLite(ctx, s, path)
	} else {
		d.dialect = Postgres
		d.engine, err = openPostgres(s) //nolint:contextcheck // its connections are made when needed, long after ctx
	}
	if err != nil {
		return nil, classify(err)
	}
	return d, nil
}

// shared is what both engines are given.
type shared struct {
	Config
	clock   *clock
	stats   *counters
	journal *journal
}

func (c Config) withDefaults() (Config, error) {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	for _, n := range []struct {
		field *int
		name  string
		none  int
		most  int
	}{
		{&c.GroupSize, "group size", 64, 1000},
		{&c.Committers, "number of committers", defaultCommitters(c.GroupSize), 100},
		{&c.Writers, "number of writers", 4, 100},
		{&c.Readers, "number of readers", c.defaultReaders(), 100},
		{&c.Queue, "queue", 1024, 1 << 20},
	} {
		if *n.field == 0 {
			*n.field = n.none
		}
		if *n.field < 1 || *n.field > n.most {
			return c, fault.Invalidf("db.config", "The %s of the database must be between 1 and %d.", n.name, n.most)
		}
	}
	if c.Now == nil {
		return c, fault.New(fault.Internal, "db.config", "The database was opened without a clock.")
	}
	return c, nil
}

// defaultCommitters: groups need few connections (each waits for its disk
// while the next fills); single transactions need many to keep the disk busy.
func defaultCommitters(groupSize int) int {
	if groupSize == 1 {
		return 16
	}
	return 2
}

func (c Config) defaultReaders() int {
	if strings.HasPrefix(c.DSN, "sqlite:") {
		return 4
	}
	return 2
}

// Close waits for what was admitted, refuses what comes later, and closes all
// connections.
func (d *DB) Close() error { return d.engine.close() }

// Dialect says which database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Boot is the identity of this opening of the database, and so of this run of
// the node. It is the first part of the number of every audit record.
func (d *DB) Boot() ident.ID { return d.boot }

// Read runs f with a Tx that cannot change anything. Each statement sees what
// was committed when it began (on SQLite: when the first one began). Where ctx
// ends, the running statement is given up.
func (d *DB) Read(ctx context.Context, f func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return busy(err)
	}
	return d.engine.read(ctx, f)
}

// Write runs f in a transaction of its own and commits when f returns nil. It
// runs f again when the database asks for that (serialization failure, deadlock,
// connection lost before the commit), so f must have no effects but through the
// Tx, and must set, not add to, what it leaves in variables. f must not wait for
// anything but the Tx.
//
// ctx governs admission only: once admitted, the outcome is awaited.
func (d *DB) Write(ctx context.Context, f func(*Tx) error) error {
	u := newUnit(ident.ID{}, f)
	u.alone = true
	return d.do(ctx, u)
}

// Settle is Write for the hot path: f shares its transaction with functions of
// other keys that arrive while earlier commits are on their way, and nobody is
// acknowledged before the commit. Functions with the same key never run at the
// same time in this process. A request alone waits for nobody.
//
// If f fails or panics, what it did is undone, and the others do not notice
// except that they may run again. The conditions of Write hold.
func (d *DB) Settle(ctx context.Context, key ident.ID, f func(*Tx) error) error {
	if key.IsZero() {
		return fault.New(fault.Internal, "db.key", "A settlement came without a key.")
	}
	return d.do(ctx, newUnit(key, f))
}

func (d *DB) do(ctx context.Context, u *unit) error {
	if err := d.engine.admit(ctx, u); err != nil {
		return err
	}
	err := u.await()
	d.stats.statements.Add(u.statements)
	return err
}

// Clock asks the database for its time, in UTC. Readiness compares it with the
// node's: more than one second of difference is not fit for service.
func (d *DB) Clock(ctx context.Context) (time.Time, error) {
	t, err := d.engine.now(ctx)
	return t, classify(err)
}

// Ping makes sure that the database answers.
func (d *DB) Ping(ctx context.Context) error {
	_, err := d.Clock(ctx)
	return err
}
