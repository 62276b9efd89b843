package pki

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// AuditListed is the kind of the records of revocation lists.
const AuditListed = "pki.listed"

// pause is how long after a list another one is made at the earliest, however much changes: lists can be long.
const pause = 10 * time.Second

// stored is a list as it is kept.
type stored struct {
	number  int64
	der     []byte
	made    time.Time
	expires time.Time
}

// RevocationList returns the list of an authority, DER (RFC 5280, section 5), and when it ends. When a status
// has changed since it was made, or half of its time is over, a new one is made first; of a root there is
// the list that was installed. No such authority is the fault "pki.no_list" (NotFound).
func (d *Desk) RevocationList(ctx context.Context, number int64) (der []byte, expires time.Time, err error) {
	v, err := d.view(ctx)
	if err != nil {
		return nil, expires, err
	}
	a, ok := v.numbered(number)
	if !ok || a.Kind != RootKind && a.Kind != IssuingKind || a.State == Pending {
		return nil, expires, fault.NotFoundf("pki.no_list", "There is no revocation list of this authority.")
	}
	d.lists.Lock()
	defer d.lists.Unlock()
	last, due, err := d.lastList(ctx, a)
	if err == nil && due {
		last, err = d.makeList(ctx, v, a)
	}
	if err == nil && last.der == nil {
		err = fault.NotFoundf("pki.no_list", "There is no revocation list of this authority.")
	}
	return last.der, last.expires, err
}

// RootList returns the list of the root of the authority at work; see RevocationList.
func (d *Desk) RootList(ctx context.Context) (der []byte, expires time.Time, err error) {
	v, err := d.view(ctx)
	if err != nil {
		return nil, expires, err
	}
	ca, _ := v.issuing()
	return d.RevocationList(ctx, ca.Issuer)
}

// lastList reads the newest list, and whether another is due.
func (d *Desk) lastList(ctx context.Context, a Authority) (last stored, due bool, err error) {
	var changed time.Time
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		last = stored{}
		err := tx.Row("SELECT number, list, made_at, expires_at FROM pki_list WHERE issuer = $1 ORDER BY number DESC LIMIT 1", a.Number).Scan(&last.number, &last.der, &last.made, &last.expires)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		return tx.Row("SELECT changed_at FROM pki_authority WHERE number = $1", a.Number).Scan(&changed)
	})
	if err != nil || a.Kind == RootKind {
		return last, false, err
	}
	now := d.Now()
	switch {
	case last.der == nil:
		due = true
	case !changed.Before(last.made):
		due = now.Sub(last.made) >= pause
	default:
		due = now.Sub(last.made) >= last.expires.Sub(last.made)/2
	}
	return last, due, nil
}

// makeList makes, signs and stores the next list. Its number is one higher than the last, and at
// least the time: so numbers do not come again when the database was restored from a backup.
func (d *Desk) makeList(ctx context.Context, v *view, a Authority) (s stored, err error) {
	key, err := v.signer(a)
	if err != nil {
		return s, err
	}
	t := x509.RevocationList{}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		s = stored{made: tx.Now, expires: tx.Now.Add(d.ListFor)}
		if err := tx.Row("UPDATE pki_authority SET list_number = CASE WHEN list_number >= $2 THEN list_number + 1 ELSE $2 END WHERE number = $1 RETURNING list_number", a.Number, tx.Now.Unix()).Scan(&s.number); err != nil {
			return err
		}
		t.RevokedCertificateEntries, err = entries(tx, a.Number)
		return err
	})
	if err != nil {
		return s, err
	}
	t.Number, t.ThisUpdate, t.NextUpdate = big.NewInt(s.number), s.made, s.expires
	if s.der, err = x509.CreateRevocationList(rand.Reader, &t, a.Certificate, key); err != nil {
		return s, fmt.Errorf("pki: %w", err)
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO pki_list (issuer, number, list, entries, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)", a.Number, s.number, s.der, len(t.RevokedCertificateEntries), s.made, s.expires)
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditListed, By: audit.System("pki"), Object: object(a.Number), Details: map[string]int64{"number": s.number, "entries": int64(len(t.RevokedCertificateEntries))}})
		}
		return err
	})
	if err == nil {
		d.count.lists.Add(1)
	}
	return s, err
}

// entries are the certificates that an authority has revoked or suspended. One that expired goes from the list after it
// has stood on one beyond its end (RFC 5280, section 3.3).
func entries(tx *db.Tx, issuer int64) (all []x509.RevocationListEntry, err error) {
	const beyond = 48 * time.Hour
	const text = "SELECT serial, reason, changed_at FROM pki_certificate WHERE issuer = $1 AND status <> 'good' AND expires_at > $2 ORDER BY serial"
	err = tx.Each(text, []any{issuer, tx.Now.Add(-beyond)}, func(r db.Row) error {
		var serial string
		var reason int64
		var at time.Time
		if err := r.Scan(&serial, &reason, &at); err != nil {
			return err
		}
		n, ok := new(big.Int).SetString(serial, 16)
		if !ok {
			return fmt.Errorf("pki: serial number %q", serial)
		}
		all = append(all, x509.RevocationListEntry{SerialNumber: n, RevocationTime: at.UTC().Truncate(time.Second), ReasonCode: int(reason)})
		return nil
	})
	return all, err
}

// Merge takes revocations over from a list that this authority has published: after the database was restored
// from a backup it does not know those that came later. It returns how many certificates it revoked or suspended.
func (d *Desk) Merge(ctx context.Context, by audit.Actor, list []byte) (n int, err error) {
	l, err := x509.ParseRevocationList(list)
	if err != nil {
		return 0, fault.Invalidf("pki.list", "This is no revocation list.")
	}
	v, err := d.view(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range v.all {
		if a.Kind == IssuingKind && a.Certificate != nil && l.CheckSignatureFrom(a.Certificate) == nil {
			return d.merge(ctx, by, l.RevokedCertificateEntries)
		}
	}
	return 0, fault.Invalidf("pki.list", "This revocation list is not one of ours.")
}

func (d *Desk) merge(ctx context.Context, by audit.Actor, all []x509.RevocationListEntry) (n int, err error) {
	for _, e := range all {
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			x, found, err := one(tx, "serial = $1", SerialText(e.SerialNumber))
			if err != nil || !found || x.Status == Revoked || x.Status == OnHold && e.ReasonCode == int(CertificateHold) {
				return err
			}
			tx.After(func() { n++ })
			if e.ReasonCode == int(CertificateHold) {
				return d.Suspend(tx, by, x.Serial)
			}
			return d.Revoke(tx, by, x.Serial, Reason(e.ReasonCode))
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
