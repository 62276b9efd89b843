package ota_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

// TestChecksumAnchors has values of onomondo-uicc, of TS 102 225, annex B, and of RFC 4493, section 4.
func TestChecksumAnchors(t *testing.T) {
	t.Parallel()
	key := unhex(t, "aabbccddeeff11220000000000000000")
	head, data := unhex(t, "0028151e193232b00011000000000106"), unhex(t, "0123456789abcdef0123456701234567")
	for _, c := range []struct {
		integrity ota.Integrity
		kid       ota.Indicator
		parts     [][]byte
		want      string
	}{
		{ota.Keyed, 0x35, [][]byte{head, data}, "c0995c616fa90e18"},
		{ota.Keyed, 0x32, [][]byte{head, data}, "baddda0ee401d63d"},
		{ota.Redundancy, 0x35, [][]byte{{1, 2}, {3, 4, 5}}, "470b99f4"},
		{ota.Redundancy, 0x31, [][]byte{{1, 2, 3, 4, 5}}, "22ec"},
		{ota.NoChecksum, 0x31, [][]byte{{1, 2, 3, 4, 5}}, ""},
	} {
		got, err := ota.Sum(c.integrity, c.kid, key, c.parts...)
		if err != nil || !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%d %02x: %x, %v; want %s", c.integrity, byte(c.kid), got, err, c.want)
		}
	}
	key = unhex(t, "2b7e151628aed2a6abf7158809cf4f3c")
	all := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for n, want := range map[int]string{
		0: "bb1d6929e95937287fa37d129b756746", 16: "070a16b46b4d4144f79bdd9dd04a287c", 40: "dfa66747de9ae63030ca32611497c827", 64: "51f0bebf7e3b9d92fc49741779363cfe",
	} {
		if got := ota.CMAC(key, all[:n]); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%d octets: %x", n, got)
		}
	}
}
