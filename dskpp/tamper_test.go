package dskpp_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/dskpp"
)

// Whatever octet of whatever message is changed on the way: a client either stores
// the server's key or none. (What else stands in the package of the last message is
// not under MAC 1; RFC 6063, section 10.2.2, leaves that to the transport.)
func TestChangedOctetsGiveNoOtherKey(t *testing.T) {
	t.Parallel()
	none, some := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		c := wrapClient(t, w)
		if rapid.IntRange(0, 3).Draw(rt, "variant") == 0 {
			c = xorClient(t, w)
		}
		message := rapid.IntRange(0, 3).Draw(rt, "message")
		place := rapid.IntRange(0, 1<<20).Draw(rt, "place")
		flip := byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
		change := func(n int, raw []byte) []byte {
			raw = append([]byte(nil), raw...)
			if n == message {
				raw[place%len(raw)] ^= flip
			}
			return raw
		}
		r := start(t, c)
		for n := 0; ; n += 2 {
			answer, err := w.try(change(n, r.Request()))
			if err != nil {
				none++
				return
			}
			k, err := r.Answer(change(n+1, answer))
			if err != nil {
				none++
				return
			}
			if k == nil {
				continue
			}
			some++
			if len(w.pending) != 1 || !k.Key.Secret.Equal(w.pending[0].Key.Key.Secret) {
				rt.Fatal("another key than the server's")
			}
			return
		}
	})
	if none == 0 || some == 0 {
		t.Errorf("%d runs without key, %d with one: the test shows nothing", none, some)
	}
}

// A change of a request is always found: MAC 1 covers it.
func TestChangedRequestsAreFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		r := start(t, wrapClient(t, w))
		raw := append([]byte(nil), r.Request()...)
		raw[rapid.IntRange(0, len(raw)-1).Draw(rt, "place")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
		answer, err := w.try(raw)
		if err != nil {
			return
		}
		if k, err := r.Answer(answer); k != nil || err == nil {
			rt.Fatalf("not found in %s", raw)
		}
	})
}

func FuzzSASLprep(f *testing.F) {
	for _, s := range []string{"I\u00adX", "\u00aa", "\u2168", "\u0627\u0031", "\u0007", "myclient!D"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := dskpp.SASLprep(s, norm.NFKC.String)
		if err != nil {
			return
		}
		if plain, err := dskpp.SASLprep(s, nil); err == nil && plain != once {
			t.Fatalf("%q: %q without normal form, %q with", s, plain, once)
		}
		if !norm.NFKC.IsNormalString(once) {
			t.Fatalf("%q gives %q, which is not normal", s, once)
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	f.Add("1.0")
	f.Add("06.010")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := dskpp.ParseVersion(s)
		if err != nil {
			return
		}
		if again, err := dskpp.ParseVersion(v.String()); err != nil || again != v {
			t.Fatalf("%q is %s, which is %s (%v)", s, v, again, err)
		}
	})
}
