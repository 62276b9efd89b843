package risk

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

// Keep says how long data of each class are kept.
type Keep struct {
	Addresses time.Duration // sealed addresses of events, for analysts
	Events    time.Duration // facts, terms, decisions: what rules are tried on
	Visits    time.Duration // of visitors without a name
	Payees    time.Duration // reputations of accounts that nobody pays any more
}

// DefaultKeep returns 30 days for addresses and visits, 13 months for events (the
// time in which a customer may dispute a payment, directive (EU) 2015/2366, article
// 71), and a year for payees. Profiles are kept for six months without an event,
// whatever is set ([likelihood.MaxAge]).
func DefaultKeep() Keep {
	const day = 24 * time.Hour
	return Keep{Addresses: 30 * day, Events: 396 * day, Visits: 30 * day, Payees: 365 * day}
}

// Swept is the report of a sweep: how much of each class is gone.
type Swept struct {
	Addresses int64 `json:"addresses"`
	Events    int64 `json:"events"`
	Visits    int64 `json:"visits"`
	Profiles  int64 `json:"profiles"`
	Payees    int64 `json:"payees"`
	Entries   int64 `json:"entries"`  // of lists
	Reports   int64 `json:"reports"`  // of the probe
	Channels  int64 `json:"channels"` // blocks that have run out
	Trials    int64 `json:"trials"`   // of rules on the past
}

// Rows returns how many rows a sweep has changed or deleted.
func (s Swept) Rows() int64 {
	return s.Addresses + s.Events + s.Visits + s.Profiles + s.Payees + s.Entries + s.Reports + s.Channels + s.Trials
}

// Sweep deletes up to limit rows of each class that have been kept for long enough,
// and leaves the report in the audit log. It is repeated until Rows is 0.
func (d *Desk) Sweep(ctx context.Context, by audit.Actor, keep Keep, limit int) (s Swept, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		s = Swept{}
		for _, c := range []struct {
			n      *int64
			sql    string
			before time.Time
		}{
			{&s.Addresses, `UPDATE risk_event SET address = NULL WHERE (customer, id) IN
				(SELECT customer, id FROM risk_event WHERE created_at < $1 AND address IS NOT NULL ORDER BY created_at LIMIT $2)`, tx.Now.Add(-keep.Addresses)},
			{&s.Events, `DELETE FROM risk_event WHERE (customer, id) IN (SELECT customer, id FROM risk_event WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, tx.Now.Add(-keep.Events)},
			{&s.Visits, `DELETE FROM risk_visit WHERE id IN (SELECT id FROM risk_visit WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, tx.Now.Add(-keep.Visits)},
			{&s.Payees, `DELETE FROM risk_payee WHERE payee IN (SELECT payee FROM risk_payee WHERE payers_at < $1 AND frauds = 0 LIMIT $2)`, tx.Now.Add(-keep.Payees)},
			{&s.Entries, `DELETE FROM risk_list WHERE id IN (SELECT id FROM risk_list WHERE expires_at < $1 LIMIT $2)`, tx.Now},
			{&s.Trials, `DELETE FROM risk_trial WHERE id IN (SELECT id FROM risk_trial WHERE ended_at < $1 LIMIT $2)`, tx.Now.Add(-keep.Events)},
		} {
			n, err := tx.Exec(c.sql, c.before, limit)
			if err != nil {
				return err
			}
			*c.n = n
		}
		if s.Reports, err = sweepReports(tx, limit); err != nil {
			return err
		}
		if s.Channels, err = expired(tx, "until IS NOT NULL ORDER BY until LIMIT $2", limit); err != nil {
			return err
		}
		if s.Profiles, err = d.sweepProfiles(tx, limit); err != nil {
			return err
		}
		if s.Rows() > 0 {
			audit.Record(tx, audit.Event{Kind: AuditSwept, By: by, Details: s})
		}
		return nil
	})
	return s, err
}

// sweepProfiles forgets customers who have had no event for six months.
func (d *Desk) sweepProfiles(tx *db.Tx, limit int) (n int64, err error) {
	var idle []ident.ID
	err = tx.Each("SELECT customer FROM risk_profile WHERE changed_at < $1 ORDER BY changed_at LIMIT $2", []any{tx.Now.Add(-likelihood.MaxAge), limit}, func(r db.Row) error {
		var id ident.ID
		err := r.Scan(&id)
		idle = append(idle, id)
		return err
	})
	for _, id := range idle {
		if err == nil {
			err = d.forget(tx, id)
		}
		n++
	}
	return n, err
}

// forget deletes a profile, and takes out what it taught.
func (d *Desk) forget(tx *db.Tx, customer ident.ID) error {
	p, version, err := loadProfile(tx, customer)
	if err != nil || version == 0 {
		return err
	}
	n, err := tx.Exec("DELETE FROM risk_profile WHERE customer = $1 AND version = $2", customer, version)
	if err != nil {
		return err
	}
	if n == 0 {
		return errStale
	}
	return d.teach(tx, lesson{At: tx.Now, Deltas: p.History.Forget()})
}
