package evidence

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// This file reads CMS SignedData with one signer (RFC 5652, section 5), as signatures and
// time-stamps are. It shares nothing with what made them.

// contentInfo is section 3.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

// signedData is section 5.1.
type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

// signerInfo is section 5.3.
type signerInfo struct {
	Version    int
	SID        asn1.RawValue
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

// attribute is section 5.3.
type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

// Names of types and attributes; section 11, RFC 5035, RFC 3161.
var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

// cms is a SignedData that was read.
type cms struct {
	contentType  asn1.ObjectIdentifier
	content      []byte // nil when it is detached
	certificates []*x509.Certificate
	signer       signerInfo
}

// readCMS reads a SignedData with one signer, in DER.
func readCMS(der []byte) (c cms, err error) {
	var info contentInfo
	var d signedData
	switch err := whole(der, &info); {
	case err != nil:
		return c, err
	case !info.Type.Equal(oidSignedData):
		return c, errors.New("it is no SignedData")
	}
	if err := whole(info.Content.Bytes, &d); err != nil {
		return c, err
	}
	if len(d.Signers) != 1 {
		return c, fmt.Errorf("it has %d signers", len(d.Signers))
	}
	c.contentType, c.signer = d.Encapsulated.Type, d.Signers[0]
	if raw := d.Encapsulated.Content; len(raw.Bytes) > 0 {
		if err := whole(raw.Bytes, &c.content); err != nil {
			return c, err
		}
	}
	c.certificates, err = x509.ParseCertificates(d.Certificates.Bytes)
	return c, err
}

func whole(der []byte, to any) error {
	rest, err := asn1.Unmarshal(der, to)
	if err == nil && len(rest) > 0 {
		err = errors.New("octets follow it")
	}
	return err
}

// names reports whether the signer is the certificate (SignerIdentifier, section 5.3).
func (s *signerInfo) names(c *x509.Certificate) bool {
	if s.SID.Class == asn1.ClassContextSpecific && s.SID.Tag == 0 {
		return bytes.Equal(s.SID.Bytes, c.SubjectKeyId)
	}
	var by struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	return whole(s.SID.FullBytes, &by) == nil && bytes.Equal(by.Issuer.FullBytes, c.RawIssuer) && by.Serial.Cmp(c.SerialNumber) == 0
}

// hash is the signer's digest algorithm; only the SHA-2 family is taken.
func (s *signerInfo) hash() (crypto.Hash, error) {
	for _, h := range []struct {
		oid  asn1.ObjectIdentifier
		hash crypto.Hash
	}{
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA256},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512},
	} {
		if s.Digest.Algorithm.Equal(h.oid) {
			return h.hash, nil
		}
	}
	return 0, fmt.Errorf("its digest algorithm is %s", s.Digest.Algorithm)
}

// algorithm is that of a signature by a key over a digest.
func algorithm(c *x509.Certificate, h crypto.Hash) x509.SignatureAlgorithm {
	_, isRSA := c.PublicKey.(*rsa.PublicKey)
	switch {
	case h == crypto.SHA384 && isRSA:
		return x509.SHA384WithRSA
	case h == crypto.SHA512 && isRSA:
		return x509.SHA512WithRSA
	case isRSA:
		return x509.SHA256WithRSA
	case h == crypto.SHA384:
		return x509.ECDSAWithSHA384
	case h == crypto.SHA512:
		return x509.ECDSAWithSHA512
	}
	return x509.ECDSAWithSHA256
}

// verify checks the signature by the certificate over the digest of the content (section 5.4), and
// returns the signed attributes by name.
func (c *cms) verify(by *x509.Certificate, digest func(crypto.Hash) []byte) (map[string][]byte, error) {
	h, err := c.signer.hash()
	if err != nil {
		return nil, err
	}
	attributes, err := c.signer.attributes()
	if err != nil {
		return nil, err
	}
	var typ asn1.ObjectIdentifier
	var signed []byte
	if whole(attributes[oidContentType.String()], &typ) != nil || !typ.Equal(c.contentType) {
		return nil, errors.New("its content type is not the one that was signed")
	}
	if whole(attributes[oidMessageDigest.String()], &signed) != nil || !bytes.Equal(signed, digest(h)) {
		return nil, errors.New("its digest is not that of the content")
	}
	set := append([]byte{0x31}, c.signer.Attributes.FullBytes[1:]...) // as SET OF, not [0]
	return attributes, by.CheckSignature(algorithm(by, h), set, c.signer.Signature)
}

// attributes reads the signed attributes, which have one value each.
func (s *signerInfo) attributes() (map[string][]byte, error) {
	if len(s.Attributes.FullBytes) == 0 {
		return nil, errors.New("it has no signed attributes")
	}
	all := map[string][]byte{}
	for rest := s.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		var value asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, err
		}
		if err := whole(a.Values.Bytes, &value); err != nil {
			return nil, err
		}
		if _, twice := all[a.Type.String()]; twice {
			return nil, errors.New("an attribute is there twice")
		}
		all[a.Type.String()] = value.FullBytes
	}
	return all, nil
}
