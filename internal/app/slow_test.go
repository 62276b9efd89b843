package app_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
)

// serve runs `countersign serve` with one listener ("API", "CONSOLE") on a new
// database until the test ends, and returns its address; more is environment.
func serve(t *testing.T, face string, more ...string) string {
	t.Helper()
	address := apptest.FreeAddress(t)
	dir := t.TempDir()
	env := append(only(face, address),
		"COUNTERSIGN_ORIGIN=test.example", "COUNTERSIGN_KEYS_FILE="+filepath.Join(dir, "key"), "COUNTERSIGN_AUDIT_ANCHOR="+filepath.Join(dir, "anchor"),
		"COUNTERSIGN_DATABASE_DSN=sqlite:"+filepath.Join(dir, "cs.db"),
	)
	env = append(env, more...)
	log := &testLog{t: t}
	for _, args := range [][]string{{"migrate"}, {"keys", "init"}} {
		if code := app.Main(t.Context(), args, nil, io.Discard, log, env); code != 0 {
			t.Fatalf("%v: exit code %d", args, code)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	var node sync.WaitGroup
	node.Go(func() {
		defer stop()
		if code := app.Main(ctx, []string{"serve"}, nil, io.Discard, log, env); code != 0 {
			t.Errorf("serve: exit code %d", code)
		}
	})
	t.Cleanup(func() { stop(); node.Wait(); log.stop() })
	for ctx.Err() == nil {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
			break
		}
	}
	return address
}

// only switches all listeners off but one.
func only(face, address string) (env []string) {
	for _, f := range []string{"API", "CONSOLE", "METRICS"} {
		at := ""
		if f == face {
			at = address
		}
		env = append(env, "COUNTERSIGN_"+f+"_ADDRESS="+at)
	}
	return env
}

// TestSlowBody: a body that does not come ends the connection, also where no
// handler reads it: strangers could else hold all connections of a listener.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	address := serve(t, "CONSOLE", "COUNTERSIGN_LIMITS_REQUEST_TIMEOUT=1s")
	for _, path := range []string{"/login", "/import", "/nowhere"} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // the test is over
		_, err = io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: "+address+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin=")
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection is still open after 20 times the limit: %v", path, err)
		}
	}
}
