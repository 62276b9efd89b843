package pki

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Finding says why a signature is not valid.
type Finding string

// Findings, with the fault codes of TS 102 204 that they stand for.
const (
	Valid           Finding = ""
	Malformed       Finding = "malformed"       // not a CMS SignedData of one signer in DER
	NoCertificate   Finding = "no_certificate"  // none is registered (422)
	RevocationError Finding = "crl_unavailable" // the status could not be learned (423)
	RevocationStale Finding = "crl_expired"     // what is known of it is too old (424)
	BadCertificate  Finding = "certificate"     // another one, or its chain, validity or usage (425)
	IsRevoked       Finding = "revoked"         // (501)
	IsOnHold        Finding = "on_hold"         // (501)
	WrongDigest     Finding = "digest"          // not over this content (503)
	WrongSignature  Finding = "signature"       // (503)
)

// Claim is a signature to be judged, and what it must be of.
type Claim struct {
	CMS     []byte            // DER
	Content []byte            // what was to be signed; nil: see Digest
	Digest  [32]byte          // SHA-256 of it, where the content itself is not known
	Nonce   []byte            // of the signed attributes; nil: not looked at
	Leaf    *x509.Certificate // the registered certificate
	Profile Profile           // it must have been issued under
	At      time.Time         // when it must have been valid
}

// Report is a judgment.
type Report struct {
	Finding  Finding             // Valid, or why not
	Cause    error               // for the log; nil when it is valid
	Chain    []*x509.Certificate // issuers of the leaf without the root; nil when there is none
	Root     *x509.Certificate
	Standing Standing // of the certificate; evidence
}

// Good reports whether the signature is valid.
func (r Report) Good() bool { return r.Finding == Valid }

// bad is a report of a finding.
func bad(f Finding, format string, args ...any) Report {
	return Report{Finding: f, Cause: fmt.Errorf("pki: "+format, args...)}
}

// Judge judges a signature without asking anybody: digest, attributes, signature, certificate, chain to one of
// the anchors, validity and usage. What remains is the status of the certificate.
func Judge(c Claim, anchors []*x509.Certificate) Report {
	if c.Leaf == nil {
		return bad(NoCertificate, "no certificate is registered")
	}
	d, err := parseCMS(c.CMS)
	if err != nil {
		return bad(Malformed, "the signature cannot be read")
	}
	if !d.isSigner(c.Leaf) {
		return bad(BadCertificate, "the signer is not the registered certificate")
	}
	if r := d.judge(c); !r.Good() {
		return r
	}
	return judgeCertificate(c, d.certificates, anchors)
}

// judge checks what was signed.
func (d *signedData) judge(c Claim) Report {
	o, sum := oids(), c.Digest
	if c.Content != nil {
		sum = sha256.Sum256(c.Content)
	}
	switch {
	case !d.contentType.Equal(o.data) || !d.digestAlg.Equal(o.sha256):
		return bad(Malformed, "only data that are hashed by SHA-256 are signed")
	case d.content != nil && sha256.Sum256(d.content) != sum:
		return bad(WrongDigest, "another content is enclosed")
	case d.attributes == nil && c.Nonce != nil:
		return bad(WrongDigest, "there are no signed attributes")
	case d.attributes != nil:
		if why := d.attributed(sum[:], c.Nonce); why != "" {
			return bad(WrongDigest, "%s", why)
		}
		sum = sha256.Sum256(d.attributes)
	}
	if !goodSignature(c.Leaf.PublicKey, d.signatureAlg, crypto.SHA256, sum[:], d.signature) {
		return bad(WrongSignature, "the registered key has not signed this")
	}
	return Report{}
}

// attributed checks the signed attributes (RFC 5652, section 5.3): the type of the content, its digest, and the nonce if one
// is expected. It says what is wrong.
func (d *signedData) attributed(sum, nonce []byte) string {
	o := oids()
	kind, ok1 := d.attribute(o.contentType)
	message, ok2 := d.attribute(o.messageDigest)
	var id asn1.ObjectIdentifier
	var octets []byte
	switch {
	case !ok1 || !kind.ReadASN1ObjectIdentifier(&id) || !kind.Empty() || !id.Equal(d.contentType):
		return "the signed type of the content is another one"
	case !ok2 || !message.ReadASN1Bytes(&octets, tag.OCTET_STRING) || !message.Empty() || !bytes.Equal(octets, sum):
		return "the signed digest is that of another content"
	}
	if nonce == nil {
		return ""
	}
	value, ok := d.attribute(o.nonce)
	var is []byte
	if !ok || !value.ReadASN1Bytes(&is, tag.OCTET_STRING) || !bytes.Equal(is, nonce) {
		return "the nonce is another one"
	}
	return ""
}

// judgeCertificate checks chain, validity and usage.
func judgeCertificate(c Claim, others, anchors []*x509.Certificate) Report {
	if c.Leaf.KeyUsage != c.Profile.Usage() || c.Leaf.IsCA {
		return bad(BadCertificate, "the certificate is not one for %s", c.Profile)
	}
	chains, err := verifyChain(c.Leaf, others, anchors, c.At)
	if err != nil {
		return bad(BadCertificate, "the chain: %w", err)
	}
	whole := chains[0]
	return Report{Chain: whole[1 : len(whole)-1], Root: whole[len(whole)-1]}
}

// verifyChain finds the chains from a certificate to the anchors, all valid at a moment.
func verifyChain(leaf *x509.Certificate, others, anchors []*x509.Certificate, at time.Time) ([][]*x509.Certificate, error) {
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, a := range anchors {
		options.Roots.AddCert(a)
	}
	for _, o := range others {
		options.Intermediates.AddCert(o)
	}
	chains, err := leaf.Verify(options)
	if err == nil && len(chains[0]) < 2 {
		err = errors.New("an anchor signs nothing but certificates")
	}
	return chains, err
}

// Validate judges a signature as Judge does, by the anchors of this installation, and by the status of the
// certificate now, which is kept in the report. It fails closed: what cannot be learned is a finding. An error is one of the database.
func (d *Desk) Validate(ctx context.Context, c Claim) (r Report, err error) {
	d.count.validated.Add(1)
	defer func() {
		if err != nil || !r.Good() {
			d.count.bad.Add(1)
		}
	}()
	v, err := d.view(ctx)
	if err != nil {
		return r, err
	}
	anchors, others, err := d.anchors(ctx, v)
	if err != nil {
		return bad(RevocationError, "the anchors: %w", err), nil
	}
	if r = Judge(c, anchors); !r.Good() && r.Finding == BadCertificate && c.Leaf != nil {
		r = judgeAgain(c, anchors, others, r)
	}
	if !r.Good() {
		return r, nil
	}
	r.Standing, err = d.standing(ctx, v, c.Leaf, r.Chain)
	return r.statusFinding(err), nil
}

// judgeAgain judges with the chains that are known here, for a CMS that does not carry its own.
func judgeAgain(c Claim, anchors, others []*x509.Certificate, first Report) Report {
	d, err := parseCMS(c.CMS)
	if err != nil || !d.isSigner(c.Leaf) {
		return first
	}
	return judgeCertificate(c, append(d.certificates, others...), anchors)
}

// statusFinding completes a report by what is known of the certificate's status.
func (r Report) statusFinding(err error) Report {
	switch {
	case errors.Is(err, ErrStale):
		r.Finding, r.Cause = RevocationStale, err
	case err != nil:
		r.Finding, r.Cause = RevocationError, err
	case r.Standing.Status == Revoked:
		r.Finding, r.Cause = IsRevoked, errors.New("pki: the certificate is revoked")
	case r.Standing.Status == OnHold:
		r.Finding, r.Cause = IsOnHold, errors.New("pki: the certificate is on hold")
	case r.Standing.Status != Good:
		r.Finding, r.Cause = BadCertificate, errors.New("pki: its issuer does not know the certificate")
	}
	return r
}

// standing is the status of a certificate, and of its issuer by the root's list where there is one.
func (d *Desk) standing(ctx context.Context, v *view, leaf *x509.Certificate, chain []*x509.Certificate) (Standing, error) {
	ca, own := v.issuerOf(leaf)
	if !own {
		var issuer *x509.Certificate
		if len(chain) > 0 {
			issuer = chain[0]
		}
		return d.otherStanding(ctx, leaf, issuer)
	}
	root, ok := v.numbered(ca.Issuer)
	if ok {
		if s, err := d.issuerStanding(ctx, ca, root); err != nil || s.Status != Good {
			return s, err
		}
	}
	return d.ownStanding(ctx, v, ca, leaf)
}

// issuerStanding is the status of one of our authorities by its root's list.
func (d *Desk) issuerStanding(ctx context.Context, ca, root Authority) (Standing, error) {
	list, _, err := d.lastList(ctx, root)
	if err != nil || list.der == nil {
		return Standing{Status: Good}, err
	}
	return ReadList(list.der, ca.Certificate, root.Certificate, d.Now())
}

// anchors are the roots that chains may end at, and the authorities between.
func (d *Desk) anchors(ctx context.Context, v *view) (roots, others []*x509.Certificate, err error) {
	for _, a := range v.all {
		switch {
		case a.Certificate == nil:
		case a.Kind == RootKind:
			roots = append(roots, a.Certificate)
		case a.Kind == IssuingKind:
			others = append(others, a.Certificate)
		}
	}
	if d.Elsewhere != nil {
		more, err := d.Elsewhere.Anchors(ctx)
		if err != nil {
			return nil, nil, err
		}
		roots = append(roots, more...)
	}
	return roots, others, nil
}

// Anchors returns the roots of this installation: what signatures are judged by.
func (d *Desk) Anchors(ctx context.Context) ([]*x509.Certificate, error) {
	v, err := d.view(ctx)
	if err != nil {
		return nil, err
	}
	roots, _, err := d.anchors(ctx, v)
	return roots, err
}
