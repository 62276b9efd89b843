package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Course is how a token is brought back into step under one policy.
type Course struct {
	Policy  string // code
	Key     Key    // that the policy uses
	Codes   int    // how many codes in a row are needed, 1 to 3
	Answers bool   // the codes answer challenges: see Upkeep.Challenges
	Counter bool   // the counter may be read off the token
	Clock   bool   // the clock may be read off the token
}

// Courses lists how by can bring a token back into step, for each policy that tokens
// of its model serve with a key that can fall out of it; customers read nothing off
// their tokens. There is at least one. Its faults are those of Resync for a token
// that cannot be brought into step at all.
func (u *Upkeep) Courses(ctx context.Context, by audit.Actor, t Target) (all []Course, err error) {
	s, err := u.subject(ctx, by, nil, t)
	if err != nil {
		return nil, err
	}
	model, _ := s.set.Model(s.device.Model)
	var none error = fault.Conflictf("token.policy", "The policies in force do not use tokens of the model %s.", s.device.Model)
	for _, code := range model.Policies {
		x, err := u.steppable(ctx, by, nil, t, code)
		switch {
		case fault.Is(err, "token.policy"): // of another version, or of another method
			continue
		case fault.Is(err, "token.no_key") || fault.Is(err, "token.resync_nothing"):
			none = err
			continue
		case err != nil:
			return nil, err
		}
		if err := u.restored(ctx, x); err != nil {
			return nil, err
		}
		all = append(all, x.course())
	}
	if len(all) == 0 {
		return nil, none
	}
	return all, nil
}

func (x *resyncing) course() Course {
	staff := x.by.Kind != audit.CustomerKind
	return Course{
		Policy: x.policy.Code, Key: x.key, Codes: x.needed(), Answers: x.key.Algorithm == OCRA,
		Counter: staff && x.policy.Resync.Counter && x.key.Counted(), Clock: staff && x.policy.Resync.Clock && x.key.Timed(),
	}
}
