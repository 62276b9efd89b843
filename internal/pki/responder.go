package pki

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Respond answers an OCSP request (RFC 6960), DER, about certificates that we have issued. It always has an answer:
// "malformed request", "unauthorized" for other authorities' certificates, "internal error" with an error
// for the log, or one that is signed. Fresh is until when it may be kept by whoever passes it on; zero for an
// answer to a nonce.
func (d *Desk) Respond(ctx context.Context, der []byte) (response []byte, fresh time.Time, err error) {
	q, ok := parseOCSP(der)
	if !ok {
		return failure(ocspMalformed), fresh, nil
	}
	v, err := d.view(ctx)
	if err != nil {
		return failure(ocspTryLater), fresh, err
	}
	ca, ok := v.named(q)
	if !ok {
		return failure(ocspUnauthorized), fresh, nil
	}
	response, err = d.respond(ctx, v, ca, q)
	if err != nil {
		return failure(ocspInternal), fresh, err
	}
	if q.nonce == nil {
		fresh = d.Now().Add(d.AnswerFor)
	}
	return response, fresh, nil
}

// named returns the authority whose certificates are asked about: one for all of them.
func (v *view) named(q ocspRequest) (Authority, bool) {
	for _, a := range v.all {
		if a.Kind != IssuingKind || a.Certificate == nil {
			continue
		}
		all := true
		for _, c := range q.asked {
			all = all && c.names(a.Certificate)
		}
		if all {
			return a, true
		}
	}
	return Authority{}, false
}

// respond signs what the table says.
func (d *Desk) respond(ctx context.Context, v *view, ca Authority, q ocspRequest) ([]byte, error) {
	responder, key, err := d.responder(v, ca)
	if err != nil {
		return nil, err
	}
	all := make([]answer, len(q.asked))
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		for i, c := range q.asked {
			x, found, err := one(tx, "serial = $1", SerialText(c.serial))
			if err != nil {
				return err
			}
			all[i] = answer{c, Standing{Status: Unknown}, time.Time{}}
			if found && x.Issuer == ca.Number {
				all[i] = answer{c, Standing{Status: x.Status, Reason: x.Reason}, x.Changed}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	now := d.Now()
	der, err := signAnswer(all, q.nonce, now, now.Add(d.AnswerFor), responder, key)
	if err == nil {
		d.count.answers.Add(1)
	}
	return der, err
}

// responder returns the delegate of an authority that answers for it (section 4.2.2.2).
func (d *Desk) responder(v *view, ca Authority) (*x509.Certificate, crypto.Signer, error) {
	r, ok := v.one(ResponderKind, Active, ca.Number)
	if !ok || d.Now().After(r.Certificate.NotAfter) {
		return nil, nil, noResponder()
	}
	key, err := v.signer(r)
	return r.Certificate, key, err
}

// ownStanding asks our own responder, in its own words: the answer is evidence.
func (d *Desk) ownStanding(ctx context.Context, v *view, ca Authority, c *x509.Certificate) (Standing, error) {
	id, err := certIDOf(c, ca.Certificate)
	if err != nil {
		return Standing{}, err
	}
	der, err := d.respond(ctx, v, ca, ocspRequest{asked: []certID{id}})
	if err != nil {
		return Standing{}, err
	}
	s, err := ReadAnswer(der, c, ca.Certificate, d.Now())
	s.OCSP = der
	return s, err
}

// certIDOf names a certificate by SHA-256.
func certIDOf(c, issuer *x509.Certificate) (id certID, err error) {
	o := oids()
	id = certID{hash: o.sha256, name: digest(crypto.SHA256, issuer.RawSubject), key: digest(crypto.SHA256, keyBits(issuer)), serial: c.SerialNumber}
	id.raw, err = build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			algorithm(b, id.hash)
			b.AddASN1OctetString(id.name)
			b.AddASN1OctetString(id.key)
			b.AddASN1BigInt(id.serial)
		})
	})
	return id, err
}

func noResponder() *fault.Error {
	return fault.Unavailablef(nil, "pki.no_responder", "The OCSP responder has no certificate that is valid. It is renewed within a minute while a node runs.")
}
