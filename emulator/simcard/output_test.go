package simcard_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
)

// TestWrappedKeys has the vectors of RFC 3394, sections 4.1 and 4.6.
func TestWrappedKeys(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ transport, key, want string }{
		{"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f", "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
	} {
		m := made(t, "+436641000009")
		transport, err1 := hex.DecodeString(x.transport)
		key, err2 := hex.DecodeString(x.key)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		m.Keys[0].KIc, m.Keys[0].KID = key, key
		var b bytes.Buffer
		if err := simcard.WriteWrapped(&b, transport, m); err != nil || !strings.HasSuffix(b.String(), ",aes,"+x.want+","+x.want+",b00011\n") {
			t.Errorf("%s, %v", b.String(), err)
		}
	}
	if err := simcard.WriteWrapped(&bytes.Buffer{}, []byte("short"), made(t, "")); err == nil {
		t.Error("a transport key of five octets")
	}
}
