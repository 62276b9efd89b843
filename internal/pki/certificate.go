package pki

import (
	"context"
	"crypto/x509"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Certificate is a certificate that was issued, as staff see it.
type Certificate struct {
	Serial      string // hexadecimal
	Issuer      int64  // number of the authority; 0: another one's
	Customer    ident.ID
	Profile     Profile
	Status      Status
	Reason      Reason
	Certificate *x509.Certificate // nil once its owner is erased
	Created     time.Time
	Expires     time.Time
	Changed     time.Time // of the status; zero: never
}

// record is a row.
type record struct {
	Serial                    string
	Issuer                    int64
	Customer                  ident.ID
	Profile                   Profile
	Status                    Status
	Reason                    Reason
	Certificate               *x509.Certificate
	Created, Expires, Changed time.Time

	keyHash [32]byte
	chain   []*x509.Certificate
}

func (x *record) listed() Certificate {
	return Certificate{x.Serial, x.Issuer, x.Customer, x.Profile, x.Status, x.Reason, x.Certificate, x.Created, x.Expires, x.Changed}
}

const columns = "serial, issuer, customer, profile, status, reason, key_hash, certificate, chain, created_at, expires_at, changed_at"

func scan(r db.Row) (x record, err error) {
	var profile, status string
	var reason int64
	var hash, der, chain []byte
	if err := r.Scan(&x.Serial, &x.Issuer, &x.Customer, &profile, &status, &reason, &hash, &der, &chain, &x.Created, &x.Expires, &x.Changed); err != nil {
		return x, err
	}
	x.Profile, x.Status, x.Reason = Profile(profile), Status(status), Reason(reason)
	copy(x.keyHash[:], hash)
	if der != nil {
		x.Certificate, err = x509.ParseCertificate(der)
	}
	if err == nil && chain != nil {
		x.chain, err = x509.ParseCertificates(chain)
	}
	return x, err
}

// one returns the row of a condition.
func one(tx *db.Tx, where string, args ...any) (x record, found bool, err error) {
	x, err = scan(tx.Row("SELECT "+columns+" FROM pki_certificate WHERE "+where, args...))
	if errors.Is(err, db.ErrNoRow) {
		return x, false, nil
	}
	return x, err == nil, err
}

// Get returns a certificate with its chain. Nobody has that serial number: the fault
// "pki.unknown" (NotFound).
func (d *Desk) Get(ctx context.Context, serial string) (Certificate, Issued, error) {
	var x record
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		var found bool
		x, found, err = one(tx, "serial = $1", readSerial(serial))
		if err == nil && !found {
			err = unknown()
		}
		return err
	})
	if err != nil || x.Certificate == nil {
		return x.listed(), Issued{Serial: x.Serial}, err
	}
	made, err := d.complete(ctx, x)
	return x.listed(), made, err
}

// Filter chooses certificates; all fields may be zero.
type Filter struct {
	Customer ident.ID
	Status   Status
	Profile  Profile
	Expiring time.Time // those that end before
}

// List lists certificates, newest first, at most limit (1 to 500). After is where a former page ended; next is
// where this one did, "" for the end.
func (d *Desk) List(ctx context.Context, f Filter, after string, limit int) (all []Certificate, next string, err error) {
	const most = 500
	limit = max(1, min(limit, most))
	where, args := f.where()
	if after != "" {
		at, id, ok := strings.Cut(after, "_")
		t, err := time.Parse(stampForm, at)
		if !ok || err != nil {
			return nil, "", fault.Invalidf("pki.cursor", "This is not where a former page ended.")
		}
		args = append(args, t, id)
		where += " AND (created_at, serial) < (" + place(len(args)-1) + ", " + place(len(args)) + ")"
	}
	args = append(args, limit)
	text := "SELECT " + columns + " FROM pki_certificate WHERE " + where + " ORDER BY created_at DESC, serial DESC LIMIT " + place(len(args))
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(text, args, func(r db.Row) error {
			x, err := scan(r)
			all = append(all, x.listed())
			return err
		})
	})
	if err == nil && len(all) == limit {
		last := all[len(all)-1]
		next = last.Created.Format(stampForm) + "_" + last.Serial
	}
	return all, next, err
}

// stampForm is a moment in a cursor.
const stampForm = "20060102T150405.000000"

func (f Filter) where() (string, []any) {
	parts, args := []string{"1 = 1"}, []any{}
	add := func(column string, v any) {
		args = append(args, v)
		parts = append(parts, column+" "+place(len(args)))
	}
	if !f.Customer.IsZero() {
		add("customer =", f.Customer)
	}
	if f.Status != "" {
		add("status =", string(f.Status))
	}
	if f.Profile != "" {
		add("profile =", string(f.Profile))
	}
	if !f.Expiring.IsZero() {
		add("expires_at <", f.Expiring)
	}
	return strings.Join(parts, " AND "), args
}

func place(n int) string { return "$" + strconv.Itoa(n) }

// readSerial takes a serial number as people write it.
func readSerial(s string) string {
	s = strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == ':' {
			return -1
		}
		return r
	}, s))
	if len(s)%2 == 1 {
		s = "0" + s
	}
	return s
}

func unknown() *fault.Error {
	return fault.NotFoundf("pki.unknown", "No certificate of ours has this serial number.")
}
