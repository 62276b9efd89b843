package envelope_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/envelope"
)

func TestWindowEdges(t *testing.T) {
	t.Parallel()
	const size = envelope.WindowSize
	for _, x := range []struct {
		name  string
		taken []uint64
		seq   uint64
		want  envelope.Verdict
	}{
		{"zero is no number", nil, 0, envelope.Old},
		{"first", nil, 1, envelope.Fresh},
		{"far ahead", []uint64{1}, 1 << 40, envelope.Fresh},
		{"inside, taken", []uint64{5, 9}, 5, envelope.Repeat},
		{"inside, out of order", []uint64{5, 9}, 7, envelope.Fresh},
		{"the highest again", []uint64{5, 9}, 9, envelope.Repeat},
		{"last of the window, not taken", []uint64{2000}, 2000 - size + 1, envelope.Fresh},
		{"last of the window, taken", []uint64{2000 - size + 1, 2000}, 2000 - size + 1, envelope.Repeat},
		{"just behind", []uint64{2000}, 2000 - size, envelope.Old},
		{"pushed out", []uint64{1, 1 + size}, 1, envelope.Old},
		{"the last number of all", []uint64{1}, math.MaxUint64, envelope.Fresh},
		{"after the last number of all", []uint64{math.MaxUint64}, math.MaxUint64, envelope.Repeat},
		{"behind the last number of all", []uint64{math.MaxUint64}, 1, envelope.Old},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			var w envelope.Window
			for _, n := range x.taken {
				w.Take(n)
			}
			if got := w.Check(x.seq); got != x.want {
				t.Errorf("Check(%d) = %s, want %s", x.seq, got, x.want)
			}
			if got := w.Take(x.seq); got != x.want {
				t.Errorf("Take(%d) = %s, want %s", x.seq, got, x.want)
			}
		})
	}
}

// TestWindowIsASet: whatever comes, a number is fresh once, and what is behind the window never is; storing it in
// between changes nothing.
func TestWindowIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w envelope.Window
		taken, top := map[uint64]bool{}, uint64(0)
		base := rapid.SampledFrom([]uint64{1, 1000, math.MaxUint64 - 5000}).Draw(t, "base")
		for _, step := range rapid.SliceOfN(rapid.Uint64Range(0, 4000), 1, 200).Draw(t, "steps") {
			seq, want := base+step, envelope.Fresh
			switch {
			case top > seq && top-seq >= envelope.WindowSize:
				want = envelope.Old
			case taken[seq]:
				want = envelope.Repeat
			}
			if got := w.Take(seq); got != want {
				t.Fatalf("Take(%d) = %s, want %s (top %d)", seq, got, want, top)
			}
			if want == envelope.Fresh {
				taken[seq], top = true, max(top, seq)
			}
			again, err := envelope.ReadWindow(w.Append(nil))
			if err != nil || again != w {
				t.Fatalf("stored and read: %v", err)
			}
		}
		if w.Top() != top {
			t.Fatalf("top %d, want %d", w.Top(), top)
		}
	})
}

func TestReadWindowRefuses(t *testing.T) {
	t.Parallel()
	var w envelope.Window
	w.Take(3)
	good := w.Append(nil)
	change := func(at int, b byte) []byte {
		c := append([]byte(nil), good...)
		c[at] ^= b
		return c
	}
	for name, b := range map[string][]byte{
		"short": good[:len(good)-1], "long": append(append([]byte(nil), good...), 0),
		"the highest is not marked": change(15, 1), "a mark below one": change(15, 8), "no highest": change(7, 3),
	} {
		if _, err := envelope.ReadWindow(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var zero envelope.Window
	if d := cmp.Diff([]byte(nil), zero.Append(nil)); d != "" {
		t.Error(d)
	}
}
