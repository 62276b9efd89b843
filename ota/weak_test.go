package ota_test

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

func TestWeak(t *testing.T) {
	t.Parallel()
	for key, weak := range map[string]map[ota.Algorithm]bool{
		"00112233445566778899aabbccddeeff":                 {ota.AES: false, ota.TripleDES2: false},
		"00112233445566770011223344556677":                 {ota.AES: false, ota.TripleDES2: true},
		"00112233445566770110233245546776":                 {ota.AES: false, ota.TripleDES2: true}, // but for parity
		"ffffffffffffffffffffffffffffffff":                 {ota.AES: true, ota.TripleDES2: true},
		"00000000000000000000000000000000":                 {ota.AES: true, ota.TripleDES2: true},
		"01010101010101010000000000000000":                 {ota.AES: false, ota.TripleDES2: true},
		"00112233445566778899aabbccddeeff0123456789abcdef": {ota.AES: false, ota.TripleDES3: false},
		"0011223344556677001122334455667700112233aabbccdd": {ota.TripleDES3: true},
		"00112233445566778899aabbccddeeff8899aabbccddeeff": {ota.TripleDES3: true},
		"00112233445566778899aabbccddeeff0011223344556677": {ota.TripleDES3: false}, // the key of two parts, written out
		"0011223344556677":                                 {ota.DES: true, ota.DESECB: true},
		"":                                                 {ota.AES: true, ota.TripleDES2: true},
	} {
		b, err := hex.DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(b)
		for a, want := range weak {
			if got := a.Weak(b); got != want || !bytes.Equal(b, before) {
				t.Errorf("%s with algorithm %x: %t", key, a, got)
			}
		}
	}
}

// TestECB: as openssl enc -des-ecb does it; DES in ECB makes no checksum.
func TestECB(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: []byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF}, KID: bytes.Repeat([]byte{7}, 8)}
	c := ota.Command{Security: ota.Security{SPI: 0x0600, KIc: ota.NewIndicator(1, ota.DESECB), KID: ota.NewIndicator(1, ota.DES)}, TAR: ota.SignatureTAR, Counter: 1, Data: make([]byte, 40)}
	packet, err := c.Pack(k)
	if err != nil {
		t.Fatal(err)
	}
	openssl := exec.CommandContext(t.Context(), "openssl", "enc", "-d", "-des-ecb", "-nopad", "-K", hex.EncodeToString(k.KIc), "-provider", "legacy", "-provider", "default")
	openssl.Stdin = bytes.NewReader(packet[10:])
	plain, err := openssl.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{0, 0, 0, 0, 1, 2}; !bytes.HasPrefix(plain, want) || !bytes.Equal(plain[14:54], c.Data) {
		t.Errorf("%x", plain)
	}
	p, err := ota.ParseCommand(packet)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Open(k); err != nil || !bytes.Equal(got.Data, c.Data) || got.Counter != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	c.KIc, c.KID = ota.NewIndicator(1, ota.DES), ota.NewIndicator(1, ota.DESECB)
	if _, err := c.Pack(k); err == nil {
		t.Error("a checksum by DES in ECB")
	}
}

// TestPaddingBeyondTheData: a count of padding octets above those that are there, under a right checksum.
func TestPaddingBeyondTheData(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: []byte("0123456789abcdef"), KID: []byte("fedcba9876543210")}
	c := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Counter: 1, Data: []byte{1, 2}} // and no padding: 5+1+8+2 octets
	p, err := ota.ParseCommand(ota.WithPaddingCount(t, c, k, 3))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Open(k); err == nil {
		t.Errorf("%x", got.Data)
	}
	if p, err = ota.ParseCommand(ota.WithPaddingCount(t, c, k, 2)); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Open(k); err != nil || len(got.Data) != 0 {
		t.Errorf("%x, %v", got.Data, err)
	}
}
