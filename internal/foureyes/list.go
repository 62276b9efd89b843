package foureyes

import (
	"context"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Get returns a proposal; the fault "foureyes.unknown" when there is none.
func (d *Desk) Get(ctx context.Context, id ident.ID) (p Proposal, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = find(tx, id)
		return err
	})
	return p, err
}

// List returns up to limit proposals (1 to 200) in any of the states, newest
// first, those before the given one; the zero id for the first page. No states are
// all states. Payloads are left out: see Get.
func (d *Desk) List(ctx context.Context, states []State, before ident.ID, limit int) (all []Proposal, err error) {
	if limit < 1 || limit > 200 {
		return nil, fault.Invalidf("foureyes.limit", "A page has 1 to 200 proposals.").WithField("/limit")
	}
	if len(states) == 0 {
		states = States()
	}
	wanted := make([]string, len(states))
	for i, s := range states {
		if wanted[i] = inState[s]; wanted[i] == "" {
			return nil, fault.Invalidf("foureyes.state", "There is no such state.").WithField("/state")
		}
	}
	last := [16]byte(before)
	if before.IsZero() {
		last = [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+light+" FROM proposal WHERE id < $2 AND CAST($1 AS BIGINT) > 0 AND ("+strings.Join(wanted, " OR ")+") ORDER BY id DESC LIMIT $3",
			[]any{tx.Now, last[:], limit}, func(r db.Row) error {
				var p Proposal
				err := p.scan(r, tx.Now)
				all = append(all, p)
				return err
			})
	})
	return all, err
}

// inState is the SQL that a proposal is in a state at the moment $1.
var inState = map[State]string{
	Open:      "state = 'open' AND expires_at > $1",
	Approved:  "state = 'approved' AND expires_at > $1",
	Expired:   "state IN ('open', 'approved') AND expires_at <= $1",
	Running:   "state = 'running'",
	Executed:  "state = 'executed'",
	Rejected:  "state = 'rejected'",
	Withdrawn: "state = 'withdrawn'",
	Failed:    "state = 'failed'",
}

// Waiting counts the open proposals that somebody else than by made: what is in
// the inbox of an approver.
func (d *Desk) Waiting(ctx context.Context, by audit.Actor) (n int64, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM proposal WHERE state = 'open' AND expires_at > $1 AND proposer <> $2", tx.Now, by.String()).Scan(&n)
	})
	return n, err
}
