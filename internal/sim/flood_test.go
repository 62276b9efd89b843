package sim_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// crowd imports cards with numbers and asks each something.
func (w *world) crowd(n int) (numbers []string) {
	w.t.Helper()
	lines := []string{head}
	for i := range n {
		numbers = append(numbers, fmt.Sprintf("+479000%04d", i))
		lines = append(lines, line(fmt.Sprintf("89470000000002%05d", i), numbers[i], 1))
	}
	if _, err := w.ImportFile(w.t.Context(), tester, sim.Import{Open: file(lines...)}); err != nil {
		w.t.Fatal(err)
	}
	for _, number := range numbers {
		w.send(w.find(number))
	}
	return numbers
}

// TestFloodOfAllNumbers: what is kept of all numbers together is bounded, by whoever floods how many; a number with
// few parts keeps them as long as others have more.
func TestFloodOfAllNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const most = 160
		w.MaxParts = most
		numbers := w.crowd(30)
		quiet := numbers[0]
		w.receive(quiet, []byte{7, 0, 3, 200, 3, 1, 0x71, 0, 'q'}, []byte{5, 0, 3, 200, 3, 2, 'q'})
		kept := func() int { return w.count("sim_part WHERE reference = 200") }
		w.clock.Advance(time.Second)
		for i := range 60 {
			for _, number := range numbers[1:6] {
				w.receive(number, []byte{5, 0, 3, byte(i), 2, 2, byte(i)})
			}
			if n := w.count("sim_part"); n > most+most/8 {
				t.Fatalf("%d parts in all", n)
			}
		}
		if kept() != 2 {
			t.Error("who floods five numbers takes the parts of a sixth")
		}
		for i := range 20 {
			for _, number := range numbers[1:] {
				w.receive(number, []byte{5, 0, 3, byte(i), 2, 2, byte(i)})
			}
		}
		if n := w.count("sim_part"); n > most+most/8 || n < most/2 {
			t.Errorf("%d parts in all", n)
		}
	})
}

// TestWorkOfAFlood: each short message, forged or true, costs at most 32 checksums for each key set that was asked and one for diagnosis, however many
// there were before.
func TestWorkOfAFlood(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.send(w.card())
		w.deliver()
		parts := reply(t, opened(t, w.center.all()[0]), ota.OK, bytes.Repeat([]byte{7}, 300))
		ref := parts[0][3]
		tries := func(b ...[]byte) int64 {
			before := w.Stats().Tries
			w.clock.Advance(time.Millisecond)
			w.receive(phone, b...)
			return w.Stats().Tries - before
		}
		most := int64(0)
		w.receive(phone, parts[0], parts[1])
		for i := range 150 {
			for n := byte(1); n <= 3; n++ {
				forged := append([]byte{5, 0, 3, ref, 3, n}, bytes.Clone(parts[1][6:])...)
				if n == 1 {
					forged = append([]byte{7, 0, 3, ref, 3, 1, 0x71, 0}, bytes.Clone(parts[0][8:])...)
				}
				if n == 3 {
					forged = append([]byte{5, 0, 3, ref, 3, 3}, bytes.Clone(parts[2][6:])...)
				}
				forged[len(forged)-1] ^= byte(i + 1)
				most = max(most, tries(forged))
			}
		}
		if most == 0 || most > 33 {
			t.Errorf("a forged part costs %d checksums", most)
		}
		if n := tries(parts[2]); n == 0 || n > 33 {
			t.Errorf("the true part costs %d checksums", n)
		}
		w.is(id, sim.Answered)
	})
}
