package ota_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/ota"
)

// TestChecksumAnchors has values of onomondo-uicc and of TS 102 225, annex B.
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
		{ota.Keyed, 0x35, [][]byte{head, append(bytes.Clone(data), 0xAA)}, "1b3a9c868f1283d3"},
		{ota.Keyed, 0x32, [][]byte{head, append(bytes.Clone(data), 0xAA)}, "f090fe9b251d5520"},
		{ota.Keyed, 0x35, [][]byte{head, data[:15]}, "d6bfd6ec7ef02a0e"},
		{ota.Keyed, 0x32, [][]byte{head, data[:15]}, "de89e247cdaf128a"},
		{ota.Redundancy, 0x35, [][]byte{{1, 2}, {3, 4, 5}}, "470b99f4"},
		{ota.Redundancy, 0x31, [][]byte{{1, 2, 3, 4, 5}}, "22ec"},
		{ota.NoChecksum, 0x31, [][]byte{{1, 2, 3, 4, 5}}, ""},
	} {
		got, err := ota.Sum(c.integrity, c.kid, key, c.parts...)
		if err != nil || !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%d %02x: %x, %v; want %s", c.integrity, byte(c.kid), got, err, c.want)
		}
	}
}
