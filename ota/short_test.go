package ota_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"github.com/countersign-auth/countersign/cmac"
	"github.com/countersign-auth/countersign/ota"
)

// TestShortMAC: a packet whose CMAC has four octets is read for diagnosis and by nothing else; one with eight is not read so.
func TestShortMAC(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: unhex(t, "00112233445566778899aabbccddeeff"), KID: unhex(t, "0123456789abcdef0123456701234567")}
	for _, kind := range []ota.Algorithm{ota.AES, ota.TripleDES2} {
		s := ota.Profile(3, kind)
		c := ota.Command{Security: s, TAR: ota.SignatureTAR, Counter: 7, Data: []byte("data")}
		r := ota.Response{TAR: ota.SignatureTAR, Counter: 7, Status: ota.OK, Data: []byte("answer")}
		packet, err := ota.PackCommandShort(c, k)
		if (err == nil) != (kind == ota.AES) {
			t.Fatal(err)
		}
		if err != nil {
			continue
		}
		answer, err := ota.PackShort(r, s, k)
		if err != nil {
			t.Fatal(err)
		}
		byHand(t, packet, k)
		p, err := ota.ParseCommand(packet)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Open(k); err == nil {
			t.Error("a command with four octets is as good as one with eight")
		}
		if got, err := p.InsecureOpenShort(k); err != nil || got.Counter != 7 || string(got.Data) != "data" {
			t.Errorf("%+v, %v", got, err)
		}
		a, err := ota.ParseResponse(answer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Open(s, k); err == nil {
			t.Error("an answer with four octets is as good as one with eight")
		}
		if got, err := a.InsecureOpenShort(s, k); err != nil || got.Counter != 7 || string(got.Data) != "answer" {
			t.Errorf("%+v, %v", got, err)
		}
		for bit := range len(answer) * 8 {
			b := bytes.Clone(answer)
			b[bit/8] ^= 1 << (bit % 8)
			if x, err := ota.ParseResponse(b); err == nil {
				if _, err := x.InsecureOpenShort(s, k); err == nil {
					t.Errorf("bit %d can be changed", bit)
				}
			}
		}
	}
	packet, keys := command(t, "CMD-12")
	if p, err := ota.ParseCommand(packet); err != nil {
		t.Error(err)
	} else if _, err := p.InsecureOpenShort(keys); err == nil {
		t.Error("eight octets are read as four")
	}
}

// byHand deciphers the packet and computes its four octets without the package.
func byHand(t *testing.T, packet []byte, k ota.Keys) {
	t.Helper()
	block, err := aes.NewCipher(k.KIc)
	if err != nil {
		t.Fatal(err)
	}
	plain := bytes.Clone(packet)
	cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(plain[10:], plain[10:])
	mac, err := aes.NewCipher(k.KID)
	if err != nil {
		t.Fatal(err)
	}
	sum := cmac.Sum(mac, append(bytes.Clone(plain[:16]), plain[20:]...))
	if packet[2] != 13+4 || !bytes.Equal(plain[16:20], sum[:4]) || !bytes.HasPrefix(plain[20:], []byte("data")) {
		t.Errorf("%x, sum %x", plain, sum)
	}
}
