package apptest

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
)

// Node is a node that serves.
type Node struct {
	API, Metrics string // addresses

	in   *Installation
	stop func() error
	cmd  *exec.Cmd // nil in this process
	over chan struct{}
	err  error // how it ended; read after over
}

// Run serves in this process, under the installation's clock, until the test ends.
func (in *Installation) Run(t testing.TB) *Node {
	t.Helper()
	n := in.node(t)
	cfg, err := in.config(n.API, n.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(context.Background(), app.Setup{Config: cfg, Now: in.Clock.Now, Rand: rand.Reader, Log: slog.New(slog.NewJSONHandler(in.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.stop = func() error { cancel(); return nil }
	go func() {
		defer close(n.over)
		n.err = a.Run(ctx)
		if err := a.Close(); err != nil { //nolint:contextcheck // ctx is over by now
			n.err = err
		}
	}()
	n.await(t)
	return n
}

// Serve starts `countersign serve` as a process of its own, until the test ends.
func (in *Installation) Serve(t testing.TB, program string) *Node {
	t.Helper()
	n := in.node(t)
	n.cmd = exec.Command(program, "serve")
	n.cmd.Env = append(os.Environ(), in.Environ(n.API, n.Metrics)...)
	n.cmd.Stderr = in.Log
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.stop = func() error { return n.cmd.Process.Signal(syscall.SIGTERM) }
	go func() {
		defer close(n.over)
		n.err = n.cmd.Wait()
	}()
	n.await(t)
	return n
}

// node takes two free addresses and promises an orderly end.
func (in *Installation) node(t testing.TB) *Node {
	t.Helper()
	n := &Node{in: in, over: make(chan struct{})}
	for _, address := range []*string{&n.API, &n.Metrics} {
		*address = FreeAddress(t)
	}
	t.Cleanup(func() {
		if n.stop == nil {
			return
		}
		select {
		case <-n.over:
		default:
			n.Stop(t)
		}
	})
	return n
}

// Stop ends the node in an orderly way.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	if err := n.stop(); err != nil {
		t.Error(err)
	}
	<-n.over
	if n.err != nil {
		t.Errorf("the node did not end well: %v\n%s", n.err, n.in.Log.Tail())
	}
}

// Kill ends the process at once, as kill -9 does.
func (n *Node) Kill() {
	_ = n.cmd.Process.Kill() // it may have ended
	<-n.over
}

// await waits until the node accepts connections on every face: they open one after the other.
func (n *Node) await(t testing.TB) {
	t.Helper()
	for _, v := range n.in.Environ(n.API, n.Metrics) {
		if name, address, _ := strings.Cut(v, "="); strings.HasSuffix(name, "_ADDRESS") && address != "" {
			n.awaitFace(t, address)
		}
	}
}

func (n *Node) awaitFace(t testing.TB, address string) {
	t.Helper()
	for {
		c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
		if err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-n.over:
			t.Fatalf("the node ended: %v\n%s", n.err, n.in.Log.Tail())
		case <-time.After(2 * time.Millisecond): // look again
		}
	}
}

// Ready asks for the node's readiness.
func (n *Node) Ready(t testing.TB) (ready bool, answer string) {
	t.Helper()
	status, body := n.monitor(t, "/readyz")
	return status == http.StatusOK, body
}

// Measures returns the node's metrics as text.
func (n *Node) Measures(t testing.TB) string {
	t.Helper()
	_, body := n.monitor(t, "/metrics")
	return body
}

func (n *Node) monitor(t testing.TB, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+n.Metrics+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	got, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(b)
}

// Program builds the real program once for all tests of a test program.
func Program(dir string) func(testing.TB) string {
	build := sync.OnceValues(func() (string, error) {
		name := dir + "/countersign"
		out, err := exec.Command("go", "build", "-o", name, "github.com/countersign-auth/countersign/cmd/countersign").CombinedOutput()
		if err != nil {
			return string(out), err
		}
		return name, nil
	})
	return func(t testing.TB) string {
		t.Helper()
		name, err := build()
		if err != nil {
			t.Fatalf("the program does not build: %v\n%s", err, name)
		}
		return name
	}
}
