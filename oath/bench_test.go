package oath_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// width is the window of the benchmarks and of the allocation tests.
const width = 1000

// bare is HMAC and nothing else: one hmac.Hash, reset and reused like that of
// a search, with memory of its own.
type bare struct {
	hash.Hash
	msg [8]byte
	sum [sha512.Size]byte
}

// compute makes as many HMACs as a search of the window does.
func (m *bare) compute() {
	for c := range uint64(width) {
		binary.BigEndian.PutUint64(m.msg[:], c)
		m.Reset()
		m.Write(m.msg[:])
		m.Sum(m.sum[:0])
	}
}

// TestSearchAllocates checks that searches of a wide window allocate nothing,
// found or not.
func TestSearchAllocates(t *testing.T) {
	h := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(t)
	tok := must(oath.NewTOTP(rfcKey, oath.TOTPOptions{Hash: oath.SHA512, Digits: 8}))(t)
	at := time.Unix(1e9, 0)
	hit, seq := h.Code(700), []string{h.Code(700), h.Code(701), h.Code(702)}
	buf := make([]byte, 0, 10)
	for name, f := range map[string]func(){
		"HOTP hit":       func() { h.Find(hit, 0, width) },
		"HOTP miss":      func() { h.Find(hit, 701, width) },
		"HOTP malformed": func() { h.Find("x", 0, width) },
		"HOTP resync":    func() { h.Resync(seq, 0, width) },
		"HOTP append":    func() { buf = h.Append(buf[:0], 5) },
		"TOTP":           func() { tok.Find("12345678", at, oath.Window{Steps: width / 2}) },
		"TOTP resync":    func() { tok.Resync(seq, at, oath.Window{Steps: width / 2}) },
	} {
		f()
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestOCRASearchAllocates checks that what OCRA allocates depends on its input
// and not on its window.
func TestOCRASearchAllocates(t *testing.T) {
	o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"))(t), rfcKey))(t)
	in := oath.Input{Question: "12345678", PIN: o.Suite().HashPIN("1234")}
	allocs := func(n int) float64 {
		return testing.AllocsPerRun(20, func() { _, _, _ = o.Find("12345678", in, n, oath.Window{}) })
	}
	if one, many := allocs(1), allocs(width); one != many {
		t.Errorf("%v allocations for 1 counter, %v for %d", one, many, width)
	}
}

// BenchmarkHOTPFind measures a search of 1,000 counters against 1,000 bare
// HMACs, one after the other in every round. The metric x-bare is the ratio;
// from 100 rounds on the benchmark fails if it reaches 1.3. ns/op is the sum.
func BenchmarkHOTPFind(b *testing.B) {
	for name, h := range map[string]struct {
		hash oath.Hash
		new  func() hash.Hash
	}{"SHA1": {oath.SHA1, sha1.New}, "SHA256": {oath.SHA256, sha256.New}, "SHA512": {oath.SHA512, sha512.New}} {
		b.Run(name, func(b *testing.B) {
			tok := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{Hash: h.hash}))(b)
			mac := &bare{Hash: hmac.New(h.new, rfcKey)}
			code := tok.Code(width / 2)
			measure(b, mac.compute, func() {
				if c, ok := tok.Find(code, 0, width); !ok || c != width/2 {
					b.Fatal("not found")
				}
			})
		})
	}
}

// BenchmarkHOTPResync is BenchmarkHOTPFind for three codes.
func BenchmarkHOTPResync(b *testing.B) {
	tok := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(b)
	mac := &bare{Hash: hmac.New(sha1.New, rfcKey)}
	codes := []string{tok.Code(500), tok.Code(501), tok.Code(502)}
	measure(b, mac.compute, func() {
		if _, ok := tok.Resync(codes, 0, width); !ok {
			b.Fatal("not found")
		}
	})
}

// measure runs two functions in turn and reports the time of each and their
// ratio. It reads the benchmark's own clock.
func measure(b *testing.B, base, search func()) {
	var bareTime, searchTime time.Duration
	b.ReportAllocs()
	for b.Loop() {
		t0 := b.Elapsed()
		base()
		t1 := b.Elapsed()
		search()
		bareTime, searchTime = bareTime+t1-t0, searchTime+b.Elapsed()-t1
	}
	ratio := float64(searchTime) / float64(bareTime)
	if b.N >= 100 && ratio >= 1.3 {
		b.Errorf("the search took %.3f times as long as its HMACs, the bound is 1.3", ratio)
	}
	b.ReportMetric(ratio, "x-bare")
	b.ReportMetric(float64(bareTime)/float64(b.N), "bare-ns")
	b.ReportMetric(float64(searchTime)/float64(b.N), "search-ns")
}

// BenchmarkHOTPWhere shows that the time does not depend on the code: the
// metrics are times relative to a search that finds nothing.
func BenchmarkHOTPWhere(b *testing.B) {
	tok := must(oath.NewHOTP(rfcKey, oath.HOTPOptions{}))(b)
	codes := map[string]string{
		"x-first": tok.Code(0), "x-last": tok.Code(width - 1), "x-none": tok.Code(5 * width), "x-malformed": strings.Repeat("x", 6),
	}
	total := map[string]time.Duration{}
	for b.Loop() {
		for name, code := range codes {
			t0 := b.Elapsed()
			tok.Find(code, 0, width)
			total[name] += b.Elapsed() - t0
		}
	}
	for name, d := range total {
		b.ReportMetric(float64(d)/float64(total["x-none"]), name)
	}
}

// BenchmarkVerify is one login: prepare the key, search ten counters.
func BenchmarkVerify(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		tok, err := oath.NewHOTP(rfcKey, oath.HOTPOptions{})
		if err != nil {
			b.Fatal(err)
		}
		tok.Find("123456", 1000, 10)
	}
}

// BenchmarkOCRAFind is a search of 1,000 counters with a long data input.
func BenchmarkOCRAFind(b *testing.B) {
	o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"))(b), rfcKey))(b)
	in := oath.Input{Question: "12345678", PIN: o.Suite().HashPIN("1234")}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := o.Find("12345678", in, width, oath.Window{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseSuite is the cost of a suite that comes with every request.
func BenchmarkParseSuite(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := oath.ParseSuite("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S064-T1M"); err != nil {
			b.Fatal(err)
		}
	}
}
