package ota_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/ota"
)

// FuzzCommand: nothing panics; what opens is packed again to a packet that opens to the same, and without
// padding octet for octet.
func FuzzCommand(f *testing.F) {
	for _, v := range vectors(f, "command") {
		f.Add(v.bytes(f, "packet"), v.bytes(f, "ckey"), v.bytes(f, "kkey"))
	}
	f.Fuzz(func(t *testing.T, b, c, k []byte) {
		p, err := ota.ParseCommand(b)
		if err != nil {
			return
		}
		_ = p.Refused()
		x, err := p.Open(ota.Keys{KIc: c, KID: k})
		if err != nil {
			return
		}
		again, err := x.Pack(ota.Keys{KIc: c, KID: k})
		if err != nil || len(again) != len(b) {
			t.Fatalf("%x packs to %x, %v", b, again, err)
		}
		if !p.SPI.Ciphered() && !bytes.Equal(again, b) {
			t.Fatalf("%x packs to %x", b, again)
		}
	})
}

// FuzzResponse is FuzzCommand for answers.
func FuzzResponse(f *testing.F) {
	for _, v := range vectors(f, "response") {
		f.Add(v.bytes(f, "tpud")[3:], uint16(v.security(f).SPI), byte(v.security(f).KIc), v.bytes(f, "ckey"), v.bytes(f, "kkey"))
	}
	f.Fuzz(func(t *testing.T, b []byte, spi uint16, kic byte, c, k []byte) {
		p, err := ota.ParseResponse(b)
		if err != nil {
			return
		}
		if r, ok := p.Unprotected(); ok {
			if again, err := r.Pack(ota.Security{}, ota.Keys{}); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%x packs to %x, %v", b, again, err)
			}
		}
		s := ota.Security{SPI: ota.SPI(spi), KIc: ota.Indicator(kic), KID: ota.Indicator(kic)}
		if r, err := p.InsecureOpenShort(s, ota.Keys{KIc: c, KID: k}); err == nil {
			if again, err := ota.PackShort(r, s, ota.Keys{KIc: c, KID: k}); err != nil || len(again) != len(b) {
				t.Fatalf("%x packs to %x, %v", b, again, err)
			}
		}
		r, err := p.Open(s, ota.Keys{KIc: c, KID: k})
		if err != nil {
			return
		}
		if again, err := r.Pack(s, ota.Keys{KIc: c, KID: k}); err != nil || len(again) != len(b) {
			t.Fatalf("%x packs to %x, %v", b, again, err)
		}
	})
}

// FuzzSegment: nothing panics, and a part alone is whole only if it is one of one.
func FuzzSegment(f *testing.F) {
	for _, v := range vectors(f, "response") {
		f.Add(v.bytes(f, "tpud"))
	}
	f.Add([]byte{7, 0, 3, 0x41, 2, 1, 0x70, 0, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ota.ParseSegment(b)
		if err != nil {
			return
		}
		if _, packet, whole, err := ota.Assemble([]ota.Segment{s, s}); err == nil && (whole != (s.Total == 1) || whole && !bytes.Equal(packet, s.Body)) {
			t.Fatalf("%x: %t", b, whole)
		}
	})
}

// TestPacketsTravel: whatever is packed arrives, in parts of any order.
func TestPacketsTravel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := ota.Profile(rapid.IntRange(1, 15).Draw(r, "set"), rapid.SampledFrom([]ota.Algorithm{ota.AES, ota.TripleDES2, ota.TripleDES3}).Draw(r, "algorithm"))
		s.SPI = rapid.SampledFrom([]ota.SPI{0x1639, 0x1E39, 0x1229, 0x1629, 0x1621}).Draw(r, "spi")
		sizes := ota.KeySizes(s.KIc.Algorithm())
		key := func(name string) []byte {
			n := rapid.SampledFrom(sizes).Draw(r, name+" size")
			return rapid.SliceOfN(rapid.Byte(), n, n).Draw(r, name)
		}
		k := ota.Keys{KIc: key("c"), KID: key("k")}
		c := ota.Command{Security: s, TAR: ota.SignatureTAR, Counter: rapid.Uint64Range(0, ota.MaxCounter).Draw(r, "counter"), Data: rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(r, "data")}
		packet, err := c.Pack(k)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ota.ParseCommand(travel(t, r, ota.Commands, packet))
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Open(k)
		if err != nil || got.Security != s || got.Counter != c.Counter || !bytes.Equal(got.Data, c.Data) {
			t.Fatalf("%+v, %v", got, err)
		}
		answer := ota.Response{TAR: c.TAR, Counter: c.Counter, Status: ota.Status(rapid.Byte().Draw(r, "status")), Data: rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(r, "answer")}
		if packet, err = answer.Pack(s, k); err != nil {
			t.Fatal(err)
		}
		q, err := ota.ParseResponse(travel(t, r, ota.Responses, packet))
		if err != nil {
			t.Fatal(err)
		}
		back, err := q.Open(s, k)
		if err != nil || back.Counter != answer.Counter || back.Status != answer.Status || !bytes.Equal(back.Data, answer.Data) {
			t.Fatalf("%+v, %v", back, err)
		}
	})
}

// travel cuts a packet and joins its parts in another order, some of them twice.
func travel(t *testing.T, r *rapid.T, k ota.Kind, packet []byte) []byte {
	t.Helper()
	parts, err := ota.Segments(k, packet, rapid.Byte().Draw(r, "reference"))
	if err != nil {
		t.Fatal(err)
	}
	var all []ota.Segment
	for _, b := range rapid.Permutation(slices.Concat(parts, parts[:rapid.IntRange(0, len(parts)).Draw(r, "copies")])).Draw(r, "order") {
		s, err := ota.ParseSegment(b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	kind, got, whole, err := ota.Assemble(all)
	if err != nil || !whole || kind != k {
		t.Fatal(kind, whole, err)
	}
	return got
}

// BenchmarkPack measures a command of one short message, as it is sent and as the card opens it.
func BenchmarkPack(b *testing.B) {
	k := ota.Keys{KIc: make([]byte, 16), KID: bytes.Repeat([]byte{1}, 16)}
	c := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Data: make([]byte, 100)}
	for b.Loop() {
		c.Counter++
		packet, err := c.Pack(k)
		if err != nil {
			b.Fatal(err)
		}
		p, err := ota.ParseCommand(packet)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Open(k); err != nil {
			b.Fatal(err)
		}
	}
}
