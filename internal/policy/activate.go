package policy

import (
	"context"

	"go.yaml.in/yaml/v3"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// AuditActivated is the kind of the audit record of an activation.
const AuditActivated = "policy.activated"

// Direct refuses an act that needs a second member of staff with the fault
// "foureyes.needed" (Denied).
func (f FourEyes) Direct(a Act) error {
	if !f.Needs(a) {
		return nil
	}
	return needed(a)
}

func needed(a Act) error {
	return fault.Deniedf("foureyes.needed", "This act (%s) needs a second member of staff: propose it, and let somebody else approve it.", a)
}

// Relaxes reports whether to asks for less than f: an act is no longer under four
// eyes, or proposals live longer. Where nothing is under four eyes nothing can be
// relaxed.
func (f FourEyes) Relaxes(to FourEyes) bool {
	for _, a := range f.Acts {
		if !to.Needs(a) {
			return true
		}
	}
	return len(f.Acts) > 0 && to.Valid > f.Valid
}

// replaceable refuses an activation without a second member of staff where the
// version in force wants one for activations, or where the next one relaxes four
// eyes: else one person could switch them off first.
func replaceable(tx *db.Tx, from, to int64) error {
	doc, err := document(tx, from)
	if err != nil {
		return err
	}
	here, err := fourEyesOf(doc)
	if err != nil {
		return err
	}
	if err := here.Direct(ActPolicy); err != nil {
		return err
	}
	there, err := load(tx, to)
	if err != nil {
		return err
	}
	if here.Relaxes(there.FourEyes) {
		return needed(ActPolicy)
	}
	return nil
}

// fourEyesOf reads one part of a document and no other: a version that a newer
// program stored must not keep this one from leaving it.
func fourEyesOf(doc []byte) (FourEyes, error) {
	var s struct {
		FourEyes FourEyes `yaml:"four_eyes"`
	}
	if err := yaml.Unmarshal(doc, &s); err != nil {
		return FourEyes{}, fault.New(fault.Internal, "policy.unreadable", "It cannot be read whether the policies in force want four eyes.").WithCause(err)
	}
	if s.FourEyes.Valid == 0 {
		s.FourEyes.Valid = defaultProposalLife
	}
	return s.FourEyes, nil
}

// Activate puts version to in force if version from is in force now (0 is the
// embedded one). Faults: "policy.not_active" (Conflict) when it is not, or to does
// not exist; "foureyes.needed" (Denied) where the change needs a second member of
// staff.
func (b *Book) Activate(ctx context.Context, by audit.Actor, from, to int64) error {
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		// First the compare-and-swap: what is checked then is what is in force.
		if err := ActivateIn(tx, by, from, to, ""); err != nil {
			return err
		}
		return replaceable(tx, from, to)
	})
	if err != nil {
		return err
	}
	return b.Reload(ctx)
}

// ActivateIn is Activate within a transaction of the caller, who has seen to it
// that two people want it; proposal names their proposal for the audit record, ""
// where none was needed.
func ActivateIn(tx *db.Tx, by audit.Actor, from, to int64, proposal string) error {
	if from == to {
		return fault.Conflictf("policy.not_active", "There is nothing to do: version %d would take its own place.", to)
	}
	n, err := tx.Exec(`INSERT INTO policy_active (one, version) SELECT 1, version FROM policy_version WHERE version = $1 AND $2 = 0
		ON CONFLICT (one) DO NOTHING`, to, from)
	if err == nil && n == 0 {
		n, err = tx.Exec(`UPDATE policy_active SET version = $1 WHERE one = 1 AND version = $2
			AND EXISTS (SELECT 1 FROM policy_version WHERE version = $1)`, to, from)
	}
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.Conflictf("policy.not_active", "Version %d does not exist, or version %d is no longer the one in force. Look at the versions again.", to, from)
	}
	details := map[string]any{"from": from, "to": to}
	if proposal != "" {
		details["proposal"] = proposal
	}
	audit.Record(tx, audit.Event{Kind: AuditActivated, By: by, Object: object(to), Details: details})
	return nil
}
