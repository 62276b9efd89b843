package pki

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Stamp returns a time-stamp token (RFC 3161) over a SHA-256 digest: DER, with the certificates in it. It is of our own
// authority, or of the one that was configured. The fault "pki.no_stamp" (Unavailable) says that there is none now.
func (d *Desk) Stamp(ctx context.Context, sum [sha256.Size]byte) ([]byte, error) {
	q := stampRequest{hash: oids().sha256, sum: sum[:], include: true}
	var err error
	if q.nonce, err = newSerial(d.Rand); err != nil {
		return nil, err
	}
	token, err := d.stamp(ctx, q)
	if err != nil {
		return nil, err
	}
	info, err := d.VerifyStamp(ctx, token, sum)
	if err != nil {
		return nil, fault.Unavailablef(err, "pki.no_stamp", "There is no time-stamp now.")
	}
	if info.nonce == nil || info.nonce.Cmp(q.nonce) != 0 {
		return nil, fault.Unavailablef(errors.New("pki: the time-stamp is of another request"), "pki.no_stamp", "There is no time-stamp now.")
	}
	return token, nil
}

// stamp gets a token from our own authority or from the other one.
func (d *Desk) stamp(ctx context.Context, q stampRequest) ([]byte, error) {
	if d.Stamper == nil {
		v, err := d.view(ctx)
		if err != nil {
			return nil, err
		}
		return d.sealTime(v, q)
	}
	request, err := q.encode()
	if err != nil {
		return nil, err
	}
	response, err := d.Stamper.Stamp(ctx, request)
	if err != nil {
		return nil, err
	}
	token, ok := tokenOf(response)
	if !ok {
		return nil, fault.Unavailablef(errors.New("pki: the time-stamping authority has refused"), "pki.no_stamp", "There is no time-stamp now.")
	}
	return token, nil
}

// RespondStamp answers a time-stamp request, DER, by our own authority. It always has an answer; an error is for the log.
func (d *Desk) RespondStamp(ctx context.Context, der []byte) ([]byte, error) {
	q, fail := parseStampRequest(der)
	if fail >= 0 {
		return refusal(fail)
	}
	policy, err := d.stampPolicy()
	if err == nil && q.policy != nil && !bytes.Equal(q.policy, policy) {
		return refusal(failPolicy)
	}
	v, err := d.view(ctx)
	var token []byte
	if err == nil {
		token, err = d.sealTime(v, q)
	}
	if err != nil {
		bit := failSystem
		if fault.Is(err, "pki.no_stamp") {
			bit = failClock
		}
		out, _ := refusal(bit)
		return out, err
	}
	return granted(token)
}

// stampPolicy is the policy of our stamps in DER: its numbers may be longer than an int.
func (d *Desk) stampPolicy() ([]byte, error) {
	id, err := x509.ParseOID(d.StampPolicy)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	body, err := id.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(tag.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(body) })
	})
}

// sealTime makes a token by our own key.
func (d *Desk) sealTime(v *view, q stampRequest) ([]byte, error) {
	ca, ok := v.issuing()
	a, has := v.one(StampingKind, Active, ca.Number)
	if !ok || !has || d.Now().After(a.Certificate.NotAfter) {
		return nil, fault.Unavailablef(errors.New("pki: no time-stamping authority has a valid certificate"), "pki.no_stamp", "There is no time-stamp now.")
	}
	key, err := v.signer(a)
	if err != nil {
		return nil, err
	}
	info := stampInfo{hash: q.hash, sum: q.sum, at: d.Now(), nonce: q.nonce}
	if info.policy, err = d.stampPolicy(); err != nil {
		return nil, err
	}
	if info.serial, err = newSerial(d.Rand); err != nil {
		return nil, err
	}
	content, err := info.encode()
	if err != nil {
		return nil, err
	}
	attributes, err := stampAttributes(content, a.Certificate)
	if err != nil {
		return nil, err
	}
	id, h := signingAlgorithm(key.Public())
	signature, err := key.Sign(rand.Reader, digest(h, attributes), h)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	t := signedData{
		contentType: oids().stampInfo, content: content, issuer: a.Certificate.RawIssuer, serial: a.Certificate.SerialNumber, digestAlg: oids().sha256,
		attributes: attributes, signatureAlg: id, signature: signature,
	}
	if q.include {
		chain, _ := v.chain(ca)
		t.certificates = append([]*x509.Certificate{a.Certificate}, chain...)
	}
	token, err := t.encode()
	if err == nil {
		d.count.stamps.Add(1)
	}
	return token, err
}

// StampInfo is what a time-stamp says.
type StampInfo struct {
	At        time.Time
	Serial    string            // hexadecimal
	Authority *x509.Certificate // who says so

	nonce *big.Int
}

// VerifyStamp checks that a token is over a digest, and that its authority is one of this installation's; its certificate must have been valid
// at the time that it states.
func (d *Desk) VerifyStamp(ctx context.Context, token []byte, sum [sha256.Size]byte) (StampInfo, error) {
	v, err := d.view(ctx)
	if err != nil {
		return StampInfo{}, err
	}
	roots, others, err := d.anchors(ctx, v)
	if err != nil {
		return StampInfo{}, err
	}
	if d.Stamper != nil {
		more, err := d.Stamper.Anchors(ctx)
		if err != nil {
			return StampInfo{}, err
		}
		roots = append(roots, more...)
	}
	return CheckStamp(token, sum, roots, others)
}

// CheckStamp is VerifyStamp by given anchors, with further certificates that may stand between.
func CheckStamp(token []byte, sum [sha256.Size]byte, anchors, others []*x509.Certificate) (s StampInfo, err error) {
	wrong := func(why string) (StampInfo, error) { return StampInfo{}, errors.New("pki: the time-stamp " + why) }
	d, err := parseCMS(token)
	if err != nil {
		return wrong("cannot be read")
	}
	o := oids()
	info, ok := parseStampInfo(d.content)
	if !ok || !d.contentType.Equal(o.stampInfo) || d.attributes == nil {
		return wrong("is none")
	}
	if !info.hash.Equal(o.sha256) || !bytes.Equal(info.sum, sum[:]) {
		return wrong("is over something else")
	}
	others = append(slices.Clip(others), d.certificates...)
	at := slices.IndexFunc(others, d.isSigner)
	if at < 0 {
		return wrong("is by nobody who is known")
	}
	c := others[at]
	if why := d.stampedBy(c); why != "" {
		return wrong(why)
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: info.at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}}
	for _, a := range anchors {
		options.Roots.AddCert(a)
	}
	for _, x := range others {
		options.Intermediates.AddCert(x)
	}
	if _, err := c.Verify(options); err != nil {
		return s, fmt.Errorf("pki: the time-stamp's authority: %w", err)
	}
	return StampInfo{info.at, SerialText(info.serial), c, info.nonce}, nil
}

// stampedBy checks the attributes and the signature of a token, and that its certificate is for nothing but time-stamps
// (section 2.3). It says what is wrong.
func (d *signedData) stampedBy(c *x509.Certificate) string {
	h := hashOf(d.digestAlg)
	if h == 0 {
		return "is hashed by an algorithm that is not taken"
	}
	if why := d.attributed(digest(h, d.content), nil); why != "" {
		return "is forged: " + why
	}
	if value, ok := d.attribute(oids().certificateV2); !ok || !namesCertificate(value, c) {
		return "does not say which certificate signs it"
	}
	signed := h
	if x := hashOf(d.signatureAlg); x != 0 {
		signed = x
	}
	if !goodSignature(c.PublicKey, d.signatureAlg, signed, digest(signed, d.attributes), d.signature) {
		return "is forged"
	}
	if len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(c.UnknownExtKeyUsage) > 0 {
		return "is by a certificate that is not for time-stamps alone"
	}
	return ""
}
