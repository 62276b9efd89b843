package oath_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/oath"
)

// TestHOTPFindProperty checks that Find finds exactly what was generated: the
// lowest counter of the window with the code, and none if there is none.
func TestHOTPFindProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h, err := oath.NewHOTP(anyKey.Draw(t, "key"), oath.HOTPOptions{
			Hash: anyHash.Draw(t, "hash"), Digits: rapid.IntRange(6, 10).Draw(t, "digits"),
		})
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.Uint64Range(100, 1<<63).Draw(t, "counter")
		from := uint64(int64(at) + rapid.Int64Range(-60, 20).Draw(t, "distance"))
		n := rapid.IntRange(1, 80).Draw(t, "window")
		var want uint64
		var wantOK bool
		for c := from + uint64(n); c > from; c-- { // the plain way, from the end
			if h.Code(c-1) == h.Code(at) {
				want, wantOK = c-1, true
			}
		}
		if got, ok := h.Find(h.Code(at), from, n); got != want || ok != wantOK {
			t.Fatalf("Find(%d from %d, %d) = %d, %v, want %d, %v", at, from, n, got, ok, want, wantOK)
		}
		if got, ok := h.Find(h.Code(at), from, n); ok && got < from {
			t.Fatalf("found %d below %d", got, from)
		}
	})
}

// server is the model of a server that consumes what it found.
type server struct {
	h    *oath.HOTP
	next uint64
	used map[uint64]bool
}

func (s *server) accept(t *rapid.T, last uint64, codes int) {
	for c := last; c > last-uint64(codes); c-- {
		if s.used[c] {
			t.Fatalf("counter %d was accepted twice", c)
		}
		s.used[c] = true
	}
	if last < s.next {
		t.Fatalf("the counter went back from %d to %d", s.next, last)
	}
	s.next = last + 1
}

// TestHOTPNoReplay plays random logins, resynchronizations and replays against
// a server that consumes by counter: no counter is accepted twice, none below
// the stored one, and a token that was only pressed too often comes back.
func TestHOTPNoReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h, err := oath.NewHOTP(anyKey.Draw(t, "key"), oath.HOTPOptions{Digits: 10})
		if err != nil {
			t.Fatal(err)
		}
		s := &server{h: h, used: map[uint64]bool{}}
		token, seen := uint64(0), []string{}
		press := func() string {
			seen = append(seen, h.Code(token))
			token++
			return seen[len(seen)-1]
		}
		t.Repeat(map[string]func(*rapid.T){
			"press": func(t *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(t, "times") {
					press()
				}
			},
			"login": func(t *rapid.T) {
				gap := token - s.next
				c, ok := h.Find(press(), s.next, 10)
				if ok != (gap < 10) {
					t.Fatalf("gap %d: %v", gap, ok)
				}
				if ok {
					s.accept(t, c, 1)
				}
			},
			"replay": func(t *rapid.T) {
				if len(seen) == 0 || s.next == 0 {
					t.Skip("nothing to replay")
				}
				i := rapid.IntRange(0, int(s.next)-1).Draw(t, "which")
				if c, ok := h.Find(seen[i], s.next, 1000); ok {
					t.Fatalf("code %d was replayed at %d", i, c)
				}
			},
			"resync": func(t *rapid.T) {
				n := rapid.IntRange(1, 3).Draw(t, "codes")
				var codes []string
				for range n {
					codes = append(codes, press())
				}
				c, ok := h.Resync(codes, s.next, 10000)
				if !ok || c != token-1 {
					t.Fatalf("resync: %d, %v, want %d", c, ok, token-1)
				}
				s.accept(t, c, n)
			},
			"resync with a gap": func(t *rapid.T) {
				codes := []string{press()}
				for range rapid.IntRange(1, 5).Draw(t, "gap") {
					press()
				}
				codes = append(codes, press())
				if c, ok := h.Resync(codes, s.next, 10000); ok {
					t.Fatalf("codes that are not consecutive were accepted at %d", c)
				}
			},
			"resync with a used code": func(t *rapid.T) {
				if s.next == 0 || s.next != token {
					t.Skip("the last code was not used")
				}
				used := seen[len(seen)-1]
				if c, ok := h.Resync([]string{used, press()}, s.next, 1000); ok {
					t.Fatalf("a used code helped to %d", c)
				}
			},
		})
	})
}

// TestTOTPFindProperty compares Find with the plain way over any window.
func TestTOTPFindProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tok, err := oath.NewTOTP(anyKey.Draw(t, "key"), oath.TOTPOptions{
			Hash: anyHash.Draw(t, "hash"), Digits: 6,
			Step:  time.Duration(rapid.IntRange(1, 600).Draw(t, "size")) * time.Second,
			Epoch: rapid.Int64Range(-1e9, 1e9).Draw(t, "epoch"),
		})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(rapid.Int64Range(1e9, 1e10).Draw(t, "now"), 0)
		step, err := tok.Step(now)
		if err != nil {
			t.Fatal(err)
		}
		w := oath.Window{
			Steps:    rapid.IntRange(0, 20).Draw(t, "steps"),
			Drift:    rapid.IntRange(-20, 20).Draw(t, "drift"),
			MaxDrift: rapid.IntRange(0, 30).Draw(t, "max drift"),
		}
		if rapid.Bool().Draw(t, "used") {
			w.From = uint64(max(int64(step)+rapid.Int64Range(-40, 10).Draw(t, "from"), 0))
		}
		at := int64(step) + rapid.Int64Range(-45, 45).Draw(t, "device")
		code := tok.CodeAt(uint64(max(at, 0)))
		want, wantOK := plainTOTP(tok, code, int64(step), w)
		if got, ok := tok.Find(code, now, w); got != want || ok != wantOK {
			t.Fatalf("Find(step %d at %d, %+v) = %+v, %v, want %+v, %v", at, step, w, got, ok, want, wantOK)
		}
	})
}

// plainTOTP looks at 0, -1, +1, -2, +2 … in turn and stops at the first match.
func plainTOTP(tok *oath.TOTP, code string, now int64, w oath.Window) (oath.Match, bool) {
	for d := range w.Steps + 1 {
		for _, d := range []int{-d, d} {
			s, drift := now+int64(w.Drift+d), w.Drift+d
			if s < 0 || uint64(s) < w.From || w.MaxDrift > 0 && max(drift, -drift) > w.MaxDrift {
				continue
			}
			if tok.CodeAt(uint64(s)) == code {
				return oath.Match{Step: uint64(s), Drift: drift}, true
			}
		}
	}
	return oath.Match{}, false
}

// TestTOTPNoReplay plays a token whose clock walks against a server that
// learns its drift: no step is accepted twice or backwards, and as long as the
// clock moves by less than the window between logins the token is never lost.
func TestTOTPNoReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tok, err := oath.NewTOTP(anyKey.Draw(t, "key"), oath.TOTPOptions{Digits: 10})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(1e9, 0)
		var off, learned time.Duration // the device's error, now and at the last login
		w := oath.Window{Steps: 2}
		used := map[uint64]string{}
		for range rapid.IntRange(1, 40).Draw(t, "logins") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "pause")) * time.Second)
			off = learned + time.Duration(rapid.IntRange(-30, 30).Draw(t, "walk"))*time.Second
			code, err := tok.Code(now.Add(off))
			if err != nil {
				t.Fatal(err)
			}
			device, _ := tok.Step(now.Add(off))
			m, ok := tok.Find(code, now, w)
			if _, again := used[device]; again == ok && device >= w.From {
				t.Fatalf("step %d, used before: %v, accepted: %v", device, again, ok)
			}
			if !ok {
				continue
			}
			if m.Step != device || m.Step < w.From {
				t.Fatalf("accepted step %d of %d, from %d", m.Step, device, w.From)
			}
			used[m.Step], w.From, w.Drift, learned = code, m.Step+1, m.Drift, off
			for step, code := range used {
				if m, ok := tok.Find(code, now, oath.Window{Steps: 100, Drift: w.Drift, From: w.From}); ok {
					t.Fatalf("step %d was replayed at %d", step, m.Step)
				}
			}
		}
	})
}
