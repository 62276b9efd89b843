package dskpp

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"

	"github.com/countersign-auth/countersign/pskc"
)

// KeyInfo names a key or holds a public one (ds:KeyInfoType of XML Signature,
// section 4.4).
type KeyInfo struct {
	Name        string         // KeyName
	Key         *rsa.PublicKey // KeyValue
	Certificate []byte         // X509Certificate, DER
	// Other is what is neither, such as PGPData; nothing here uses it.
	Other []*pskc.Element
}

// Public returns the RSA key of the KeyValue or of the certificate, whose chain
// is not looked at.
func (k *KeyInfo) Public() (*rsa.PublicKey, bool) {
	if k.Key != nil {
		return k.Key, true
	}
	cert, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		return nil, false
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	return key, ok
}

func ds(name, text string, kids ...*pskc.Element) *pskc.Element {
	return &pskc.Element{Space: namespaceDS, Name: name, Text: text, Children: kids}
}

// into writes the choices that are set into an element of type ds:KeyInfoType.
func (k *KeyInfo) into(e *pskc.Element) *pskc.Element {
	if k.Name != "" {
		e.Children = append(e.Children, ds("KeyName", k.Name))
	}
	if k.Key != nil {
		e.Children = append(e.Children, ds("KeyValue", "", ds("RSAKeyValue", "",
			ds("Modulus", base64.StdEncoding.EncodeToString(k.Key.N.Bytes())),
			ds("Exponent", base64.StdEncoding.EncodeToString(big.NewInt(int64(k.Key.E)).Bytes())))))
	}
	if k.Certificate != nil {
		e.Children = append(e.Children, ds("X509Data", "", ds("X509Certificate", base64.StdEncoding.EncodeToString(k.Certificate))))
	}
	e.Children = append(e.Children, k.Other...)
	return e
}

// readKeyInfo reads the children of an element of type ds:KeyInfoType.
func readKeyInfo(e *pskc.Element) (k KeyInfo, err error) {
	s := children(e, "Id")
	for s.err == nil && s.next < len(e.Children) {
		switch {
		case k.Name == "" && s.is(namespaceDS, "KeyName"):
			k.Name = s.identifier("a KeyName", s.leaf(s.maybeOf(namespaceDS, "KeyName")))
		case k.Key == nil && s.is(namespaceDS, "KeyValue"):
			k.Key = s.keyValue(s.maybeOf(namespaceDS, "KeyValue"))
		case k.Certificate == nil && s.is(namespaceDS, "X509Data"):
			k.Certificate = s.certificate(s.maybeOf(namespaceDS, "X509Data"))
		default:
			o := s.other()
			if o == nil {
				return k, s.end()
			}
			k.Other = append(k.Other, o)
		}
	}
	if len(e.Children) == 0 {
		s.fail("%s names no key", e.Name)
	}
	return k, s.end()
}

func (s *sequence) keyValue(e *pskc.Element) *rsa.PublicKey {
	outer := children(e)
	r := outer.maybeOf(namespaceDS, "RSAKeyValue")
	if r == nil {
		s.fail("a KeyValue that is no RSA key")
		return nil
	}
	in := children(r)
	n := in.bytes(in.maybeOf(namespaceDS, "Modulus"))
	x := in.bytes(in.maybeOf(namespaceDS, "Exponent"))
	exp := new(big.Int).SetBytes(x)
	if in.end() != nil || outer.end() != nil || len(n) < 64 || len(n) > 1024 || exp.BitLen() < 2 || exp.BitLen() > 31 {
		s.fail("a KeyValue that is no RSA key of 512 to 8192 bits")
		return nil
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exp.Int64())}
}

func (s *sequence) certificate(e *pskc.Element) []byte {
	in := children(e)
	der := in.bytes(in.maybeOf(namespaceDS, "X509Certificate"))
	if in.end() != nil || len(der) == 0 {
		s.fail("an X509Data without one X509Certificate")
	}
	return der
}
