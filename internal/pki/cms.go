package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// signedData is a CMS SignedData with one signer (RFC 5652, section 5).
type signedData struct {
	contentType  asn1.ObjectIdentifier
	content      []byte // nil when it is detached
	certificates []*x509.Certificate
	issuer       []byte // of the signer's certificate, DER; nil when it is named by key
	serial       *big.Int
	keyID        []byte // of the signer's certificate, when it is named by key
	digestAlg    asn1.ObjectIdentifier
	attributes   []byte // as SET OF, as they are signed; nil for none
	signatureAlg asn1.ObjectIdentifier
	signature    []byte
}

// encode writes the ContentInfo.
func (d *signedData) encode() ([]byte, error) {
	o := oids()
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(o.signedData)
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { sequence(b, d.body) })
		})
	})
}

// body writes the SignedData. It has version 3 when the content is no id-data (section 5.1).
func (d *signedData) body(b *cryptobyte.Builder) {
	version := int64(1)
	if !d.contentType.Equal(oids().data) {
		version = 3
	}
	b.AddASN1Int64(version)
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { algorithm(b, d.digestAlg) })
	sequence(b, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(d.contentType)
		if d.content != nil {
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(d.content) })
		}
	})
	if len(d.certificates) > 0 {
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			for _, c := range d.certificates {
				b.AddBytes(c.Raw)
			}
		})
	}
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { sequence(b, d.signer) })
}

// signer writes the SignerInfo (section 5.3). In it the attributes have the tag [0]; what
// is signed has that of a SET (section 5.4).
func (d *signedData) signer(b *cryptobyte.Builder) {
	b.AddASN1Int64(1)
	sequence(b, func(b *cryptobyte.Builder) {
		b.AddBytes(d.issuer)
		b.AddASN1BigInt(d.serial)
	})
	algorithm(b, d.digestAlg)
	if d.attributes != nil {
		b.AddBytes(append([]byte{0xA0}, d.attributes[1:]...))
	}
	algorithm(b, d.signatureAlg)
	b.AddASN1OctetString(d.signature)
}

// parseCMS reads a SignedData. It takes nothing but DER, with exactly one signer: what could be
// read in two ways is not read.
func parseCMS(der []byte) (*signedData, error) {
	d := &signedData{}
	in, o := cryptobyte.String(der), oids()
	var outer, wrapped, body cryptobyte.String
	var kind asn1.ObjectIdentifier
	ok := in.ReadASN1(&outer, tag.SEQUENCE) && in.Empty() &&
		outer.ReadASN1ObjectIdentifier(&kind) && kind.Equal(o.signedData) &&
		outer.ReadASN1(&wrapped, explicit(0)) && outer.Empty() &&
		wrapped.ReadASN1(&body, tag.SEQUENCE) && wrapped.Empty() &&
		d.readBody(&body)
	if !ok {
		return nil, errDER
	}
	return d, nil
}

func (d *signedData) readBody(s *cryptobyte.String) bool {
	var version int64
	var algorithms, encapsulated, certificates, signers, signer cryptobyte.String
	var has bool
	ok := s.ReadASN1Integer(&version) && version >= 1 && version <= 4 &&
		s.ReadASN1(&algorithms, tag.SET) &&
		s.ReadASN1(&encapsulated, tag.SEQUENCE) && d.readContent(&encapsulated) &&
		s.ReadOptionalASN1(&certificates, &has, explicit(0)) && (!has || d.readCertificates(certificates)) &&
		s.SkipOptionalASN1(explicit(1)) &&
		s.ReadASN1(&signers, tag.SET) && s.Empty() &&
		signers.ReadASN1(&signer, tag.SEQUENCE) && signers.Empty()
	return ok && d.readSigner(&signer)
}

func (d *signedData) readContent(s *cryptobyte.String) bool {
	var wrapped, octets cryptobyte.String
	var has bool
	ok := s.ReadASN1ObjectIdentifier(&d.contentType) && s.ReadOptionalASN1(&wrapped, &has, explicit(0)) && s.Empty()
	if ok && has {
		ok = wrapped.ReadASN1(&octets, tag.OCTET_STRING) && wrapped.Empty()
		d.content = append([]byte{}, octets...)
	}
	return ok
}

func (d *signedData) readCertificates(der []byte) bool {
	all, err := x509.ParseCertificates(der)
	d.certificates = all
	return err == nil
}

func (d *signedData) readSigner(s *cryptobyte.String) bool {
	var version int64
	var attributes cryptobyte.String
	var has bool
	ok := s.ReadASN1Integer(&version) && (version == 1 || version == 3) && d.readName(s)
	if ok {
		d.digestAlg, ok = readAlgorithm(s)
	}
	ok = ok && s.ReadOptionalASN1(&attributes, &has, explicit(0))
	if ok && has {
		set, err := build(func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
		})
		d.attributes, ok = set, err == nil && inOrder(attributes)
	}
	if ok {
		d.signatureAlg, ok = readAlgorithm(s)
	}
	return ok && s.ReadASN1Bytes(&d.signature, tag.OCTET_STRING) && s.SkipOptionalASN1(explicit(1)) && s.Empty()
}

// readName reads which certificate is the signer's.
func (d *signedData) readName(s *cryptobyte.String) bool {
	if s.PeekASN1Tag(implicit(0)) {
		return s.ReadASN1Bytes(&d.keyID, implicit(0))
	}
	var name cryptobyte.String
	var issuer cryptobyte.String
	d.serial = new(big.Int)
	ok := s.ReadASN1(&name, tag.SEQUENCE) && name.ReadASN1Element(&issuer, tag.SEQUENCE) && name.ReadASN1Integer(d.serial) && name.Empty()
	d.issuer = issuer
	return ok
}

// inOrder reports whether the elements of a SET OF are in the order of DER, so that
// nobody can have signed them in another.
func inOrder(elements cryptobyte.String) bool {
	var last []byte
	for !elements.Empty() {
		var e cryptobyte.String
		if !elements.ReadASN1Element(&e, tag.SEQUENCE) || bytes.Compare(last, e) >= 0 {
			return false
		}
		last = e
	}
	return true
}

// attribute returns the one value of a signed attribute, DER; false when it is not there exactly once.
func (d *signedData) attribute(id asn1.ObjectIdentifier) (value cryptobyte.String, found bool) {
	set := cryptobyte.String(d.attributes)
	var all cryptobyte.String
	if !set.ReadASN1(&all, tag.SET) {
		return nil, false
	}
	for !all.Empty() {
		var one, values, element cryptobyte.String
		var kind asn1.ObjectIdentifier
		var t tag.Tag
		if !all.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&kind) || !one.ReadASN1(&values, tag.SET) || !one.Empty() {
			return nil, false
		}
		if !kind.Equal(id) {
			continue
		}
		if found || !values.ReadAnyASN1Element(&element, &t) || !values.Empty() {
			return nil, false
		}
		value, found = element, true
	}
	return value, found
}

// isSigner reports whether a certificate is the one that the signer is named by.
func (d *signedData) isSigner(c *x509.Certificate) bool {
	if d.keyID != nil {
		return len(d.keyID) > 0 && bytes.Equal(d.keyID, c.SubjectKeyId)
	}
	return bytes.Equal(d.issuer, c.RawIssuer) && d.serial.Cmp(c.SerialNumber) == 0
}
