package ota_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

// command is a vector's packet with its keys.
func command(t *testing.T, id string) (packet []byte, k ota.Keys) {
	t.Helper()
	for _, v := range vectors(t, "command") {
		if v["id"] == id {
			return v.bytes(t, "packet"), v.keys(t)
		}
	}
	t.Fatal(id)
	return nil, k
}

func open(packet []byte, k ota.Keys) error {
	p, err := ota.ParseCommand(packet)
	if err == nil {
		_, err = p.Open(k)
	}
	return err
}

// TestLengths: a packet has the length that it names, and its header that of its protection.
func TestLengths(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"CMD-2", "CMD-4", "CMD-5", "CMD-6"} {
		packet, k := command(t, id)
		for n := range packet {
			if open(packet[:n], k) == nil {
				t.Errorf("%s: opens cut to %d octets", id, n)
			}
		}
		for octet := range 3 { // CPL and CHL
			for change := 1; change < 256; change++ {
				b := bytes.Clone(packet)
				b[octet] ^= byte(change)
				if open(b, k) == nil {
					t.Errorf("%s: octet %d may be %02x", id, octet, b[octet])
				}
			}
		}
		if open(append(bytes.Clone(packet), 0), k) == nil {
			t.Errorf("%s: opens with an octet behind it", id)
		}
	}
}

// TestEveryBitOfCommands: none can be changed in a packet with a keyed checksum, the header included.
func TestEveryBitOfCommands(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"CMD-2", "CMD-3", "CMD-4", "CMD-5", "CMD-6", "CMD-C"} {
		packet, k := command(t, id)
		for bit := range len(packet) * 8 {
			b := bytes.Clone(packet)
			b[bit/8] ^= 1 << (bit % 8)
			if open(b, k) == nil {
				t.Errorf("%s: bit %d can be changed", id, bit)
			}
		}
	}
}

// TestPaddingCount: it is below a block, and not more than there is; without a cipher it is 0. The packets have a right
// checksum over a wrong count.
func TestPaddingCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kid    ota.Indicator
		spi    ota.SPI
		counts map[byte]bool // whether it may be so
	}{
		{0x15, 0x1201, map[byte]bool{0: true, 1: false, 7: false, 8: false, 255: false}},
		{0x12, 0x1201, map[byte]bool{0: true, 1: false, 16: false}},
	} {
		k := ota.Keys{KIc: bytes.Repeat([]byte{1}, 16), KID: bytes.Repeat([]byte{2}, 16)}
		for count, ok := range c.counts {
			x := ota.Command{Security: ota.Security{SPI: c.spi, KIc: c.kid, KID: c.kid}, TAR: ota.SignatureTAR, Counter: 1, Data: []byte{1, 2, 3}}
			if err := open(ota.WithPaddingCount(t, x, k, count), k); (err == nil) != ok {
				t.Errorf("%v, %d octets of padding: %v", c.spi, count, err)
			}
		}
	}
	for _, kic := range []ota.Indicator{0x15, 0x12} {
		k := ota.Keys{KIc: bytes.Repeat([]byte{1}, 16), KID: bytes.Repeat([]byte{2}, 16)}
		x := ota.Command{Security: ota.Security{SPI: 0x1601, KIc: kic, KID: kic}, TAR: ota.SignatureTAR, Counter: 1, Data: bytes.Repeat([]byte{3}, 40)}
		block := byte(8)
		if kic == 0x12 {
			block = 16
		}
		for count := range 2 * block {
			if err := open(ota.WithPaddingCount(t, x, k, count), k); (err == nil) != (count < block) {
				t.Errorf("KIc %02x, %d octets of padding: %v", byte(kic), count, err)
			}
		}
	}
}

// TestPaddingMayBeAnything: its value is free (TS 102 225, section 5.1.3), the checksum is over what came.
func TestPaddingMayBeAnything(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: bytes.Repeat([]byte{1}, 16), KID: bytes.Repeat([]byte{2}, 16)}
	x := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Counter: 9, Data: []byte("abc")}
	p, err := ota.ParseCommand(ota.WithPadding(t, x, k, append([]byte{0x80}, bytes.Repeat([]byte{0xEE}, 14)...)))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Open(k); err != nil || string(c.Data) != "abc" {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestSettingsThatCannotBe: neither side packs or opens them.
func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: make([]byte, 16), KID: make([]byte, 16)}
	for name, s := range map[string]ota.Security{
		"key sets that differ": {SPI: 0x1601, KIc: 0x12, KID: 0x22}, "AES without a counter": {SPI: 0x0601, KIc: 0x12, KID: 0x12}, "AES with a counter unchecked": {SPI: 0x0E01, KIc: 0x12, KID: 0x12},
		"CMAC without a counter": {SPI: 0x0201, KIc: 0x10, KID: 0x12}, "a signature": {SPI: 0x1701, KIc: 0x12, KID: 0x12}, "reserved bits": {SPI: 0xF601, KIc: 0x12, KID: 0x12},
		"reserved bits of the answer": {SPI: 0x16C1, KIc: 0x12, KID: 0x12}, "an answer that is neither asked nor not": {SPI: 0x1603, KIc: 0x12, KID: 0x12}, "an agreed algorithm": {SPI: 0x1601, KIc: 0x10, KID: 0x10},
		"an algorithm unknown": {SPI: 0x1601, KIc: 0x13, KID: 0x13}, "a checksum unknown": {SPI: 0x0101, KIc: 0x10, KID: 0x12}, "a signed answer": {SPI: 0x160D, KIc: 0x12, KID: 0x12},
	} {
		c := ota.Command{Security: s, Counter: 1, Data: []byte{1}}
		if _, err := c.Pack(k); err == nil {
			t.Errorf("%s was packed", name)
		}
	}
	for name, bad := range map[string]ota.Keys{"no keys": {}, "short": {KIc: make([]byte, 15), KID: make([]byte, 16)}, "CC key short": {KIc: make([]byte, 16), KID: make([]byte, 15)}} {
		c := ota.Command{Security: ota.Profile(1, ota.AES), Counter: 1}
		if _, err := c.Pack(bad); err == nil {
			t.Errorf("%s was packed", name)
		}
	}
	for _, n := range []uint64{ota.MaxCounter + 1, 1 << 63} {
		c, r := ota.Command{Security: ota.Profile(1, ota.AES), Counter: n}, ota.Response{Counter: n}
		_, err := c.Pack(k)
		_, err2 := r.Pack(c.Security, k)
		if err == nil || err2 == nil {
			t.Errorf("counter %d was packed", n)
		}
	}
}

// TestRefused: what neither side may rely on.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s  ota.Security
		ok bool
	}{
		{ota.Profile(3, ota.AES), true},
		{ota.Profile(3, ota.TripleDES2), true},
		{ota.Profile(3, ota.TripleDES3), true},
		{ota.Profile(3, ota.DES), false},
		{ota.Profile(3, ota.DESECB), false},
		{ota.Profile(3, ota.Implicit), false},
		{ota.Security{}, false},
		{ota.Security{SPI: 0x1139, KIc: 0x15, KID: 0x15}, false}, // RC only
		{ota.Security{SPI: 0x0439, KIc: 0x15, KID: 0x15}, false}, // cipher only
		{ota.Security{SPI: 0x0639, KIc: 0x15, KID: 0x15}, false}, // no counter
		{ota.Security{SPI: 0x0E39, KIc: 0x15, KID: 0x15}, false}, // a counter that nobody checks
		{ota.Security{SPI: 0x1739, KIc: 0x15, KID: 0x15}, false}, // a signature
		{ota.Security{SPI: 0x1639, KIc: 0x11, KID: 0x15}, false},
		{ota.Security{SPI: 0x1639, KIc: 0x15, KID: 0x11}, false},
		{ota.Security{SPI: 0x1639, KIc: 0x1D, KID: 0x15}, false},
		{ota.Security{SPI: 0x1639, KIc: 0x12, KID: 0x22}, false},
		{ota.Security{SPI: 0x1239, KIc: 0x00, KID: 0x12}, true},  // readable, but nobody can change it
		{ota.Security{SPI: 0x1E39, KIc: 0x12, KID: 0x12}, true},  // exactly one higher
		{ota.Security{SPI: 0xF639, KIc: 0x12, KID: 0x12}, false}, // reserved bits
	} {
		err := c.s.Refused()
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ota.ErrRefused) {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
	if !ota.Profile(1, ota.AES).Answers() || (ota.Security{SPI: 0x1601}).Answers() || (ota.Security{SPI: 0x1638}).Answers() {
		t.Error("an answer counts that proves nothing, or one does not that does")
	}
	for _, c := range []struct {
		got, least ota.SPI
		weaker     bool
	}{{0x1639, 0x1639, false}, {0x0639, 0x1639, true}, {0x1239, 0x1639, true}, {0x0001, 0x1639, true}, {0x1E39, 0x1639, false}, {0x1639, 0x1200, false}, {0x1539, 0x1639, true}} {
		if c.got.Weaker(c.least) != c.weaker {
			t.Errorf("%s against %s: %t", c.got, c.least, !c.weaker)
		}
	}
}

// TestKeysHide: no verb, no encoding shows them.
func TestKeysHide(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: []byte("secretsecretsecr"), KID: []byte("hiddenhiddenhidd")}
	b, err := json.Marshal(map[string]any{"k": k, "p": &k})
	text := string(b) + fmt.Sprintf("%v %+v %#v %s %q %x %d", k, k, k, k, k, k, &k)
	for _, secret := range []string{"secret", "hidden", hex.EncodeToString(k.KIc), "115 101"} {
		if err != nil || bytes.Contains([]byte(text), []byte(secret)) {
			t.Errorf("%s, %v", text, err)
		}
	}
}

// TestWrongKeys: what was packed with others does not open, and says so as a card does.
func TestWrongKeys(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"CMD-4", "CMD-5", "CMD-6"} {
		packet, k := command(t, id)
		for name, bad := range map[string]ota.Keys{"KID": {KIc: k.KIc, KID: bytes.Repeat([]byte{9}, 16)}, "KIc": {KIc: bytes.Repeat([]byte{9}, 16), KID: k.KID}} {
			err := open(packet, bad)
			if id == "CMD-6" && name == "KIc" {
				if err != nil {
					t.Errorf("%s needs a key that it does not use: %v", id, err)
				}
				continue
			}
			if e, ok := errors.AsType[*ota.Error](err); !ok || e.Status != ota.ChecksumFailed {
				t.Errorf("%s with another %s: %v", id, name, err)
			}
		}
	}
}
