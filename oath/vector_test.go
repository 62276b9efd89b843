package oath_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// vector is one stanza of a file in testdata: headers "name: value", with an
// empty line behind it. A line that begins with # is a comment.
type vector struct {
	t      testing.TB
	where  string
	header map[string]string
	used   map[string]bool
}

// readVectors reads a file of so many stanzas; it fails for any other number
// and for a stanza that has a header twice.
func readVectors(t testing.TB, name string, count int) []*vector {
	t.Helper()
	out := parseVectors(t, name)
	if len(out) != count {
		t.Fatalf("%s has %d vectors, want %d", name, len(out), count)
	}
	return out
}

func parseVectors(t testing.TB, name string) []*vector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []*vector
	var v *vector
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case line == "":
			v = nil
			continue
		case v == nil:
			v = &vector{t: t, where: name + ":" + strconv.Itoa(i+1), header: map[string]string{}, used: map[string]bool{}}
			out = append(out, v)
		}
		k, val, ok := strings.Cut(line, ": ")
		if _, twice := v.header[k]; !ok || twice {
			t.Fatalf("%s: line %d is not a header or repeats one: %q", name, i+1, line)
		}
		v.header[k] = val
	}
	return out
}

// run calls f in a subtest and then fails if a header of the vector was not
// looked at: what a vector says must be tested.
func (v *vector) run(t *testing.T, f func(t *testing.T, v *vector)) {
	t.Run(v.where, func(t *testing.T) {
		v.t = t
		f(t, v)
		for k := range v.header {
			if !v.used[k] {
				t.Errorf("header %q is not used by the test", k)
			}
		}
	})
}

func (v *vector) has(k string) bool { return v.header[k] != "" }

func (v *vector) str(k string) string {
	v.used[k] = true
	s, ok := v.header[k]
	if !ok {
		v.t.Fatalf("header %q is missing", k)
	}
	return s
}

// text is a header in Go quotes, for values with odd characters.
func (v *vector) text(k string) string {
	s, err := strconv.Unquote(v.str(k))
	if err != nil {
		v.t.Fatalf("header %q: %v", k, err)
	}
	return s
}

func (v *vector) num(k string) uint64 { return v.base(k, 10) }

func (v *vector) base(k string, base int) uint64 {
	n, err := strconv.ParseUint(v.str(k), base, 64)
	if err != nil {
		v.t.Fatalf("header %q: %v", k, err)
	}
	return n
}

func (v *vector) hex(k string) []byte {
	b, err := hex.DecodeString(v.str(k))
	if err != nil {
		v.t.Fatalf("header %q: %v", k, err)
	}
	return b
}

func (v *vector) time(k string) time.Time {
	at, err := time.Parse(time.RFC3339, v.str(k))
	if err != nil {
		v.t.Fatalf("header %q: %v", k, err)
	}
	return at
}

func (v *vector) hash() oath.Hash { return must(oath.ParseHash(v.str("hash")))(v.t) }

// must turns a value and an error into a value, failing the test that it is
// then given: must(f(x))(t).
func must[T any](x T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}
