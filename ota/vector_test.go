package ota_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

// TestCommandVectors packs and opens every command packet of other implementations.
func TestCommandVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t, "command")
	if len(all) != 13 {
		t.Errorf("%d vectors", len(all))
	}
	for _, v := range all {
		t.Run(v["id"], func(t *testing.T) {
			t.Parallel()
			c := ota.Command{Security: v.security(t), TAR: ota.TAR(v.bytes(t, "tar")), Counter: v.number(t, "counter", 16), Data: v.bytes(t, "data")}
			want := v.bytes(t, "packet")
			got, err := c.Pack(v.keys(t))
			if v["fill"] != "" {
				got = ota.WithPadding(t, c, v.keys(t), v.bytes(t, "fill"))
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%x, %v\n%x", got, err, want)
			}
			p, err := ota.ParseCommand(want)
			if err != nil || p.Security != c.Security || p.TAR != c.TAR {
				t.Fatalf("%+v, %v", p, err)
			}
			back, err := p.Open(v.keys(t))
			if err != nil || back.Counter != c.Counter || !bytes.Equal(back.Data, c.Data) {
				t.Errorf("%+v, %v", back, err)
			}
			if err := c.Refused(); (err != nil) != (v["refuse"] == "yes") || err != nil && !errors.Is(err, ota.ErrRefused) {
				t.Errorf("refused: %v, want %s", err, v["refuse"])
			}
			if parts := v["parts"]; parts != "" {
				segments(t, ota.Commands, want, parts)
			}
		})
	}
}

// TestResponseVectors opens every answer of other implementations' cards, and packs it unless they filled it with other
// octets than zeros.
func TestResponseVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t, "response")
	if len(all) != 10 {
		t.Errorf("%d vectors", len(all))
	}
	for _, v := range all {
		t.Run(v["id"], func(t *testing.T) {
			t.Parallel()
			s, err := ota.ParseSegment(v.bytes(t, "tpud"))
			if err != nil || s.Kind != ota.Responses || s.Total != 1 {
				t.Fatalf("%+v, %v", s, err)
			}
			p, err := ota.ParseResponse(s.Body)
			if err != nil || p.TAR != ota.TAR(v.bytes(t, "tar")) {
				t.Fatalf("%+v, %v", p, err)
			}
			r, err := p.Open(v.security(t), v.keys(t))
			if err != nil || r.Counter != v.number(t, "counter", 16) || r.Status != ota.Status(v.number(t, "status", 16)) || !bytes.Equal(r.Data, v.bytes(t, "data")) {
				t.Errorf("%+v, %v", r, err)
			}
			packed, err := r.Pack(v.security(t), v.keys(t))
			if err != nil || len(packed) != len(s.Body) || bytes.Equal(packed, s.Body) == (v["fill"] != "") {
				t.Errorf("%x, %v\n%x", packed, err, s.Body)
			}
			protected := v["protected"] == "yes"
			if _, ok := p.Unprotected(); ok == protected {
				t.Errorf("unprotected: %t", ok)
			}
			if protected {
				everyBit(t, v, s.Body)
			}
		})
	}
}

// TestPublishedAndRefused: pySim publishes packets with AES and no counter, which TS 102 225 forbids (section 5.1.2): two packets of one
// beginning would have one ciphertext. They are not read.
func TestPublishedAndRefused(t *testing.T) {
	t.Parallel()
	_, err := ota.ParseCommand(unhex(t, "00281506192222b00011e87cceebb2d93083011ce294f93fc4d8de80da1abae8c37ca3e72ec4432e5058"))
	if bad, ok := errors.AsType[*ota.Error](err); !ok || bad.Status != ota.SecurityError {
		t.Error(err)
	}
}

// everyBit changes each bit of a protected answer: none can be changed unseen. Octets of the
// indicators that are not part of the answer do not exist, so this is all of it.
func everyBit(t *testing.T, v vector, body []byte) {
	t.Helper()
	for bit := range len(body) * 8 {
		b := bytes.Clone(body)
		b[bit/8] ^= 1 << (bit % 8)
		p, err := ota.ParseResponse(b)
		if err == nil {
			_, err = p.Open(v.security(t), v.keys(t))
		}
		if err == nil {
			t.Errorf("bit %d can be changed", bit)
		}
	}
}

// segments cuts the packet into the parts given, and joins them in every order.
func segments(t *testing.T, k ota.Kind, packet []byte, parts string) {
	t.Helper()
	var want [][]byte
	for part := range bytes.SplitSeq([]byte(parts), []byte(" ")) {
		want = append(want, unhex(t, string(part)))
	}
	got, err := ota.Segments(k, packet, want[0][3])
	if err != nil || !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%x, %v", got, err)
	}
	for _, order := range [][]int{{0, 1}, {1, 0}, {1, 1, 0, 0}} {
		var all []ota.Segment
		for _, i := range order {
			s, err := ota.ParseSegment(want[i])
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		kind, whole, complete, err := ota.Assemble(all)
		if err != nil || !complete || kind != k || !bytes.Equal(whole, packet) {
			t.Errorf("%v: %x %s, %t, %v", order, kind, hex.EncodeToString(whole), complete, err)
		}
	}
}
