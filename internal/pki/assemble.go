package pki

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
)

// Assemble makes a CMS SignedData (RFC 5652) from what a card has signed. A nil content is
// detached. Signed attributes are a SET OF in DER; nil when the signature is over the content
// itself, which is possible because its type is id-data (section 5.3). Leaf is the signer's
// certificate and chain its issuers; they are put in, leaf first. Nothing is verified here: see
// [Desk.Validate].
func Assemble(content, signedAttrs, signature []byte, leaf *x509.Certificate, chain []*x509.Certificate) ([]byte, error) {
	o := oids()
	if leaf == nil || len(signature) == 0 {
		return nil, errors.New("pki: a CMS signature needs a certificate and a signature")
	}
	d := signedData{
		contentType: o.data, content: content, certificates: append([]*x509.Certificate{leaf}, chain...),
		issuer: leaf.RawIssuer, serial: leaf.SerialNumber, digestAlg: o.sha256, attributes: signedAttrs, signature: signature,
	}
	if signedAttrs != nil {
		var set asn1.RawValue
		if rest, err := asn1.Unmarshal(signedAttrs, &set); err != nil || len(rest) > 0 || set.Tag != asn1.TagSet || len(set.Bytes) == 0 {
			return nil, errDER
		}
	}
	switch leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		d.signatureAlg = o.ecdsaSHA256
	case *rsa.PublicKey:
		d.signatureAlg = o.rsa // RFC 3370, section 3.2: all implementations take it
	default:
		return nil, errors.New("pki: the certificate has a key that is neither ECDSA nor RSA")
	}
	return d.encode()
}
