package mobileid

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// certifyFor is how long an authority may be away before a registration fails.
const certifyFor = 24 * time.Hour

// Certifier has the authority issue the certificates that are awaited: the outbox handler of
// MessageCertify.
type Certifier struct{ *Desk }

var (
	_ outbox.Handler    = Certifier{}
	_ outbox.Undertaker = Certifier{}
)

// awaited are the keys of a mobile ID whose certificates are awaited.
type awaited struct {
	keys   []key
	name   string
	person string
}

// Deliver implements outbox.Handler.
func (c Certifier) Deliver(ctx context.Context, m outbox.Message) error {
	p, err := readPlace(m)
	if err != nil {
		return err
	}
	x, err := c.awaited(ctx, p)
	if err != nil {
		return err
	}
	for _, k := range x.keys {
		issued, err := c.CA.Issue(ctx, Certification{
			Customer: k.Customer, Key: k.orderID(), Request: k.Request, Role: k.Role, Name: x.name, Person: x.person, Country: c.Country, Organization: c.Organization,
		})
		if err != nil {
			return err
		}
		if err := k.fits(issued, x.person); err != nil {
			return outbox.Permanent(err)
		}
		if err := c.certified(ctx, p, k, issued); err != nil {
			return err
		}
	}
	return nil
}

func readPlace(m outbox.Message) (p Place, err error) {
	if err := json.Unmarshal(m.Payload, &p); err != nil {
		return p, outbox.Permanent(err)
	}
	return p, nil
}

// awaited reads what is to be certified.
func (d *Desk) awaited(ctx context.Context, p Place) (x awaited, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		x = awaited{}
		all, err := keysOf(tx, p.Customer, p.ID)
		if err != nil {
			return err
		}
		for _, k := range all {
			if k.State != keyPending && len(k.Request) > 0 {
				x.keys = append(x.keys, k)
			}
		}
		c, _, err := customer.Find(tx, p.Customer)
		if err != nil {
			return err
		}
		x.name = nameOf(c)
		x.person, _, err = Person(tx, p.Customer)
		return err
	})
	return x, err
}

// fits refuses a certificate that is of another key or person: what an authority at the other end of
// the network answers is not believed.
func (k *key) fits(x Issued, person string) error {
	c, err := x509.ParseCertificate(x.Certificate)
	if err != nil {
		return fmt.Errorf("mobileid: the authority's certificate cannot be read: %w", err)
	}
	info, err := k.Algorithm.KeyInfo(k.Public)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(info, c.RawSubjectPublicKeyInfo):
		return errors.New("mobileid: the authority's certificate is of another key")
	case c.Subject.SerialNumber != person:
		return errors.New("mobileid: the authority's certificate is of another person")
	case x.Serial == "":
		return errors.New("mobileid: the authority's certificate has no serial number")
	}
	return nil
}

// certified stores a certificate; with the last one that was awaited, the mobile ID is active.
func (d *Desk) certified(ctx context.Context, p Place, k key, x Issued) error {
	return d.DB.Settle(ctx, p.Customer, func(tx *db.Tx) error {
		stored, err := k.certify(tx, x)
		if err != nil {
			return err
		}
		if !stored {
			return d.unwanted(tx, k, x)
		}
		u, err := d.unit(tx, system, d.Policies.Active(), p.Customer, p.ID)
		if err != nil {
			return err
		}
		if err := u.align(); err != nil { // it, or its card, may have been suspended meanwhile
			return err
		}
		if k.State == keyLive {
			return u.renewed(k, x)
		}
		all, err := keysOf(tx, p.Customer, p.ID)
		if err != nil {
			return err
		}
		for _, k := range all {
			if k.State != keyLive {
				return nil
			}
		}
		return u.activate(len(all))
	})
}

// unwanted revokes a certificate whose key has ended while the authority was asked for it: nobody
// would find it again. One that is stored already is the same answer, given twice.
func (d *Desk) unwanted(tx *db.Tx, k key, x Issued) error {
	_, stored, err := oneKey(tx, "customer = $1 AND id = $2 AND state = 'live' AND serial = $3", k.Customer, k.ID, x.Serial)
	if err != nil || stored {
		return err
	}
	return d.CA.Revoke(tx, system, x.Serial, Cessation)
}

// renewed takes the former certificate of a key out of use.
func (u *unit) renewed(k key, x Issued) error {
	if err := u.d.CA.Revoke(u.tx, u.by, k.Serial, Superseded); err != nil {
		return err
	}
	return u.record(AuditRenewed, map[string]any{"role": k.Role.String(), "serial": x.Serial, "former": k.Serial})
}

// activate brings a mobile ID into use, both of whose keys have certificates.
func (u *unit) activate(keys int) error {
	if keys != 2 || u.m.State != StateCertifying {
		return nil
	}
	anew := !u.m.Activated.IsZero()
	c := change{}
	if hold := u.set.MobileID.Hold; anew && hold > 0 {
		c.held = u.tx.Now.Add(hold)
	}
	if err := u.move(Activate, c); err != nil {
		return err
	}
	switch assigned, err := device.Assign(u.tx, u.m.Device, u.m.Customer, 0); {
	case err != nil:
		return err
	case !assigned:
		if err := u.turn(device.Resume, ""); err != nil {
			return err
		}
	}
	if err := u.enroll(anew); err != nil {
		return err
	}
	if err := u.record(AuditActivated, map[string]any{"anew": anew, "held_until": c.held}); err != nil {
		return err
	}
	return u.suspended() // what was held before a registration anew is held still
}

// Buried implements outbox.Undertaker: without a certificate a registration has failed. A renewal leaves
// the former certificate in use.
func (c Certifier) Buried(tx *db.Tx, m outbox.Message, _ string) error {
	var lost key
	err := tx.Each("SELECT "+keyColumns+" FROM mobile_id_key WHERE customer = $1 AND state IN ('made', 'live') AND request IS NOT NULL", []any{m.Customer}, func(r db.Row) error {
		var k key
		err := r.Scan(k.dest()...)
		if k.orderID() == m.ID {
			lost = k
		}
		return err
	})
	switch {
	case err != nil || lost.ID.IsZero():
		return err
	case lost.State == keyLive:
		_, err := tx.Exec("UPDATE mobile_id_key SET request = NULL WHERE customer = $1 AND id = $2 AND orders = $3", lost.Customer, lost.ID, lost.Orders)
		return err
	}
	u, err := c.unit(tx, system, c.Policies.Active(), lost.Customer, lost.Mobile)
	if err != nil || u.m.State != StateCertifying {
		return err
	}
	return u.end(Fail, AuditFailed, "no certificate was issued")
}
