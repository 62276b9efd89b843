package companion

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// codeLength is the number of random characters of an invitation's code: 60 bits.
const codeLength = 12

// States of an invitation.
const (
	open      = "open"
	used      = "used"
	withdrawn = "withdrawn"
)

// Wanted is the device that is to be registered.
type Wanted struct {
	Kind  Kind
	Group Group  // "": that of the kind
	Name  string // what its owner calls it, at most 60 characters; may be empty
}

// Invitation is the permission to register one device, without its code.
type Invitation struct { //nolint:recvcheck // dest fills it, the rest only look
	ID       ident.ID
	Customer ident.ID
	Wanted

	Status    string
	Companion ident.ID // that came with it; zero: none
	By        string
	Created   time.Time
	Expires   time.Time
	Ended     time.Time // zero: open
}

// Open reports whether a device can still be registered with the invitation.
func (i Invitation) Open(now time.Time) bool { return i.Status == open && i.Expires.After(now) }

// Invited is a new invitation with its code, which is shown this one time.
type Invited struct {
	Invitation

	Code string // groups of four characters with hyphens
}

const invitationColumns = "customer, id, kind, place, name, status, companion, created_by, created_at, expires_at, ended_at"

func (i *Invitation) dest() []any {
	return []any{&i.Customer, &i.ID, (*string)(&i.Kind), (*string)(&i.Group), &i.Name, &i.Status, &i.Companion, &i.By, &i.Created, &i.Expires, &i.Ended}
}

// Invite makes an invitation for one device of the customer; what was open before is
// withdrawn. Faults: "companion.kind", "companion.group", "companion.text" (Invalid), "companion.limit"
// (Conflict), "companion.proof", "companion.not_yours", those of an identification (Denied).
func (d *Desk) Invite(ctx context.Context, by audit.Actor, o Order, w Wanted) (out Invited, err error) {
	if w, err = w.normal(); err != nil {
		return out, err
	}
	rules := d.Policies.Active().Companions
	err = d.write(ctx, func(tx *db.Tx) error {
		if _, err := customer.Usable(tx, o.Customer); err != nil {
			return err
		}
		note, err := o.entitled(tx, by)
		if err != nil {
			return err
		}
		if err := d.room(tx, o.Customer, 1); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE companion_invitation SET status = 'withdrawn', ended_at = $2 WHERE customer = $1 AND status = 'open'", o.Customer, tx.Now); err != nil {
			return err
		}
		out = Invited{
			Invitation{ID: ident.New(tx.Now, d.Rand), Customer: o.Customer, Wanted: w, Status: open, By: by.String(), Created: tx.Now, Expires: tx.Now.Add(rules.Invitation)},
			ident.NewCode(codeLength, d.Rand),
		}
		digest, err := d.digest(out.Code)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO companion_invitation ("+invitationColumns+", digest) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, $9, NULL, $10)",
			o.Customer, out.ID, string(w.Kind), string(w.Group), w.Name, open, out.By, out.Created, out.Expires, digest)
		if err != nil {
			return err
		}
		note["expires_at"] = out.Expires
		return d.told(tx, by, AuditInvited, Companion{Customer: o.Customer, ID: out.ID, Kind: w.Kind, Name: w.Name}, note)
	})
	return out, err
}

// Withdraw ends an open invitation. The fault "companion.invitation" (NotFound) says that there is none.
func (d *Desk) Withdraw(ctx context.Context, by audit.Actor, customer, id ident.ID) error {
	if by.Kind == audit.CustomerKind && by.ID != customer {
		return fault.Deniedf("companion.not_yours", "Customers act on their own devices only.")
	}
	return d.write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE companion_invitation SET status = 'withdrawn', ended_at = $3 WHERE customer = $1 AND id = $2 AND status = 'open'", customer, id, tx.Now)
		if err == nil && n == 0 {
			err = fault.NotFoundf("companion.invitation", "The customer has no such open invitation.")
		}
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditInvited, By: by, Customer: customer, Object: id.String(), Details: map[string]any{"status": withdrawn}})
		}
		return err
	})
}

// Invitations returns the invitations of a customer that are open, newest first.
func (d *Desk) Invitations(ctx context.Context, customer ident.ID) (all []Invitation, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Each("SELECT "+invitationColumns+" FROM companion_invitation WHERE customer = $1 AND status = 'open' AND expires_at > $2 ORDER BY created_at DESC", []any{customer, tx.Now}, func(r db.Row) error {
			var i Invitation
			err := r.Scan(i.dest()...)
			all = append(all, i)
			return err
		})
	})
	return all, err
}

// normal completes and checks what is wanted.
func (w Wanted) normal() (Wanted, error) {
	if !known(Kinds(), w.Kind) {
		return w, fault.Invalidf("companion.kind", "Unknown kind of device; use one of %s.", words(Kinds())).WithField("/kind")
	}
	if w.Group == "" {
		w.Group = w.Kind.Group()
	}
	if !known(Groups(), w.Group) {
		return w, fault.Invalidf("companion.group", "Unknown group; use one of %s.", words(Groups())).WithField("/group")
	}
	var err error
	w.Name, err = text(w.Name, "name", 60)
	return w, err
}

func known[T comparable](all []T, x T) bool {
	for _, y := range all {
		if x == y {
			return true
		}
	}
	return false
}

// digest returns what is stored of a typed code; the fault "companion.code" (Invalid) says that it is none.
func (d *Desk) digest(code string) ([]byte, error) {
	c, err := ident.ReadCode(code)
	if err != nil {
		return nil, fault.Invalidf("companion.code", "This is no code for a device: %s. Please check it.", err).WithField("/code")
	}
	return d.Ring.MAC(invitationLabel, []byte(c)), nil
}

// take uses an invitation up, in one conditional UPDATE; false when it is not open any more.
func (i Invitation) take(tx *db.Tx, companion ident.ID) (bool, error) {
	n, err := tx.Exec("UPDATE companion_invitation SET status = 'used', companion = $3, ended_at = $4 WHERE customer = $1 AND id = $2 AND status = 'open' AND expires_at > $4", i.Customer, i.ID, companion, tx.Now)
	return n == 1, err
}

// invitation returns the one with a code; false when there is none.
func invitation(tx *db.Tx, digest []byte) (i Invitation, found bool, err error) {
	err = tx.Row("SELECT "+invitationColumns+" FROM companion_invitation WHERE digest = $1", digest).Scan(i.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return i, false, nil
	}
	return i, err == nil, err
}
