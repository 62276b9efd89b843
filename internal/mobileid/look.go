package mobileid

import (
	"context"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Bounds of waiting.
const (
	MaxWait  = 10 * time.Minute // of one call
	lookWait = 2 * time.Second  // until the row is looked at again: another node may have had the answer

	soon = 10 * time.Millisecond // when it is due: the database may be a little behind
)

// AnyProvider looks at transactions of all providers: for staff, and for the bank's own pages.
const AnyProvider = "*"

// Get returns a transaction of a provider as it stands. The fault "mobileid.transaction" (NotFound)
// says that it has none of this name.
func (d *Desk) Get(ctx context.Context, provider, handle string) (Transaction, error) {
	t, _, err := d.look(ctx, provider, handle)
	return t, err
}

// look is Get that tells how long the transaction has until its time is over.
func (d *Desk) look(ctx context.Context, provider, handle string) (t Transaction, left time.Duration, err error) {
	customer, id, ok := d.row(handle)
	if !ok {
		return t, 0, noTransaction()
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = d.at(tx, provider, customer, id)
		left = t.Expires.Sub(tx.Now)
		return err
	})
	return t, left, err
}

func noTransaction() error {
	return fault.NotFoundf("mobileid.transaction", "There is no such transaction.")
}

// at reads a transaction as it stands at this moment.
func (d *Desk) at(tx *db.Tx, provider string, customer, id ident.ID) (Transaction, error) {
	t, found, err := find(tx, "customer = $1 AND id = $2", customer, id)
	if err == nil && (!found || provider != AnyProvider && t.Provider != provider) {
		err = noTransaction()
	}
	t.Handle = d.handle(customer, id)
	t.now(tx.Now)
	return t, err
}

// now lets the time do what it does.
func (t *Transaction) now(now time.Time) {
	if s := t.At(now); s != t.Status {
		t.Status, t.Reason, t.Ended, t.derived = s, ServerTime, t.Expires, true
	}
}

// Wait is Get that waits until the transaction has ended, or for most at the longest, up to MaxWait. It
// holds neither a transaction nor a connection while it waits. When the time of the transaction is over meanwhile, that
// is written at once, with all that depends on it; what nobody waits for is written by Sweep.
func (d *Desk) Wait(ctx context.Context, provider, handle string, most time.Duration) (t Transaction, err error) {
	t, err = d.Get(ctx, provider, handle)
	switch {
	case err != nil || most <= 0:
		return t, err
	case !t.Status.Open():
		return t, d.overtime(ctx, t)
	}
	wait, cancel := context.WithTimeout(ctx, min(most, MaxWait))
	defer cancel()
	changed, stop := d.Watch(t.ID)
	defer stop()
	for {
		again, left, err := d.look(wait, provider, handle)
		switch {
		case wait.Err() != nil:
			return t, ctx.Err()
		case err != nil:
			return t, err
		}
		if t = again; !t.Status.Open() || !pause(wait, changed, t.pause(left)) {
			return t, d.overtime(ctx, t)
		}
	}
}

// pause is how long to wait before the transaction is looked at again, with so much time left.
func (t *Transaction) pause(left time.Duration) time.Duration {
	if !t.Status.Waiting() {
		return lookWait
	}
	return max(soon, min(lookWait, left))
}

// overtime writes that the time of a transaction is over, if it is and nobody has.
func (d *Desk) overtime(ctx context.Context, t Transaction) error {
	if !t.derived {
		return nil
	}
	return d.DB.Settle(ctx, t.Customer, func(tx *db.Tx) error {
		is, found, err := find(tx, "customer = $1 AND id = $2", t.Customer, t.ID)
		if err != nil || !found || !is.Status.Waiting() || is.At(tx.Now) != TimedOut {
			return err
		}
		return d.expire(tx, &is, d.Policies.Active().MobileID)
	})
}

// pause waits for a change, for so long; false when there is no time left.
func pause(ctx context.Context, changed <-chan struct{}, long time.Duration) bool {
	t := time.NewTimer(long)
	defer t.Stop()
	select {
	case <-changed:
	case <-t.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// Cancel ends a transaction of a provider that it does not want any more, and takes it off the screen. One
// that has ended stays as it is. Fault: "mobileid.transaction" (NotFound).
func (d *Desk) Cancel(ctx context.Context, by audit.Actor, provider, handle string) (t Transaction, err error) {
	customer, id, ok := d.row(handle)
	if !ok {
		return t, noTransaction()
	}
	err = d.DB.Settle(ctx, customer, func(tx *db.Tx) error {
		if t, err = d.at(tx, provider, customer, id); err != nil || !t.Status.Open() {
			return err
		}
		if t.Kind != Signing {
			return fault.Conflictf("mobileid.state", "Only requests for a signature can be withdrawn.")
		}
		return d.withdraw(tx, by, &t, Ended)
	})
	return t, err
}

// List returns the transactions of a customer's mobile IDs, newest first: at most n (1 to 200) that were
// asked for before the one named by before; zero begins with the newest.
func (d *Desk) List(ctx context.Context, customer, before ident.ID, n int) (all []Transaction, err error) {
	if n < 1 || n > 200 {
		return nil, fault.Invalidf("mobileid.limit", "A page has 1 to 200 transactions.").WithField("/limit")
	}
	if before.IsZero() {
		for i := range before {
			before[i] = 0xFF
		}
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+transactionColumns+" FROM mobile_id_request WHERE customer = $1 AND id < $2 ORDER BY id DESC LIMIT $3", []any{customer, before, n}, func(r db.Row) error {
			var t Transaction
			err := r.Scan(t.dest()...)
			t.Handle, t.Card = d.handle(t.Customer, t.ID), readCard(t.card)
			t.now(tx.Now)
			all = append(all, t)
			return err
		})
	})
	return all, err
}

// Profiles returns the mobile IDs of a customer, the first to be active first.
func (d *Desk) Profiles(ctx context.Context, customer ident.ID) (out []Profile, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		all, err := of(tx, customer)
		if err != nil {
			return err
		}
		for _, m := range all {
			p, err := d.profile(tx, m)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// Profile returns one mobile ID of a customer. Fault: "mobileid.none" (NotFound).
func (d *Desk) Profile(ctx context.Context, customer, id ident.ID) (p Profile, err error) {
	all, err := d.Profiles(ctx, customer)
	if i := slices.IndexFunc(all, func(p Profile) bool { return p.ID == id }); i >= 0 {
		return all[i], err
	}
	if err == nil {
		err = fault.NotFoundf("mobileid.none", "This customer has no such mobile ID.")
	}
	return p, err
}

// ProfileOf returns the mobile ID of a user, as providers ask for it: by a number, a serial number or a
// customer. Only entitled providers are told more than that they may ask: "mobileid.unknown" (NotFound)
// is the answer to all others where nobody has it, or it cannot be used.
func (d *Desk) ProfileOf(ctx context.Context, p Provider, user User) (out Profile, err error) {
	set := d.Policies.Active()
	s, err := d.who(ctx, user, set)
	if err != nil {
		return out, err
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		m, found, err := Get(tx, s.customer, s.mobile)
		if err != nil {
			return err
		}
		if !found || !p.Entitled {
			return entitled(NoCard)
		}
		out, err = d.profile(tx, m)
		return err
	})
	return out, err
}

// profile gathers what is known of a mobile ID.
func (d *Desk) profile(tx *db.Tx, m MobileID) (p Profile, err error) {
	if err := d.open(&m); err != nil {
		return p, err
	}
	p.MobileID = m
	if p.Person, _, err = Person(tx, m.Customer); err != nil {
		return p, err
	}
	keys, err := keysOf(tx, m.Customer, m.ID)
	if err != nil {
		return p, err
	}
	x := d.Policies.Active().MobileID
	for _, k := range keys {
		if k.State == keyLive {
			p.Certificates = append(p.Certificates, k.certificate(tx.Now, x))
		}
	}
	if p.Holds, err = d.holds(tx, m); err != nil {
		return p, err
	}
	t, found, err := find(tx, "customer = $1 AND mobile = $2 AND kind = 'status' AND status = 'done' ORDER BY id DESC LIMIT 1", m.Customer, m.ID)
	if err != nil {
		return p, err
	}
	if found {
		p.Status, p.Asked = t.Card, t.Answered
	}
	return p, d.underWay(tx, &p)
}

// underWay adds the registration in which the person is asked for a PIN.
func (d *Desk) underWay(tx *db.Tx, p *Profile) error {
	if !p.State.Registering() {
		return nil
	}
	t, found, err := find(tx, "customer = $1 AND mobile = $2 AND kind = 'generate' AND status IN ('asked', 'delivered') ORDER BY id DESC LIMIT 1", p.Customer, p.ID)
	if err == nil && found {
		p.Registration = &Registration{MobileID: p.MobileID, Transaction: d.handle(t.Customer, t.ID), Control: t.Control, Mode: t.Mode.String(), Expires: t.Expires}
	}
	return err
}

func (k *key) certificate(now time.Time, x policy.MobileID) Certificate {
	return Certificate{
		Role: k.Role, Algorithm: k.Algorithm, DER: k.Certificate, Chain: k.Chain, Serial: k.Serial, Issued: k.Certified, Expires: k.Expires,
		Renewable: !now.Before(k.Expires.Add(-x.Renew)),
	}
}

// CertificateOf returns the certificate that is registered for a role of a customer's mobile ID, for who
// validates by themselves. Fault: "mobileid.no_key" (Conflict).
func (d *Desk) CertificateOf(ctx context.Context, customer, mobile ident.ID, r applet.Role) (c Certificate, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		k, found, err := liveKey(tx, customer, mobile, r)
		if err == nil && !found {
			err = entitled(NoKey)
		}
		c = k.certificate(tx.Now, d.Policies.Active().MobileID)
		return err
	})
	return c, err
}

// Transaction returns a transaction of a customer as it stands, by its id: for who has an exhibit of it.
// Fault: "mobileid.transaction" (NotFound).
func (d *Desk) Transaction(ctx context.Context, customer, id ident.ID) (t Transaction, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = d.at(tx, AnyProvider, customer, id)
		return err
	})
	return t, err
}

// Person returns the serial number of a customer; "" when they never had a mobile ID.
func (d *Desk) Person(ctx context.Context, customer ident.ID) (serial string, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		serial, _, err = Person(tx, customer)
		return err
	})
	return serial, err
}

// Watch returns a channel that is told, once, of the next change to a transaction, or what was asked for an
// authentication on this node; what happens on others it does not see. Stop ends the watch.
func (d *Desk) Watch(id ident.ID) (changed <-chan struct{}, stop func()) { return d.waiting.Watch(id) }
