package foureyes

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Approve decides for a proposal; seen is the digest of what the approver was
// shown, note is what they say, and may be empty. A short act is done at once and
// its proposal returned as executed; another one waits, approved, for Execute or
// CarryOut. Faults:
//
//	foureyes.unknown (NotFound)
//	foureyes.person, foureyes.own, those of Permit (Denied): somebody else must decide
//	foureyes.changed, foureyes.decided, foureyes.expired (Conflict)
//	foureyes.failed (Conflict): the act has become impossible; the proposal is closed
func (d *Desk) Approve(ctx context.Context, by audit.Actor, id ident.ID, seen Digest, note string) (p Proposal, err error) {
	if note, err = words(note, "note", false); err != nil {
		return p, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if p, err = d.decide(tx, by, id, &seen, Approved, note); err != nil {
			return err
		}
		p.record(tx, AuditApproved, by, note)
		if err := d.possible(tx, p); err != nil {
			return err
		}
		p, err = d.within(tx, by, p)
		return err
	})
	if stop, ok := errors.AsType[impossible](err); ok {
		return d.fail(ctx, by, id, Open, note, stop.error)
	}
	if err == nil && p.State == Executed {
		err = d.Policies.Reload(ctx) // it may have been a change of theirs
	}
	return p, err
}

// within does a short act.
func (d *Desk) within(tx *db.Tx, by audit.Actor, p Proposal) (Proposal, error) {
	act := d.Executors[p.Act].Within
	if act == nil {
		return p, nil
	}
	w, end := p.warrant()
	defer end()
	if err := act(tx, by, w); err != nil {
		return p, final(err)
	}
	n, err := tx.Exec("UPDATE proposal SET state = 'executed', runner = $2, ended_at = $3 WHERE id = $1 AND state = 'approved'", p.ID, by.String(), tx.Now)
	if err != nil {
		return p, err
	}
	if n == 0 { // it cannot be: we have approved it in this transaction
		return p, fault.New(fault.Internal, "foureyes.lost", "The proposal was lost on the way.")
	}
	p.State, p.Runner, p.Ended = Executed, by, tx.Now
	p.record(tx, AuditExecuted, by, "")
	return p, nil
}

// Reject decides against a proposal; why is for its proposer and the log, 1 to 500
// characters. Faults: as of Approve.
func (d *Desk) Reject(ctx context.Context, by audit.Actor, id ident.ID, why string) (p Proposal, err error) {
	if why, err = words(why, "note", true); err != nil {
		return p, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if p, err = d.decide(tx, by, id, nil, Rejected, why); err == nil {
			p.record(tx, AuditRejected, by, why)
		}
		return err
	})
	return p, err
}

// decide moves an open proposal on, unless by made it.
func (d *Desk) decide(tx *db.Tx, by audit.Actor, id ident.ID, seen *Digest, to State, note string) (Proposal, error) {
	if err := person(by); err != nil {
		return Proposal{}, err
	}
	p, err := find(tx, id)
	if err != nil {
		return p, err
	}
	if err := d.Permit(tx, by, p.Act, Approver); err != nil {
		return p, err
	}
	if seen == nil {
		seen = &p.Digest
	}
	var ended time.Time
	if to != Approved {
		ended = tx.Now
	}
	n, err := tx.Exec(`UPDATE proposal SET state = $2, decider = $3, decided_at = $4, note = $5, ended_at = $6
		WHERE id = $1 AND state = 'open' AND expires_at > $4 AND proposer <> $3 AND digest = $7`,
		id, string(to), by.String(), tx.Now, note, ended, seen[:])
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, undecidable(tx, by, id, *seen)
	}
	return find(tx, id)
}

// undecidable says why a proposal could not be decided.
func undecidable(tx *db.Tx, by audit.Actor, id ident.ID, seen Digest) error {
	p, err := find(tx, id)
	switch {
	case err != nil:
		return err
	case p.Proposer.String() == by.String():
		return fault.Deniedf("foureyes.own", "You proposed this: somebody else must decide. You can withdraw it.")
	case p.State == Open && p.Digest != seen:
		return fault.Conflictf("foureyes.changed", "This is not what you were shown: look at the proposal again.")
	}
	return p.closed()
}

// closed is the fault of an act on a proposal that no longer waits for it.
func (p Proposal) closed() error {
	if p.State == Expired {
		return fault.Conflictf("foureyes.expired", "The proposal expired at %s: propose it anew.", p.Expires.Format("2006-01-02 15:04 MST"))
	}
	return fault.Conflictf("foureyes.decided", "The proposal is %s already.", p.State)
}

// Withdraw takes a proposal back before it is carried out; only its proposer can.
// Faults: "foureyes.unknown", "foureyes.others" (Denied), "foureyes.decided",
// "foureyes.expired" (Conflict).
func (d *Desk) Withdraw(ctx context.Context, by audit.Actor, id ident.ID) (p Proposal, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE proposal SET state = 'withdrawn', ended_at = $3
			WHERE id = $1 AND proposer = $2 AND state IN ('open', 'approved') AND expires_at > $3`, id, by.String(), tx.Now)
		if err != nil {
			return err
		}
		if p, err = find(tx, id); err != nil {
			return err
		}
		switch {
		case n == 1:
			p.record(tx, AuditWithdrawn, by, "")
			return nil
		case p.Proposer.String() != by.String():
			return fault.Deniedf("foureyes.others", "Somebody else proposed this: you can reject it.")
		}
		return p.closed()
	})
	return p, err
}

// fail closes a proposal whose act has become impossible, and says so. A proposal
// that somebody moved on meanwhile stays as they left it.
func (d *Desk) fail(ctx context.Context, by audit.Actor, id ident.ID, from State, note string, cause error) (p Proposal, err error) {
	why := fault.From(cause).Detail
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE proposal SET state = 'failed', decider = COALESCE(decider, $3), decided_at = COALESCE(decided_at, $4),
			note = CASE WHEN decider IS NULL THEN $5 ELSE note END, ended_at = $4, outcome = $6 WHERE id = $1 AND state = $2`,
			id, string(from), by.String(), tx.Now, note, why)
		if err != nil {
			return err
		}
		if p, err = find(tx, id); err != nil {
			return err
		}
		if n == 0 {
			return p.closed()
		}
		p.record(tx, AuditFailed, by, why)
		return nil
	})
	if err != nil {
		return p, err
	}
	return p, fault.Conflictf("foureyes.failed", "The proposal can no longer be carried out and is closed: %s", why).WithCause(cause)
}
