package iso8583_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

// This file asks the npm package iso_8583, an implementation for Postilion. It knows one dialect: digits, text and lengths in ASCII, fields
// of octets as they are, the bitmap as octets or in hexadecimal digits. Left out is what it cannot do:
//
//   - packed decimals, EBCDIC, lengths as numbers, octets in hexadecimal digits;
//   - fields of octets of variable length, DE 55 among them: it has no BER-TLV;
//   - values without characters, and the characters #, @ and \;
//   - field 127, in which it looks for fields of its own;
//   - messages of one bitmap: it always writes two, and with hexadecimal digits reads nothing else.

// nodeDir has the program that uses the package.
var nodeDir = filepath.Join("testdata", "node")

// installed has the package there: one installation for all tests, for a package that is half there looks like one that is.
var installed = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join(nodeDir, "node_modules", "iso_8583")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if os.Getenv("CI") == "" {
		return errNoPackage
	}
	install := exec.CommandContext(context.Background(), "npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = nodeDir
	return install.Run()
})

var errNoPackage = errors.New("the npm package iso_8583 is missing: run npm ci --ignore-scripts in iso8583/testdata/node")

// packager is the package at work.
type packager struct {
	t   *testing.T
	in  *json.Encoder
	out *bufio.Scanner
}

// node starts it. Without node or the package the test is skipped by hand; in CI the package is installed.
func node(t *testing.T) *packager {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("node is missing and CI is set: run scripts/deps")
	} else if err != nil {
		t.Skip("node is missing, so a second implementation of ISO 8583 is not asked: run scripts/deps")
	}
	switch err := installed(); {
	case errors.Is(err, errNoPackage):
		t.Skip(err)
	case err != nil:
		t.Fatalf("npm ci in %s: %v", nodeDir, err)
	}
	cmd := exec.CommandContext(t.Context(), path, "peer.js")
	cmd.Dir, cmd.Stderr = nodeDir, t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // it ends with its input
	})
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<20)
	return &packager{t, json.NewEncoder(in), s}
}

// answer is what it says to one line.
type answer struct {
	Error  string            `json:"error"`
	Octets string            `json:"octets"`
	Fields map[string]string `json:"fields"`
}

func (n *packager) ask(question map[string]any) answer {
	n.t.Helper()
	if err := n.in.Encode(question); err != nil {
		n.t.Fatal(err)
	}
	var a answer
	if !n.out.Scan() {
		n.t.Fatalf("node ended: %v", n.out.Err())
	}
	if err := json.Unmarshal(n.out.Bytes(), &a); err != nil {
		n.t.Fatal(err)
	}
	return a
}

// format is one of its fields. MaxLen counts characters, for octets their hexadecimal digits.
type format struct {
	ContentType string
	LenType     string
	MaxLen      int
}

// formats says the fields of a profile to it.
func formats(p *iso8583.Profile, fields []int) map[string]format {
	out := map[string]format{}
	for _, n := range fields {
		kind, length, _ := p.Shape(n)
		_, _, digits := p.Written(n)
		f := format{kind, map[int]string{0: "fixed", 2: "llvar", 3: "lllvar"}[digits], length}
		switch kind {
		case "text":
			f.ContentType = "ans"
		case "b":
			f.MaxLen *= 2
		}
		out[strconv.Itoa(n)] = f
	}
	return out
}

// values are those of a message as it knows them.
func values(p *iso8583.Profile, m *iso8583.Message) map[string]string {
	out := map[string]string{"0": m.MTI.String()}
	for n := range m.All() {
		v := m.Text(n)
		if kind, _, _ := p.Shape(n); kind == "b" {
			v = hex.EncodeToString(m.Get(n))
		}
		out[strconv.Itoa(n)] = v
	}
	return out
}

// nodeText are the printing characters that it knows.
func nodeText() string {
	var b strings.Builder
	for c := byte(' '); c < 0x7F; c++ {
		if !strings.ContainsRune(`#@\`, rune(c)) {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// dialect is a profile that it can write too.
type dialect struct {
	name, profile, bitmap string
	can                   func(n int, kind string, variable bool) bool
	second                bool // every message needs a second bitmap
}

func dialects() []dialect {
	return []dialect{
		{
			"octets", `{"name": "octets", "extends": "iso87-ascii", "bitmap": "binary", "binary": "binary"}`, "hex",
			func(n int, kind string, variable bool) bool { return n != 127 && (kind != "b" || !variable) }, false,
		},
		{
			"hexadecimal bitmap", `{"name": "digits", "extends": "iso87-ascii"}`, "utf8",
			func(n int, kind string, _ bool) bool { return n != 127 && kind != "b" }, true,
		},
	}
}

// Each reads what the other wrote, and where a message has two bitmaps both write the same octets.
func TestNodeWritesAndReadsTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range dialects() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := iso8583.ParseProfile([]byte(c.profile))
			if err != nil {
				t.Fatal(err)
			}
			peer, fields := node(t), fieldsOf(p, c.can)
			said := formats(p, fields)
			if c.second {
				said["1"] = format{"an", "fixed", 32}
			}
			if a := peer.ask(map[string]any{"formats": said, "bitmap": c.bitmap}); a.Error != "" {
				t.Fatal(a.Error)
			}
			each(t, 300, func(t *testing.T, d *draw) {
				m := d.message(p, fields, nodeText())
				for n := range m.All() {
					if len(m.Get(n)) == 0 {
						m.Clear(n)
					}
				}
				if c.second {
					m.Set(70, d.value(p, 70, ""))
				}
				if err := peer.compare(p, m); err != nil {
					t.Errorf("%v: %v", m, err)
				}
			})
		})
	}
}

// compare has both write a message, and each read what the other wrote.
func (n *packager) compare(p *iso8583.Profile, m *iso8583.Message) error {
	ours, err := p.Append(nil, m)
	if err != nil {
		return err
	}
	want := values(p, m)
	if a := n.ask(map[string]any{"unpack": hex.EncodeToString(ours)}); a.Error != "" || !maps.Equal(a.Fields, want) {
		return fmt.Errorf("they read %v, %s", a.Fields, a.Error)
	}
	a := n.ask(map[string]any{"pack": want})
	theirs, err := hex.DecodeString(a.Octets)
	if err != nil || a.Error != "" {
		return errors.Join(fmt.Errorf("they do not write it: %s", a.Error), err)
	}
	if back, err := p.Parse(theirs); err != nil || !back.Equal(m) {
		return errors.Join(fmt.Errorf("theirs is read as %v", back), err)
	}
	second := slices.ContainsFunc(slices.Collect(m.All()), func(n int) bool { return n > 64 })
	if second && !bytes.Equal(theirs, ours) {
		return fmt.Errorf("they write\n%x, we\n%x", theirs, ours)
	}
	return nil
}
