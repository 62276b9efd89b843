package pki_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Object identifiers in DER, without tag and length.
var (
	idData     = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01}
	idDigested = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x05}
	idSHA256   = []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}
	idSHA512   = []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03}
)

// TestForged: what the registered key has really signed is not valid where the CMS says something else than was signed,
// or was signed for something else: each part is looked at by itself.
func TestForged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		good := w.claim(c, made)
		other := []byte("Pay 950,00 NOK to ACME")
		of := func(content []byte) []byte { return applet.Attributes(sha256.Sum256(content), nonce) }
		assemble := func(content, attributes, signed []byte) []byte {
			cms, err := pki.Assemble(content, attributes, c.sign(t, signed), made.Certificate, made.Chain)
			w.must(err)
			return cms
		}
		changed := func(b, from, to []byte, least int) []byte {
			if bytes.Count(b, from) < least {
				t.Fatalf("%x is there %d times", from, bytes.Count(b, from))
			}
			return bytes.ReplaceAll(b, from, to)
		}
		elsewhere := changed(of(text), idData, idDigested, 1)
		for name, x := range map[string]struct {
			want pki.Finding
			cms  []byte
		}{
			"as it should be":                     {pki.Valid, assemble(text, of(text), of(text))},
			"detached":                            {pki.Valid, assemble(nil, of(text), of(text))},
			"another content enclosed":            {pki.WrongDigest, assemble(other, of(text), of(text))},
			"the attributes of another content":   {pki.WrongDigest, assemble(text, of(other), of(other))},
			"detached, of another content":        {pki.WrongDigest, assemble(nil, of(other), of(other))},
			"without attributes":                  {pki.WrongDigest, assemble(text, nil, text)},
			"attributes that were not signed":     {pki.WrongSignature, assemble(text, of(text), text)},
			"another type in the attributes":      {pki.WrongDigest, assemble(text, elsewhere, elsewhere)},
			"another type":                        {pki.Malformed, changed(assemble(text, elsewhere, elsewhere), idData, idDigested, 1)},
			"said to be hashed by another digest": {pki.Malformed, changed(good.CMS, idSHA256, idSHA512, 2)},
		} {
			claim := good
			claim.CMS = x.cms
			if r := w.finding(x.want, claim); t.Failed() {
				t.Fatalf("%s: %v", name, r.Cause)
			}
		}
		plain := good
		plain.CMS, plain.Nonce = assemble(text, nil, text), nil
		w.finding(pki.Valid, plain)
	})
}

// signer is a key with a certificate that was made by hand.
func signer(t *testing.T, w *world, template x509.Certificate, parent *x509.Certificate, by *card) (card, *x509.Certificate) {
	t.Helper()
	c := newCard(t, "ecdsa")
	template.SerialNumber, template.Subject = big.NewInt(7), pkix.Name{CommonName: "Made By Hand"}
	template.NotBefore, template.NotAfter, template.BasicConstraintsValid = w.clock.Now().Add(-time.Hour), w.clock.Now().Add(time.Hour), true
	if parent == nil {
		parent, by = &template, &c
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, c.Public(), by.Signer)
	w.must(err)
	leaf, err := x509.ParseCertificate(der)
	w.must(err)
	return c, leaf
}

// TestNoLeaf: neither an authority nor an anchor signs for a person, whatever its usage says.
func TestNoLeaf(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ca, root := signer(t, w, x509.Certificate{IsCA: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
		usage := pki.Signing.Usage()
		judge := func(c card, leaf *x509.Certificate, anchor *x509.Certificate) pki.Report {
			a := applet.Attributes(sha256.Sum256(text), nonce)
			cms, err := pki.Assemble(text, a, c.sign(t, a), leaf, nil)
			w.must(err)
			return pki.Judge(pki.Claim{CMS: cms, Content: text, Nonce: nonce[:], Leaf: leaf, Profile: pki.Signing, At: w.clock.Now()}, []*x509.Certificate{anchor})
		}
		c, leaf := signer(t, w, x509.Certificate{KeyUsage: usage}, root, &ca)
		if r := judge(c, leaf, root); !r.Good() {
			t.Fatal(r.Cause)
		}
		c, leaf = signer(t, w, x509.Certificate{IsCA: true, KeyUsage: usage}, root, &ca)
		if r := judge(c, leaf, root); r.Finding != pki.BadCertificate {
			t.Errorf("an authority: %q", r.Finding)
		}
		c, leaf = signer(t, w, x509.Certificate{KeyUsage: usage}, nil, nil)
		if r := judge(c, leaf, leaf); r.Finding != pki.BadCertificate {
			t.Errorf("an anchor: %q", r.Finding)
		}
	})
}

// away is another authority that does not answer.
type away struct{ pki.Elsewhere }

func (away) Anchors(context.Context) ([]*x509.Certificate, error) {
	return nil, errors.New("no route to host")
}

// TestNoAnchorsNoSignature: when the anchors cannot be learned, nothing is valid.
func TestNoAnchorsNoSignature(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, made := w.issue(pki.Signing, "ecdsa", "a")
		good := w.claim(c, made)
		w.finding(pki.Valid, good)
		w.desk = w.node(pki.Config{URL: "http://pki.bank.example", Elsewhere: away{}})
		w.finding(pki.RevocationError, good)
	})
}
