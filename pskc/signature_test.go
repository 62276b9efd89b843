package pskc_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/countersign-auth/countersign/pskc"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

type signer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newSigner(t testing.TB) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(7), NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, cert}
}

// sign adds an enveloped signature over the whole document.
func (s signer) sign(t testing.TB, file []byte) []byte {
	t.Helper()
	ctx, err := dsig.NewSigningContext(s.key, [][]byte{s.cert.Raw})
	if err != nil {
		t.Fatal(err)
	}
	ctx.IdAttribute = "Id"
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(dsig.ECDSASHA256SignatureMethod); err != nil {
		t.Fatal(err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(file); err != nil {
		t.Fatal(err)
	}
	signed, err := ctx.SignEnveloped(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(signed)
	b, err := out.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s signer) verify(file []byte) (*pskc.Verified, error) {
	return pskc.VerifySignature(bytes.NewReader(file), pskc.SignatureOptions{Certificates: []*x509.Certificate{s.cert}, At: noon})
}

func readSigned(file []byte, o pskc.Options) (rows int, err error) {
	r, err := pskc.NewReader(bytes.NewReader(file), o)
	if err != nil {
		return 0, err
	}
	ok, _, err := drain(r)
	return len(ok), err
}

// TestP37_SignatureVerified: a signature over the whole document is verified, and
// the Reader then takes that file and no other.
func TestP37_SignatureVerified(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	for _, id := range []string{"", "c1"} {
		file := s.sign(t, container(t, 3, pskc.WriterOptions{Key: benchKey, KeyName: "n", ID: id}))
		v, err := s.verify(file)
		if err != nil {
			t.Fatal(err)
		}
		if v.Certificate != s.cert {
			t.Error("the certificate is not told")
		}
		o := pskc.Options{Key: benchKey, Signature: pskc.SignatureRequire, Verified: v}
		if n, err := readSigned(file, o); n != 3 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
		other := bytes.Replace(file, []byte("0000000001<"), []byte("0000000009<"), 1)
		if _, err := readSigned(other, o); !errors.Is(err, pskc.ErrSignature) {
			t.Errorf("another file was read as the verified one: %v", err)
		}
		if _, err := readSigned(append(file, '\n'), o); !errors.Is(err, pskc.ErrSignature) {
			t.Errorf("a longer file was read as the verified one: %v", err)
		}
	}
}

// TestP37_SignatureElementOfPSKC: Figure 9 and the schema have the Signature
// element in the namespace of PSKC.
func TestP37_SignatureElementOfPSKC(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	file := s.sign(t, container(t, 1, pskc.WriterOptions{InsecurePlain: true}))
	text := strings.Replace(string(file), "<ds:Signature ", `<Signature `, 1)
	text = strings.Replace(text, "</ds:Signature>", "</Signature>", 1)
	if text == string(file) {
		t.Fatal("the test changed nothing")
	}
	if _, err := s.verify([]byte(text)); err != nil {
		t.Error(err)
	}
	text = strings.Replace(text, "0000000000", "0000000005", 1)
	if _, err := s.verify([]byte(text)); !errors.Is(err, pskc.ErrSignature) {
		t.Errorf("a changed file: %v", err)
	}
}

// TestP37_ForgeriesRefused: every change, and signatures in the wrong places.
func TestP37_ForgeriesRefused(t *testing.T) {
	t.Parallel()
	s, stranger := newSigner(t), newSigner(t)
	plain := container(t, 2, pskc.WriterOptions{InsecurePlain: true})
	file := string(s.sign(t, plain))
	sig := file[strings.Index(file, "<ds:Signature "):strings.LastIndex(file, "</KeyContainer>")]
	for name, forged := range map[string]string{
		"not signed":    string(plain),
		"by a stranger": string(stranger.sign(t, plain)),
		"other serial":  strings.Replace(file, "0000000001<", "0000000002<", 1),
		"other version": strings.Replace(file, `Version="1.0"`, `Version="1.1"`, 1),
		"package more":  strings.Replace(file, "<ds:Signature ", "<KeyPackage/><ds:Signature ", 1),
		"twice":         strings.Replace(file, "</KeyContainer>", sig+"</KeyContainer>", 1),
		"nested":        strings.Replace(file, sig, "<Extensions>"+sig+"</Extensions>", 1),
		"wrapped":       `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><Extensions>` + file + `</Extensions></KeyContainer>`,
		"other root":    strings.ReplaceAll(file, "KeyContainer", "Container"),
		"other space":   strings.Replace(file, "http://www.w3.org/2000/09/xmldsig#", "urn:x", 1),
		"no info":       strings.Replace(file, sig, `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`, 1),
		"empty":         strings.Replace(file, sig, `<Signature/>`, 1),
	} {
		if forged == file {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := s.verify([]byte(forged)); !errors.Is(err, pskc.ErrSignature) && !errors.Is(err, pskc.ErrXML) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.verify([]byte("<!DOCTYPE x>" + file)); !errors.Is(err, pskc.ErrDTD) {
		t.Errorf("a DTD: %v", err)
	}
	o := pskc.SignatureOptions{Certificates: []*x509.Certificate{s.cert}, At: noon.Add(2 * time.Hour)}
	if _, err := pskc.VerifySignature(strings.NewReader(file), o); !errors.Is(err, pskc.ErrSignature) {
		t.Errorf("an expired certificate: %v", err)
	}
	o = pskc.SignatureOptions{Certificates: []*x509.Certificate{s.cert}, At: noon, MaxBytes: 100}
	if _, err := pskc.VerifySignature(strings.NewReader(file), o); !errors.Is(err, pskc.ErrLimit) {
		t.Errorf("a large file: %v", err)
	}
}

// TestP37_Policies: what the reader does about a signature that it cannot verify.
func TestP37_Policies(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	plain := container(t, 2, pskc.WriterOptions{InsecurePlain: true})
	signed := s.sign(t, plain)
	v, err := s.verify(signed)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		o    pskc.Options
		bad  bool
	}{
		{"report", signed, pskc.Options{}, false},
		{"report none", plain, pskc.Options{}, false},
		{"refuse", signed, pskc.Options{Signature: pskc.SignatureRefuse}, true},
		{"refuse none", plain, pskc.Options{Signature: pskc.SignatureRefuse}, false},
		{"require, not verified", signed, pskc.Options{Signature: pskc.SignatureRequire}, true},
		{"require, not signed", plain, pskc.Options{Signature: pskc.SignatureRequire, Verified: v}, true},
	} {
		if _, err := readSigned(c.file, c.o); errors.Is(err, pskc.ErrSignature) != c.bad {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	r, err := pskc.NewReader(bytes.NewReader(signed), pskc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := drain(r); err != nil || !r.Container().Signed {
		t.Errorf("the signature is not reported: %v", err)
	}
}
