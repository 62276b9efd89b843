package ota_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

// card is what a receiver does with a packet, in the order in which it may: unknown application, level of
// security, checksum, counter.
type card struct {
	tar   ota.TAR
	least ota.SPI
	keys  ota.Keys
	last  uint64
}

func (c *card) take(packet []byte) ota.Status {
	p, err := ota.ParseCommand(packet)
	if e, ok := errors.AsType[*ota.Error](err); ok {
		return e.Status
	}
	switch {
	case p.TAR != c.tar:
		return ota.UnknownTAR
	case p.SPI.Weaker(c.least):
		return ota.LevelTooLow
	}
	x, err := p.Open(c.keys)
	if e, ok := errors.AsType[*ota.Error](err); ok {
		return e.Status
	}
	s := p.SPI.Check(c.last, x.Counter)
	if s == ota.OK {
		c.last = x.Counter
	}
	return s
}

// TestLive repeats what was tried with a software SIM of somebody else (onomondo-uicc), step by
// step. Where that one stays silent, ours answers with the status that is due.
func TestLive(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: unhex(t, "00112233445566778899aabbccddeeff"), KID: unhex(t, "0123456789abcdef0123456701234567")}
	c := &card{tar: ota.SignatureTAR, least: 0x1600, keys: k}
	data := unhex(t, "00a40004022fe2")
	for _, step := range []struct {
		id       string
		spi      ota.SPI
		kic, kid ota.Indicator
		counter  uint64
		change   func([]byte)
		want     ota.Status
	}{
		{"LIVE-1", 0x1619, 0x35, 0x35, 5, nil, ota.OK},
		{"LIVE-2 replay", 0x1619, 0x35, 0x35, 5, nil, ota.CounterLow},
		{"LIVE-3 lower", 0x1619, 0x35, 0x35, 4, nil, ota.CounterLow},
		{"LIVE-4", 0x1619, 0x32, 0x32, 6, nil, ota.OK},
		{"LIVE-5 strict, gap", 0x1E19, 0x32, 0x32, 8, nil, ota.CounterHigh},
		{"LIVE-6 strict", 0x1E19, 0x32, 0x32, 7, nil, ota.OK},
		{"LIVE-7 last bit", 0x1619, 0x32, 0x32, 9, func(b []byte) { b[len(b)-1] ^= 1 }, ota.ChecksumFailed},
		{"LIVE-8 no security", 0x0001, 0, 0, 0, nil, ota.LevelTooLow},
		{"another application", 0x1619, 0x32, 0x32, 9, func(b []byte) { b[9] ^= 1 }, ota.UnknownTAR},
		{"the end", 0x1619, 0x32, 0x32, ota.MaxCounter, nil, ota.OK},
		{"beyond", 0x1619, 0x32, 0x32, ota.MaxCounter, nil, ota.CounterBlocked},
		{"a dead key set", 0x1619, 0x32, 0x32, 10, nil, ota.CounterBlocked},
	} {
		x := ota.Command{Security: ota.Security{SPI: step.spi, KIc: step.kic, KID: step.kid}, TAR: ota.SignatureTAR, Counter: step.counter, Data: data}
		packet, err := x.Pack(k)
		if err != nil {
			t.Fatal(step.id, err)
		}
		if step.change != nil {
			step.change(packet)
		}
		if got := c.take(packet); got != step.want {
			t.Errorf("%s: %s, want %s", step.id, got, step.want)
		}
	}
}

// TestSegmentsOfOthers has the layouts that were tried with that SIM, and what must not be joined.
func TestSegmentsOfOthers(t *testing.T) {
	t.Parallel()
	packet := bytes.Repeat([]byte{0xAB}, 200)
	a, b := packet[:130], packet[130:]
	for _, c := range []struct {
		name  string
		parts [][]byte
		ok    bool // whole
		bad   bool // refused
	}{
		{"the layout of TS 31.115", [][]byte{append(unhex(t, "0700034102017000"), a...), append(unhex(t, "050003410202"), b...)}, true, false},
		{"the kind in both, first", [][]byte{append(unhex(t, "0770000003420201"), a...), append(unhex(t, "0770000003420202"), b...)}, true, false},
		{"the first part last", [][]byte{append(unhex(t, "050003430202"), b...), append(unhex(t, "0770000003430201"), a...)}, true, false},
		{"a reference of 16 bits", [][]byte{append(unhex(t, "0870000804012302"), append([]byte{1}, a...)...), append(unhex(t, "06080401230202"), b...)}, true, false},
		{"a copy", [][]byte{append(unhex(t, "0700034102017000"), a...), append(unhex(t, "0700034102017000"), a...)}, false, false},
		{"another reference", [][]byte{append(unhex(t, "0700034102017000"), a...), append(unhex(t, "050003420202"), b...)}, false, true},
		{"another total", [][]byte{append(unhex(t, "0700034102017000"), a...), append(unhex(t, "050003410302"), b...)}, false, true},
		{"a copy that differs", [][]byte{append(unhex(t, "0700034102017000"), a...), append(unhex(t, "0700034102017000"), b...)}, false, true},
		{"two kinds", [][]byte{append(unhex(t, "0700034102017000"), a...), append(unhex(t, "0771000003410202"), b...)}, false, true},
		{"no kind", [][]byte{append(unhex(t, "050003410201"), a...), append(unhex(t, "050003410202"), b...)}, false, true},
	} {
		var all []ota.Segment
		for _, p := range c.parts {
			s, err := ota.ParseSegment(p)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			all = append(all, s)
		}
		k, got, whole, err := ota.Assemble(all)
		if whole != c.ok || (err != nil) != c.bad || c.ok && (k != ota.Commands || !bytes.Equal(got, packet)) {
			t.Errorf("%s: %x, %t, %v", c.name, got, whole, err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "part 0": "05000341020001", "part 3 of 2": "05000341020301", "no parts": "05000341000101", "a header that is too long": "0700", "an element that is too long": "03000541", "no element": "00aabb",
		"half an element": "0100aa", "two kinds": "047000710000", "a kind with data": "03700101aa",
	} {
		if s, err := ota.ParseSegment(unhex(t, text)); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestSegmentSizes: every part fits into a short message, and as many are made as are needed.
func TestSegmentSizes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 1, 1: 1, 137: 1, 138: 2, 132 + 134: 2, 132 + 134 + 1: 3, ota.MaxPacket: 255} {
		parts, err := ota.Segments(ota.Responses, make([]byte, n), 7)
		if err != nil || len(parts) != want {
			t.Errorf("%d octets: %d parts, %v", n, len(parts), err)
		}
		for _, p := range parts {
			if len(p) > 140 {
				t.Errorf("%d octets: a part has %d", n, len(p))
			}
		}
	}
	if _, err := ota.Segments(ota.Responses, make([]byte, ota.MaxPacket+1), 7); err == nil {
		t.Error("a packet of more than 255 parts")
	}
}
