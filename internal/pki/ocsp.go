package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // names of issuers only (RFC 6960, section 4.3)
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Answers without a certificate's status (RFC 6960, section 4.2.1).
const (
	ocspMalformed    = 1
	ocspInternal     = 2
	ocspTryLater     = 3
	ocspUnauthorized = 6
)

// Bounds of a request.
const (
	maxAsked = 32  // certificates
	maxNonce = 128 // octets (RFC 9654, section 2.1)
)

// certID names a certificate in OCSP (RFC 6960, section 4.1.1).
type certID struct {
	raw    []byte // the CertID as it was sent: it comes back as it is
	hash   asn1.ObjectIdentifier
	name   []byte // hash of the issuer's name
	key    []byte // and of its key
	serial *big.Int
}

// ocspRequest is an OCSPRequest.
type ocspRequest struct {
	asked []certID
	nonce []byte // the extension's value; nil for none
}

// parseOCSP reads a request. Signatures of clients are not looked at: everybody may ask.
func parseOCSP(der []byte) (q ocspRequest, ok bool) {
	in := cryptobyte.String(der)
	var all, tbs, list, extensions cryptobyte.String
	var has bool
	ok = in.ReadASN1(&all, tag.SEQUENCE) && in.Empty() && all.ReadASN1(&tbs, tag.SEQUENCE) && all.SkipOptionalASN1(explicit(0)) && all.Empty() &&
		tbs.SkipOptionalASN1(explicit(0)) && tbs.SkipOptionalASN1(explicit(1)) &&
		tbs.ReadASN1(&list, tag.SEQUENCE) && tbs.ReadOptionalASN1(&extensions, &has, explicit(2)) && tbs.Empty()
	for ok && !list.Empty() {
		var c certID
		c, ok = readCertID(&list)
		q.asked = append(q.asked, c)
		ok = ok && len(q.asked) <= maxAsked
	}
	if ok && has {
		q.nonce, ok = readNonce(extensions)
	}
	return q, ok && len(q.asked) > 0
}

func readCertID(list *cryptobyte.String) (c certID, ok bool) {
	var one, element, id cryptobyte.String
	c.serial = new(big.Int)
	ok = list.ReadASN1(&one, tag.SEQUENCE) && one.ReadASN1Element(&element, tag.SEQUENCE) && one.SkipOptionalASN1(explicit(0)) && one.Empty()
	c.raw = element
	ok = ok && element.ReadASN1(&id, tag.SEQUENCE)
	if ok {
		c.hash, ok = readAlgorithm(&id)
	}
	ok = ok && id.ReadASN1Bytes(&c.name, tag.OCTET_STRING) && id.ReadASN1Bytes(&c.key, tag.OCTET_STRING) && id.ReadASN1Integer(c.serial) && id.Empty()
	return c, ok
}

// readNonce finds the nonce among the extensions. Others are passed over, unless they are critical.
func readNonce(s cryptobyte.String) (nonce []byte, ok bool) {
	var all cryptobyte.String
	if !s.ReadASN1(&all, tag.SEQUENCE) || !s.Empty() {
		return nil, false
	}
	for !all.Empty() {
		var e cryptobyte.String
		var id asn1.ObjectIdentifier
		var critical bool
		var value []byte
		if !all.ReadASN1(&e, tag.SEQUENCE) || !e.ReadASN1ObjectIdentifier(&id) || !readBoolean(&e, &critical) || !e.ReadASN1Bytes(&value, tag.OCTET_STRING) {
			return nil, false
		}
		switch {
		case id.Equal(oids().ocspNonce):
			if len(value) == 0 || len(value) > maxNonce+3 {
				return nil, false
			}
			nonce = value
		case critical:
			return nil, false
		}
	}
	return nonce, true
}

// names reports whether the issuer of a CertID is an authority.
func (c certID) names(issuer *x509.Certificate) bool {
	o := oids()
	var hash func([]byte) []byte
	switch {
	case c.hash.Equal(o.sha1):
		hash = sha1Of
	case c.hash.Equal(o.sha256):
		hash = func(b []byte) []byte { return digest(crypto.SHA256, b) }
	default:
		return false
	}
	return bytes.Equal(c.name, hash(issuer.RawSubject)) && bytes.Equal(c.key, hash(keyBits(issuer)))
}

// sha1Of hashes names of issuers and responders, which is all that SHA-1 is for here.
func sha1Of(b []byte) []byte {
	sum := sha1.Sum(b) //nolint:gosec // see above
	return sum[:]
}

// keyBits is the BIT STRING of a certificate's public key.
func keyBits(c *x509.Certificate) []byte {
	var spki struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &spki); err != nil {
		return nil // not of a certificate that was parsed
	}
	return spki.Key.RightAlign()
}

// answer is what is said of one certificate.
type answer struct {
	id       certID
	standing Standing
	changed  time.Time
}

// failure is an answer without a status.
func failure(status byte) []byte { return []byte{0x30, 3, 0x0A, 1, status} }

// signAnswer makes an OCSPResponse, signed by a responder (RFC 6960, section 4.2.1).
func signAnswer(all []answer, nonce []byte, now, next time.Time, responder *x509.Certificate, key crypto.Signer) ([]byte, error) {
	data, err := build(func(b *cryptobyte.Builder) { responseData(b, all, nonce, now, next, responder) })
	if err != nil {
		return nil, err
	}
	id, h := signingAlgorithm(key.Public())
	signature, err := key.Sign(rand.Reader, digest(h, data), h)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	basic, err := build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddBytes(data)
			algorithm(b, id)
			b.AddASN1BitString(signature)
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { sequence(b, func(b *cryptobyte.Builder) { b.AddBytes(responder.Raw) }) })
		})
	})
	if err != nil {
		return nil, err
	}
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1Enum(0)
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				sequence(b, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oids().basicOCSP); b.AddASN1OctetString(basic) })
			})
		})
	})
}

// responseData writes what is signed. The responder is named by its key.
func responseData(b *cryptobyte.Builder, all []answer, nonce []byte, now, next time.Time, responder *x509.Certificate) {
	sequence(b, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(sha1Of(keyBits(responder))) })
		moment(b, now)
		sequence(b, func(b *cryptobyte.Builder) {
			for _, a := range all {
				sequence(b, func(b *cryptobyte.Builder) {
					b.AddBytes(a.id.raw)
					a.status(b)
					moment(b, now)
					b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { moment(b, next) })
				})
			}
		})
		if nonce != nil {
			b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
				sequence(b, func(b *cryptobyte.Builder) {
					sequence(b, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oids().ocspNonce); b.AddASN1OctetString(nonce) })
				})
			})
		}
	})
}

// status writes a CertStatus.
func (a answer) status(b *cryptobyte.Builder) {
	switch a.standing.Status {
	case Good:
		b.AddASN1(implicit(0), func(*cryptobyte.Builder) {})
	case Revoked, OnHold:
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			moment(b, a.changed)
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(a.standing.Reason)) })
		})
	case Unknown:
		b.AddASN1(implicit(2), func(*cryptobyte.Builder) {})
	}
}
