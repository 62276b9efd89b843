package sim_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/cmac"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// TestStrangers: nothing is kept of numbers that nothing was asked of, nor of what people write.
func TestStrangers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		for i := range 50 {
			w.receive(fmt.Sprintf("+4670%07d", i), []byte{5, 0, 3, 9, 2, 1, 'x'}, []byte{7, 0, 3, 9, 2, 1, 0x71, 0, 'x'})
		}
		w.receive(phone, []byte{7, 0, 3, 9, 2, 1, 0x71, 0, 'x'}) // nothing was asked yet
		if n := w.count("sim_part"); n != 0 {
			t.Errorf("%d parts of strangers", n)
		}
		w.send(card)
		for _, coding := range []byte{0, 1, 3, 8, 0x10, 0x18, 0xF0, 0xF1} {
			a := sim.Arrival{Gateway: "test", From: phone, Coding: coding, Data: append([]byte{5, 0, 3, 9, 2, 1}, "my private text"...)}
			if err := w.Receive(t.Context(), a); err != nil {
				t.Error(err)
			}
		}
		if n := w.count("sim_part"); n != 0 {
			t.Errorf("%d parts of texts", n)
		}
		for i, coding := range []byte{2, 4, 0x15, 0xF4, 0xF6} {
			if err := w.Receive(t.Context(), sim.Arrival{Gateway: "test", From: phone, Coding: coding, Data: []byte{5, 0, 3, 9, 2, 1, byte(i)}}); err != nil {
				t.Error(err)
			}
		}
		if n := w.count("sim_part"); n != 5 {
			t.Errorf("%d binary parts", n)
		}
	})
}

// TestForgedParts: what somebody sends in the name of the phone, before or behind the true parts, keeps no answer away.
func TestForgedParts(t *testing.T) {
	for name, flood := range map[string]func(reference byte, i int) [][]byte{
		"other references": func(_ byte, i int) [][]byte { return [][]byte{{5, 0, 3, byte(100 + i), 2, 2, byte(i)}} },
		"of each number": func(ref byte, i int) [][]byte {
			if i > 6 {
				return nil
			}
			return [][]byte{{7, 0, 3, ref, 3, 1, 0x71, 0, byte(i)}, {5, 0, 3, ref, 3, 2, byte(i)}}
		},
		"of one number": func(ref byte, i int) [][]byte { return [][]byte{{7, 0, 3, ref, 3, 1, 0x71, 0, byte(i)}} },
	} {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, before %t", name, before), func(t *testing.T) {
				each(t, func(t *testing.T, w *world) {
					id := w.send(w.card())
					w.deliver()
					parts := reply(t, opened(t, w.center.all()[0]), ota.OK, bytes.Repeat([]byte{7}, 300))
					forge := func() {
						w.clock.Advance(time.Second)
						for i := range 90 {
							w.receive(phone, flood(parts[0][3], i)...)
						}
						w.clock.Advance(time.Second)
					}
					if before {
						forge()
					}
					w.receive(phone, parts[0], parts[1])
					if !before {
						forge()
					}
					if n := w.count("sim_part"); n > 64 {
						t.Errorf("%d parts", n)
					}
					w.receive(phone, parts[2])
					w.is(id, sim.Answered)
					w.has("answered")
				})
			})
		}
	}
}

// TestCombinations: the search for an answer is bounded, and asks the oldest of all and the newest of all first.
func TestCombinations(t *testing.T) {
	t.Parallel()
	var all []ota.Segment
	for n := byte(1); n <= 7; n++ {
		for v := range byte(9) {
			p := ota.Segment{Reference: 1, Total: 8, Number: n, Body: []byte{n, v}}
			if n == 1 {
				p.Kind = ota.Responses
			}
			all = append(all, p)
		}
	}
	last := ota.Segment{Reference: 1, Total: 8, Number: 8, Body: []byte{8, 0}}
	got := sim.Combine(last, all)
	if len(got) == 0 || len(got) > 32 {
		t.Fatalf("%d combinations", len(got))
	}
	want := func(v byte) (b []byte) {
		for n := byte(1); n <= 7; n++ {
			b = append(b, n, v)
		}
		return append(b, 8, 0)
	}
	if !bytes.Equal(got[0], want(0)) || !bytes.Equal(got[1], want(8)) {
		t.Errorf("%x, %x", got[0], got[1])
	}
	varied := map[byte]bool{}
	for _, b := range got[2:] {
		for n := range 7 {
			if b[2*n+1] != 0 {
				varied[b[2*n]] = true
			}
		}
	}
	if len(varied) != 7 {
		t.Errorf("only the numbers %v have their turn", varied)
	}
	if got := sim.Combine(last, all[:54]); got != nil {
		t.Error("an answer without one of its parts")
	}
}

// TestEarlyReceipts: what was said of a reference before the message was there is about another one; it is kept for minutes.
func TestEarlyReceipts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		receipt := func(ref string, f sim.Fate) {
			if err := w.Receipt(t.Context(), sim.Receipt{Gateway: "test", Reference: ref, State: f}); err != nil {
				t.Error(err)
			}
		}
		w.center.answer = func(n int) ([]string, error) { return []string{strconv.Itoa(n)}, nil }
		receipt("1", sim.FateFailed)
		receipt("2", sim.FateDelivered)
		w.clock.Advance(time.Second)
		card := w.card()
		for range 2 {
			id := w.send(card)
			w.deliver()
			w.is(id, sim.Sent)
		}
		receipt("3", sim.FateExpired)
		receipt("3", sim.FateDelivered) // the later one counts
		id := w.send(card)
		w.clock.Advance(time.Second)
		receipt("3", sim.FateFailed)
		w.deliver()
		w.is(id, sim.Failed)
		receipt("4", sim.FateFailed)
		before := w.count("sim_receipt")
		w.clock.Advance(6 * time.Minute)
		w.sweep()
		if n := w.count("sim_receipt"); n != before-1 {
			t.Errorf("%d receipts of %d are kept", n, before)
		}
	})
}

// TestReferencesAgain: a center that uses a reference again means the newer message.
func TestReferencesAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.center.answer = func(int) ([]string, error) { return []string{"77"}, nil }
		card := w.card()
		first := w.send(card)
		w.deliver()
		if err := w.Receipt(t.Context(), sim.Receipt{Gateway: "test", Reference: "77", State: sim.FateDelivered}); err != nil {
			t.Fatal(err)
		}
		w.is(first, sim.Delivered)
		w.clock.Advance(20 * time.Minute)
		second := w.send(card)
		w.deliver()
		w.is(second, sim.Sent)
		if err := w.Receipt(t.Context(), sim.Receipt{Gateway: "test", Reference: "77", State: sim.FateFailed}); err != nil {
			t.Fatal(err)
		}
		w.is(second, sim.Failed)
		w.is(first, sim.Delivered)
	})
}

// TestTheAnswerFollows: a card that says that its answer comes by SMS or USSD has not answered yet.
func TestTheAnswerFollows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		for i, s := range []ota.Status{ota.BySMS, ota.ByUSSD} {
			id := w.send(card)
			w.deliver()
			c := opened(t, w.center.all()[i])
			w.receive(phone, reply(t, c, s, nil)...)
			w.is(id, sim.Acknowledged)
			w.receive(phone, reply(t, c, ota.OK, []byte("signature"))...)
			w.is(id, sim.Answered)
			if a := w.heard.answered; len(a) != i+1 || a[i].Status != ota.OK || string(a[i].Data) != "signature" {
				t.Errorf("%s: %+v", s, a)
			}
		}
	})
}

// TestCardAhead: a card that answers "counter low" and nothing else gets no more patience; one that had the message
// twice has said 08, too.
func TestCardAhead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		card := w.card()
		ahead, twice := w.send(card), w.send(card)
		w.deliver()
		for _, o := range w.center.all() {
			w.receive(phone, reply(t, opened(t, o), ota.CounterLow, nil)...)
		}
		for _, o := range w.center.all() {
			if o.ID == twice {
				w.receive(phone, reply(t, opened(t, o), ota.MoreTime, nil)...)
			}
		}
		w.clock.Advance(29 * time.Second)
		w.sweep()
		w.is(ahead, sim.Sent)
		w.clock.Advance(2 * time.Second)
		w.sweep()
		if s := w.is(ahead, sim.Failed); !strings.HasPrefix(s.Reason, "counter_low") || !strings.Contains(s.Reason, "countersign sim counter") {
			t.Error(s.Reason)
		}
		w.is(twice, sim.Acknowledged)
		if h := w.heard.lost; len(h) != 1 || h[0] != sim.Behind {
			t.Error(h)
		}
	})
}

// TestShortChecksum: an answer with a checksum of four octets is told to the operator, and is none.
func TestShortChecksum(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		w.Log = slog.New(slog.NewTextHandler(&log, nil))
		id := w.send(w.card())
		w.deliver()
		w.receive(phone, shortAnswer(t, opened(t, w.center.all()[0])))
		w.is(id, sim.Sent)
		if s := w.Stats(); s.Hints != 1 || s.Forged != 0 {
			t.Errorf("%+v", s)
		}
		if n := strings.Count(log.String(), "four octets"); n != 1 || !strings.Contains(log.String(), id.String()) {
			t.Errorf("%d lines: %s", n, log.String())
		}
	})
}

// shortAnswer is an empty answer with status 00 whose AES-CMAC has four octets (TS 102 225, section 5.2).
func shortAnswer(t *testing.T, c ota.Command) []byte {
	t.Helper()
	head := append([]byte{0, 0, 3 + 5 + 1 + 1 + 4}, c.TAR[:]...)
	plain := make([]byte, 16)
	binary.BigEndian.PutUint32(plain[1:], uint32(c.Counter))
	plain[5] = 5 // of padding
	k := keys(t)
	mac, err := aes.NewCipher(k.KID)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint16(head, uint16(len(head)-2+len(plain)))
	all := append([]byte{2, 0x71, 0}, head...)
	all = append(all, plain[:7]...)
	sum := cmac.Sum(mac, append(all, plain[11:]...))
	copy(plain[7:], sum[:4])
	block, err := aes.NewCipher(k.KIc)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(plain, plain)
	return slices.Concat([]byte{2, 0x71, 0}, head, plain)
}

// TestHints: the log tells which message an unprotected error would be about, once a minute for a number.
func TestHints(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		w.Log = slog.New(slog.NewTextHandler(&log, nil))
		id := w.send(w.card())
		w.deliver()
		c := opened(t, w.center.all()[0])
		r := ota.Response{TAR: c.TAR, Counter: c.Counter, Status: ota.SecurityError}
		p, err := r.Pack(ota.Security{}, ota.Keys{})
		if err != nil {
			t.Fatal(err)
		}
		say := func() { w.receive(phone, append([]byte{2, 0x71, 0}, p...)) }
		for range 5 {
			say()
		}
		if n := strings.Count(log.String(), "without protection"); n != 1 || !strings.Contains(log.String(), id.String()) || !strings.Contains(log.String(), "gateway=test") {
			t.Errorf("%d lines: %s", n, log.String())
		}
		w.clock.Advance(time.Minute)
		say()
		if n := strings.Count(log.String(), "without protection"); n != 2 || strings.Contains(log.String(), phone[1:]) {
			t.Errorf("%d lines: %s", n, log.String())
		}
		if s := w.Stats(); s.Hints != 6 {
			t.Errorf("%+v", s)
		}
	})
}
