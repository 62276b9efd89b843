package foureyes

import (
	"context"
	"io"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records.
const (
	AuditProposed  = "proposal.made"
	AuditApproved  = "proposal.approved"
	AuditRejected  = "proposal.rejected"
	AuditWithdrawn = "proposal.withdrawn"
	AuditStarted   = "proposal.started"
	AuditExecuted  = "proposal.executed"
	AuditFailed    = "proposal.failed"
)

// Part is what somebody does for a proposal.
type Part string

// The parts.
const (
	Proposer Part = "propose"
	Approver Part = "approve" // or reject
	Runner   Part = "carry out"
)

// Executor carries acts of one kind out. Without Within and Run, an approved
// proposal waits for [Desk.CarryOut].
type Executor struct {
	// Check refuses a payload that makes no sense, when it is proposed; may be nil.
	Check func(tx *db.Tx, payload []byte) error
	// Within does a short act, in the transaction of its approval. What it returns
	// as a fault of the kinds Invalid, Denied, NotFound or Conflict ends the
	// proposal as failed; it has then changed nothing.
	Within func(tx *db.Tx, by audit.Actor, w Warrant) error
	// Run does a long act, in transactions of its own. Any error ends the proposal
	// as failed; what was committed stays. Its ctx ends when the node that runs it
	// is taken for dead by the others.
	Run func(ctx context.Context, by audit.Actor, w Warrant) error
}

// Desk is where proposals are made and decided: its methods are the use cases.
type Desk struct {
	DB       *db.DB
	Policies *policy.Book
	Rand     io.Reader // for ids
	Log      *slog.Logger
	// Permit refuses somebody who may not take a part in an act, as a fault of the
	// kind Denied. It is asked again before the act is carried out, about all who
	// took part.
	Permit    func(tx *db.Tx, who audit.Actor, act policy.Act, part Part) error
	Executors map[policy.Act]Executor
}

// person refuses everybody who is not a member of staff.
func person(who audit.Actor) error {
	if who.Kind != audit.StaffKind {
		return fault.Deniedf("foureyes.person", "Only members of staff propose and decide: four eyes are those of two people.")
	}
	return nil
}

// impossible is an error that ends a proposal: trying again would not help.
type impossible struct{ error }

func (i impossible) Unwrap() error { return i.error }

// final marks what an act answered, unless it is our own failure.
func final(err error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Denied, fault.NotFound, fault.Conflict:
		return impossible{err}
	case fault.Internal, fault.Limited, fault.Unavailable:
	}
	return err
}

// possible checks what may have changed since the proposal was made.
func (d *Desk) possible(tx *db.Tx, p Proposal) error {
	if p.Digest != digestOf(p.Act, p.Payload) {
		return impossible{fault.Conflictf("foureyes.payload", "What is stored is not what was proposed. Tell the operator.")}
	}
	base, err := policy.InForce(tx)
	if err != nil {
		return err
	}
	if base != p.Base {
		return impossible{fault.Conflictf("foureyes.base_moved", "It was made against version %d of the policies, and version %d is in force now. Propose it anew.", p.Base, base)}
	}
	if err := d.Permit(tx, p.Proposer, p.Act, Proposer); err != nil {
		return final(fault.From(err))
	}
	if err := d.Permit(tx, p.Decider, p.Act, Approver); err != nil {
		return final(fault.From(err))
	}
	return nil
}
