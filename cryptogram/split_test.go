package cryptogram_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/cryptogram"
)

// DI-191, DI-192, DI-195: in both suites and both variants the split gives the whole, whatever the intermediate keys are.
func TestDI191TheSplitEqualsTheWhole(t *testing.T) {
	t.Parallel()
	for _, s := range suites() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				octets := func(name string, n int) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name) }
				secret, data := octets("key", 2*s.Half()), rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "data")
				k, err := cryptogram.NewKey(s, secret)
				if err != nil {
					t.Skip("equal halves")
				}
				one := cryptogram.Share{Suite: s, Own: secret[:s.Half()], K3: octets("k3", s.Half()), K4: octets("k4", s.Half())}
				two := cryptogram.Share{Suite: s, Own: secret[s.Half():], K3: one.K3, K4: one.K4}
				for _, v := range []cryptogram.Variant{cryptogram.Protected, cryptogram.Plain} {
					p, x := pair(t, one, two, v)
					second, err := x.Answer(p.First(data))
					if err != nil {
						t.Fatal(err)
					}
					got, err := p.Final(second)
					if err != nil || !bytes.Equal(got, k.Cryptogram(data)) {
						t.Fatalf("%s: %x, %v; whole %x", v, got, err, k.Cryptogram(data))
					}
				}
			})
		})
	}
}

// DI-193: 10,000 blocks of the suite TDES against OpenSSL's two-key triple DES.
func TestDI193OpenSSLMakesTheSame(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	octets := func(n int) []byte { b := make([]byte, n); _, _ = random.Read(b); return b }
	for range 40 {
		secret, blocks := octets(16), octets(250*8)
		one := cryptogram.Share{Suite: cryptogram.TDES, Own: secret[:8], K3: octets(8), K4: octets(8)}
		two := cryptogram.Share{Suite: cryptogram.TDES, Own: secret[8:], K3: one.K3, K4: one.K4}
		p, s := pair(t, one, two, cryptogram.Protected)
		var got []byte
		for i := 0; i < len(blocks); i += 8 {
			second, err := s.Answer(p.FirstBlock(blocks[i : i+8]))
			if err != nil {
				t.Fatal(err)
			}
			final, err := p.Final(second)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, final...)
		}
		openssl := exec.CommandContext(t.Context(), "openssl", "enc", "-des-ede", "-nopad", "-K", hex.EncodeToString(secret))
		openssl.Stdin = bytes.NewReader(blocks)
		want, err := openssl.Output()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v; the split made something else than OpenSSL", err)
		}
	}
}

// The whole cryptogram of the suite AES against OpenSSL, step by step: the chain, then E, D and E.
func TestOpenSSLMakesTheCryptogramOfAES(t *testing.T) {
	t.Parallel()
	secret := testKey(cryptogram.AES, 3)
	run := func(in []byte, args ...string) []byte {
		c := exec.CommandContext(t.Context(), "openssl", append([]string{"enc", "-nopad"}, args...)...)
		c.Stdin = bytes.NewReader(in)
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	k1, k2 := hex.EncodeToString(secret[:16]), hex.EncodeToString(secret[16:])
	for _, n := range []int{0, 15, 16, 17, 61} {
		data := bytes.Repeat([]byte{0xA5}, n)
		padded := append(bytes.Clone(data), 0x80)
		padded = append(padded, make([]byte, -len(padded)&15)...)
		once := run(padded, "-aes-128-cbc", "-K", k1, "-iv", strings.Repeat("0", 32))
		want := run(run(once[len(once)-16:], "-d", "-aes-128-ecb", "-K", k2), "-aes-128-ecb", "-K", k1)
		if got := key(t, cryptogram.AES, secret).Cryptogram(data); !bytes.Equal(got, want) {
			t.Errorf("%d octets: %x, OpenSSL %x", n, got, want)
		}
	}
}

// DI-194: the link never shows a value of one half alone in the protected variant, and does in the plain one.
func TestDI194WhatTheLinkShows(t *testing.T) {
	t.Parallel()
	secret, data := testKey(cryptogram.AES, 1), []byte("amount 12.00")
	k1, k2 := half(t, secret[:16]), half(t, secret[16:])
	x := append(bytes.Clone(data), 0x80, 0, 0, 0)
	alone := func(in []byte, f func(dst, src []byte)) []byte { out := make([]byte, 16); f(out, in); return out }
	inner := alone(x, k1.Encrypt)
	bare := alone(inner, k2.Decrypt)
	one, two, err := cryptogram.Split(cryptogram.AES, secret, rand.NewChaCha8([32]byte{2}))
	if err != nil {
		t.Fatal(err)
	}
	for v, shows := range map[cryptogram.Variant]bool{cryptogram.Protected: false, cryptogram.Plain: true} {
		p, s := pair(t, one, two, v)
		first := p.First(data)
		second, err := s.Answer(first)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(first, inner) || bytes.Equal(second, bare) != shows {
			t.Errorf("%s: C1 %x, C2 %x; E %x, D %x", v, first, second, inner, bare)
		}
	}
}

// DI-196: another half, swapped halves and another secondary give another cryptogram.
func TestDI196WrongHalvesDoNotPass(t *testing.T) {
	t.Parallel()
	for _, s := range suites() {
		secret, data := testKey(s, 1), []byte("some data")
		one, two, err := cryptogram.Split(s, secret, rand.NewChaCha8([32]byte{3}))
		if err != nil {
			t.Fatal(err)
		}
		_, stranger, err := cryptogram.Split(s, testKey(s, 9), rand.NewChaCha8([32]byte{4}))
		if err != nil {
			t.Fatal(err)
		}
		other := two
		other.Own = testKey(s, 7)[:s.Half()]
		swapped1, swapped2 := one, two
		swapped1.Own, swapped2.Own = two.Own, one.Own
		for name, c := range map[string][2]cryptogram.Share{"other K2": {one, other}, "swapped": {swapped1, swapped2}, "stranger": {one, stranger}} {
			p, x := pair(t, c[0], c[1], cryptogram.Protected)
			second, err := x.Answer(p.First(data))
			if err != nil {
				t.Fatal(err)
			}
			final, err := p.Final(second)
			if err != nil || key(t, s, secret).Verify(data, final) || key(t, s, secret).Verify(data, final[:cryptogram.Short]) {
				t.Errorf("%s, %s: it passed, or %v", s, name, err)
			}
		}
	}
}

func TestSharesComeBack(t *testing.T) {
	t.Parallel()
	for _, s := range suites() {
		one, two, err := cryptogram.Split(s, testKey(s, 1), rand.NewChaCha8([32]byte{5}))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(one.Bytes(), two.Own) || bytes.Contains(two.Bytes(), one.Own) {
			t.Error("DI-197: a device holds the other one's half")
		}
		for _, share := range []cryptogram.Share{one, two} {
			got, err := cryptogram.ParseShare(share.Bytes())
			if err != nil || !bytes.Equal(got.Bytes(), share.Bytes()) {
				t.Errorf("%v", err)
			}
			for _, bad := range [][]byte{nil, {1}, {2, 1}, {1, 9}, share.Bytes()[1:], append(share.Bytes(), 0)} {
				if _, err := cryptogram.ParseShare(bad); err == nil {
					t.Errorf("%x was read", bad)
				}
			}
		}
	}
}

func TestBadKeysAndBlocks(t *testing.T) {
	t.Parallel()
	for _, s := range suites() {
		equal := testKey(s, 1)
		copy(equal[s.Half():], equal[:s.Half()])
		for _, bad := range [][]byte{nil, equal[1:], equal} {
			if _, err := cryptogram.NewKey(s, bad); err == nil {
				t.Errorf("%s: a key of %d octets was taken", s, len(bad))
			}
			if _, _, err := cryptogram.Split(s, bad, rand.NewChaCha8([32]byte{})); err == nil {
				t.Errorf("%s: a key of %d octets was split", s, len(bad))
			}
		}
		one, two, err := cryptogram.Split(s, testKey(s, 1), rand.NewChaCha8([32]byte{6}))
		if err != nil {
			t.Fatal(err)
		}
		p, x := pair(t, one, two, cryptogram.Protected)
		for _, bad := range [][]byte{nil, make([]byte, s.Block()-1), make([]byte, s.Block()+1)} {
			_, err1 := x.Answer(bad)
			if _, err2 := p.Final(bad); err1 == nil || err2 == nil {
				t.Errorf("%s: a block of %d octets was taken", s, len(bad))
			}
		}
		one.K3 = nil
		if _, err := cryptogram.NewPrimary(one, cryptogram.Protected); err == nil {
			t.Error("a share without K3 was taken")
		}
	}
	parity := testKey(cryptogram.TDES, 1)
	copy(parity[8:], parity[:8])
	parity[8] ^= 1
	if _, err := cryptogram.NewKey(cryptogram.TDES, parity); err == nil {
		t.Error("halves that differ in parity alone were taken")
	}
	if _, _, err := cryptogram.Split(cryptogram.AES, testKey(cryptogram.AES, 1), strings.NewReader("short")); err == nil {
		t.Error("a key was split without random numbers")
	}
	if _, err := cryptogram.NewKey(7, nil); err == nil || errors.Is(err, cryptogram.ErrFIPS) {
		t.Errorf("no suite: %v", err)
	}
}

func TestKeysAreHidden(t *testing.T) {
	t.Parallel()
	secret := testKey(cryptogram.AES, 1)
	one, two, err := cryptogram.Split(cryptogram.AES, secret, rand.NewChaCha8([32]byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	p, s := pair(t, one, two, cryptogram.Protected)
	d := cryptogram.Device{Kind: "mac", Value: []byte("value"), Secret: secret[:16]}
	kek, err := cryptogram.NewKEK(cryptogram.Hardened, secret[:16], cryptogram.Single, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{one, &two, p, s, key(t, cryptogram.AES, secret), kek, d} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			if got := fmt.Sprintf(verb, x); got != "[key]" {
				t.Errorf("%T by %s: %.60s", x, verb, got)
			}
		}
	}
}
