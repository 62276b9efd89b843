package dskpp_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/cmac"
	"github.com/countersign-auth/countersign/dskpp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 4231, test cases 1, 2 and 6, for the HMAC under the PRF.
func TestHMACKnownAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, data, want string }{
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", hex.EncodeToString([]byte("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{hex.EncodeToString([]byte("Jefe")), hex.EncodeToString([]byte("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{hex.EncodeToString(bytes.Repeat([]byte{0xaa}, 131)), hex.EncodeToString([]byte("Test Using Larger Than Block-Size Key - Hash Key First")), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	} {
		m := hmac.New(sha256.New, unhex(t, c.key))
		m.Write(unhex(t, c.data))
		if got := m.Sum(nil); !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%x", got)
		}
	}
}

func block(t *testing.T, key []byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// D-22, D-74: appendix D, block by block, against its definition; key lengths (IP-16).
func TestPRFIsThatOfAppendixD(t *testing.T) {
	t.Parallel()
	key, s := []byte("0123456789abcdef"), []byte("some text")
	for _, prf := range []struct {
		uri   string
		block func(in []byte) []byte
		size  int
	}{
		{dskpp.PRFAES, func(in []byte) []byte { m := cmac.Sum(block(t, key), in); return m[:] }, 16},
		{dskpp.PRFSHA256, func(in []byte) []byte { m := hmac.New(sha256.New, key); m.Write(in); return m.Sum(nil) }, 32},
	} {
		var want []byte
		for i := uint32(1); len(want) < 100; i++ {
			want = append(want, prf.block(append(binary.BigEndian.AppendUint32(nil, i), s...))...)
		}
		for _, n := range []int{0, 1, prf.size - 1, prf.size, prf.size + 1, 64, 100} {
			got, err := dskpp.PRF(prf.uri, key, s, n)
			if err != nil || !bytes.Equal(got, want[:n]) {
				t.Errorf("%s, %d octets: %x, %v", prf.uri, n, got, err)
			}
		}
		if _, err := dskpp.PRF(prf.uri, key[:15], s, 16); err == nil {
			t.Error("a key of 15 octets was taken")
		}
	}
	if _, err := dskpp.PRF(dskpp.PRFAES, make([]byte, 17), s, 16); err == nil {
		t.Error("prf-aes-128 took a key of 17 octets")
	}
	if _, err := dskpp.PRF(dskpp.PRFSHA256, make([]byte, 40), s, 16); err != nil {
		t.Error(err)
	}
	if _, err := dskpp.PRF("urn:other", key, s, 16); err == nil {
		t.Error("an unknown PRF")
	}
}

// Section 2.1 of the profile: the packages of appendix B.3.2 and B.3.3 are real.
func TestRFC6063KnownAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, method, name, key, pass, want string
		tolerant                            bool
	}{
		{"rfc6063-b32-finished-wrap.xml", dskpp.Wrap, "Pre-shared-key-1", "12345678901234567890123456789012", "", "543e50a67f4ff9c5b0727341c1cdfc15a29dc6135bc085607cff0914e5bf1417f21d0d83cdce6a1e", false},
		{"rfc6063-b33-finished-passphrase.xml", dskpp.PassphraseWrap, "", "", "qwerty", "d02049329c92c0e419e05ffce60ba9d75e20a350e12e9711fdf9b2419896d175500c92d694116ef6", true},
	} {
		m, err := dskpp.Parse(file(t, c.file))
		if err != nil {
			t.Fatal(err)
		}
		p, err := dskpp.OpenWrapped(c.method, m.(*dskpp.ServerFinished).Package.Container, c.name, unhex(t, c.key), c.pass, c.tolerant)
		if err != nil || !bytes.Equal(p.Key.Secret.Bytes(), unhex(t, c.want)) {
			t.Errorf("%s: %v", c.file, err)
		}
		if c.tolerant { // the namespace of a draft of XML Encryption 1.1: behind the switch only
			if _, err := dskpp.OpenWrapped(c.method, m.(*dskpp.ServerFinished).Package.Container, c.name, nil, c.pass, false); err == nil {
				t.Error("a draft's namespace was taken without the switch")
			}
		}
	}
}

// Every example of appendix B is a message, and reads the same after writing.
func TestRFC6063ExamplesRoundTrip(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/rfc6063-*.xml")
	if err != nil || len(names) != 13 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		m, err := dskpp.Parse(file(t, filepath.Base(n)))
		if err != nil {
			t.Errorf("%s: %v", n, err)
			continue
		}
		once := m.Format()
		again, err := dskpp.Parse(once)
		if err != nil {
			t.Errorf("%s: %v\n%s", n, err, once)
			continue
		}
		if twice := again.Format(); !bytes.Equal(once, twice) {
			t.Errorf("%s is not stable:\n%s\n%s", n, once, twice)
		}
	}
}

// IP-08, IP-09, IP-10, IP-15, IP-20: the inputs of MACs and keys, spelt out.
func TestInputsOfMACs(t *testing.T) {
	t.Parallel()
	k, rc, rs := []byte("K as octets"), bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 20)
	old := bytes.Repeat([]byte("eight..."), 8)
	prf := func(alg string, key []byte, n int, parts ...[]byte) []byte {
		out, err := dskpp.PRF(alg, key, slices.Concat(parts...), n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	hash := sha256.Sum256([]byte("message 1message 2"))
	kac, _ := dskpp.DeriveKAC("3582AF0C3E", rc, k, 1)
	for _, alg := range macs() {
		key := old[:32] // section 5.2.2
		if alg == dskpp.PRFAES {
			key = old[:16] // IP-15
		}
		for name, c := range map[string]struct {
			got  func() ([]byte, error)
			want []byte
		}{
			"AD":    {func() ([]byte, error) { return dskpp.AuthMAC(alg, "3582AF0C3E", "AC00000A", url, rc, rs, k, 1) }, prf(alg, kac, 16, []byte("AC00000A"), []byte(url), rc, rs)},
			"KPROV": {func() ([]byte, error) { return dskpp.ProvisioningKey(alg, rc, k, rs, 64) }, prf(alg, rc, 64, []byte("Key generation"), k, rs)},
			"MAC1": {func() ([]byte, error) {
				return dskpp.ConfirmationMAC(alg, old, "id", []byte("message 1"), []byte("message 2"))
			}, prf(alg, key, 32, []byte("MAC 1 computation"), hash[:], []byte("id"))},
			"hello": {func() ([]byte, error) { return dskpp.HelloMAC(alg, old, rc, rs) }, prf(alg, key, 20, []byte("MAC 1 computation"), rc, rs)},
			"MAC2":  {func() ([]byte, error) { return dskpp.ReplacementMAC(alg, old, "id", rc) }, prf(alg, key, 16, []byte("MAC 2 computation"), []byte("id"), rc)},
		} {
			if got, err := c.got(); err != nil || !bytes.Equal(got, c.want) {
				t.Errorf("%s: %x, want %x (%v)", name, got, c.want, err)
			}
		}
	}
}

// D-18, IP-02, IP-04: K_AC is PBKDF2-HMAC-SHA1 over the characters of the password.
// The anchor is RFC 6070, test case 2, cut to 16 octets.
func TestKACIsPBKDF2(t *testing.T) {
	t.Parallel()
	got, err := dskpp.DeriveKAC("password", []byte("sa"), []byte("lt"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := "ea6c014dc72d6f8ccd1ed92ace1d41f0"; hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}
