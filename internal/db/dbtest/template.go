package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign-auth/countersign/internal/db"
)

// Variables of the environment.
const (
	postgresVariable = "COUNTERSIGN_TEST_POSTGRES"
	ciVariable       = "CI"
)

// The templates, made when first needed and once for each test program.
var (
	sqliteTemplate   = sync.OnceValues(makeSQLite)
	postgresTemplate = sync.OnceValues(makePostgres)
)

// makeSQLite returns the content of a migrated database file.
func makeSQLite() ([]byte, error) {
	dir, err := os.MkdirTemp("", "dbtest")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

func migrate(dsn string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, db.Config{DSN: dsn, Now: NewClock().Now})
	if err != nil {
		return err
	}
	_, err = d.Migrate(ctx)
	return errors.Join(err, d.Close())
}

func cloneSQLite(t testing.TB) string {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make the template: %v", err)
	}
	file := filepath.Join(t.TempDir(), "countersign.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

func clonePostgres(t testing.TB) string {
	t.Helper()
	admin := Postgres(t)
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("make the template: %v", err)
	}
	return createPostgres(t, admin, template)
}

// createPostgres makes a database for the time of a test.
func createPostgres(t testing.TB, admin, template string) string {
	t.Helper()
	name := "test_" + random()
	if err := run(admin, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := run(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return at(admin, name)
}

// Copy copies a database of PostgreSQL and returns how to put the copy in its place;
// nobody may be connected to it either time.
func Copy(t testing.TB, dsn string) (restore func()) {
	t.Helper()
	admin := Postgres(t)
	c, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := pgconn.ParseConfig(createPostgres(t, admin, c.Database))
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		for _, sql := range []string{"DROP DATABASE " + c.Database, "CREATE DATABASE " + c.Database + " TEMPLATE " + kept.Database} {
			if err := run(admin, sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
}

// Postgres returns the address of the cluster for tests that need a server of
// their own making in between. It skips the test when there is none, and fails
// it when CI is set.
func Postgres(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(postgresVariable)
	switch {
	case dsn != "":
	case os.Getenv(ciVariable) != "":
		t.Fatalf("%s is not set, and CI is: PostgreSQL must be tested (scripts/postgres run …)", postgresVariable)
	default:
		t.Skipf("%s is not set: scripts/postgres run go test … brings a PostgreSQL", postgresVariable)
	}
	return dsn
}

// makePostgres returns the name of a migrated database that serves as template.
// Test programs run side by side, so they take turns at making it, and its
// name tells the schema.
func makePostgres() (string, error) {
	admin := os.Getenv(postgresVariable)
	name, err := templateName()
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	c, err := pgconn.Connect(ctx, admin)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(7465737401)").ReadAll(); err != nil {
		return "", err
	}
	found, err := c.Exec(ctx, "SELECT 1 FROM pg_database WHERE datname = '"+name+"'").ReadAll()
	if err != nil || len(found[0].Rows) > 0 {
		return name, err
	}
	draft := "draft_" + random()
	if _, err := c.Exec(ctx, "CREATE DATABASE "+draft).ReadAll(); err != nil {
		return "", err
	}
	if err := migrate(at(admin, draft)); err != nil {
		return "", err
	}
	_, err = c.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name).ReadAll()
	return name, err
}

func templateName() (string, error) {
	ms, err := db.Migrations(db.Postgres)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, m := range ms {
		_, _ = h.Write([]byte(strconv.Itoa(m.Number) + m.SQL() + "\x00"))
	}
	return "template_" + hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// run makes a connection for one command: it is rare, and leaves nothing open.
func run(dsn, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(ctx) }()
	_, err = c.Exec(ctx, sql).ReadAll()
	return err
}

// at is the address of another database of the same cluster.
func at(admin, name string) string {
	u, err := url.Parse(admin)
	if err != nil || u.Scheme == "" {
		return fmt.Sprintf("%s dbname=%s", admin, name)
	}
	u.Path = "/" + name
	return u.String()
}

func random() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
