package smppclient_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
)

// kannel finds a program of Kannel (Debian package kannel).
// Without it the test is skipped by hand and fails in CI.
func kannel(t *testing.T, name string) string {
	t.Helper()
	_, err := os.Stat(name)
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal("Kannel is missing and CI is set: run scripts/deps")
	default:
		t.Skip("Kannel is missing, so it is not asked: run scripts/deps")
	}
	return name
}

// background runs a program in a directory of its own until the test ends. One
// that gives up is started again: smsbox does when bearerbox is not ready for it.
func background(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			cmd := exec.CommandContext(ctx, name, args...)
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, io.Discard, io.Discard
			cmd.WaitDelay = time.Second
			_ = cmd.Run() // it was killed, or is started again
		}
	}()
	t.Cleanup(func() { stop(); <-ended })
}

// freePorts finds ports that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()                                     //nolint:errcheck // nothing was accepted
		ports = append(ports, l.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert // a TCP listener
	}
	return ports
}

const kannelConfig = `group = core
admin-port = %[1]d
admin-password = x
smsbox-port = %[2]d
smsbox-interface = 127.0.0.1
admin-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = ours
host = 127.0.0.1
port = %[4]d
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
address-range = ""
enquire-link-interval = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %[3]d
sendsms-interface = 127.0.0.1

group = sendsms-user
username = tester
password = tester
max-messages = 10
concatenation = true
`

// TestKannelAndOurCenter has Kannel send through the emulated center, and tell by
// HTTP what our receipts say.
func TestKannelAndOurCenter(t *testing.T) {
	t.Parallel()
	bearer, box := kannel(t, "/usr/sbin/bearerbox"), kannel(t, "/usr/sbin/smsbox")
	clock := newClock()
	center := smscenter.New(smscenter.Config{Now: clock.Now, Accounts: map[string]string{"kannel": "secret"}})
	_, port, err := net.SplitHostPort(serve(t, center))
	if err != nil {
		t.Fatal(err)
	}
	ours, _ := strconv.Atoi(port)
	ports := freePorts(t, 3)
	dir := t.TempDir()
	name := filepath.Join(dir, "kannel.conf")
	if err := os.WriteFile(name, fmt.Appendf(nil, kannelConfig, ports[0], ports[1], ports[2], ours), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, dir, bearer, "-v", "4", name)
	reported := make(chan string, 100)
	reports := serveReports(t, reported)
	if err := center.Until(patience(t), func(s smscenter.Stats) bool { return s.Binds == 1 }); err != nil {
		t.Fatal("Kannel did not bind: ", err)
	}
	listens(t, ports[1]) // smsbox gives up when it comes too early
	background(t, dir, box, "-v", "4", name)
	for i, c := range []struct{ text, coding string }{{"Hello € [you]", "0"}, {strings.Repeat("Привет ", 20), "2"}} {
		phone := fmt.Sprint(number, i) // one for each, because a request may be repeated
		kannelSends(t, ports[2], url.Values{
			"username": {"tester"}, "password": {"tester"}, "from": {"Bank"}, "to": {phone}, "text": {c.text}, "coding": {c.coding}, "charset": {"UTF-8"},
			"dlr-mask": {"3"}, "dlr-url": {reports + "/?state=%d"},
		})
		got, err := center.Wait(patience(t), phone, 1)
		if err != nil || got[0].Text != c.text {
			t.Errorf("%q came as %+v, %v", c.text, got, err)
		}
		select {
		case s := <-reported:
			if s != "1" { // delivered
				t.Errorf("Kannel reports %s", s)
			}
		case <-patience(t).Done():
			t.Fatal("Kannel did not report a delivery")
		}
	}
	if err := center.Until(patience(t), func(s smscenter.Stats) bool { return s.Enquiries > 0 }); err != nil {
		t.Error(err)
	}
}

// listens waits until somebody listens on a port of this machine.
func listens(t *testing.T, port int) {
	t.Helper()
	eventually(t, func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func serveReports(t *testing.T, into chan<- string) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { into <- r.URL.Query().Get("state") })}
	go func() { _ = s.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

// kannelSends gives smsbox a text, once it listens. A request that comes before
// smsbox has found bearerbox may never be answered, so it is repeated.
func kannelSends(t *testing.T, port int, q url.Values) {
	t.Helper()
	client := &http.Client{Timeout: 2 * time.Second}
	eventually(t, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms?%s", port, q.Encode()), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.Do(r)
		if err != nil {
			return false
		}
		defer got.Body.Close() //nolint:errcheck // only read
		return got.StatusCode == http.StatusAccepted
	})
}
