package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// objects are the object identifiers that are read and written here.
type objects struct {
	data, signedData                                     asn1.ObjectIdentifier
	contentType, messageDigest, nonce, certificateV2     asn1.ObjectIdentifier
	sha1, sha256, sha384, sha512                         asn1.ObjectIdentifier
	rsa, rsaSHA256, rsaSHA384, rsaSHA512                 asn1.ObjectIdentifier
	ecdsaSHA256, ecdsaSHA384, ecdsaSHA512                asn1.ObjectIdentifier
	basicOCSP, ocspNonce, ocspNoCheck                    asn1.ObjectIdentifier
	stampInfo, extKeyUsage, keyUsageStamp, subjectPolicy asn1.ObjectIdentifier
	pbes2, pbkdf2, hmacSHA256, aes256CBC                 asn1.ObjectIdentifier
}

func oids() objects {
	pkcs := func(n ...int) asn1.ObjectIdentifier { return append(asn1.ObjectIdentifier{1, 2, 840, 113549}, n...) }
	nist := func(n ...int) asn1.ObjectIdentifier {
		return append(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4}, n...)
	}
	curve := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, n} }
	pkix := func(n ...int) asn1.ObjectIdentifier { return append(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7}, n...) }
	return objects{
		data: pkcs(1, 7, 1), signedData: pkcs(1, 7, 2),
		contentType: pkcs(1, 9, 3), messageDigest: pkcs(1, 9, 4), nonce: pkcs(1, 9, 25, 3), certificateV2: pkcs(1, 9, 16, 2, 47),
		sha1: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, sha256: nist(2, 1), sha384: nist(2, 2), sha512: nist(2, 3),
		rsa: pkcs(1, 1, 1), rsaSHA256: pkcs(1, 1, 11), rsaSHA384: pkcs(1, 1, 12), rsaSHA512: pkcs(1, 1, 13),
		ecdsaSHA256: curve(2), ecdsaSHA384: curve(3), ecdsaSHA512: curve(4),
		basicOCSP: pkix(48, 1, 1), ocspNonce: pkix(48, 1, 2), ocspNoCheck: pkix(48, 1, 5),
		stampInfo: pkcs(1, 9, 16, 1, 4), extKeyUsage: asn1.ObjectIdentifier{2, 5, 29, 37}, keyUsageStamp: pkix(3, 8), subjectPolicy: asn1.ObjectIdentifier{2, 5, 29, 32},
		pbes2: pkcs(1, 5, 13), pbkdf2: pkcs(1, 5, 12), hmacSHA256: pkcs(2, 9), aes256CBC: nist(1, 42),
	}
}

// errDER says that something is not the DER that it should be.
var errDER = errors.New("pki: not well-formed DER")

// build writes DER.
func build(f func(b *cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	f(&b)
	return b.Bytes()
}

// sequence writes a SEQUENCE.
func sequence(b *cryptobyte.Builder, f func(b *cryptobyte.Builder)) { b.AddASN1(tag.SEQUENCE, f) }

// explicit is the tag [n] around something.
func explicit(n uint8) tag.Tag { return tag.Tag(n).ContextSpecific().Constructed() }

// implicit is the tag [n] in place of a primitive one.
func implicit(n uint8) tag.Tag { return tag.Tag(n).ContextSpecific() }

// algorithm writes an AlgorithmIdentifier. RSA's have NULL parameters (RFC 4055, section 5),
// others none (RFC 5754, sections 2 and 3.3).
func algorithm(b *cryptobyte.Builder, id asn1.ObjectIdentifier) {
	sequence(b, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(id)
		o := oids()
		if id.Equal(o.rsa) || id.Equal(o.rsaSHA256) || id.Equal(o.rsaSHA384) || id.Equal(o.rsaSHA512) {
			b.AddASN1NULL()
		}
	})
}

// readAlgorithm reads an AlgorithmIdentifier whose parameters do not matter.
func readAlgorithm(s *cryptobyte.String) (id asn1.ObjectIdentifier, ok bool) {
	var inner cryptobyte.String
	ok = s.ReadASN1(&inner, tag.SEQUENCE) && inner.ReadASN1ObjectIdentifier(&id)
	return id, ok
}

// setOf writes a SET OF in the order that DER wants (ITU-T X.690, section 11.6).
func setOf(b *cryptobyte.Builder, elements [][]byte) {
	slices.SortFunc(elements, bytes.Compare)
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) {
		for _, e := range elements {
			b.AddBytes(e)
		}
	})
}

// hashes of an algorithm's identifier; 0 for unknown and for broken ones.
func hashOf(id asn1.ObjectIdentifier) crypto.Hash {
	o := oids()
	switch {
	case id.Equal(o.sha256), id.Equal(o.rsaSHA256), id.Equal(o.ecdsaSHA256):
		return crypto.SHA256
	case id.Equal(o.sha384), id.Equal(o.rsaSHA384), id.Equal(o.ecdsaSHA384):
		return crypto.SHA384
	case id.Equal(o.sha512), id.Equal(o.rsaSHA512), id.Equal(o.ecdsaSHA512):
		return crypto.SHA512
	}
	return 0
}

// digest hashes with one of the functions of hashOf.
func digest(h crypto.Hash, data []byte) []byte {
	switch h { //nolint:exhaustive // hashOf knows no others
	case crypto.SHA384:
		d := sha512.Sum384(data)
		return d[:]
	case crypto.SHA512:
		d := sha512.Sum512(data)
		return d[:]
	}
	d := sha256.Sum256(data)
	return d[:]
}

// signingAlgorithm is what a key of ours signs with.
func signingAlgorithm(public crypto.PublicKey) (id asn1.ObjectIdentifier, h crypto.Hash) {
	o := oids()
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P384() {
			return o.ecdsaSHA384, crypto.SHA384
		}
		return o.ecdsaSHA256, crypto.SHA256
	case *rsa.PublicKey:
		return o.rsaSHA256, crypto.SHA256
	}
	return nil, 0
}

// goodSignature verifies a signature over a digest: with digest alone, because of a document
// nothing else is known. The algorithm must be one of the key's.
func goodSignature(public crypto.PublicKey, id asn1.ObjectIdentifier, h crypto.Hash, sum, signature []byte) bool {
	o := oids()
	if named := hashOf(id); h == 0 || len(sum) != h.Size() || named != h && !id.Equal(o.rsa) {
		return false
	}
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		curve := id.Equal(o.ecdsaSHA256) || id.Equal(o.ecdsaSHA384) || id.Equal(o.ecdsaSHA512)
		return curve && ecdsa.VerifyASN1(k, sum, signature)
	case *rsa.PublicKey:
		plain := id.Equal(o.rsa) || id.Equal(o.rsaSHA256) || id.Equal(o.rsaSHA384) || id.Equal(o.rsaSHA512)
		return plain && rsa.VerifyPKCS1v15(k, h, sum, signature) == nil
	}
	return false
}

// moment writes a GeneralizedTime in whole seconds (RFC 5280, section 4.1.2.5.2).
func moment(b *cryptobyte.Builder, t time.Time) {
	b.AddASN1GeneralizedTime(t.UTC().Truncate(time.Second))
}

// readBoolean reads a BOOLEAN DEFAULT FALSE.
func readBoolean(s *cryptobyte.String, out *bool) bool {
	*out = false
	return !s.PeekASN1Tag(tag.BOOLEAN) || s.ReadASN1Boolean(out)
}
