package evidence_test

import (
	"bytes"
	"context"
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
	"math/big"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota/applet"
)

// holder is a certificate with its key.
type holder struct {
	*x509.Certificate
	key crypto.Signer
}

// authority is a certificate authority with all that evidence needs, made from the definitions
// and not by the packages that do it in the product.
type authority struct {
	t                          testing.TB
	now                        time.Time
	root, issuing, person, tsa holder
	log                        *audit.Log
}

func newAuthority(t testing.TB, w *world, rsaKey bool) *authority {
	t.Helper()
	a := &authority{t: t, now: w.clock.Now().UTC().Truncate(time.Second)}
	a.root = a.certify("Root", nil, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil, false)
	a.issuing = a.certify("Issuing", &a.root, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil, false)
	a.person = a.certify("Kari Nordmann", &a.issuing, x509.KeyUsageContentCommitment, nil, rsaKey)
	a.tsa = a.certify("Time-stamps", &a.issuing, x509.KeyUsageDigitalSignature, []byte{0x30, 0x0A, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 8}, false)
	var err error
	a.log, err = audit.New(w.d, w.ring, audit.Config{Origin: "test/evidence", Now: w.clock.Now})
	a.must(err)
	return a
}

func (a *authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// certify makes a key and its certificate; with an extended key usage in DER, that one is critical.
func (a *authority) certify(name string, by *holder, usage x509.KeyUsage, extended []byte, rsaKey bool) holder {
	a.t.Helper()
	var key crypto.Signer
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if rsaKey {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	a.must(err)
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(name)), Subject: pkix.Name{CommonName: name, SerialNumber: "MIDCS4711000000A"}, NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.Add(1000 * time.Hour),
		KeyUsage: usage, BasicConstraintsValid: true, IsCA: usage&x509.KeyUsageCertSign != 0,
	}
	if extended != nil {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: extended}}
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	a.must(err)
	made, err := x509.ParseCertificate(der)
	a.must(err)
	return holder{made, key}
}

// der joins what stands in a constructed value.
func (a *authority) der(tag byte, parts ...[]byte) []byte {
	content := slices.Concat(parts...)
	b, err := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 0x1F), IsCompound: tag&0x20 != 0, Bytes: content})
	a.must(err)
	return b
}

func (a *authority) value(v any) []byte {
	b, err := asn1.Marshal(v)
	a.must(err)
	return b
}

var (
	sha256ID  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	dataID    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	tstID     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	ecdsaID   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	rsaID     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	signedID  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	typeID    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	digestID  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	signingID = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

// cms is a SignedData by a holder, over signed attributes as SET OF (RFC 5652, section 5).
func (a *authority) cms(by holder, typ asn1.ObjectIdentifier, content, attributes []byte) (cms, signature []byte) {
	a.t.Helper()
	hash := sha256.Sum256(attributes)
	signature, err := by.key.Sign(rand.Reader, hash[:], crypto.SHA256)
	a.must(err)
	algorithm := a.der(0x30, a.value(ecdsaID))
	if _, isRSA := by.key.(*rsa.PrivateKey); isRSA {
		algorithm = a.der(0x30, a.value(rsaID), []byte{5, 0})
	}
	digestAlgorithm := a.der(0x30, a.value(sha256ID))
	encapsulated, version := a.der(0x30, a.value(typ)), 1
	if content != nil {
		encapsulated = a.der(0x30, a.value(typ), a.der(0xA0, a.value(content)))
	}
	if !typ.Equal(dataID) {
		version = 3
	}
	signer := a.der(0x30, a.value(1), a.der(0x30, by.RawIssuer, a.value(by.SerialNumber)), digestAlgorithm,
		append([]byte{0xA0}, attributes[1:]...), algorithm, a.value(signature))
	data := a.der(0x30, a.value(version), a.der(0x31, digestAlgorithm), encapsulated, a.der(0xA0, by.Raw), a.der(0x31, signer))
	return a.der(0x30, a.value(signedID), a.der(0xA0, data)), signature
}

// testPolicy is 2.25 and a number of 128 bits, as UUIDs make them (ITU-T X.667).
var testPolicy = append([]byte{6, 20, 0x69}, append(bytes.Repeat([]byte{0xFF}, 18), 0x7F)...)

// stamp is a time-stamp token over SHA-256 of data (RFC 3161, section 2.4.2).
func (a *authority) stamp(by holder, data []byte, at time.Time) []byte {
	a.t.Helper()
	imprint := sha256.Sum256(data)
	info := a.der(0x30, a.value(1), testPolicy, a.der(0x30, a.der(0x30, a.value(sha256ID)), a.value(imprint[:])), a.value(7),
		a.der(0x18, []byte(at.UTC().Format("20060102150405Z"))))
	digest, certificate := sha256.Sum256(info), sha256.Sum256(by.Raw)
	attribute := func(id asn1.ObjectIdentifier, value []byte) []byte {
		return a.der(0x30, a.value(id), a.der(0x31, value))
	}
	all := [][]byte{
		attribute(typeID, a.value(tstID)), attribute(digestID, a.value(digest[:])),
		attribute(signingID, a.der(0x30, a.der(0x30, a.der(0x30, a.value(certificate[:]))))),
	}
	slices.SortFunc(all, slices.Compare)
	token, _ := a.cms(by, tstID, info, a.der(0x31, all...))
	return token
}

// status is what the issuing authority says of a certificate.
func (a *authority) status(leaf holder, status int, at time.Time) []byte {
	a.t.Helper()
	der, err := ocsp.CreateResponse(a.issuing.Certificate, a.issuing.Certificate, ocsp.Response{
		Status: status, SerialNumber: leaf.SerialNumber, ThisUpdate: at, NextUpdate: at.Add(time.Hour), RevokedAt: at,
	}, a.issuing.key)
	a.must(err)
	return der
}

// signature is one as the product keeps it, of a form and a content: "" for the text that was shown.
func (a *authority) signature(form applet.Form, content string, document bool) evidence.Signature {
	a.t.Helper()
	s := evidence.Signature{
		Handle: "Mhandle", Record: "mobile_id_request:" + ident.Derive("a request").String(), Customer: ident.Derive("a customer"), Provider: "shop", Ref: "order-1", Purpose: "signature",
		Role: applet.Signing, Form: form, Service: "Alder Shop", Event: "A1B2", Text: "Pay 90.00 EUR to Kari", Content: []byte("Pay 90.00 EUR to Kari"),
		Mode: applet.ShownControl, Nonce: applet.Nonce{1, 2, 3}, Requested: a.now.Add(-time.Minute), Answered: a.now.Add(-time.Second), Validated: a.now, Certificate: a.person.Raw,
		Chain: slices.Concat(a.issuing.Raw, a.root.Raw), Status: a.status(a.person, ocsp.Good, a.now),
	}
	c := applet.Command{Kind: applet.Sign, Service: s.Service, Event: s.Event, Text: s.Text, Form: form, Nonce: s.Nonce, Control: s.Mode, Content: applet.Content{Kind: applet.ShownText}}
	switch {
	case document:
		s.Content, s.Document, s.MIME = nil, true, "application/pdf"
		c.Content = applet.Content{Kind: applet.Document, Digest: sha256.Sum256([]byte(content))}
	case content != "":
		s.Content = []byte(content)
		c.Content = applet.Content{Kind: applet.OwnText, Text: content}
	}
	s.Shown, s.Control, s.Digest = c.Shown(), c.ControlCode(), c.Digest()
	if form == applet.Plain {
		var err error
		s.Signature, err = a.person.key.Sign(rand.Reader, s.Digest[:], crypto.SHA256)
		a.must(err)
	} else {
		s.CMS, s.Signature = a.cms(a.person, dataID, s.Content, applet.Attributes(s.Digest, s.Nonce))
	}
	s.Stamp = a.stamp(a.tsa, s.Signature, a.now)
	return s
}

// record leaves the record of a signature in the audit log, and proves it.
func (a *authority) record(w *world, s evidence.Signature, signature []byte) audit.Proof {
	a.t.Helper()
	sum := sha256.Sum256(signature)
	a.must(w.d.Write(context.Background(), func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: evidence.RecordSigned, By: audit.System("mobileid"), Customer: s.Customer, Object: s.Record, Details: map[string]any{"signature": hex.EncodeToString(sum[:])}})
		return nil
	}))
	page, err := a.log.Find(context.Background(), audit.Filter{Object: s.Record, Kind: evidence.RecordSigned}, "", 1)
	if err != nil || len(page.Entries) != 1 {
		a.t.Fatal(page, err)
	}
	p, err := a.log.Prove(context.Background(), page.Entries[0].ID)
	a.must(err)
	return p
}

// trust is what a verifier has kept.
func (a *authority) trust(w *world) evidence.Trust {
	a.t.Helper()
	set, err := evidence.ParseKeySet([]byte(w.keySet(w.issuer)))
	a.must(err)
	roots := x509.NewCertPool()
	roots.AddCert(a.root.Certificate)
	return evidence.Trust{Keys: set, Roots: roots, Log: a.log.VerifierKey()}
}

func (a *authority) export(w *world, s evidence.Signature) []byte {
	a.t.Helper()
	file, err := w.issuer.Export(context.Background(), app(), s, a.record(w, s, s.Signature))
	a.must(err)
	return file
}
