package pki

import (
	"context"
	"crypto/x509"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Status of a certificate.
type Status string

// Statuses.
const (
	Good    Status = "good"
	OnHold  Status = "hold" // suspended: certificateHold
	Revoked Status = "revoked"
	Unknown Status = "unknown" // not one of ours
)

// Reason is a CRLReason (RFC 5280, section 5.3.1).
type Reason int

// Reasons.
const (
	Unspecified          Reason = 0
	KeyCompromise        Reason = 1
	AffiliationChanged   Reason = 3
	Superseded           Reason = 4
	CessationOfOperation Reason = 5
	CertificateHold      Reason = 6
	PrivilegeWithdrawn   Reason = 9
)

// names of the reasons that certificates are revoked for.
func (r Reason) name() string {
	switch r {
	case Unspecified:
		return "unspecified"
	case KeyCompromise:
		return "keyCompromise"
	case AffiliationChanged:
		return "affiliationChanged"
	case Superseded:
		return "superseded"
	case CessationOfOperation:
		return "cessationOfOperation"
	case CertificateHold:
		return "certificateHold"
	case PrivilegeWithdrawn:
		return "privilegeWithdrawn"
	}
	return ""
}

// String returns the name of the standard.
func (r Reason) String() string {
	if n := r.name(); n != "" {
		return n
	}
	return "reason " + strconv.Itoa(int(r))
}

// ParseReason reads a name of the standard.
func ParseReason(s string) (Reason, bool) {
	for r := Unspecified; r <= PrivilegeWithdrawn; r++ {
		if r.name() == s && s != "" {
			return r, true
		}
	}
	return 0, false
}

// Kinds of audit records of statuses.
const (
	AuditRevoked   = "pki.revoked"
	AuditSuspended = "pki.suspended"
	AuditResumed   = "pki.resumed"
)

// Revoke revokes a certificate for good, by its serial number in hexadecimal. Revoking what is revoked
// changes nothing. Faults: "pki.unknown" (NotFound), "pki.reason" (Invalid).
//
// Of another authority's certificate it is known here alone: signatures by it are refused from now on,
// and that authority must be told by its own way: Untold lists it until then.
func (d *Desk) Revoke(tx *db.Tx, by audit.Actor, serial string, why Reason) error {
	if why.name() == "" || why == CertificateHold {
		return fault.Invalidf("pki.reason", "A certificate is revoked for one of the reasons unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation and privilegeWithdrawn.")
	}
	return d.change(tx, by, AuditRevoked, serial, Revoked, why, "status <> 'revoked'")
}

// Suspend puts a certificate on hold. What is not good stays as it is.
func (d *Desk) Suspend(tx *db.Tx, by audit.Actor, serial string) error {
	return d.change(tx, by, AuditSuspended, serial, OnHold, CertificateHold, "status = 'good'")
}

// Resume ends a hold. What is not on hold stays as it is: nothing revoked comes back.
func (d *Desk) Resume(tx *db.Tx, by audit.Actor, serial string) error {
	return d.change(tx, by, AuditResumed, serial, Good, Unspecified, "status = 'hold'")
}

// change moves a certificate to a status, under a condition, and makes a new list due.
func (d *Desk) change(tx *db.Tx, by audit.Actor, kind, serial string, to Status, why Reason, from string) error {
	x, found, err := one(tx, "serial = $1", readSerial(serial))
	if err == nil && !found {
		err = unknown()
	}
	if err != nil {
		return err
	}
	n, err := tx.Exec("UPDATE pki_certificate SET status = $2, reason = $3, changed_at = $4 WHERE serial = $1 AND "+from, x.Serial, string(to), int(why), tx.Now)
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.Exec("UPDATE pki_authority SET changed_at = $2 WHERE number = $1", x.Issuer, tx.Now); err != nil {
		return err
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: x.Customer, Object: certificateObject(x.Serial), Details: map[string]any{
		"reason": why.String(), "elsewhere": x.Issuer == 0,
	}})
	return nil
}

// Standing is what is known of a certificate's status.
type Standing struct {
	Status Status
	Reason Reason
	OCSP   []byte // DER, signed: evidence of it; nil when there was a list instead
	List   []byte // DER
}

// Status returns the status of a certificate now, with a signed answer that can be kept as evidence.
// An error means that it could not be learned.
func (d *Desk) Status(ctx context.Context, c *x509.Certificate) (Standing, error) {
	v, err := d.view(ctx)
	if err != nil {
		return Standing{}, err
	}
	if ca, ok := v.issuerOf(c); ok {
		return d.ownStanding(ctx, v, ca, c)
	}
	return d.otherStanding(ctx, c, nil)
}

// issuerOf returns the authority of ours that has signed a certificate.
func (v *view) issuerOf(c *x509.Certificate) (Authority, bool) {
	for _, a := range v.all {
		if a.Kind == IssuingKind && a.Certificate != nil && string(a.Certificate.RawSubject) == string(c.RawIssuer) && c.CheckSignatureFrom(a.Certificate) == nil {
			return a, true
		}
	}
	return Authority{}, false
}
