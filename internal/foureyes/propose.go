package foureyes

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// New describes what is proposed.
type New struct {
	Act     policy.Act
	Payload []byte // canonical JSON (see Canonical), up to MaxPayload
	Reason  string // for whoever decides; 1 to 500 characters
}

// Propose makes a proposal. It does not matter whether the act needs one. Faults:
// "foureyes.person" and those of Permit (Denied), "foureyes.reason",
// "foureyes.payload" (Invalid), "foureyes.base_moved" (Conflict), those of the
// executor's Check.
func (d *Desk) Propose(ctx context.Context, by audit.Actor, n New) (p Proposal, err error) {
	if err := d.Policies.Reload(ctx); err != nil {
		return p, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		p, err = d.propose(tx, by, n)
		return err
	})
	return p, err
}

// propose is Propose within a transaction, with the policies that the node knows.
func (d *Desk) propose(tx *db.Tx, by audit.Actor, n New) (p Proposal, err error) {
	if p, err = d.draft(tx, by, n); err != nil {
		return p, err
	}
	if err := d.Permit(tx, by, n.Act, Proposer); err != nil {
		return p, err
	}
	base, err := policy.InForce(tx)
	switch {
	case err != nil:
		return p, err
	case base != p.Base:
		return p, fault.Conflictf("foureyes.base_moved", "The policies changed a moment ago. Look at them, and propose again.")
	}
	if check := d.Executors[n.Act].Check; check != nil {
		if err := check(tx, n.Payload); err != nil {
			return p, err
		}
	}
	_, err = tx.Exec(`INSERT INTO proposal (id, act, payload, digest, base, reason, proposer, created_at, expires_at, state, note, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', '', '')`,
		p.ID, string(p.Act), []byte(p.Payload), p.Digest[:], p.Base, p.Reason, by.String(), p.Created, p.Expires)
	if err == nil {
		p.record(tx, AuditProposed, by, p.Reason)
	}
	return p, err
}

// draft checks the form of what is proposed.
func (d *Desk) draft(tx *db.Tx, by audit.Actor, n New) (p Proposal, err error) {
	if err := person(by); err != nil {
		return p, err
	}
	if n.Reason, err = words(n.Reason, "reason", true); err != nil {
		return p, err
	}
	var compact bytes.Buffer
	switch {
	case !slices.Contains(policy.Acts(), n.Act):
		return p, fault.Invalidf("foureyes.act", "There is no such act.").WithField("/act")
	case len(n.Payload) > MaxPayload:
		return p, fault.Invalidf("foureyes.payload", "The act is too large for one proposal: divide it.").WithField("/payload")
	case json.Compact(&compact, n.Payload) != nil || !bytes.Equal(compact.Bytes(), n.Payload):
		return p, fault.Invalidf("foureyes.payload", "The payload is not canonical JSON.").WithField("/payload")
	}
	set := d.Policies.Active()
	return Proposal{
		ID: ident.New(tx.Now, d.Rand), Act: n.Act, Payload: bytes.Clone(n.Payload), Digest: digestOf(n.Act, n.Payload), Base: set.Version,
		Reason: n.Reason, Proposer: by, Created: tx.Now, Expires: tx.Now.Add(set.FourEyes.Valid), State: Open,
	}, nil
}
