package pki

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// AuditTold is the kind of the records of statuses that another authority was told.
const AuditTold = "pki.told"

// untold are certificates of another authority that does not know their status yet: whoever does not ask us goes on to
// rely on them. One that has ended is nobody's concern.
const untold = "issuer = 0 AND status <> told AND expires_at > $1"

// Untold lists the certificates of another authority whose status is not what that authority was told,
// those that end first at the front, at most limit (1 to 500). EST (RFC 7030) has no revocation: somebody
// must tell the authority by its own way, and then say so ([Desk.Told]).
func (d *Desk) Untold(ctx context.Context, limit int) (all []Certificate, err error) {
	const most = 500
	text := "SELECT " + columns + " FROM pki_certificate WHERE " + untold + " ORDER BY expires_at, serial LIMIT $2"
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(text, []any{tx.Now, max(1, min(limit, most))}, func(r db.Row) error {
			x, err := scan(r)
			all = append(all, x.listed())
			return err
		})
	})
	return all, err
}

// Told records that another authority was told of the status that a certificate has here. Saying it
// again changes nothing. Faults: "pki.unknown" (NotFound), "pki.not_elsewhere" (Conflict) of one that
// we have issued.
func (d *Desk) Told(tx *db.Tx, by audit.Actor, serial string) error {
	x, found, err := one(tx, "serial = $1", readSerial(serial))
	switch {
	case err != nil:
		return err
	case !found:
		return unknown()
	case x.Issuer != 0:
		return fault.Conflictf("pki.not_elsewhere", "This certificate is one of our own authority, which knows its status.")
	}
	n, err := tx.Exec("UPDATE pki_certificate SET told = status WHERE serial = $1 AND status <> told", x.Serial)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: AuditTold, By: by, Customer: x.Customer, Object: certificateObject(x.Serial), Details: map[string]string{"status": string(x.Status)}})
	}
	return err
}
