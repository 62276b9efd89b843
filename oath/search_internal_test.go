package oath

import (
	"fmt"
	"hash"
	"strings"
	"testing"
	"time"
)

// counting is a hash that counts the values asked of it.
type counting struct {
	hash.Hash
	sums *int
}

func (c counting) Sum(b []byte) []byte { *c.sums++; return c.Hash.Sum(b) }

// count puts a counter into the working memory of a token.
func (m *mac) count() *int {
	n := new(int)
	m.h = counting{m.h, n}
	return n
}

// TestSearchWork proves the claim about time structurally: a search computes
// the same number of HMACs wherever the code matches, if it matches nowhere,
// and if it is not even a code.
func TestSearchWork(t *testing.T) {
	t.Parallel()
	key := []byte("12345678901234567890")
	h, _ := NewHOTP(key, HOTPOptions{})
	tok, _ := NewTOTP(key, TOTPOptions{})
	suite, _ := ParseSuite("OCRA-1:HOTP-SHA1-6:C-QN08-T1M")
	o, _ := NewOCRA(suite, key)
	at := time.Unix(1e9, 0)
	in := Input{Question: "12345678", Counter: 100, Time: at}
	step, _ := tok.Step(at)
	codes := map[string][3]string{"malformed": {"12345x", "12345x", "12345x"}, "empty": {}, "long": {strings.Repeat("1", 20), "1", "x"}}
	for _, d := range []uint64{0, 1, 9, 10, 5000} {
		in := in
		in.Counter += d
		c, _ := o.Code(in)
		codes[fmt.Sprint("offset ", d)] = [3]string{h.Code(100 + d), tok.CodeAt(step - 5 + d), c}
	}
	hn, tn, on := h.mac.count(), tok.hotp.mac.count(), o.mac.count()
	for name, c := range codes {
		for _, tt := range []struct {
			what  string
			n     *int
			want  int
			found func() bool
		}{
			{"HOTP.Find", hn, 10, func() bool { _, ok := h.Find(c[0], 100, 10); return ok }},
			{"HOTP.Resync", hn, 12, func() bool { _, ok := h.Resync([]string{c[0], c[0], c[0]}, 100, 10); return ok }},
			{"TOTP.Find", tn, 11, func() bool { _, ok := tok.Find(c[1], at, Window{Steps: 5}); return ok }},
			{"TOTP.Find used", tn, 11, func() bool { _, ok := tok.Find(c[1], at, Window{Steps: 5, From: step + 99}); return ok }},
			{"TOTP.Resync", tn, 12, func() bool { _, ok := tok.Resync([]string{c[1], c[1]}, at, Window{Steps: 5}); return ok }},
			{"OCRA.Find", on, 30, func() bool { _, ok, _ := o.Find(c[2], in, 10, Window{Steps: 1}); return ok }},
			{"OCRA.Resync", on, 60, func() bool {
				_, ok, _ := o.Resync([]Answer{{c[2], in}, {c[2], in}}, 10, Window{Steps: 1})
				return ok
			}},
		} {
			*tt.n = 0
			if ok := tt.found(); *tt.n != tt.want {
				t.Errorf("%s, %s (found: %v): %d HMACs, want %d", tt.what, name, ok, *tt.n, tt.want)
			}
		}
	}
}

// TestBits checks the constant-time arithmetic against the plain one.
func TestBits(t *testing.T) {
	t.Parallel()
	b := func(v bool) uint64 {
		if v {
			return 1
		}
		return 0
	}
	values := []uint64{0, 1, 2, 999999, 1<<31 - 1, 1 << 31, 1<<63 - 1, 1 << 63, 1<<63 + 1, 1<<64 - 2, 1<<64 - 1}
	for _, x := range values {
		for _, y := range values {
			if equal(x, y) != b(x == y) || less(x, y) != b(x < y) || nonzero(x) != b(x != 0) {
				t.Errorf("%d, %d: equal %d, less %d, nonzero %d", x, y, equal(x, y), less(x, y), nonzero(x))
			}
			if pick(1, x, y) != x || pick(0, x, y) != y {
				t.Errorf("pick of %d, %d", x, y)
			}
		}
	}
}

// TestTruncateExample checks the example of RFC 4226, section 5.4.
func TestTruncateExample(t *testing.T) {
	t.Parallel()
	sum := []byte{0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19, 0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a}
	if got := truncate(sum); got != 0x50ef7f19 {
		t.Errorf("truncate = %x, want 50ef7f19", got)
	}
	if got := string(newFormat(6).append(nil, sum)); got != "872921" {
		t.Errorf("code = %s, want 872921", got)
	}
}
