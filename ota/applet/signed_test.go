package applet_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/ota/applet"
)

// TestControlDigits has the known answer of mobile-id.md, section 6.
func TestControlDigits(t *testing.T) {
	t.Parallel()
	h, err := hex.DecodeString("2f665f6a6999e0ef0752e00ec9f453adf59d8cb6")
	if err != nil {
		t.Fatal(err)
	}
	k := [32]byte{0: h[0], 31: h[len(h)-1]}
	for want, k := range map[string][32]byte{"1462": k, "0000": {}, "8191": {0: 0xFF, 31: 0xFF}} {
		if got := applet.ControlDigits(k); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestControlIsBound: another text, nonce or form is another hash.
func TestControlIsBound(t *testing.T) {
	t.Parallel()
	c := sign()
	seen := map[string]bool{}
	for _, change := range []func(*applet.Command){
		func(*applet.Command) {}, func(c *applet.Command) { c.Text += "." }, func(c *applet.Command) { c.Nonce[15]++ }, func(c *applet.Command) { c.Form = applet.Plain },
	} {
		change(&c)
		seen[c.ControlCode()] = true
	}
	if len(seen) != 4 {
		t.Error(seen)
	}
	if c.Control = applet.NoControl; c.ControlCode() != "" {
		t.Error("a code without being asked for")
	}
}

// TestAttributesAreDER: as encoding/asn1 writes and sorts them.
func TestAttributesAreDER(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("x"))
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value []any `asn1:"set"`
	}
	want, err := asn1.MarshalWithParams([]attribute{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, []any{digest[:]}},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, []any{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 25, 3}, []any{nonce[:]}},
	}, "set")
	if diff := cmp.Diff(want, applet.Attributes(digest, nonce)); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestDigests(t *testing.T) {
	t.Parallel()
	c := sign()
	if want := sha256.Sum256([]byte("Pay 25€ to ACME")); c.Digest() != want || c.Signed() != sha256.Sum256(applet.Attributes(want, nonce)) {
		t.Error("the text shown")
	}
	c.Form = applet.Plain
	c.Content = applet.Content{Kind: applet.OwnText, Text: "żółw"}
	if c.Signed() != sha256.Sum256([]byte("żółw")) || c.Shown() != "Fjord Bank\nAB12\nPay 25€ to ACME\nSie unterschreiben:\nżółw" {
		t.Error("another text")
	}
	c.Content = applet.Content{Kind: applet.Document, Digest: [32]byte{0x1A, 0x2B, 0x3C, 0x4D, 5}}
	if c.Signed() != c.Content.Digest || c.Octets() != nil || c.Shown() != "Fjord Bank\nAB12\nPay 25€ to ACME\nSie unterschreiben:\nDokument 1A2B 3C4D" {
		t.Error("a document", c.Shown())
	}
}

// key is a card's key; sign as a card does.
func key(t *testing.T, a applet.Algorithm) (public []byte, sign func([32]byte) []byte) {
	t.Helper()
	var signer crypto.Signer
	if a == applet.RSA2048 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		signer, public = k, k.N.Bytes()
	} else {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if public, err = k.PublicKey.Bytes(); err != nil {
			t.Fatal(err)
		}
		signer = k
	}
	return public, func(h [32]byte) []byte {
		s, err := signer.Sign(rand.Reader, h[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// TestRequests: what comes out is a certification request to the standard library.
func TestRequests(t *testing.T) {
	t.Parallel()
	subject, err := asn1.Marshal(pkix.Name{Country: []string{"NO"}, CommonName: "Kari Nordmann", SerialNumber: "MIDCS00000000001"}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []applet.Algorithm{applet.ECDSAP256, applet.RSA2048} {
		public, sign := key(t, a)
		head, tail, err := applet.RequestParts(a, subject, nonce)
		if err != nil || !applet.GoodRequest(a, head, tail, nonce) {
			t.Fatal(a, err)
		}
		hash, err := applet.RequestHash(a, head, tail, public)
		if err != nil {
			t.Fatal(err)
		}
		signature := sign(hash)
		der, err := applet.Request(a, head, tail, public, signature)
		if err != nil {
			t.Fatal(err)
		}
		csr, err := x509.ParseCertificateRequest(der)
		if err != nil || csr.CheckSignature() != nil || csr.Subject.SerialNumber != "MIDCS00000000001" {
			t.Fatal(a, err)
		}
		signature[len(signature)-1] ^= 1
		if _, err := applet.Request(a, head, tail, public, signature); !errors.Is(err, applet.ErrSignature) {
			t.Error(a, err)
		}
		if _, err := applet.Request(a, head, tail, public[1:], signature); !errors.Is(err, applet.ErrPublic) {
			t.Error(a, err)
		}
	}
}

// TestBadRequests: a card signs no request that is none.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	head, tail, err := applet.RequestParts(applet.ECDSAP256, []byte{0x30, 0}, nonce)
	if err != nil {
		t.Fatal(err)
	}
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	for name, good := range map[string]bool{
		"another algorithm": applet.GoodRequest(applet.RSA2048, head, tail, nonce), "another nonce": applet.GoodRequest(applet.ECDSAP256, head, tail, applet.Nonce{1}),
		"a short head": applet.GoodRequest(applet.ECDSAP256, cut(head), tail, nonce), "a short tail": applet.GoodRequest(applet.ECDSAP256, head, cut(tail), nonce),
		"no head": applet.GoodRequest(applet.ECDSAP256, nil, tail, nonce), "rubbish": applet.GoodRequest(applet.ECDSAP256, []byte("\x30\x81\x80xyz"), tail, nonce),
	} {
		if good {
			t.Error(name)
		}
	}
	for _, subject := range [][]byte{nil, {0x31, 0}, {0x30, 0, 0}, make([]byte, 500)} {
		if _, _, err := applet.RequestParts(applet.ECDSAP256, subject, nonce); !errors.Is(err, applet.ErrSubject) {
			t.Errorf("%x: %v", subject, err)
		}
	}
}
