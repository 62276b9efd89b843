// Package db opens transactions on SQLite and PostgreSQL, and commits many of
// them together. It is the only package that knows a driver: domain code gets a
// [Tx] and one SQL text for both databases.
//
// # The three ways in
//
// [DB.Read] cannot change anything. [DB.Write] has a transaction of its own.
// [DB.Settle] is for the hot path: durable commits are what limits a server, so
// settlements that come together share one. All three run a function on the
// goroutine of their caller; a panic unwinds that caller and nobody else.
//
// # A unit and its states
//
// One call of Write or Settle is a unit:
//
//	outside ──► admitted ──► running ⇄ parked ──► ended ──► told
//	    │           ▲  │                            │
//	    ▼           │  └── waits behind its key     │
//	 refused        └───────── redone ◄─────────────┘
//
// It is outside until the bounded queue has room; its context counts only here.
// Admitted, it waits until no unit with its key runs, and for a worker. It runs,
// parked at each statement while PostgreSQL answers. It has ended when its
// function has returned. It is told its outcome when the transaction has been
// committed, and runs again when the transaction was lost through no fault of
// its own.
//
// # Groups
//
// SQLite has one writer. It takes what has come together, gives each unit its
// turn, and commits once. When a unit fails after it has changed something, all
// is rolled back and the group runs again with a savepoint for each unit, as do
// the next ones: savepoints are dear, and such failures are rare. If SQLite takes
// the whole transaction away (disk full, I/O error), the unit to blame is told
// and the others are redone one by one.
// The write-ahead log is copied into the file by a connection of its own, and
// what is left by the writer between two groups, so that nobody waits for it.
//
// On PostgreSQL a savepoint for each unit would cost two round trips, so units
// run in lock-step. Each runs until it is parked at a statement; the parked
// statements, sorted by key, make one round trip; BEGIN rides with the first
// round, audit records and COMMIT make the last. Plain INSERTs, and UPDATEs that
// fix a unique key, travel as one statement when several units are parked at the
// same text; the result is that of one after the other. When a unit fails and has changed
// nothing, it just leaves. When it has changed something, or PostgreSQL refused
// its statement, the group is rolled back, the unit is redone alone by a writer
// and the others are redone together, and one by one if that fails, too.
//
// A worker takes what is there and starts; there is no timer that anybody who
// comes alone would wait for. While one group is under way, the next one starts
// when a quarter of a full group waits, or after 5 ms.
//
// # Reads
//
// PostgreSQL's reads need no transaction: under READ COMMITTED each statement
// has its own snapshot. Statements of all reads share round trips on connections
// that can only read; point reads and lists have separate ones, so that a slow
// page holds up no login. That took about a third of the processor time of a
// round trip for each (docs/adr/0003-group-commit.md). On SQLite a read borrows
// one of a pool of connections and sees one snapshot.
//
// # What is retried
//
//	serialization failure, deadlock,     alone, up to 6 times, with growing and
//	lock timeout, stale plan             jittered pauses
//	connection lost before COMMIT        once, on a new connection; then
//	was sent                             db.unavailable
//	connection lost during COMMIT        never: db.outcome_unknown
//	any other error                      never, but a group is redone without
//	                                     the unit to blame
//
// All faults of the database itself are of the kind Unavailable: db.unavailable,
// db.full, db.busy, db.read_only, db.closed, db.outcome_unknown. Constraint
// violations and mistakes in SQL come back as they are; see [IsUnique].
//
// # Values
//
// Both databases store five kinds of values, and db converts on the way:
//
//	time.Time        BIGINT, microseconds since 1970 in UTC   zero is NULL
//	ident.ID         BLOB or BYTEA of 16 bytes                zero is NULL
//	bool             SMALLINT, 0 or 1
//	integers         BIGINT, INTEGER or SMALLINT              above 2^63-1 refused
//	float64          DOUBLE PRECISION (SQLite: REAL)
//	string           TEXT, UTF-8 without zero bytes
//	[]byte, [n]byte  BLOB or BYTEA                            nil is NULL
//	*T               the column may be NULL
//
// Parameters are $1, $2, … and bound by number: SQLite by itself numbers them in
// the order of their first appearance. A cast is written CAST($1 AS BIGINT).
// Where PostgreSQL must know a type that nothing tells (SELECT $1, $1 IS NULL),
// a cast is needed.
//
// # Numbers of audit records
//
// The table journal is written here, in the transaction that the record is
// about. Its key is (boot, slot, seq): an open write transaction borrows a
// stream (boot, slot) just before COMMIT, its records get the next numbers of
// the stream, and the stream moves on only when the commit succeeded. A stream
// whose commit has an unknown outcome is retired.
//
// # The clock
//
// Tx.Now is fixed when the transaction begins and never goes backwards within
// the process. When the wall clock jumps back, it goes on at half pace until the
// wall has caught up. What the node shows and what the database shows is compared
// by readiness with [DB.Clock].
//
// # Invariants
//
//  1. A unit is told success only after a commit that PostgreSQL or the disk has
//     acknowledged as durable (synchronous=FULL; synchronous_commit is never off).
//  2. All of a unit is stored, audit records included, or nothing.
//  3. A key is at most once in all open groups of the process.
//  4. The numbers in a stream are 1, 2, 3, … without a gap, whatever fails.
//  5. A Tx whose statement failed cannot commit, on SQLite as on PostgreSQL.
//  6. A unit that fails, panics or gives up changes nothing for its neighbors.
//
// # Rules for callers
//
// A function may run again: it sets what it leaves in variables and never adds
// to it, and has no other effects; [Tx.After] is for dropping what is cached. It
// waits for nothing but its Tx, because its neighbors wait for it: no network, no
// lock, and no Read, Write or Settle inside, which may wait for itself. What is
// consumed is consumed by one conditional UPDATE.
//
// # Migrations
//
// migrations/sqlite and migrations/postgres have the same files,
// NNNN_name.sql, with the same tables, columns and indexes; tests compare names
// and resulting schemas. SQLite migrates in one transaction, PostgreSQL in one
// for each file under an advisory lock. Table owned here, besides journal:
// migration.
//
// # Threats
//
// Injection: texts are constants, values are bound. Secrets: errors name
// parameters by number and columns by position, never their content; the DSN is
// not repeated. Exhaustion: the queue is bounded, and so is the time that a
// locked row may hold up a group (250 ms). A client that makes its own units
// fail makes its neighbors run twice, not fail. Silent loss: a full disk and a
// connection cut in the middle of a commit are tested. Not covered:
// a disk that lies about flushing, and fsync=off in the server's own settings.
package db
