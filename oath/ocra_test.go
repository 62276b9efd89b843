package oath_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// ocraInput reads the input of a vector.
func ocraInput(t *testing.T, v *vector, suite oath.Suite) (in oath.Input) {
	t.Helper()
	if v.has("question") {
		in.Question = v.str("question")
	}
	if v.has("counter") {
		in.Counter = v.num("counter")
	}
	if v.has("pin") {
		in.PIN = suite.HashPIN(v.str("pin"))
		if !bytes.Equal(in.PIN, v.hex("pin-hash")) {
			t.Errorf("HashPIN = %x, want %s", in.PIN, v.str("pin-hash"))
		}
	}
	if v.has("session") {
		in.Session = v.hex("session")
	}
	if v.has("time") {
		in.Time = v.time("time")
		if got := uint64(in.Time.Unix()) / uint64(suite.Step/time.Second); got != v.base("step", 16) {
			t.Errorf("step = %x, want %s", got, v.str("step"))
		}
	}
	return in
}

// TestOCRAVectors drives the one-way and signature vectors of RFC 6287,
// appendix C.1 and C.3, through all entry points.
func TestOCRAVectors(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"rfc6287-c1-one-way.txt": 40, "rfc6287-c3-signature.txt": 10} {
		for _, v := range readVectors(t, name, count) {
			v.run(t, func(t *testing.T, v *vector) {
				suite := must(oath.ParseSuite(v.str("suite")))(t)
				make := map[string]func(oath.Suite, []byte) (*oath.OCRA, error){
					"one-way": oath.NewOCRA, "signature": oath.NewSignature,
				}[v.str("kind")]
				checkOCRA(t, must(make(suite, v.hex("key")))(t), ocraInput(t, v, suite), v.str("code"))
			})
		}
	}
}

// checkOCRA checks that an input gives a code, and nothing else does.
func checkOCRA(t *testing.T, o *oath.OCRA, in oath.Input, code string) {
	t.Helper()
	if got, err := o.Code(in); got != code || err != nil {
		t.Errorf("Code = %s, %v, want %s", got, err, code)
	}
	m, ok, err := o.Find(code, in, 1, oath.Window{})
	if !ok || err != nil || o.Suite().Counter && m.Counter != in.Counter {
		t.Errorf("Find = %+v, %v, %v", m, ok, err)
	}
	wrong := []byte(code)
	wrong[len(wrong)-1] ^= 1
	if _, ok, err := o.Find(string(wrong), in, 1, oath.Window{}); ok || err != nil {
		t.Errorf("a wrong code: %v, %v", ok, err)
	}
	if o.Suite().Counter {
		in.Counter++
		if _, ok, _ := o.Find(code, in, 10, oath.Window{}); ok {
			t.Error("the code was found behind its counter")
		}
	}
}

// TestOCRAMutualVectors drives the vectors of RFC 6287, appendix C.2.
func TestOCRAMutualVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "rfc6287-c2-mutual.txt", 20) {
		v.run(t, func(t *testing.T, v *vector) {
			if v.str("kind") != "mutual" {
				t.Fatal("wrong kind")
			}
			suite := must(oath.ParseSuite(v.str("suite")))(t)
			o := must(oath.NewOCRA(suite, v.hex("key")))(t)
			qc, qs, in := v.str("client-question"), v.str("server-question"), ocraInput(t, v, suite)
			server := v.str("side") == "server"
			plain := must(oath.NewOCRA(must(oath.ParseSuite(strings.TrimSuffix(v.str("suite"), "-PSHA1")))(t), v.hex("key")))(t)
			m := must(oath.NewMutual(plain, o))(t)
			answer, find := m.ClientResponse, m.FindClient
			if server {
				answer, find = m.ServerResponse, m.FindServer
			}
			if got, err := answer(qc, qs, in); got != v.str("code") || err != nil {
				t.Errorf("response = %s, %v, want %s", got, err, v.str("code"))
			}
			if _, ok, err := find(v.str("code"), qc, qs, in, 1, oath.Window{}); !ok || err != nil {
				t.Errorf("find: %v, %v", ok, err)
			}
			if _, ok, err := find(v.str("code"), qs, qc, in, 1, oath.Window{}); ok || err != nil {
				t.Errorf("with the questions exchanged: %v, %v", ok, err)
			}
			other := map[bool]oath.Input{true: {Question: qc, Own: qs, PIN: in.PIN}, false: {Question: qs, Own: qc, PIN: in.PIN}}[server]
			checkOCRA(t, o, other, v.str("code"))
		})
	}
}

// TestOCRANoTruncation checks suites with 0: the whole HMAC in hexadecimal.
func TestOCRANoTruncation(t *testing.T) {
	t.Parallel()
	const text = "OCRA-1:HOTP-SHA1-0:QN08"
	o := must(oath.NewOCRA(must(oath.ParseSuite(text))(t), rfcKey))(t)
	msg := make([]byte, len(text)+1+128)
	copy(msg, text)
	copy(msg[len(text)+1:], []byte{0xbc, 0x61, 0x4e}) // 12345678
	h := hmac.New(sha1.New, rfcKey)
	h.Write(msg)
	want := hex.EncodeToString(h.Sum(nil))
	in := oath.Input{Question: "12345678"}
	if got, err := o.Code(in); got != want || err != nil {
		t.Fatalf("Code = %s, %v, want %s", got, err, want)
	}
	for code, ok := range map[string]bool{
		want: true, strings.ToUpper(want): true, want[:38]: false, want + "00": false, "": false,
		"0" + want[1:]: want[0] == '0', strings.Repeat("g", 40): false, want[:39] + "x": false,
	} {
		if _, got, err := o.Find(code, in, 1, oath.Window{}); got != ok || err != nil {
			t.Errorf("Find(%q) = %v, %v, want %v", code, got, err, ok)
		}
	}
	for hash, size := range map[string]int{"SHA1": 40, "SHA256": 64, "SHA512": 128} {
		o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-"+hash+"-0:QN08"))(t), rfcKey))(t)
		checkOCRA(t, o, in, must(o.Code(in))(t))
		if got := len(must(o.Code(in))(t)); got != size {
			t.Errorf("%s: %d characters, want %d", hash, got, size)
		}
	}
}

// TestOCRADigits checks that all lengths of output are tails of the longest.
func TestOCRADigits(t *testing.T) {
	t.Parallel()
	for d, tail := range map[string]int{"4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9, "10": 10} {
		text := "OCRA-1:HOTP-SHA256-" + d + ":QN10"
		o := must(oath.NewOCRA(must(oath.ParseSuite(text))(t), rfcKey))(t)
		if code := must(o.Code(oath.Input{Question: "0123456789"}))(t); len(code) != tail {
			t.Errorf("%s gives %s", text, code)
		}
	}
}

// TestOCRAInput checks the inputs that a suite demands and refuses.
func TestOCRAInput(t *testing.T) {
	t.Parallel()
	pin := make([]byte, 20)
	at := time.Unix(1e9, 0)
	for _, tt := range []struct {
		suite string
		in    oath.Input
		want  string // part of the error
	}{
		{"QN08", oath.Input{}, "0 characters"},
		{"QN08", oath.Input{Question: "12345"}, "5 characters"},
		{"QN08", oath.Input{Question: "123456"}, ""},
		{"QN08", oath.Input{Question: "123456789"}, "9 characters"},
		{"QN08", oath.Input{Question: "1234567x"}, "character 8"},
		{"QN08", oath.Input{Question: "12345678", Own: "1"}, "1 characters"},
		{"QN08", oath.Input{Question: "12345678", Own: "12345678"}, ""},
		{"QN08", oath.Input{Question: "12345678", PIN: pin}, "no PIN"},
		{"QN08", oath.Input{Question: "12345678", Session: pin}, "no session"},
		{"QN08-PSHA1", oath.Input{Question: "12345678"}, "20 bytes"},
		{"QN08-PSHA1", oath.Input{Question: "12345678", PIN: pin[:19]}, "20 bytes"},
		{"QN08-PSHA256", oath.Input{Question: "12345678", PIN: pin}, "32 bytes"},
		{"QN08-PSHA512", oath.Input{Question: "12345678", PIN: pin}, "64 bytes"},
		{"QN08-PSHA1", oath.Input{Question: "12345678", PIN: pin}, ""},
		{"QN08-S064", oath.Input{Question: "12345678"}, "needs session"},
		{"QN08-S064", oath.Input{Question: "12345678", Session: make([]byte, 65)}, "65 bytes"},
		{"QN08-S064", oath.Input{Question: "12345678", Session: make([]byte, 64)}, ""},
		{"QN08-T1M", oath.Input{Question: "12345678"}, "check the clock"},
		{"QN08-T1M", oath.Input{Question: "12345678", Time: at}, ""},
		{"QN08", oath.Input{Question: "12345678", Time: at, Counter: 7}, ""},
	} {
		o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-6:"+tt.suite))(t), rfcKey))(t)
		_, err := o.Code(tt.in)
		_, _, ferr := o.Find("123456", tt.in, 1, oath.Window{})
		for _, err := range []error{err, ferr} {
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s, %+v: %v, want %q", tt.suite, tt.in, err, tt.want)
			}
		}
	}
}

// TestOCRADataInput checks the layout of the data input with everything in it
// against bytes put together by hand (RFC 6287, section 5.1).
func TestOCRADataInput(t *testing.T) {
	t.Parallel()
	const text = "OCRA-1:HOTP-SHA1-0:C-QH08-PSHA1-S004-T30S"
	suite := must(oath.ParseSuite(text))(t)
	o := must(oath.NewOCRA(suite, rfcKey))(t)
	var msg bytes.Buffer
	msg.WriteString(text + "\x00")
	msg.Write([]byte{1, 2, 3, 4, 5, 6, 7, 8})                   // C
	msg.Write(append([]byte{0xab, 0xc0}, make([]byte, 126)...)) // Q: abc and a nibble of filling
	msg.Write(suite.HashPIN("1234"))                            // P
	msg.Write([]byte{0, 0, 'h', 'i'})                           // S, filled on the left
	msg.Write([]byte{0, 0, 0, 0, 0, 0, 0, 3})                   // T
	h := hmac.New(sha1.New, rfcKey)
	h.Write(msg.Bytes())
	got, err := o.Code(oath.Input{
		Counter: 0x0102030405060708, Question: "aBc0", PIN: suite.HashPIN("1234"),
		Session: []byte("hi"), Time: time.Unix(119, 0),
	})
	if want := hex.EncodeToString(h.Sum(nil)); got != want || err != nil {
		t.Errorf("Code = %s, %v, want %s", got, err, want)
	}
}

// TestOCRAFind checks windows of counters, of time, and of both.
func TestOCRAFind(t *testing.T) {
	t.Parallel()
	at := func(step int64) time.Time { return time.Unix(step*60, 0) }
	for _, tt := range []struct {
		suite   string
		counter uint64 // where the token stands
		step    int64
		from    uint64
		ahead   int
		w       oath.Window
		want    bool
	}{
		{"C-QN08", 7, 0, 5, 3, oath.Window{}, true},
		{"C-QN08", 8, 0, 5, 3, oath.Window{}, false},
		{"C-QN08", 4, 0, 5, 3, oath.Window{}, false},
		{"C-QN08", 5, 0, 5, 0, oath.Window{}, true},
		{"C-QN08", 5, 0, 5, -9, oath.Window{}, true},
		{"C-QN08", 5, 0, 5, oath.MaxWindow + 1, oath.Window{}, false},
		{"C-QN08", math.MaxUint64, 0, math.MaxUint64 - 1, 5, oath.Window{}, true},
		{"C-QN08", 0, 0, math.MaxUint64 - 1, 5, oath.Window{}, false},
		{"QN08-T1M", 0, 101, 0, 1, oath.Window{Steps: 1}, true},
		{"QN08-T1M", 0, 102, 0, 1, oath.Window{Steps: 1}, false},
		{"QN08-T1M", 0, 95, 0, 1, oath.Window{Steps: 1, Drift: -4}, true},
		{"QN08-T1M", 0, 95, 0, 1, oath.Window{Steps: 1, Drift: -4, MaxDrift: 4}, false},
		{"QN08-T1M", 0, 99, 0, 1, oath.Window{Steps: 1, From: 100}, false},
		{"QN08-T1M", 0, 100, 0, 1, oath.Window{Steps: 1, From: 100}, true},
		{"C-QN08-T1M", 7, 101, 5, 3, oath.Window{Steps: 1}, true},
		{"C-QN08-T1M", 7, 102, 5, 3, oath.Window{Steps: 1}, false},
		{"C-QN08-T1M", 8, 101, 5, 3, oath.Window{Steps: 1}, false},
		{"C-QN08-T1M", 8, 101, 5, 1 << 19, oath.Window{Steps: 1}, false},
	} {
		o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-10:"+tt.suite))(t), rfcKey))(t)
		in := oath.Input{Question: "12345678", Counter: tt.counter, Time: at(tt.step)}
		code := must(o.Code(in))(t)
		in.Counter, in.Time = tt.from, at(100)
		m, ok, err := o.Find(code, in, tt.ahead, tt.w)
		var want oath.Match
		if tt.want {
			want.Counter = tt.counter
		}
		if tt.want && o.Suite().Step != 0 {
			want.Step, want.Drift = uint64(tt.step), int(tt.step)-100
		}
		if ok != tt.want || err != nil || m != want {
			t.Errorf("%+v: %+v, %v, %v", tt, m, ok, err)
		}
	}
}

// TestOCRAResync checks consecutive responses to different questions.
func TestOCRAResync(t *testing.T) {
	t.Parallel()
	answer := func(o *oath.OCRA, q string, c uint64, token, server int64) oath.Answer {
		code := must(o.Code(oath.Input{Question: q, Counter: c, Time: time.Unix(token*60, 0)}))(t)
		return oath.Answer{Code: code, Input: oath.Input{Question: q, Counter: 10, Time: time.Unix(server*60, 0)}}
	}
	for _, tt := range []struct {
		suite    string
		counters [3]uint64
		tokens   [3]int64 // the token's clock; ours shows 100, 103, 110
		w        oath.Window
		want     bool
	}{
		{"C-QN08", [3]uint64{500, 501, 502}, [3]int64{}, oath.Window{}, true},
		{"C-QN08", [3]uint64{10, 11, 12}, [3]int64{}, oath.Window{}, true},
		{"C-QN08", [3]uint64{1009, 1010, 1011}, [3]int64{}, oath.Window{}, true},
		{"C-QN08", [3]uint64{1010, 1011, 1012}, [3]int64{}, oath.Window{}, false},
		{"C-QN08", [3]uint64{9, 10, 11}, [3]int64{}, oath.Window{}, false},
		{"C-QN08", [3]uint64{500, 501, 503}, [3]int64{}, oath.Window{}, false},
		{"C-QN08", [3]uint64{500, 502, 503}, [3]int64{}, oath.Window{}, false},
		{"C-QN08", [3]uint64{502, 501, 500}, [3]int64{}, oath.Window{}, false},
		{"C-QN08", [3]uint64{500, 500, 500}, [3]int64{}, oath.Window{}, false},
		{"QN08-T1M", [3]uint64{}, [3]int64{115, 118, 125}, oath.Window{Steps: 20}, true},
		{"QN08-T1M", [3]uint64{}, [3]int64{115, 118, 126}, oath.Window{Steps: 20}, false},
		{"QN08-T1M", [3]uint64{}, [3]int64{85, 88, 95}, oath.Window{Steps: 20, From: 85}, true},
		{"QN08-T1M", [3]uint64{}, [3]int64{85, 88, 95}, oath.Window{Steps: 20, From: 86}, false},
		{"C-QN08-T1M", [3]uint64{20, 21, 22}, [3]int64{98, 101, 108}, oath.Window{Steps: 3}, true},
		{"C-QN08-T1M", [3]uint64{20, 21, 23}, [3]int64{98, 101, 108}, oath.Window{Steps: 3}, false},
	} {
		o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-8:"+tt.suite))(t), rfcKey))(t)
		var answers []oath.Answer
		for i, q := range []string{"11111111", "22222222", "33333333"} {
			answers = append(answers, answer(o, q, tt.counters[i], tt.tokens[i], []int64{100, 103, 110}[i]))
		}
		m, ok, err := o.Resync(answers, 1000, tt.w)
		want := oath.Match{}
		if tt.want && o.Suite().Counter {
			want.Counter = tt.counters[2]
		}
		if tt.want && o.Suite().Step != 0 {
			want.Step, want.Drift = uint64(tt.tokens[2]), int(tt.tokens[2]-110)
		}
		if ok != tt.want || err != nil || m != want {
			t.Errorf("%+v: %+v, %v, %v", tt, m, ok, err)
		}
		for _, bad := range [][]oath.Answer{nil, append(answers, answers...)} {
			if _, ok, err := o.Resync(bad, 1000, tt.w); ok || err != nil {
				t.Errorf("%d answers: %v, %v", len(bad), ok, err)
			}
		}
	}
}

// TestOCRAResyncEdges checks what is no sequence: one that starts over at
// counter 0, and one whose answers came out of order so that a later one uses a
// step that was used before.
func TestOCRAResyncEdges(t *testing.T) {
	t.Parallel()
	const last = math.MaxUint64
	o := must(oath.NewOCRA(must(oath.ParseSuite("OCRA-1:HOTP-SHA1-10:C-QN10-T1M"))(t), rfcKey))(t)
	answers := func(counters [2]uint64, steps [2]int64) (out []oath.Answer) {
		for i, c := range counters {
			in := oath.Input{Question: "1234567890", Counter: c, Time: time.Unix(60*steps[i], 0)}
			out = append(out, oath.Answer{Code: must(o.Code(in))(t), Input: in})
		}
		return out
	}
	for _, tt := range []struct {
		counters [2]uint64
		steps    [2]int64
		from     uint64
		want     bool
	}{
		{[2]uint64{last - 1, last}, [2]int64{7, 8}, 0, true},
		{[2]uint64{last, 0}, [2]int64{7, 8}, 0, false},
		{[2]uint64{5, 6}, [2]int64{7, 8}, 7, true},
		{[2]uint64{5, 6}, [2]int64{7, 8}, 8, false},
		{[2]uint64{5, 6}, [2]int64{8, 7}, 7, true},
		{[2]uint64{5, 6}, [2]int64{8, 7}, 8, false},
	} {
		if m, ok, err := o.Resync(answers(tt.counters, tt.steps), 5, oath.Window{From: tt.from}); ok != tt.want || err != nil {
			t.Errorf("%+v: %+v, %v, %v", tt, m, ok, err)
		}
	}
}
