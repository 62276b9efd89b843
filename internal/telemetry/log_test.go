package telemetry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

func fixed() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// event logs one event as JSON and returns it decoded.
func event(ctx context.Context, t *testing.T, attrs ...slog.Attr) map[string]any {
	t.Helper()
	var b strings.Builder
	telemetry.NewLogger(&b, telemetry.LogOptions{Now: fixed}).LogAttrs(ctx, slog.LevelInfo, "hello", attrs...)
	var m map[string]any
	if err := json.Unmarshal([]byte(b.String()), &m); err != nil {
		t.Fatalf("%v in %q", err, b.String())
	}
	return m
}

func TestEventHasTimeAndRequestID(t *testing.T) {
	t.Parallel()
	ctx := telemetry.WithRequestID(t.Context(), "r-1")
	want := map[string]any{"time": "2026-01-02T03:04:05Z", "level": "INFO", "msg": "hello", "serial": "42", "request_id": "r-1"}
	if d := cmp.Diff(want, event(ctx, t, slog.String("serial", "42"))); d != "" {
		t.Error(d)
	}
	if _, ok := event(t.Context(), t)["request_id"]; ok {
		t.Error("an event outside a request has a request id")
	}
}

func TestDerivedLoggersKeepTheBelt(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	log := telemetry.NewLogger(&b, telemetry.LogOptions{Text: true, Now: fixed})
	ctx := telemetry.WithRequestID(t.Context(), "r-1")
	log.With(slog.String("pin", "1234")).WithGroup("db").InfoContext(ctx, "hello", slog.String("dsn", "sqlite:x"))
	want := "time=2026-01-02T03:04:05.000Z level=INFO msg=hello pin=[redacted] db.dsn=[redacted] db.request_id=r-1\n"
	if got := b.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

type hidden string

func (hidden) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

type named [4]byte

func (named) String() string { return "id-7" }

func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for name, a := range map[string]slog.Attr{
		"own type":         slog.Any("x", hidden(secret)),
		"by name":          slog.String("client_secret", secret),
		"by name, number":  slog.Any("new_pin", []string{secret}),
		"header":           slog.String(strings.ToTitle("set-cookie"), secret),
		"group":            slog.Group("password", slog.String("old", secret)),
		"inside a group":   slog.Group("request", slog.String("secure_code", secret)),
		"bytes":            slog.Any("x", []byte(secret)),
		"array":            slog.Any("x", [7]byte([]byte(secret))),
		"URL":              slog.String("x", "postgres://u:"+secret+"@h/db"),
		"error with a URL": slog.Any("x", errors.New("dial postgres://u:"+secret+"@h/db: refused")),
		"keywords":         slog.String("x", "host=h password="+secret+" dbname=d"),
		"quoted keywords":  slog.String("x", "host=h password='a "+secret+"' dbname=d"),
		"fault":            telemetry.Err(fault.Unavailablef(errors.New("postgres://u:"+secret+"@h"), "db.away", "The database is away.")),
	} {
		if got := fmt.Sprint(event(t.Context(), t, a)); strings.Contains(got, secret) || strings.Contains(got, "104 117 110") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestHarmlessValuesAreKept(t *testing.T) {
	t.Parallel()
	got := event(t.Context(), t,
		slog.String("code", "token.unknown_serial"), slog.String("idempotency_key", "k"), slog.String("token", "T1"),
		slog.String("url", "https://auth.bank.example:8443/a@b"), slog.Any("id", named{1}), slog.Any("data", []byte("abc")),
		slog.Any("error", errors.New("no")), slog.Int("shopping", 3), slog.Any("nothing", nil))
	want := map[string]any{
		"time": "2026-01-02T03:04:05Z", "level": "INFO", "msg": "hello", "code": "token.unknown_serial", "idempotency_key": "k",
		"token": "T1", "url": "https://auth.bank.example:8443/a@b", "id": "id-7", "data": "[3 bytes]", "error": "no", "shopping": 3.0, "nothing": nil,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestErrNamesTheFault(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("import: %w", fault.Conflictf("token.assigned", "The token is taken.").WithCause(errors.New("row 7")))
	got := event(t.Context(), t, telemetry.Err(err))["error"]
	want := map[string]any{"kind": "conflict", "code": "token.assigned", "text": "import: token.assigned: The token is taken.: row 7"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, ok := event(t.Context(), t, telemetry.Err(nil))["error"]; ok {
		t.Error("no error was logged as one")
	}
}

func TestLevelsAndLinesAreWhole(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	log := telemetry.NewLogger(&b, telemetry.LogOptions{Level: slog.LevelWarn})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			log.Info("dropped")
			log.Warn("kept", slog.String("text", "two\nlines"))
		})
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 50 {
		t.Fatalf("%d lines, want 50", len(lines))
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) || !strings.Contains(line, `"msg":"kept"`) {
			t.Errorf("line %q", line)
		}
	}
}
