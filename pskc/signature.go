package pskc

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"io"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// SignatureOptions says which signatures are good.
type SignatureOptions struct {
	// Certificates are the signers' certificates that are trusted, themselves and
	// not those that they issued.
	Certificates []*x509.Certificate
	// At is the time at which the certificate must be valid.
	At time.Time
	// MaxBytes bounds the file, which is held in memory as a tree of some thirty
	// times its size; 0 means 32 MiB.
	MaxBytes int64
	// InsecureSHA1 accepts signatures and digests with SHA-1.
	InsecureSHA1 bool
}

// Verified is a file whose signature was verified.
type Verified struct {
	Digest      [32]byte // SHA-256 of the whole file
	Certificate *x509.Certificate
}

const defaultMaxSigned = 32 << 20

// VerifySignature verifies the enveloped XML signature of a container
// (RFC 6030, section 7). It must cover the whole document, with exclusive or
// inclusive canonicalization, and be the only one, a child of the container.
//
// A signature over the whole cannot be verified while streaming. Run this first
// and hand the result to the Reader in Options.Verified: the Reader then refuses
// a file that is not the same to the octet.
//
// Errors are [*FileError] and wrap ErrSignature, ErrXML, ErrDTD or ErrLimit.
func VerifySignature(r io.Reader, o SignatureOptions) (*Verified, error) {
	limit := o.MaxBytes
	if limit == 0 {
		limit = defaultMaxSigned
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, &FileError{Err: err}
	case int64(len(b)) > limit:
		return nil, &FileError{Err: because(ErrLimit, "a signed file may have %d octets at most", limit)}
	}
	if err := scanAll(b); err != nil {
		return nil, err
	}
	cert, err := verify(b, &o)
	if err != nil {
		return nil, &FileError{Err: err}
	}
	return &Verified{Digest: sha256.Sum256(b), Certificate: cert}, nil
}

// scanAll runs our own strict scanner over the file, so that nothing reaches the
// other XML parser that this package would refuse, document types above all.
func scanAll(b []byte) error {
	s := newScanner(bytes.NewReader(b), 0)
	for {
		kind, err := s.next()
		if err != nil || kind == tokEOF {
			return err
		}
	}
}

func verify(b []byte, o *SignatureOptions) (*x509.Certificate, error) {
	root, err := parseTree(b)
	if err != nil {
		return nil, err
	}
	sig, err := onlySignature(root)
	if err != nil {
		return nil, err
	}
	if !o.InsecureSHA1 && usesSHA1(sig) {
		return nil, because(ErrSignature, "the signature uses SHA-1, which is not accepted")
	}
	if sig.NamespaceURI() == uriPSKC { // as in Figure 9 and the schema
		if root, err = renamed(root, sig); err != nil {
			return nil, err
		}
	}
	store := &dsig.MemoryX509CertificateStore{Roots: o.Certificates}
	ctx := dsig.NewDefaultValidationContext(store)
	ctx.IdAttribute = "Id"
	ctx.Clock = dsig.NewFakeClockAt(o.At)
	if _, err := ctx.Validate(root); err != nil {
		return nil, because(ErrSignature, "the signature cannot be verified: %s", err)
	}
	return signer(sig, o.Certificates), nil
}

func parseTree(b []byte) (*etree.Element, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(b); err != nil {
		return nil, because(ErrXML, "%s", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "KeyContainer" || root.NamespaceURI() != uriPSKC {
		return nil, because(ErrXML, "the root element is not a KeyContainer")
	}
	return root, nil
}

// onlySignature finds the signature among the children of the container. Any
// other element of that name, at any depth, is refused: signatures that are found
// in one place and read in another are how documents are forged.
func onlySignature(root *etree.Element) (*etree.Element, error) {
	all := root.FindElements("//Signature")
	switch {
	case len(all) == 0:
		return nil, because(ErrSignature, "the file is not signed")
	case len(all) > 1 || all[0].Parent() != root:
		return nil, because(ErrSignature, "the file must have one signature, directly in the container")
	}
	if ns := all[0].NamespaceURI(); ns != uriDS && ns != uriPSKC {
		return nil, because(ErrSignature, "the Signature has the unknown namespace %q", clipText(ns))
	}
	return all[0], nil
}

func usesSHA1(sig *etree.Element) bool {
	for _, path := range []string{".//SignatureMethod", ".//DigestMethod"} {
		for _, e := range sig.FindElements(path) {
			if strings.Contains(e.SelectAttrValue("Algorithm", ""), "sha1") {
				return true
			}
		}
	}
	return false
}

// renamed moves the Signature element, whose type is that of XML Signature, from
// the namespace of PSKC to that of XML Signature, where the library looks for it.
// The element itself is not signed; its SignedInfo stays as it is. The tree is
// written and read again, because the library needs one that comes from text.
func renamed(root, sig *etree.Element) (*etree.Element, error) {
	info := sig.FindElement("./SignedInfo")
	if info == nil || info.Space == "" || info.NamespaceURI() != uriDS {
		return nil, because(ErrSignature, "the Signature has no ds:SignedInfo")
	}
	sig.Space = info.Space
	if sig.NamespaceURI() != uriDS {
		sig.CreateAttr("xmlns:"+info.Space, uriDS)
	}
	doc := etree.NewDocument()
	doc.SetRoot(root)
	b, err := doc.WriteToBytes()
	if err != nil {
		return nil, because(ErrXML, "%s", err)
	}
	return parseTree(b)
}

// signer tells which of the trusted certificates the signature names.
func signer(sig *etree.Element, trusted []*x509.Certificate) *x509.Certificate {
	if e := sig.FindElement(".//X509Certificate"); e != nil {
		if der, err := appendBase64(nil, []byte(e.Text())); err == nil {
			for _, c := range trusted {
				if bytes.Equal(c.Raw, der) {
					return c
				}
			}
		}
	}
	if len(trusted) == 1 { // the library takes it when the signature names none
		return trusted[0]
	}
	return nil
}
