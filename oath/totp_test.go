package oath_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// TestTOTPVectors drives every vector of RFC 6238, appendix B, through all
// entry points.
func TestTOTPVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "rfc6238-appendix-b.txt", 18) {
		v.run(t, func(t *testing.T, v *vector) {
			if v.str("kind") != "totp" {
				t.Fatal("wrong kind")
			}
			at, code, step := v.time("time"), v.str("code"), v.base("step", 16)
			if at.Unix() != int64(v.num("unix")) {
				t.Fatalf("the vector's times differ: %v", at)
			}
			tok := must(oath.NewTOTP(v.hex("key"), oath.TOTPOptions{Hash: v.hash(), Digits: int(v.num("digits"))}))(t)
			if got, err := tok.Code(at); got != code || err != nil {
				t.Errorf("Code = %s, %v, want %s", got, err, code)
			}
			if got, err := tok.Step(at); got != step || err != nil {
				t.Errorf("Step = %d, %v, want %d", got, err, step)
			}
			if got := tok.CodeAt(step); got != code {
				t.Errorf("CodeAt = %s, want %s", got, code)
			}
			if m, ok := tok.Find(code, at.Add(30*time.Second), oath.Window{Steps: 1}); !ok || m != (oath.Match{Step: step, Drift: -1}) {
				t.Errorf("Find = %+v, %v", m, ok)
			}
			if m, ok := tok.Find(code, at, oath.Window{Steps: 1, From: step + 1}); ok {
				t.Errorf("Find behind the step = %+v, want none", m)
			}
		})
	}
}

// TestTOTPStep checks rounding at the edges of steps, other steps and epochs,
// and times beyond 2038 and before the epoch.
func TestTOTPStep(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step  time.Duration
		epoch int64
		at    time.Time
		want  uint64
		bad   bool
	}{
		{0, 0, time.Unix(0, 0), 0, false},
		{0, 0, time.Unix(29, 999_999_999), 0, false},
		{0, 0, time.Unix(30, 0), 1, false},
		{0, 0, time.Unix(59, 0), 1, false},
		{0, 0, time.Unix(60, 0), 2, false},
		{60 * time.Second, 0, time.Unix(59, 0), 0, false},
		{time.Second, 100, time.Unix(101, 0), 1, false},
		{45 * time.Second, -45, time.Unix(0, 0), 1, false},
		{time.Second, 0, time.Date(2603, 10, 11, 11, 33, 20, 0, time.UTC), 20_000_000_000, false},
		{0, 0, time.Unix(0, -1), 0, true},
		{0, 100, time.Unix(99, 999), 0, true},
		{0, math.MinInt64, time.Unix(math.MaxInt64/2, 0), 0, true},
		{0, 0, time.Time{}, 0, true},
	} {
		tok := must(oath.NewTOTP(rfcKey, oath.TOTPOptions{Step: tt.step, Epoch: tt.epoch}))(t)
		got, err := tok.Step(tt.at)
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("step %v, epoch %d, time %v: %d, %v, want %d", tt.step, tt.epoch, tt.at, got, err, tt.want)
		}
		if code, err := tok.Code(tt.at); (err != nil) != tt.bad || err == nil && code != tok.CodeAt(tt.want) {
			t.Errorf("Code(%v) = %s, %v", tt.at, code, err)
		}
		if _, ok := tok.Find(tok.CodeAt(0), tt.at, oath.Window{}); ok != (!tt.bad && tt.want == 0) {
			t.Errorf("Find at %v: %v", tt.at, ok)
		}
	}
}

// TestNewTOTPRefuses checks steps that are none.
func TestNewTOTPRefuses(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{-30 * time.Second, 999 * time.Millisecond, 1500 * time.Millisecond, 1} {
		if _, err := oath.NewTOTP(rfcKey, oath.TOTPOptions{Step: step}); err == nil || !strings.Contains(err.Error(), "whole seconds") {
			t.Errorf("step %v: %v", step, err)
		}
	}
	if _, err := oath.NewTOTP(nil, oath.TOTPOptions{}); err == nil {
		t.Error("an empty key was accepted")
	}
}

// TestTOTPWindow checks skew, learned drift, its bound, and what was used.
func TestTOTPWindow(t *testing.T) {
	t.Parallel()
	tok := must(oath.NewTOTP(rfcKey, oath.TOTPOptions{Digits: 10}))(t)
	at := time.Unix(1000*30+7, 0) // step 1000
	for _, tt := range []struct {
		step int
		w    oath.Window
		want bool
	}{
		{1000, oath.Window{}, true},
		{999, oath.Window{}, false},
		{1001, oath.Window{}, false},
		{999, oath.Window{Steps: 1}, true},
		{1001, oath.Window{Steps: 1}, true},
		{998, oath.Window{Steps: 1}, false},
		{1002, oath.Window{Steps: 1}, false},
		{1005, oath.Window{Steps: 1, Drift: 4}, true},
		{1002, oath.Window{Steps: 1, Drift: 4}, false},
		{1000, oath.Window{Steps: 1, Drift: 4}, false},
		{995, oath.Window{Steps: 1, Drift: -4}, true},
		{1005, oath.Window{Steps: 1, Drift: 4, MaxDrift: 5}, true},
		{1005, oath.Window{Steps: 1, Drift: 4, MaxDrift: 4}, false},
		{995, oath.Window{Steps: 1, Drift: -4, MaxDrift: 4}, false},
		{996, oath.Window{Steps: 1, Drift: -4, MaxDrift: 4}, true},
		{1000, oath.Window{Steps: 1, From: 1000}, true},
		{1000, oath.Window{Steps: 1, From: 1001}, false},
		{1000, oath.Window{Steps: -1}, false},
		{1000, oath.Window{MaxDrift: -1}, false},
		{1000, oath.Window{Steps: oath.MaxWindow}, false},
		{1000, oath.Window{Drift: math.MinInt}, false},
		{1000, oath.Window{Drift: math.MaxInt}, false},
		{1000, oath.Window{Steps: math.MaxInt}, false},
	} {
		m, ok := tok.Find(tok.CodeAt(uint64(tt.step)), at, tt.w)
		want := oath.Match{Step: uint64(tt.step), Drift: tt.step - 1000}
		if ok != tt.want || ok && m != want {
			t.Errorf("step %d in %+v: %+v, %v", tt.step, tt.w, m, ok)
		}
	}
}

// TestTOTPNearest checks that of several steps with one code the one nearest
// to the center is found, the earlier one of two equally near, and the next
// best when the nearest was used.
func TestTOTPNearest(t *testing.T) {
	t.Parallel()
	tok := must(oath.NewTOTP(rfcKey, oath.TOTPOptions{}))(t)
	a, b := twins(t, tok.CodeAt)
	code, at := tok.CodeAt(a), func(step uint64) time.Time { return time.Unix(int64(step)*30, 0) }
	width := int(b - a)
	for _, tt := range []struct {
		center, from, want uint64
	}{
		{a, 0, a},
		{b, 0, b},
		{a + 1, 0, a},
		{b - 1, 0, b},
		{(a + b) / 2, 0, a},
		{(a+b)/2 + 1, 0, b},
		{a, a + 1, b},
		{b, b, b},
	} {
		m, ok := tok.Find(code, at(tt.center), oath.Window{Steps: width, From: tt.from})
		if !ok || m.Step != tt.want || m.Drift != int(tt.want)-int(tt.center) {
			t.Errorf("twins %d, %d, center %d, from %d: %+v, %v, want %d", a, b, tt.center, tt.from, m, ok, tt.want)
		}
	}
}

// twins returns the first two steps with the same code, an even distance apart.
func twins(t *testing.T, code func(uint64) string) (a, b uint64) {
	t.Helper()
	seen := map[string]uint64{}
	for c := range uint64(20000) {
		a, ok := seen[code(c)]
		if ok && (c-a)%2 == 0 && a > 0 {
			return a, c
		}
		seen[code(c)] = c
	}
	t.Fatal("no twins found: the test needs another key")
	return 0, 0
}

// TestTOTPResync checks codes of consecutive steps, their order and the bounds.
func TestTOTPResync(t *testing.T) {
	t.Parallel()
	tok := must(oath.NewTOTP(rfcKey, oath.TOTPOptions{Digits: 8}))(t)
	at := time.Unix(1000*30, 0)
	codes := func(steps ...uint64) (out []string) {
		for _, s := range steps {
			out = append(out, tok.CodeAt(s))
		}
		return out
	}
	for _, tt := range []struct {
		codes []string
		w     oath.Window
		want  uint64 // 0 for none
	}{
		{codes(1015, 1016), oath.Window{Steps: 20}, 1016},
		{codes(981, 982, 983), oath.Window{Steps: 20}, 983},
		{codes(979, 980), oath.Window{Steps: 20}, 980}, // the first may lie one before
		{codes(978, 979), oath.Window{Steps: 20}, 0},
		{codes(1019, 1020), oath.Window{Steps: 20}, 1020},
		{codes(1020, 1021), oath.Window{Steps: 20}, 0},
		{codes(1015, 1017), oath.Window{Steps: 20}, 0},
		{codes(1016, 1015), oath.Window{Steps: 20}, 0},
		{codes(1015, 1015), oath.Window{Steps: 20}, 0},
		{codes(1015, 1016, 1018), oath.Window{Steps: 20}, 0},
		{codes(1015, 1016), oath.Window{Steps: 20, From: 1015}, 1016},
		{codes(1015, 1016), oath.Window{Steps: 20, From: 1016}, 0},
		{codes(1015, 1016), oath.Window{Steps: 20, MaxDrift: 15}, 0},
		{codes(1015, 1016), oath.Window{Steps: 20, MaxDrift: 16}, 1016},
		{codes(1, 2, 3, 4), oath.Window{Steps: 1000}, 0},
		{nil, oath.Window{Steps: 1000}, 0},
	} {
		m, ok := tok.Resync(tt.codes, at, tt.w)
		if ok != (tt.want != 0) || m.Step != tt.want || ok && m.Drift != int(tt.want)-1000 {
			t.Errorf("%v in %+v: %+v, %v, want %d", tt.codes, tt.w, m, ok, tt.want)
		}
	}
	// The first steps there are: nothing before them is invented.
	if m, ok := tok.Find(tok.CodeAt(math.MaxUint64), time.Unix(0, 0), oath.Window{Steps: 3}); ok {
		t.Errorf("step -1 was found: %+v", m)
	}
	if m, ok := tok.Resync(codes(0, 1), time.Unix(0, 0), oath.Window{Steps: 3}); !ok || m.Step != 1 {
		t.Errorf("steps 0, 1: %+v, %v", m, ok)
	}
}
