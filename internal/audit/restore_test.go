package audit_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

func openAt(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{DSN: dsn, Now: dbtest.NewClock().Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func closeDB(t testing.TB, d *db.DB) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// backup copies a database that nobody has open, and returns the copy's address:
// a file, or a database cloned from the original.
func backup(t *testing.T, dsn string) string {
	t.Helper()
	if file, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "backup.db")
		if err := os.WriteFile(to, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + to
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	from, to := strings.TrimPrefix(u.Path, "/"), "test_backup_"+hex.EncodeToString(b)
	admin(t, "CREATE DATABASE "+to+" TEMPLATE "+from)
	t.Cleanup(func() { admin(t, "DROP DATABASE "+to+" WITH (FORCE)") })
	u.Path = "/" + to
	return u.String()
}

func admin(t *testing.T, sql string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // it is called when the test is over, too
	c, err := pgconn.Connect(ctx, dbtest.Postgres(t))
	if err == nil {
		_, err = c.Exec(ctx, sql).ReadAll()
		err = errors.Join(err, c.Close(ctx))
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func onBoth(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			f(t, dbtest.DSN(t, dialect))
		})
	}
}

func TestARestoredDatabaseIsNoticedAndRecovered(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		anchorA, anchorB, anchorC := new(memory), new(memory), new(memory)

		// Day one: 100 records, then a backup. Node C sees only these.
		d := openAt(t, dsn)
		a := join(t, d, anchorA)
		a.happen(t, 99)
		a.seal(t)
		if err := join(t, d, anchorC).CheckAnchor(t.Context()); err != nil {
			t.Fatal(err)
		}
		closeDB(t, d)
		saved := backup(t, dsn)

		// Day two: 50 more, then the disk burns.
		d = openAt(t, dsn)
		a = join(t, d, anchorA)
		a.happen(t, 50)
		a.seal(t)
		if err := join(t, d, anchorB).CheckAnchor(t.Context()); err != nil {
			t.Fatal(err)
		}
		closeDB(t, d)

		// The backup is restored.
		d = dbtest.Open(t, db.Config{DSN: saved})
		a, b := join(t, d, anchorA), join(t, d, anchorB)
		err := a.CheckAnchor(t.Context())
		if f := fault.From(err); f.Code != "audit.restored" || !strings.Contains(f.Detail, "countersign recover") || !strings.Contains(f.Detail, "150") {
			t.Fatalf("the restored database: %v", err)
		}
		if _, err := a.Seal(t.Context()); !fault.Is(err, "audit.restored") {
			t.Fatalf("it seals: %v", err)
		}
		if err := a.Run(t.Context()); !fault.Is(err, "audit.restored") {
			t.Fatalf("it runs: %v", err)
		}
		if codes, r := a.verify(t, load(t, anchorA)); codes[audit.FoundTruncated] != 1 || r.Total != 1 {
			t.Errorf("found %v", codes)
		}

		// A hook that fails must leave everything as it was.
		broken := errors.New("broken")
		if _, err := a.Recover(t.Context(), audit.System("cli"), false, func(*db.Tx, audit.Recovery) error { return broken }); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if err := a.CheckAnchor(t.Context()); !fault.Is(err, "audit.restored") {
			t.Fatalf("after a failed recovery: %v", err)
		}

		ran := 0
		r, err := a.Recover(t.Context(), audit.System("cli"), false, func(tx *db.Tx, r audit.Recovery) error {
			ran++
			n, err := audit.Epoch(tx)
			if n != r.Epoch {
				t.Errorf("the hook sees epoch %d of %d", n, r.Epoch)
			}
			return err
		})
		if err != nil || r.Epoch != 1 || r.Size != 100 || r.Seen != 150 || r.Lost != 50 || ran != 1 {
			t.Fatalf("Recover: %+v, %v; the hook ran %d times", r, err, ran)
		}
		if err := a.CheckAnchor(t.Context()); err != nil {
			t.Error(err)
		}
		// Node B saw what is lost, and accepts it now; node C saw less, and checks it.
		if err := b.CheckAnchor(t.Context()); err != nil {
			t.Errorf("node B: %v", err)
		}
		if err := join(t, d, anchorC).CheckAnchor(t.Context()); err != nil {
			t.Errorf("node C: %v", err)
		}
		a.happen(t, 10)
		if c := a.seal(t); c.Epoch != 1 || c.Size != 111 {
			t.Errorf("after the recovery: %+v", c)
		}
		a.mustVerify(t, load(t, anchorA))
		page, err := a.Find(t.Context(), audit.Filter{Kind: audit.KindRecovered}, "", 10)
		if err != nil || len(page.Entries) != 1 || !strings.Contains(string(page.Entries[0].Details), `"lost":50`) {
			t.Errorf("the record of it: %s, %v", page.Entries, err)
		}
		if _, err := a.Recover(t.Context(), audit.System("cli"), false); !fault.Is(err, "audit.not_restored") {
			t.Errorf("a second recovery: %v", err)
		}
	})
}

func TestADatabaseThatWentOnAfterARestoreIsForked(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		anchor := new(memory)
		d := openAt(t, dsn)
		a := join(t, d, anchor)
		a.happen(t, 10)
		a.seal(t)
		closeDB(t, d)
		saved := backup(t, dsn)
		d = openAt(t, dsn)
		a = join(t, d, anchor)
		a.happen(t, 10)
		a.seal(t)
		closeDB(t, d)

		d = dbtest.Open(t, db.Config{DSN: saved})
		other := join(t, d, nil) // a node without an anchor does not notice
		other.happen(t, 40)
		other.seal(t)
		a = join(t, d, anchor)
		if err := a.CheckAnchor(t.Context()); !fault.Is(err, "audit.forked") {
			t.Fatalf("the forked database: %v", err)
		}
		if codes, _ := a.verify(t, load(t, anchor)); codes[audit.FoundForked] != 1 {
			t.Errorf("found %v", codes)
		}
		if r, err := a.Recover(t.Context(), audit.System("cli"), false); err != nil || r.Lost != -1 {
			t.Fatalf("Recover: %+v, %v", r, err)
		}
		a.mustVerify(t, load(t, anchor))
	})
}

// TestABackupFromBeforeARecovery is restored again: one recovery suffices each time,
// though the database has forgotten the epochs of those before.
func TestABackupFromBeforeARecovery(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		anchor := new(memory)
		d := openAt(t, dsn)
		a := join(t, d, anchor)
		a.happen(t, 10)
		a.seal(t)
		closeDB(t, d)
		for n := range 3 {
			d := openAt(t, backup(t, dsn))
			a := join(t, d, anchor)
			if err := a.CheckAnchor(t.Context()); n > 0 && !fault.Is(err, "audit.restored") {
				t.Fatalf("restored for the %d. time: %v", n+1, err)
			}
			ran := 0
			r, err := a.Recover(t.Context(), audit.System("cli"), n == 0, func(*db.Tx, audit.Recovery) error { ran++; return nil })
			lost := int64(-1)
			if n == 0 {
				lost = 0 // by force: nothing was
			}
			if err != nil || ran != 1 || r.Epoch != int64(n)+1 || r.Lost != lost {
				t.Fatalf("recovered for the %d. time: %+v, %v; the hook ran %d times", n+1, r, err, ran)
			}
			a.happen(t, 5-n) // fewer each time, so that sizes tell nothing
			a.seal(t)
			if err := join(t, d, anchor).CheckAnchor(t.Context()); err != nil {
				t.Error(err)
			}
			a.mustVerify(t, load(t, anchor))
			closeDB(t, d)
		}
	})
}

// TestARecoveryExplainsOnlyWhatItLost has a node that saw another log even before
// the place where the recovered one begins.
func TestARecoveryExplainsOnlyWhatItLost(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		anchor := new(memory)
		d := openAt(t, dsn)
		join(t, d, nil).happen(t, 10)
		closeDB(t, d)
		other := openAt(t, backup(t, dsn))
		n := join(t, other, anchor)
		n.happen(t, 10)
		n.seal(t)
		closeDB(t, other)

		d = dbtest.Open(t, db.Config{DSN: dsn})
		n = join(t, d, nil)
		n.happen(t, 40)
		n.seal(t)
		if r, err := n.Recover(t.Context(), audit.System("cli"), true); err != nil || r.Size != 51 {
			t.Fatal(r, err)
		}
		if err := join(t, d, anchor).CheckAnchor(t.Context()); !fault.Is(err, "audit.forked") {
			t.Errorf("got %v", err)
		}
	})
}

func TestARunningNodeNoticesThatItsDatabaseWentBack(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	n := join(t, d, nil) // not even an anchor: it remembers
	n.happen(t, 5)
	old := n.seal(t)
	n.happen(t, 5)
	n.seal(t)
	exec(t, d, `UPDATE audit_head SET size = $1, root = $2, note = $3`, old.Size, old.Root[:], old.Note)
	if _, err := n.Seal(t.Context()); !fault.Is(err, "audit.restored") {
		t.Errorf("got %v", err)
	}
}

func TestRecoverByForceWithoutAnAnchor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		anchor := new(memory)
		n := join(t, d, anchor)
		n.happen(t, 5)
		if _, err := n.Recover(t.Context(), audit.System("cli"), false); !fault.Is(err, "audit.not_restored") {
			t.Errorf("without force: %v", err)
		}
		r, err := n.Recover(t.Context(), audit.System("cli"), true)
		if err != nil || r.Epoch != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		n.mustVerify(t, load(t, anchor))
	})
}

func TestForgedEpochsExplainNothingAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		anchor := new(memory)
		n := join(t, d, anchor)
		n.happen(t, 5)
		old := n.seal(t)
		n.happen(t, 5)
		n.seal(t)
		// Somebody rolls the head back and pretends that this was a recovery.
		exec(t, d, `UPDATE audit_head SET size = $1, root = $2, note = $3`, old.Size, old.Root[:], old.Note)
		exec(t, d, `INSERT INTO audit_epoch (epoch, at, actor, size, root, anchor, mac) VALUES (1, 0, 'system:cli', $1, $2, $3, $4)`, old.Size, old.Root[:], old.Note, make([]byte, 32))
		if err := join(t, d, anchor).CheckAnchor(t.Context()); !fault.Is(err, "audit.forked") {
			t.Errorf("got %v", err)
		}
		if codes, _ := n.verify(t, nil); codes[audit.FoundEpoch] != 1 {
			t.Errorf("found %v", codes)
		}
	})
}

func TestAForeignAnchorIsRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	anchor := new(memory)
	n := join(t, d, anchor)
	n.happen(t, 1)
	n.seal(t)
	elsewhere := join(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)}), anchor)
	if err := elsewhere.CheckAnchor(t.Context()); !fault.Is(err, "audit.anchor_foreign") {
		t.Errorf("got %v", err)
	}
}

func load(t testing.TB, a audit.Anchor) []byte {
	t.Helper()
	msg, err := a.Load()
	if err != nil || len(msg) == 0 {
		t.Fatalf("no anchor: %v", err)
	}
	return msg
}
