package apptest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Clock is a clock that a test moves; dbtest.Clock is one.
type Clock interface{ Now() time.Time }

// wall is the clock of the machine, for nodes in processes of their own.
type wall struct{}

// Now implements Clock.
func (wall) Now() time.Time { return time.Now() }

// Installation is a database with schema and keys, and a calling application. It
// is what survives its nodes.
type Installation struct {
	Dir   string // key file, anchors, databases of SQLite
	DSN   string
	Clock Clock
	Log   *Log     // what all nodes and commands have logged
	More  []string // further settings of all nodes, as COUNTERSIGN_KEY=value

	clientID, clientSecret string
	customers              int
}

// Install prepares an installation by the commands that an operator would use.
// A clock of nil is that of the machine, which processes need.
func Install(t testing.TB, dsn string, clock Clock) *Installation {
	t.Helper()
	if clock == nil {
		clock = wall{}
	}
	in := &Installation{Dir: t.TempDir(), DSN: dsn, Clock: clock, Log: &Log{}}
	in.Must(t, "migrate")
	in.Must(t, "keys", "init")
	var c struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	out := in.Must(t, "client", "create", "Online banking", "--json", "--rate", "1000000", "--burst", "1000000", "--scopes", allScopes)
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatalf("client create printed %q: %v", out, err)
	}
	in.clientID, in.clientSecret = c.ID, c.Secret
	return in
}

// Application is the calling application as the one who acts.
func (in *Installation) Application(t testing.TB) audit.Actor {
	t.Helper()
	id, err := ident.Parse(in.clientID)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Client(id, "Online banking")
}

const allScopes = "customers:read customers:write authenticators:write registrations authentications authentications:reason identifications:write tokens:read tokens:write tokens:unlock policies:read"

// Environ is the configuration of a node with listeners at the given addresses.
func (in *Installation) Environ(api, metrics string) []string {
	return append([]string{
		"COUNTERSIGN_ORIGIN=auth.test.example", "COUNTERSIGN_DATABASE_DSN=" + in.DSN,
		"COUNTERSIGN_KEYS_FILE=" + filepath.Join(in.Dir, "countersign.key"), "COUNTERSIGN_AUDIT_ANCHOR=" + filepath.Join(in.Dir, "countersign.anchor"),
		"COUNTERSIGN_API_ADDRESS=" + api, "COUNTERSIGN_CONSOLE_ADDRESS=", "COUNTERSIGN_METRICS_ADDRESS=" + metrics,
	}, in.More...)
}

// Command runs a command of the program in this process.
func (in *Installation) Command(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = app.Main(context.Background(), args, strings.NewReader(""), &out, &errs, in.Environ(nowhere, ""))
	_, _ = in.Log.Write(errs.Bytes())
	return out.String(), errs.String(), code
}

// Must runs a command that must succeed and returns what it printed.
func (in *Installation) Must(t testing.TB, args ...string) string {
	t.Helper()
	out, errs, code := in.Command(args...)
	if code != 0 {
		t.Fatalf("countersign %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// config is Environ as the program reads it.
func (in *Installation) config(api, metrics string) (config.Config, error) {
	return config.Load(config.Source{ReadFile: os.ReadFile, Environ: in.Environ(api, metrics)})
}

// Open gives f the domain of the installation, next to whatever nodes run.
func (in *Installation) Open(t testing.TB, f func(*app.App)) {
	t.Helper()
	a, err := in.App()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	f(a)
}

// App opens the domain of the installation as a node that starts does: not on a
// database that was restored. The caller closes it.
func (in *Installation) App() (*app.App, error) {
	cfg, err := in.config(nowhere, "")
	if err != nil {
		return nil, err
	}
	return app.New(context.Background(), app.Setup{Config: cfg, Now: in.Clock.Now, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(in.Log, nil))})
}

// Verify makes sure that the audit log is intact.
func (in *Installation) Verify(t testing.TB) {
	t.Helper()
	if out, errs, code := in.Command("audit", "verify"); code != 0 {
		t.Errorf("audit verify: exit code %d\n%s%s", code, out, errs)
	}
}

// Log keeps what was logged.
type Log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

// Bytes returns everything so far.
func (l *Log) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all.Bytes())
}

// Tail is the end of the log, for messages.
func (l *Log) Tail() string {
	b := l.Bytes()
	return string(b[max(0, len(b)-2000):])
}

// Backup copies the database; no node may run, then and when it is restored.
func (in *Installation) Backup(t testing.TB) (restore func()) {
	t.Helper()
	path, isFile := strings.CutPrefix(in.DSN, "sqlite:")
	if !isFile {
		return dbtest.Copy(t, in.DSN)
	}
	content, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		err := os.WriteFile(path, content, 0o600)
		for _, side := range []string{"-wal", "-shm"} {
			if gone := os.Remove(path + side); gone != nil && !errors.Is(gone, os.ErrNotExist) {
				err = errors.Join(err, gone)
			}
		}
		if err != nil {
			t.Fatal(fmt.Errorf("restore: %w", err))
		}
	}
}

// nowhere is the API's address for commands, which do not listen.
const nowhere = "127.0.0.1:8081"
