package cryptogram_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/cryptogram"
)

var (
	shared = bytes.Repeat([]byte{7}, cryptogram.SharedSize)
	ours   = cryptogram.Binding{Token: "token-1", Key: "key-1"}
)

// secondary is the n-th device.
func secondary(n byte) cryptogram.Device {
	return cryptogram.Device{Kind: "mac", Value: []byte{2, 0, 0, 0, 0, n}, Secret: bytes.Repeat([]byte{n}, cryptogram.SecretSize)}
}

func profiles() map[string]cryptogram.Profile {
	return map[string]cryptogram.Profile{"hardened": cryptogram.Hardened, "patent": cryptogram.Patent}
}

func kek(t *testing.T, p cryptogram.Profile, how cryptogram.Combination, devices ...cryptogram.Device) *cryptogram.KEK {
	t.Helper()
	k, err := cryptogram.NewKEK(p, shared, how, devices...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// opens tells whether a credential that one key sealed opens with another.
func opens(t *testing.T, seal, open *cryptogram.KEK) bool {
	t.Helper()
	sealed, err := seal.Seal(ours, []byte("credential"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := open.Open(ours, sealed)
	if err != nil && !errors.Is(err, cryptogram.ErrSealed) {
		t.Fatal(err)
	}
	return err == nil && string(got) == "credential"
}

// DI-118, DI-129, DI-130, DI-134: the shared key and the device open, and neither without the other; another device, token,
// key or part fails cleanly.
func TestDI129And130WhatOpens(t *testing.T) {
	t.Parallel()
	for name, p := range profiles() {
		k := kek(t, p, cryptogram.Single, secondary(1))
		if !opens(t, k, kek(t, p, cryptogram.Single, secondary(1))) {
			t.Errorf("%s: it does not open", name)
		}
		stranger, err := cryptogram.NewKEK(p, bytes.Repeat([]byte{8}, cryptogram.SharedSize), cryptogram.Single, secondary(1))
		if err != nil {
			t.Fatal(err)
		}
		otherKind, longer := secondary(1), secondary(1)
		otherKind.Kind, longer.Value = "serial", append(bytes.Clone(longer.Value), 0)
		for what, other := range map[string]*cryptogram.KEK{
			"another shared key": stranger, "another device": kek(t, p, cryptogram.Single, secondary(2)),
			"another kind": kek(t, p, cryptogram.Single, otherKind), "a zero behind": kek(t, p, cryptogram.Single, longer),
		} {
			if opens(t, k, other) {
				t.Errorf("%s: it opens with %s", name, what)
			}
		}
		sealed, err := k.Seal(ours, []byte("credential"))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []cryptogram.Binding{{Token: "token-2", Key: "key-1"}, {Token: "token-1", Key: "key-2"}, {Token: "token-1", Key: "key-1", Part: 1}, {Token: "token-1k", Key: "ey-1"}} {
			if _, err := k.Open(b, sealed); !errors.Is(err, cryptogram.ErrSealed) {
				t.Errorf("%s: bound to %+v: %v", name, b, err)
			}
		}
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := k.Open(ours, bad); !errors.Is(err, cryptogram.ErrSealed) {
				t.Fatalf("%s: octet %d: %v", name, i, err)
			}
		}
		if _, err := k.Open(ours, nil); !errors.Is(err, cryptogram.ErrSealed) {
			t.Errorf("nothing opened: %v", err)
		}
	}
}

// The hardened profile needs the secret: who knows the address of the device opens nothing.
func TestHardenedNeedsTheSecret(t *testing.T) {
	t.Parallel()
	guess := secondary(1)
	guess.Secret = bytes.Repeat([]byte{9}, cryptogram.SecretSize)
	if opens(t, kek(t, cryptogram.Hardened, cryptogram.Single, secondary(1)), kek(t, cryptogram.Hardened, cryptogram.Single, guess)) {
		t.Error("the identifier was enough")
	}
	if !opens(t, kek(t, cryptogram.Patent, cryptogram.Single, secondary(1)), kek(t, cryptogram.Patent, cryptogram.Single, guess)) {
		t.Error("the patent's profile asked for a secret")
	}
	guess.Secret = nil
	if _, err := cryptogram.NewKEK(cryptogram.Hardened, shared, cryptogram.Single, guess); err == nil {
		t.Error("hardened without a secret")
	}
}

// DI-158 to DI-161: sum, exclusive or and concatenation; all devices are needed, and order matters for the last alone.
func TestDI158To161Combinations(t *testing.T) {
	t.Parallel()
	a, b, c := secondary(1), secondary(2), secondary(3)
	for name, p := range profiles() {
		for how, ordered := range map[cryptogram.Combination]bool{cryptogram.Sum: false, cryptogram.ExclusiveOr: false, cryptogram.Concatenate: true} {
			t.Run(fmt.Sprint(name, how), func(t *testing.T) {
				t.Parallel()
				k := kek(t, p, how, a, b, c)
				if !opens(t, k, kek(t, p, how, a, b, c)) {
					t.Error("it does not open")
				}
				if opens(t, k, kek(t, p, how, c, a, b)) == ordered {
					t.Error("the order matters, or does not")
				}
				if opens(t, k, kek(t, p, how, a, b)) || opens(t, k, kek(t, p, how, a, b, secondary(4))) {
					t.Error("it opens without a device")
				}
				if _, err := cryptogram.NewKEK(p, shared, how, a); err == nil {
					t.Error("one device was combined")
				}
			})
		}
	}
}

// The sum is that of numbers, with its carry, modulo 2^128.
func TestDI158TheSumIsOfNumbers(t *testing.T) {
	t.Parallel()
	of := func(s string) cryptogram.Device { return cryptogram.Device{Kind: "serial", Value: unhex(t, s)} }
	got, err := cryptogram.RawKEK(cryptogram.Patent, shared, cryptogram.Sum, of("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), of("00000000000000010000000000000002"))
	want, err2 := cryptogram.RawKEK(cryptogram.Patent, shared, cryptogram.Single, of("00000000000000010000000000000001"))
	if err != nil || err2 != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %x, %v, %v", got, want, err, err2)
	}
}

// DD-5: a device with itself would be zero under exclusive or.
func TestDD5ADeviceWithItself(t *testing.T) {
	t.Parallel()
	twin := secondary(1)
	twin.Kind = "serial"
	for _, how := range []cryptogram.Combination{cryptogram.Sum, cryptogram.ExclusiveOr, cryptogram.Concatenate} {
		for _, second := range []cryptogram.Device{secondary(1), twin} {
			if _, err := cryptogram.NewKEK(cryptogram.Patent, shared, how, secondary(1), second); !errors.Is(err, cryptogram.ErrTwice) {
				t.Errorf("%d: %v", how, err)
			}
		}
	}
}

func TestBadDevices(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*cryptogram.Device){
		"no kind":        func(d *cryptogram.Device) { d.Kind = "" },
		"no value":       func(d *cryptogram.Device) { d.Value = nil },
		"a long value":   func(d *cryptogram.Device) { d.Value = make([]byte, 1025) },
		"a short secret": func(d *cryptogram.Device) { d.Secret = d.Secret[1:] },
	} {
		d := secondary(1)
		change(&d)
		if _, err := cryptogram.NewKEK(cryptogram.Hardened, shared, cryptogram.Single, d); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := cryptogram.NewKEK(cryptogram.Hardened, shared[1:], cryptogram.Single, secondary(1)); err == nil {
		t.Error("a short shared key was taken")
	}
	if _, err := cryptogram.NewKEK(cryptogram.Patent, shared, cryptogram.Single); err == nil {
		t.Error("a key without devices")
	}
}

// DI-155, DI-157: a device is found by a hash that depends on the primary and not on the secret.
func TestDI155Hashes(t *testing.T) {
	t.Parallel()
	d, bare, kind := secondary(1), secondary(1), secondary(1)
	bare.Secret, kind.Kind = nil, "serial"
	salt := bytes.Repeat([]byte{1}, 16)
	if d.Hash(salt) != bare.Hash(salt) {
		t.Error("the secret counts")
	}
	for _, other := range []cryptogram.DeviceHash{kind.Hash(salt), secondary(2).Hash(salt), d.Hash(shared)} {
		if other == d.Hash(salt) {
			t.Error("another device, kind or primary has the same hash")
		}
	}
}

// DI-162 to DI-166: parts are crossed, no device holds a part with what opens it; the right map brings the token back,
// and a wrong one does not.
func TestDI162To166Crossed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(rt, "devices")
		token := rapid.SliceOfN(rapid.Byte(), n, 40).Draw(rt, "token")
		random := bytes.NewReader(rapid.SliceOfN(rapid.ByteMax(250), 400, 400).Draw(rt, "random"))
		c, err := cryptogram.Cross(n, random)
		if err != nil || c.Check(n) != nil {
			rt.Fatalf("%+v, %v, %v", c, err, c.Check(n))
		}
		parts, err := cryptogram.Parts(token, n)
		if err != nil || !bytes.Equal(bytes.Join(parts, nil), token) {
			rt.Fatalf("%v: %x of %x", err, parts, token)
		}
		stored := make([][]byte, n)
		for i, part := range parts {
			sealed, err := kek(t, cryptogram.Hardened, cryptogram.Single, secondary(byte(c.Under[i]))).Seal(cryptogram.Binding{Part: byte(i)}, part)
			if err != nil {
				rt.Fatal(err)
			}
			stored[c.On[i]] = sealed
		}
		if got, ok := collect(t, c, stored); !ok || !bytes.Equal(got, token) {
			rt.Fatalf("%x came back as %x", token, got)
		}
		wrong := cryptogram.Crossed{Under: c.On, On: c.Under}
		if n > 2 || c.Under[0] != c.On[1] {
			if got, ok := collect(t, wrong, stored); ok && bytes.Equal(got, token) {
				rt.Fatal("a wrong map brought the token back")
			}
		}
	})
}

// collect opens all parts by a map.
func collect(t *testing.T, c cryptogram.Crossed, stored [][]byte) ([]byte, bool) {
	t.Helper()
	var out []byte
	for i := range c.Under {
		part, err := kek(t, cryptogram.Hardened, cryptogram.Single, secondary(byte(c.Under[i]))).Open(cryptogram.Binding{Part: byte(i)}, stored[c.On[i]])
		if err != nil {
			return nil, false
		}
		out = append(out, part...)
	}
	return out, true
}

func TestMapsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []cryptogram.Crossed{
		{}, {[]int{0, 1}, []int{0, 1}}, {[]int{0, 0}, []int{1, 1}}, {[]int{0, 1}, []int{1}}, {[]int{0, 1, 2}, []int{1, 2, 0}}, {[]int{0, 7}, []int{7, 0}},
	} {
		if c.Check(2) == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	for _, n := range []int{0, 1, 9} {
		if _, err := cryptogram.Cross(n, bytes.NewReader(make([]byte, 64))); err == nil {
			t.Errorf("parts on %d devices", n)
		}
	}
	if _, err := cryptogram.Parts([]byte("a"), 2); err == nil {
		t.Error("an octet was cut in two")
	}
	if _, err := cryptogram.Cross(3, bytes.NewReader(nil)); err == nil {
		t.Error("placed without random numbers")
	}
}

// DI-136 to DI-138: data, static text and count of a cryptogram are never mistaken for each other.
func TestDI136To138Input(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, in := range []cryptogram.Input{
		{Dynamic: []byte("x")}, {Static: "x"}, {Dynamic: []byte("x"), Count: 1}, {Static: "x", Count: 1}, {Static: "xx"}, {Dynamic: []byte("x\x00")},
	} {
		b, err := in.Data()
		if err != nil || seen[string(b)] {
			t.Errorf("%+v: %x, %v", in, b, err)
		}
		seen[string(b)] = true
	}
	both, err := cryptogram.Input{Dynamic: []byte("x"), Static: "y"}.Data()
	if err != nil || !seen[string(both)] {
		t.Error("a static text counts beside dynamic data")
	}
	for _, bad := range []cryptogram.Input{{}, {Static: string(make([]byte, 65))}, {Dynamic: make([]byte, 65_536)}} {
		if _, err := bad.Data(); err == nil {
			t.Errorf("%d and %d octets were taken", len(bad.Dynamic), len(bad.Static))
		}
	}
}
