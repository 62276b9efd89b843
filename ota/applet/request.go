package applet

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
)

// Errors of keys and requests.
var (
	ErrPublic    = errors.New("applet: the octets are no public key of the algorithm")
	ErrSignature = errors.New("applet: the signature is not one of the key")
	ErrSubject   = errors.New("applet: the subject is no name in DER, or too long a one")
)

// Lengths of SubjectPublicKeyInfo in DER, which do not depend on the key.
const (
	lengthP256 = 91
	lengthRSA  = 294
)

// KeyLength is the length of the algorithm's SubjectPublicKeyInfo in octets.
func (a Algorithm) KeyLength() int {
	if a == RSA2048 {
		return lengthRSA
	}
	return lengthP256
}

// PublicKey reads the public key of an answer: an *ecdsa.PublicKey or an *rsa.PublicKey.
func (a Algorithm) PublicKey(octets []byte) (crypto.PublicKey, error) {
	switch {
	case a == ECDSAP256 && len(octets) == 65:
		k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), octets)
		if err != nil {
			return nil, ErrPublic
		}
		return k, nil
	case a == RSA2048 && len(octets) == 256 && octets[0]&0x80 != 0 && octets[255]&1 == 1:
		return &rsa.PublicKey{N: new(big.Int).SetBytes(octets), E: 65537}, nil
	}
	return nil, ErrPublic
}

// KeyInfo is the SubjectPublicKeyInfo of an answer's public key in DER.
func (a Algorithm) KeyInfo(octets []byte) ([]byte, error) {
	k, err := a.PublicKey(octets)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil || len(der) != a.KeyLength() {
		return nil, ErrPublic
	}
	return der, nil
}

// Verify checks a signature of the card over a hash; the error is ErrPublic or ErrSignature.
func (a Algorithm) Verify(public []byte, hash [32]byte, signature []byte) error {
	k, err := a.PublicKey(public)
	if err != nil {
		return err
	}
	good := false
	switch k := k.(type) {
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(k, hash[:], signature)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(k, crypto.SHA256, hash[:], signature) == nil
	}
	if !good {
		return ErrSignature
	}
	return nil
}

// nonceAttribute stands before the nonce in a request: [0] { SEQUENCE { randomNonce (RFC 2985,
// section 5.3.4), SET { OCTET STRING } } }.
const nonceAttribute = "\xA0\x22" + attributeNonce

// RequestParts are the two parts of a CertificationRequestInfo (RFC 2986, section 4.1) around a
// key of the algorithm: version and subject before it, the attribute with the nonce behind it.
// Subject is an RDNSequence in DER of at most 480 octets; ErrSubject otherwise.
func RequestParts(a Algorithm, subject []byte, nonce Nonce) (head, tail []byte, err error) {
	var name asn1.RawValue
	rest, err := asn1.Unmarshal(subject, &name)
	if err != nil || len(rest) > 0 || name.Tag != asn1.TagSequence || name.Class != asn1.ClassUniversal || len(subject) > 480 {
		return nil, nil, ErrSubject
	}
	tail = append([]byte(nonceAttribute), nonce[:]...)
	body := append([]byte{2, 1, 0}, subject...)
	n := len(body) + a.KeyLength() + len(tail)
	head = derHead(0x30, n)
	return append(head, body...), tail, nil
}

// GoodRequest reports whether head and tail make a CertificationRequestInfo around a key, with the
// nonce in it. A card signs nothing else at generation.
func GoodRequest(a Algorithm, head, tail []byte, nonce Nonce) bool {
	if !bytes.Equal(tail, append([]byte(nonceAttribute), nonce[:]...)) {
		return false
	}
	whole := append(append(append([]byte{}, head...), make([]byte, a.KeyLength())...), tail...)
	var info asn1.RawValue
	if rest, err := asn1.Unmarshal(whole, &info); err != nil || len(rest) > 0 || len(whole)-len(info.Bytes) > len(head) {
		return false
	}
	body := head[len(whole)-len(info.Bytes):]
	if !bytes.HasPrefix(body, []byte{2, 1, 0}) {
		return false
	}
	h, t, err := RequestParts(a, body[3:], nonce)
	return err == nil && bytes.Equal(h, head) && bytes.Equal(t, tail)
}

// RequestHash is what the card signs at generation. Public is as in the answer.
func RequestHash(a Algorithm, head, tail, public []byte) ([32]byte, error) {
	info, err := a.KeyInfo(public)
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(append(append(append([]byte{}, head...), info...), tail...)), nil
}

// Request assembles the PKCS #10 certification request (RFC 2986) from the parts that were sent
// and what the card answered, and checks its signature: ErrPublic or ErrSignature.
func Request(a Algorithm, head, tail, public, signature []byte) ([]byte, error) {
	hash, err := RequestHash(a, head, tail, public)
	if err != nil {
		return nil, err
	}
	if err := a.Verify(public, hash, signature); err != nil {
		return nil, err
	}
	info, err := a.KeyInfo(public)
	if err != nil {
		return nil, err
	}
	body := append(append(append([]byte{}, head...), info...), tail...)
	body = append(body, a.identifier()...)
	body = append(body, derHead(0x03, 1+len(signature))...)
	body = append(append(body, 0), signature...)
	return append(derHead(0x30, len(body)), body...), nil
}

// identifier is the AlgorithmIdentifier of signatures: ecdsa-with-SHA256 (RFC 5758, section 3.2),
// sha256WithRSAEncryption (RFC 4055, section 5).
func (a Algorithm) identifier() string {
	if a == RSA2048 {
		return "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00"
	}
	return "\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02"
}

func derHead(tag byte, n int) []byte {
	switch {
	case n < 0x80:
		return []byte{tag, byte(n)} //nolint:gosec // a length is not negative
	case n <= 0xFF:
		return []byte{tag, 0x81, byte(n)}
	}
	return []byte{tag, 0x82, byte(n >> 8), byte(n)} //nolint:gosec // callers stay far below 65536
}
