package pki

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AuditIssued is the kind of the records of certificates.
const AuditIssued = "pki.issued"

// issuedDetail is what the audit log keeps of a certificate.
type issuedDetail struct {
	Profile Profile `json:"profile"`
	Issuer  int64   `json:"issuer"`
	SHA256  string  `json:"sha256"`
	Expires string  `json:"expires_at"`
}

// Issue implements Issuer. The certificate is handed out only after the row of it has been
// committed. Faults: those of the order's form (Invalid), "pki.csr" (Invalid), "pki.order_reused" and
// "pki.key_taken" (Conflict), "pki.no_authority" (Unavailable).
func (d *Desk) Issue(ctx context.Context, o Order) (Issued, error) {
	if err := o.check(); err != nil {
		return Issued{}, err
	}
	csr, err := checkRequest(o.CSR)
	if err != nil {
		return Issued{}, err
	}
	hash := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
	if made, found, err := d.earlierOrder(ctx, o, hash); err != nil || found {
		return made, err
	}
	var made Issued
	var number int64
	if d.Elsewhere != nil {
		made, err = d.enroll(ctx, o, csr)
	} else {
		made, number, err = d.sign(ctx, o, csr)
	}
	if err != nil {
		return Issued{}, err
	}
	stored := false
	err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		stored, err = d.store(tx, o, made, number, hash)
		return err
	})
	switch {
	case err != nil:
		return Issued{}, err
	case !stored: // the same order, at the same time
		again, _, err := d.earlierOrder(ctx, o, hash)
		return again, err
	}
	d.count.issued.Add(1)
	return made, nil
}

// checkRequest judges a certification request: its signature proves possession of the key.
func checkRequest(der []byte) (*x509.CertificateRequest, error) {
	bad := func(why string) error { return fault.Invalidf("pki.csr", "The certification request %s.", why) }
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, bad("cannot be read")
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, bad("has a signature that is not right")
	}
	switch k := csr.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return csr, nil
		}
	case *rsa.PublicKey:
		const least, most, exponent = 2048, 4096, 65537
		if n := k.N.BitLen(); n >= least && n <= most && k.E == exponent {
			return csr, nil
		}
	}
	return nil, bad("has a key that is neither ECDSA P-256 nor RSA of 2048 to 4096 bits with exponent 65537")
}

// sign certifies with our own key.
func (d *Desk) sign(ctx context.Context, o Order, csr *x509.CertificateRequest) (Issued, int64, error) {
	v, err := d.view(ctx)
	if err != nil {
		return Issued{}, 0, err
	}
	ca, ok := v.issuing()
	if !ok {
		return Issued{}, 0, noAuthority()
	}
	key, err := v.signer(ca)
	if err != nil {
		return Issued{}, 0, err
	}
	t, err := d.ordered(o, ca)
	if err != nil {
		return Issued{}, 0, err
	}
	c, err := certify(d.Rand, t, ca.Certificate, csr.PublicKey, key)
	if err != nil {
		return Issued{}, 0, err
	}
	chain, root := v.chain(ca)
	return Issued{c, chain, root, SerialText(c.SerialNumber)}, ca.Number, nil
}

// enroll has another authority certify, and checks what it says.
func (d *Desk) enroll(ctx context.Context, o Order, csr *x509.CertificateRequest) (Issued, error) {
	var err error
	if o.Former, err = d.former(ctx, o, csr); err != nil {
		return Issued{}, err
	}
	leaf, chain, err := d.Elsewhere.Enroll(ctx, o)
	if err != nil {
		return Issued{}, err
	}
	wrong := func(why string) error {
		return fault.Unavailablef(errors.New("pki: the authority's certificate "+why), "pki.elsewhere", "The certification authority has issued a certificate that was not asked for.")
	}
	switch {
	case !SameKey(leaf.PublicKey, csr.PublicKey):
		return Issued{}, wrong("has another key")
	case leaf.Subject.SerialNumber != o.Subject.SerialNumber || leaf.Subject.CommonName != "" && leaf.Subject.CommonName != o.Subject.CommonName:
		return Issued{}, wrong("has another subject")
	case leaf.KeyUsage != o.Profile.Usage():
		return Issued{}, wrong(fmt.Sprintf("has key usage %b and not %b", leaf.KeyUsage, o.Profile.Usage()))
	}
	anchors, err := d.Elsewhere.Anchors(ctx)
	if err != nil {
		return Issued{}, err
	}
	chains, err := verifyChain(leaf, chain, anchors, d.Now())
	if err != nil {
		return Issued{}, wrong("has no chain: " + err.Error())
	}
	whole := chains[0]
	return Issued{leaf, whole[1 : len(whole)-1], whole[len(whole)-1], SerialText(leaf.SerialNumber)}, nil
}

// former is the certificate that an order replaces at another authority: of the same key, customer and profile, still good,
// and with the very subject of the request, as a renewal must have it (RFC 7030, section 4.2.2); nil when there is none.
func (d *Desk) former(ctx context.Context, o Order, csr *x509.CertificateRequest) (c *x509.Certificate, err error) {
	hash := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		c = nil
		text := "SELECT " + columns + " FROM pki_certificate WHERE customer = $1 AND issuer = 0 AND profile = $2 AND key_hash = $3 AND status = 'good' AND expires_at > $4 ORDER BY created_at"
		return tx.Each(text, []any{o.Customer, string(o.Profile), hash, tx.Now}, func(r db.Row) error {
			x, err := scan(r)
			if err == nil && x.Certificate != nil && bytes.Equal(x.Certificate.RawSubject, csr.RawSubject) {
				c = x.Certificate
			}
			return err
		})
	})
	return c, err
}

// store keeps a certificate, and the claim of its key; false when the order has one already.
func (d *Desk) store(tx *db.Tx, o Order, made Issued, issuer int64, hash [32]byte) (bool, error) {
	holder := d.Ring.MAC("pki.holder", o.Customer[:], []byte(o.Subject.SerialNumber), []byte(o.Subject.CommonName)[:nameIfNobody(o)])
	var known []byte
	err := tx.Row("INSERT INTO pki_key (key_hash, holder) VALUES ($1, $2) ON CONFLICT (key_hash) DO UPDATE SET holder = pki_key.holder RETURNING holder", hash, holder).Scan(&known)
	if err != nil {
		return false, err
	}
	if subtle.ConstantTimeCompare(known, holder) != 1 {
		return false, fault.Conflictf("pki.key_taken", "This key is somebody else's already.")
	}
	var chain []byte
	if issuer == 0 {
		chain = Issued{Chain: append(made.Chain, made.Root)}.DER()
	}
	n, err := tx.Exec(`INSERT INTO pki_certificate (serial, issuer, order_id, customer, profile, status, reason, key_hash, certificate, chain, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, 'good', 0, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		made.Serial, issuer, o.Key, o.Customer, string(o.Profile), hash, made.Certificate.Raw, chain, tx.Now, made.Certificate.NotAfter)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: AuditIssued, By: audit.System("pki"), Customer: o.Customer, Object: certificateObject(made.Serial), Details: issuedDetail{
			o.Profile, issuer, Fingerprint(made.Certificate.Raw), made.Certificate.NotAfter.Format("2006-01-02"),
		}})
	}
	return n == 1, err
}

// nameIfNobody is how much of the common name tells holders apart: it can change with a person, who
// has a serial number.
func nameIfNobody(o Order) int {
	if o.Customer.IsZero() {
		return len(o.Subject.CommonName)
	}
	return 0
}

// earlierOrder returns the certificate that an order has already got.
func (d *Desk) earlierOrder(ctx context.Context, o Order, hash [32]byte) (made Issued, found bool, err error) {
	var r record
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		r, found, err = one(tx, "order_id = $1", o.Key)
		return err
	})
	if err != nil || !found {
		return made, false, err
	}
	if r.keyHash != hash || r.Profile != o.Profile || r.Customer != o.Customer || r.Certificate == nil {
		return made, true, fault.Conflictf("pki.order_reused", "Another certificate was ordered under this key already.")
	}
	made, err = d.complete(ctx, r)
	return made, true, err
}

// complete finds the chain of a certificate.
func (d *Desk) complete(ctx context.Context, r record) (Issued, error) {
	made := Issued{Certificate: r.Certificate, Serial: r.Serial}
	if r.Issuer == 0 {
		if n := len(r.chain); n > 0 {
			made.Chain, made.Root = r.chain[:n-1], r.chain[n-1]
		}
		return made, nil
	}
	v, err := d.view(ctx)
	if err == nil {
		if ca, ok := v.numbered(r.Issuer); ok {
			made.Chain, made.Root = v.chain(ca)
		}
	}
	return made, err
}

// SerialText is a serial number as it is named here: hexadecimal, small, with an even number of digits.
func SerialText(n *big.Int) string { return hex.EncodeToString(n.Bytes()) }

func certificateObject(serial string) string { return "pki_certificate:" + serial }

// Erase forgets a customer: certificates that are still valid are revoked, and what names the person in
// them is dropped. Serial numbers stay, because lists and answers must go on to name them.
func (d *Desk) Erase(tx *db.Tx, customer ident.ID) error {
	for _, text := range []string{
		"UPDATE pki_authority SET changed_at = $2 WHERE number IN (SELECT issuer FROM pki_certificate WHERE customer = $1 AND status <> 'revoked')",
		"UPDATE pki_certificate SET status = 'revoked', reason = 5, changed_at = $2 WHERE customer = $1 AND status <> 'revoked' AND expires_at > $2",
	} {
		if _, err := tx.Exec(text, customer, tx.Now); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM pki_key WHERE key_hash IN (SELECT key_hash FROM pki_certificate WHERE customer = $1)", customer); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE pki_certificate SET customer = NULL, certificate = NULL, chain = NULL WHERE customer = $1", customer)
	return err
}
