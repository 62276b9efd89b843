package smppclient_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// nodeDir has the programs that use the npm package smpp.
var nodeDir = filepath.Join("testdata", "node")

// installed has the npm package there: one installation for all tests, for a package
// that is half there looks like one that is.
var installed = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join(nodeDir, "node_modules", "smpp")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if os.Getenv("CI") == "" {
		return errNoPackage
	}
	install := exec.CommandContext(context.Background(), "npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = nodeDir
	return install.Run()
})

var errNoPackage = errors.New("the npm package smpp is missing: run npm ci --ignore-scripts in internal/smppclient/testdata/node")

// node starts a program of nodeDir and returns the lines of JSON that it prints.
// Without the package the test is skipped by hand; in CI it is installed.
func node(t *testing.T, args ...string) func() map[string]any {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("node is missing and CI is set: run scripts/deps")
	} else if err != nil {
		t.Skip("node is missing, so another implementation of SMPP is not asked: run scripts/deps")
	}
	switch err := installed(); {
	case errors.Is(err, errNoPackage):
		t.Skip(err)
	case err != nil:
		t.Fatalf("npm ci in %s: %v", nodeDir, err)
	}
	return lines(t, path, nodeDir, args)
}

func lines(t *testing.T, path, dir string, args []string) func() map[string]any {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Stderr = dir, t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
	all := make(chan map[string]any, 100)
	go func() {
		defer close(all)
		for s := bufio.NewScanner(out); s.Scan(); {
			var v map[string]any
			if json.Unmarshal(s.Bytes(), &v) == nil {
				all <- v
			}
		}
	}()
	return func() map[string]any {
		select {
		case v := <-all:
			return v
		case <-patience(t).Done():
			t.Fatal("node printed nothing more")
			return nil
		}
	}
}

// TestOurClientAndTheirCenter hands texts to the center of the npm package smpp.
func TestOurClientAndTheirCenter(t *testing.T) {
	t.Parallel()
	next := node(t, "center.js")
	port, _ := next()["port"].(float64)
	w := &world{t: t, clock: newClock(), got: &receipts{came: make(chan sms.Receipt, 10)}}
	w.connect(smppclient.Config{Name: "node", Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))), SystemID: "bank", Password: keyring.Secret("secret"), Source: "Bank"})
	w.bound(1)
	for _, c := range []struct {
		text   string
		coding float64
		parts  int
	}{{"Code 1234 € {x}", 0, 1}, {strings.Repeat("€", 100), 0, 2}, {"Ваш код 1234 😀", 8, 1}} {
		refs := w.submit(c.text)
		if len(refs) != c.parts {
			t.Errorf("%q: %v", c.text, refs)
		}
		whole := map[string]string{} // by header: parts may come in any order
		for range refs {
			got := next()
			if got["from"] != "Bank" || got["to"] != number[1:] || got["coding"] != c.coding {
				t.Errorf("%v", got)
			}
			head, _ := got["header"].(string)
			whole[head], _ = got["text"].(string)
			if r := w.got.next(t); r.State != sms.Delivered {
				t.Errorf("%+v", r)
			}
		}
		var parts []string
		for _, head := range slices.Sorted(maps.Keys(whole)) {
			parts = append(parts, whole[head])
		}
		if joined := strings.Join(parts, ""); joined != c.text {
			t.Errorf("%q came as %q", c.text, joined)
		}
	}
	w.stop()
	if s := w.client.Stats(); s.Receipts != 4 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

// TestTheirClientAndOurCenter has the npm package smpp use the emulated center.
func TestTheirClientAndOurCenter(t *testing.T) {
	t.Parallel()
	clock := newClock()
	center := smscenter.New(smscenter.Config{Now: clock.Now, Accounts: map[string]string{"node": "secret"}})
	_, port, err := net.SplitHostPort(serve(t, center))
	if err != nil {
		t.Fatal(err)
	}
	next := node(t, "client.js", port)
	if got := next(); got["bound"] != 0.0 || got["center"] != "smscenter" {
		t.Fatalf("%v", got)
	}
	ids, states := map[any]bool{}, 0
	for range 5 { // one enquire_link, two responses, two receipts
		switch got := next(); {
		case got["id"] != nil && got["sent"] == 0.0:
			ids[got["id"]] = true
		case got["receipt"] != nil && got["state"] == float64(smpp.Delivered):
			states++
			delete(ids, got["receipt"])
		case got["alive"] != 0.0:
			t.Errorf("%v", got)
		}
	}
	texts, err := center.Wait(patience(t), number, 2)
	if err != nil || texts[0].Text != "Hello € [you]" || texts[1].Text != "Привет" || states != 2 || len(ids) != 0 {
		t.Errorf("%v, %d receipts, without: %v, %v", texts, states, ids, err)
	}
}
