package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// What a time-stamping authority answers when it does not stamp (RFC 3161, section 2.4.2): bits of PKIFailureInfo.
const (
	failAlgorithm = 0
	failRequest   = 2
	failFormat    = 5
	failClock     = 14
	failPolicy    = 15
	failExtension = 16
	failSystem    = 25
)

// stampRequest is a TimeStampReq (section 2.4.1).
type stampRequest struct {
	hash    asn1.ObjectIdentifier
	sum     []byte
	policy  []byte // DER; nil: any
	nonce   *big.Int
	include bool // the certificates are wanted
}

// encode writes the request.
func (q stampRequest) encode() ([]byte, error) {
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			q.imprint(b)
			if q.nonce != nil {
				b.AddASN1BigInt(q.nonce)
			}
			if q.include {
				b.AddASN1Boolean(true)
			}
		})
	})
}

func (q stampRequest) imprint(b *cryptobyte.Builder) {
	sequence(b, func(b *cryptobyte.Builder) {
		algorithm(b, q.hash)
		b.AddASN1OctetString(q.sum)
	})
}

// parseStampRequest reads a request; fail is the bit to answer when it cannot be stamped, -1 when it can.
func parseStampRequest(der []byte) (q stampRequest, fail int) {
	in := cryptobyte.String(der)
	var all, imprint, policy cryptobyte.String
	var version int64
	ok := in.ReadASN1(&all, tag.SEQUENCE) && in.Empty() && all.ReadASN1Integer(&version) && version == 1 && all.ReadASN1(&imprint, tag.SEQUENCE)
	if ok {
		q.hash, ok = readAlgorithm(&imprint)
	}
	ok = ok && imprint.ReadASN1Bytes(&q.sum, tag.OCTET_STRING) && imprint.Empty()
	if ok && all.PeekASN1Tag(tag.OBJECT_IDENTIFIER) {
		ok = all.ReadASN1Element(&policy, tag.OBJECT_IDENTIFIER)
		q.policy = policy
	}
	if ok && all.PeekASN1Tag(tag.INTEGER) {
		q.nonce = new(big.Int)
		ok = all.ReadASN1Integer(q.nonce)
	}
	ok = ok && readBoolean(&all, &q.include)
	switch {
	case !ok:
		return q, failFormat
	case all.PeekASN1Tag(explicit(0)):
		return q, failExtension
	case !all.Empty():
		return q, failFormat
	}
	h := hashOf(q.hash)
	switch {
	case h == 0:
		return q, failAlgorithm
	case len(q.sum) != h.Size():
		return q, failRequest
	}
	return q, -1
}

// refusal is a TimeStampResp without a token.
func refusal(bit int) ([]byte, error) {
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) {
				const rejection, octet = 2, 8
				b.AddASN1Int64(rejection)
				bits := make([]byte, bit/octet+1)
				bits[bit/octet] = 0x80 >> (bit % octet)
				b.AddASN1(tag.BIT_STRING, func(b *cryptobyte.Builder) {
					b.AddUint8(uint8(octet - 1 - bit%octet))
					b.AddBytes(bits)
				})
			})
		})
	})
}

// granted is a TimeStampResp with a token.
func granted(token []byte) ([]byte, error) {
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) })
			b.AddBytes(token)
		})
	})
}

// tokenOf reads the token of a TimeStampResp.
func tokenOf(der []byte) ([]byte, bool) {
	in := cryptobyte.String(der)
	var all, status, token cryptobyte.String
	var code int64
	const withMods = 1
	ok := in.ReadASN1(&all, tag.SEQUENCE) && in.Empty() && all.ReadASN1(&status, tag.SEQUENCE) && status.ReadASN1Integer(&code) && code >= 0 && code <= withMods &&
		all.ReadASN1Element(&token, tag.SEQUENCE) && all.Empty()
	return token, ok
}

// stampInfo is a TSTInfo (section 2.4.2).
type stampInfo struct {
	policy []byte // DER
	hash   asn1.ObjectIdentifier
	sum    []byte
	serial *big.Int
	at     time.Time
	nonce  *big.Int
}

// encode writes it. The clock is right within a second.
func (s stampInfo) encode() ([]byte, error) {
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddBytes(s.policy)
			stampRequest{hash: s.hash, sum: s.sum}.imprint(b)
			b.AddASN1BigInt(s.serial)
			moment(b, s.at)
			sequence(b, func(b *cryptobyte.Builder) { b.AddASN1Int64(1) })
			if s.nonce != nil {
				b.AddASN1BigInt(s.nonce)
			}
		})
	})
}

func parseStampInfo(der []byte) (s stampInfo, ok bool) {
	in := cryptobyte.String(der)
	var all, policy, imprint, when cryptobyte.String
	var version int64
	s.serial = new(big.Int)
	ok = in.ReadASN1(&all, tag.SEQUENCE) && in.Empty() && all.ReadASN1Integer(&version) && version == 1 && all.ReadASN1Element(&policy, tag.OBJECT_IDENTIFIER) && all.ReadASN1(&imprint, tag.SEQUENCE)
	s.policy = policy
	if ok {
		s.hash, ok = readAlgorithm(&imprint)
	}
	ok = ok && imprint.ReadASN1Bytes(&s.sum, tag.OCTET_STRING) && imprint.Empty() && all.ReadASN1Integer(s.serial) && all.ReadASN1(&when, tag.GeneralizedTime)
	if ok {
		s.at, ok = readMoment(string(when))
	}
	var ordering bool
	ok = ok && all.SkipOptionalASN1(tag.SEQUENCE) && readBoolean(&all, &ordering)
	if ok && all.PeekASN1Tag(tag.INTEGER) {
		s.nonce = new(big.Int)
		ok = all.ReadASN1Integer(s.nonce)
	}
	return s, ok && all.SkipOptionalASN1(explicit(0)) && all.SkipOptionalASN1(explicit(1)) && all.Empty()
}

// readMoment reads a GeneralizedTime, which may have a fraction here (section 2.4.2).
func readMoment(s string) (time.Time, bool) {
	for _, form := range []string{"20060102150405Z", "20060102150405.999999999Z"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// stampAttributes are the signed attributes of a token: type, digest, and which certificate signs
// (SigningCertificateV2, RFC 5816, section 2.2.1), so that no other one of the same key can take its place.
func stampAttributes(info []byte, c *x509.Certificate) ([]byte, error) {
	o := oids()
	one := func(id asn1.ObjectIdentifier, value func(b *cryptobyte.Builder)) []byte {
		der, err := build(func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(id)
				b.AddASN1(tag.SET, value)
			})
		})
		if err != nil {
			return nil // of constant identifiers and of octets
		}
		return der
	}
	return build(func(b *cryptobyte.Builder) {
		setOf(b, [][]byte{
			one(o.contentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(o.stampInfo) }),
			one(o.messageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digest(crypto.SHA256, info)) }),
			one(o.certificateV2, func(b *cryptobyte.Builder) { signingCertificate(b, c) }),
		})
	})
}

// signingCertificate writes a SigningCertificateV2 with the certificate's SHA-256, issuer and serial number.
func signingCertificate(b *cryptobyte.Builder, c *x509.Certificate) {
	const directoryName = 4
	sequence(b, func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1OctetString(digest(crypto.SHA256, c.Raw))
				sequence(b, func(b *cryptobyte.Builder) {
					sequence(b, func(b *cryptobyte.Builder) {
						b.AddASN1(explicit(directoryName), func(b *cryptobyte.Builder) { b.AddBytes(c.RawIssuer) })
					})
					b.AddASN1BigInt(c.SerialNumber)
				})
			})
		})
	})
}

// namesCertificate reports whether the first certificate of a SigningCertificateV2 is c.
func namesCertificate(value cryptobyte.String, c *x509.Certificate) bool {
	var all, certs, first cryptobyte.String
	if !value.ReadASN1(&all, tag.SEQUENCE) || !all.ReadASN1(&certs, tag.SEQUENCE) || !certs.ReadASN1(&first, tag.SEQUENCE) {
		return false
	}
	h := crypto.SHA256
	if first.PeekASN1Tag(tag.SEQUENCE) {
		id, ok := readAlgorithm(&first)
		if h = hashOf(id); !ok || h == 0 {
			return false
		}
	}
	var sum []byte
	return first.ReadASN1Bytes(&sum, tag.OCTET_STRING) && bytes.Equal(sum, digest(h, c.Raw))
}
