package idserver

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// patience is how long a signature may wait for the status of its certificate.
const patience = 24 * time.Hour

// Get tells how it stands with a request of by's, and waits for the phone for most at the
// longest. A signature that has come and is not judged yet (see Examiner) is judged here, and granted or
// denied once and for all. Fault: "identity.unknown" (NotFound).
func (d *Desk) Get(ctx context.Context, by audit.Actor, handle string, most time.Duration) (Outcome, error) {
	r, now, err := d.read(ctx, by, handle)
	if err != nil {
		return Outcome{}, err
	}
	if r.State != Pending {
		most = 0
	}
	t, err := d.Signers.Wait(ctx, mobileid.AnyProvider, r.Transaction, most)
	if err != nil {
		return Outcome{}, err
	}
	if r.State == Pending && !t.Status.Open() {
		if err := d.decide(ctx, by, &r, &t, now); err != nil {
			return Outcome{}, err
		}
	}
	return d.outcome(&r, &t), nil
}

// Cancel gives a request up: the phone's dialog ends, where it can be reached. What has ended stays
// as it is.
func (d *Desk) Cancel(ctx context.Context, by audit.Actor, handle string) (Outcome, error) {
	r, _, err := d.read(ctx, by, handle)
	if err != nil {
		return Outcome{}, err
	}
	if r.State == Pending {
		if _, err := d.Signers.Cancel(ctx, by, mobileid.AnyProvider, r.Transaction); err != nil {
			return Outcome{}, err
		}
	}
	return d.Get(ctx, by, handle, 0)
}

func (d *Desk) read(ctx context.Context, by audit.Actor, handle string) (r request, now time.Time, err error) {
	customer, id, ok := d.handles.Open(handle)
	if !ok {
		return r, now, unknown()
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		var found bool
		now = tx.Now
		r, found, err = load(tx, by.String(), customer, id)
		if err == nil && !found {
			err = unknown()
		}
		return err
	})
	return r, now, err
}

// decide ends a request whose transaction has ended. What cannot be judged yet stays pending.
func (d *Desk) decide(ctx context.Context, by audit.Actor, r *request, t *mobileid.Transaction, now time.Time) error {
	v := verdict{reason: Reason(t.Status)}
	if t.Status == mobileid.Valid {
		var err error
		if v, err = d.judge(ctx, r.expected(), t, now); err != nil {
			return err
		}
	}
	if v.later && now.Sub(r.Created) < patience {
		return nil
	} else if v.later {
		v.reason = Unjudged
	}
	state := Denied
	if v.good {
		state = Granted
	}
	return d.settle(ctx, by, r, t, state, v)
}

// settle makes a decision true: once, with its record, and with the confirmation of a grant.
func (d *Desk) settle(ctx context.Context, by audit.Actor, r *request, t *mobileid.Transaction, to State, v verdict) error {
	return d.DB.Settle(ctx, r.Customer, func(tx *db.Tx) error {
		settled, err := r.settle(tx, to, v.reason, v.person)
		if err != nil || !settled {
			return d.again(tx, r, err)
		}
		r.State, r.Reason, r.Person, r.Ended = to, v.reason, v.person, tx.Now
		kind := AuditDenied
		if to == Granted {
			kind = AuditGranted
			if err := d.queue(tx, r.Customer, r.Transaction, r.Confirm); err != nil {
				return err
			}
		}
		r.record(tx, by, kind, decided{Kind: r.Kind, Reason: v.reason, Transaction: t.ID.String(), Certificate: v.cert.Serial, Person: v.person})
		return nil
	})
}

// decided is what the audit log keeps of a decision.
type decided struct {
	Kind        Kind   `json:"kind"`
	Reason      Reason `json:"reason,omitempty"`
	Transaction string `json:"transaction"`
	Certificate string `json:"certificate,omitempty"`
	Person      string `json:"person,omitempty"`
}

// again reads what another look has decided meanwhile.
func (d *Desk) again(tx *db.Tx, r *request, err error) error {
	if err != nil {
		return err
	}
	now, found, err := load(tx, r.Client, r.Customer, r.ID)
	if err == nil && !found {
		err = unknown() // erased meanwhile
	}
	*r = now
	return err
}

func (r *request) expected() expected {
	role := applet.Authentication
	if r.Kind == Signature {
		role = applet.Signing
	}
	return expected{customer: r.Customer, role: role, content: [32]byte(r.Content), expires: r.Expires}
}
