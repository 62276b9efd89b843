package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Node is a process that serves.
type Node struct {
	API     string        // address
	Console string        // address; "" when it has none
	Network string        // address for card networks; "" when it has none
	Started time.Duration // from the start of the process to its readiness
	Bearer  string        // an access token

	metrics string
	cmd     *exec.Cmd
	log     *os.File
	ended   chan error
}

// NodeOptions say how a node is configured.
type NodeOptions struct {
	GroupSize int  // 0 for the default
	Console   bool // with the console
	Network   bool // with a line to card networks
}

// Start runs a node on a store until Stop.
func (s *Store) Start(ctx context.Context, o NodeOptions) (*Node, error) {
	api, metrics, err := twoAddresses()
	if err != nil {
		return nil, err
	}
	console, network, err := twoAddresses()
	if err != nil {
		return nil, err
	}
	if !o.Console {
		console = ""
	}
	if !o.Network {
		network = ""
	}
	file := s.rig.Path("node.yaml")
	if err := os.WriteFile(file, []byte(s.yaml(o, api, console, network, metrics)), 0o600); err != nil {
		return nil, err
	}
	n, err := s.rig.start(ctx, api, "http://"+metrics+"/readyz", "serve", "--config", file)
	if err != nil {
		return nil, err
	}
	n.metrics, n.Console, n.Network = "http://"+metrics+"/metrics", console, network
	n.Bearer, err = s.bearer(ctx, api)
	if err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	return n, nil
}

// networkProfile is how messages of card networks are written.
const networkProfile = "iso87-bcd"

// yaml is the configuration file of a node: nothing but what is needed.
func (s *Store) yaml(o NodeOptions, api, console, network, metrics string) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "origin: bench.example\nkeys: {value: %q}\naudit: {anchor: %q}\n", s.rig.key, s.anchor)
	_, _ = fmt.Fprintf(&b, "api: {address: %q}\nconsole: {address: %q}\nmetrics: {address: %q}\n", api, console, metrics)
	if network != "" {
		_, _ = fmt.Fprintf(&b, "authorization: {address: %q, profile: %s, connections: 1000}\n", network, networkProfile)
	}
	_, _ = fmt.Fprintf(&b, "database:\n  dsn: %q\n", s.DSN)
	if o.GroupSize > 0 {
		b.WriteString("  group_size: " + strconv.Itoa(o.GroupSize) + "\n")
	}
	return b.String()
}

// Plain runs the plain server until Stop.
func (r *Rig) Plain(ctx context.Context) (*Node, error) {
	api, _, err := twoAddresses()
	if err != nil {
		return nil, err
	}
	return r.start(ctx, api, "http://"+api+"/", plainWord, api)
}

// start runs a child and waits until it answers at url.
func (r *Rig) start(ctx context.Context, api, url string, args ...string) (*Node, error) {
	log, err := os.Create(r.Path("node.log"))
	if err != nil {
		return nil, err
	}
	n := &Node{API: api, log: log, ended: make(chan error, 1), cmd: r.command(ctx, args...)}
	n.cmd.Stderr = log
	begin := r.Now()
	if err := n.cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() { n.ended <- n.cmd.Wait() }()
	if err := n.ready(ctx, url, begin.Add(time.Minute), r.Now); err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	n.Started = r.Now().Sub(begin)
	return n, nil
}

// command is this program as a child.
func (r *Rig) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, r.Self, append([]string{Child}, args...)...) //nolint:gosec // this program
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 30 * time.Second
	if r.Profile != "" {
		c.Env = append(c.Environ(), profileVariable+"="+r.Profile)
	}
	return c
}

func (n *Node) ready(ctx context.Context, url string, until time.Time, now func() time.Time) error {
	for {
		status, _, err := get(ctx, url)
		if err == nil && status != http.StatusServiceUnavailable {
			return nil
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case err := <-n.ended:
			n.ended <- err
			return fmt.Errorf("the node ended before it was ready: %w\n%s", err, n.lastWords())
		}
		if now().After(until) {
			return fmt.Errorf("the node is not ready after a minute\n%s", n.lastWords())
		}
	}
}

// lastWords is the end of the node's log.
func (n *Node) lastWords() string {
	b, _ := os.ReadFile(n.log.Name())
	return string(b[max(0, len(b)-2000):])
}

// Stop ends the node in an orderly way.
func (n *Node) Stop() error {
	_ = n.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	err := <-n.ended
	if err != nil {
		err = fmt.Errorf("the node did not end well: %w\n%s", err, n.lastWords())
	}
	return errors.Join(err, n.log.Close(), os.Remove(n.log.Name()))
}

// PID is the node's process.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Metric reads a figure without labels from the node's metrics.
func (n *Node) Metric(ctx context.Context, name string) (float64, error) {
	_, body, err := get(ctx, n.metrics)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("the node has no metric %s", name)
}

// twoAddresses finds two ports on loopback that nobody listens on.
func twoAddresses() (a, b string, err error) {
	var all [2]string
	for i := range all {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
		if err != nil {
			return "", "", err
		}
		defer l.Close() //nolint:errcheck // nothing was accepted
		all[i] = l.Addr().String()
	}
	return all[0], all[1], nil
}

func get(ctx context.Context, url string) (status int, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	return do(r)
}

func do(r *http.Request) (status int, body string, err error) {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	got, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer got.Body.Close() //nolint:errcheck // read
	b, err := io.ReadAll(got.Body)
	return got.StatusCode, string(b), err
}
