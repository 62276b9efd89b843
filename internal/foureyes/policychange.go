package foureyes

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// PolicyChange is the payload of [policy.ActPolicy]: a version that is stored
// already comes into force in place of another.
type PolicyChange struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Digest string `json:"sha256"` // of the document of To, in hexadecimal
}

// ProposePolicy stores a document as a new version and proposes to put it in force,
// in one transaction. Faults: those of [policy.StoreIn] and Propose.
func (d *Desk) ProposePolicy(ctx context.Context, by audit.Actor, doc []byte, reason string) (Proposal, error) {
	return d.proposePolicy(ctx, by, reason, func(tx *db.Tx) (policy.Version, error) { return policy.StoreIn(tx, by, doc) })
}

// ProposeVersion proposes to put a stored version in force, such as an earlier
// one. Faults: "policy.unknown" and those of Propose.
func (d *Desk) ProposeVersion(ctx context.Context, by audit.Actor, version int64, reason string) (Proposal, error) {
	return d.proposePolicy(ctx, by, reason, func(tx *db.Tx) (policy.Version, error) { return policy.Stored(tx, version) })
}

func (d *Desk) proposePolicy(ctx context.Context, by audit.Actor, reason string, to func(*db.Tx) (policy.Version, error)) (p Proposal, err error) {
	if err := person(by); err != nil {
		return p, err
	}
	if err := d.Policies.Reload(ctx); err != nil {
		return p, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.Permit(tx, by, policy.ActPolicy, Proposer); err != nil {
			return err
		}
		v, err := to(tx)
		if err != nil {
			return err
		}
		change := PolicyChange{From: d.Policies.Active().Version, To: v.Number, Digest: hex.EncodeToString(v.Digest[:])}
		p, err = d.propose(tx, by, New{Act: policy.ActPolicy, Payload: Canonical(change), Reason: reason})
		return err
	})
	return p, err
}

// ParsePolicyChange reads the payload of a change of policies.
func ParsePolicyChange(payload []byte) (c PolicyChange, err error) {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil || !bytes.Equal(Canonical(c), payload) {
		return c, fault.Invalidf("foureyes.payload", "The payload is no change of policies.").WithField("/payload")
	}
	return c, nil
}

// PolicyExecutor puts versions in force.
func PolicyExecutor() Executor {
	return Executor{
		Check: func(tx *db.Tx, payload []byte) error {
			_, err := policyChange(tx, payload)
			return err
		},
		Within: func(tx *db.Tx, by audit.Actor, w Warrant) error {
			c, err := policyChange(tx, w.Payload())
			if err != nil {
				return err
			}
			return policy.ActivateIn(tx, by, c.From, c.To, w.ID().String())
		},
	}
}

// policyChange reads the payload and makes sure that the version is the one meant.
func policyChange(tx *db.Tx, payload []byte) (PolicyChange, error) {
	c, err := ParsePolicyChange(payload)
	if err != nil {
		return c, err
	}
	v, err := policy.Stored(tx, c.To)
	switch {
	case err != nil:
		return c, err
	case c.Digest != hex.EncodeToString(v.Digest[:]):
		return c, fault.Conflictf("foureyes.other", "Version %d is not the document that was proposed.", c.To)
	case c.From == c.To:
		return c, fault.Conflictf("policy.not_active", "Version %d is in force already.", c.To)
	}
	return c, nil
}
