package app

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Rotation is the payload of [policy.ActRotation].
type Rotation struct {
	Keys string `json:"keys"` // one of the constants below
}

// What is rotated.
const (
	rotateData = "data"                // a new data key, and everything sealed under it
	rotateKEK  = "key-encryption"      // a new key-encryption key in the key file
	rotateWrap = "key-encryption-wrap" // the data keys under the first key-encryption key of the environment

	rotateEvidence    = "evidence"     // the key that signs assertions, in 15 minutes
	rotateEvidenceNow = "evidence-now" // the same, at once

	rotatePush    = "push"     // the key that push services know, for phones from their next start on
	rotatePushNow = "push-now" // the same, and the former one is destroyed
)

// rotation rotates directly where one person may, proposes it, or does what was
// approved.
func (u underFourEyes) rotation(e *env, s Setup, what string, rotate func() error) error {
	if !u.Propose && u.Proposal == "" {
		if err := s.mayRotate(e.ctx); err != nil {
			return hintProposal(err, "the same with --propose --reason WHY --as LOGIN")
		}
		return rotate()
	}
	a, err := s.openTools(e.ctx)
	if err != nil {
		return err
	}
	payload := func() ([]byte, error) { return foureyes.Canonical(Rotation{what}), nil }
	do := func(context.Context, foureyes.Warrant) error { return rotate() }
	return errors.Join(u.act(e, a, policy.ActRotation, payload, do), a.Close())
}

// mayRotate asks the policies in force whether one person may rotate keys.
func (s Setup) mayRotate(ctx context.Context) error {
	d, err := s.openDB(ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // only read
	policies, err := policy.Open(ctx, d, s.Log)
	if err != nil {
		return err
	}
	return policies.Active().FourEyes.Direct(policy.ActRotation)
}
