package companion

import (
	"bytes"
	"context"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Thing is what a device says of itself, or a primary of a device that it met.
type Thing struct {
	Kind        Kind // where a device enrolls: "" for that of the invitation
	Group       Group
	Name        string // at most 60 characters; may be empty
	Model       string // at most 60 characters; may be empty
	Can         []Capability
	Identifiers []Identifier // at most one of each kind
	Keys        Keys
	Epoch       uint32 // of the installation; 0 of a device without keys
}

// Enroll registers a device by the code of an invitation. The keys must have been proven: the message that
// brought them was signed with them. Sent again, with the same code and keys, it returns the
// device that is there.
//
// Faults: "companion.code" (Invalid: no code), "companion.invitation" (NotFound: it is not open),
// "companion.keys", "companion.identifier", "companion.text" (Invalid), "companion.taken", "companion.limit" (Conflict).
func (d *Desk) Enroll(ctx context.Context, code string, t Thing) (c Companion, err error) {
	digest, err := d.digest(code)
	if err != nil {
		return c, err
	}
	if t.Keys.Signer == Unsigned {
		return c, fault.Invalidf("companion.keys", "A device that enrolls needs keys of its own.").WithField("/keys")
	}
	err = d.write(ctx, func(tx *db.Tx) error {
		i, found, err := invitation(tx, digest)
		if err != nil || !found {
			return orElse(err, notOpen())
		}
		if i.Status == used {
			c, err = d.again(tx, i, t)
			return err
		}
		if _, err := customer.Usable(tx, i.Customer); err != nil {
			return err
		}
		t.Kind, t.Group = i.Kind, i.Group
		if i.Name != "" {
			t.Name = i.Name
		}
		if c, err = d.add(tx, i.Customer, t, ident.ID{}); err != nil {
			return err
		}
		if taken, err := i.take(tx, c.ID); err != nil || !taken {
			return orElse(err, notOpen())
		}
		return d.told(tx, audit.Customer(c.Customer), AuditEnrolled, c, map[string]any{"invitation": i.ID, "by": i.By, "signer": c.Keys.Signer})
	})
	return c, err
}

// again answers a device whose answer got lost.
func (d *Desk) again(tx *db.Tx, i Invitation, t Thing) (Companion, error) {
	c, found, err := Get(tx, i.Customer, i.Companion)
	if err != nil || !found || c.Status == device.Retired || c.Status == device.Lost || !d.same(c, t.Keys) {
		return Companion{}, orElse(err, notOpen())
	}
	return c, nil
}

// same reports whether a device has the keys.
func (d *Desk) same(c Companion, k Keys) bool {
	if c.Keys.Signer != k.Signer {
		return false
	}
	if k.Signer == HMAC {
		secret, err := d.Secret(c)
		return err == nil && bytes.Equal(secret, k.Secret)
	}
	return bytes.Equal(c.Keys.Verifier, k.Verifier)
}

// Secret returns the key of a device that signs by HMAC; the faults are those of the ring.
func (d *Desk) Secret(c Companion) ([]byte, error) {
	return d.Ring.Open(secretLabel, c.ID, c.secret)
}

func notOpen() error {
	return fault.NotFoundf("companion.invitation", "This code does not register a device: it was used, or its time is over. Ask for a new one.").WithField("/code")
}

// orElse returns err, or what it is when there is none.
func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// add stores a new device of a customer. The caller holds an invitation or is a primary.
func (d *Desk) add(tx *db.Tx, owner ident.ID, t Thing, hub ident.ID) (c Companion, err error) {
	if t, err = t.normal(); err != nil {
		return c, err
	}
	if err := d.room(tx, owner, 1); err != nil {
		return c, err
	}
	id := ident.New(tx.Now, d.Rand)
	c = Companion{
		ID: id, Customer: owner, Requestor: ident.Derive("requestor", id.String(), ident.NewCode(32, d.Rand)), Kind: t.Kind, Group: t.Group, Class: t.class(), Can: t.Can, Roles: may(t.Can),
		Model: t.Model, Name: t.Name, Hub: hub, Status: device.Active, Counts: tx.Now.Add(d.Policies.Active().Companions.Quarantine), Keys: t.Keys, Epoch: t.Epoch, Created: tx.Now, Changed: tx.Now,
	}
	if c.Number, err = d.number(tx, owner); err != nil {
		return c, err
	}
	if err := d.insert(tx, &c); err != nil {
		return c, err
	}
	return c, d.identify(tx, c, t.Identifiers)
}

// class says how strongly the thing can prove itself.
func (t Thing) class() Class {
	if t.Keys.Signer == Unsigned {
		return ByIdentifier
	}
	return BySignature
}

// normal completes and checks what is said of a device.
func (t Thing) normal() (Thing, error) {
	w, err := Wanted{t.Kind, t.Group, t.Name}.normal()
	if err != nil {
		return t, err
	}
	t.Group, t.Name = w.Group, w.Name
	if t.Model, err = text(t.Model, "model", 60); err != nil {
		return t, err
	}
	if err := t.Keys.Check(); err != nil {
		return t, err
	}
	t.Can = slices.Clone(t.Can)
	for _, c := range t.Can {
		if !known(Capabilities(), c) {
			return t, fault.Invalidf("companion.capability", "Unknown capability; use some of %s.", words(Capabilities())).WithField("/capabilities")
		}
	}
	if t.Keys.Signer != Unsigned {
		t.Can = append(t.Can, Cryptography)
	}
	slices.Sort(t.Can)
	t.Can = slices.Compact(t.Can)
	if len(t.Identifiers) > len(IdentifierKinds()) {
		return t, fault.Invalidf("companion.identifier", "At most one identifier of each kind.").WithField("/identifiers")
	}
	seen := map[IdentifierKind]bool{}
	normal := make([]Identifier, len(t.Identifiers))
	for n, i := range t.Identifiers {
		if normal[n], err = i.Normal(); err != nil {
			return t, err
		}
		if seen[i.Kind] {
			return t, fault.Invalidf("companion.identifier", "At most one identifier of each kind.").WithField("/identifiers")
		}
		seen[i.Kind] = true
	}
	t.Identifiers = normal
	return t, nil
}
