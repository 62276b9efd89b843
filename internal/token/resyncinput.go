package token

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// maxResync is how many codes a resynchronization takes at most.
const maxResync = 3

// resyncing reads a request, and says what is wrong with its form.
func (u *Upkeep) resyncing(ctx context.Context, by audit.Actor, why Warrant, r Resync) (*resyncing, error) {
	x, err := u.steppable(ctx, by, why, r.Target, r.Policy)
	if err != nil {
		return nil, err
	}
	if err := u.restored(ctx, x); err != nil {
		return nil, err
	}
	needed := x.needed()
	if n := len(r.Codes); n < needed || n > maxResync {
		return nil, fault.Invalidf("token.resync_codes", "Give %s codes that the token showed directly one after another.", map[int]string{1: "1 to 3", 2: "2 or 3", 3: "3"}[needed]).WithField("codes")
	}
	for _, typed := range r.Codes {
		code, err := readCode(typed)
		if err != nil {
			return nil, err
		}
		if len(code) != x.key.Digits {
			return nil, fault.Invalidf("token.resync_length", "The codes of this token have %d digits. Leave out a PIN that is typed with them at login.", x.key.Digits).WithField("codes")
		}
		x.codes = append(x.codes, code)
	}
	return x, u.asked(ctx, x, r.Challenges)
}

// steppable reads a target that can fall out of step, and the policy that counts.
func (u *Upkeep) steppable(ctx context.Context, by audit.Actor, why Warrant, t Target, code string) (*resyncing, error) {
	s, err := u.subject(ctx, by, why, t)
	if err != nil {
		return nil, err
	}
	p, err := s.policy(code)
	if err != nil {
		return nil, err
	}
	key, found := keyFor(s.keys, p)
	if !found {
		return nil, fault.NotFoundf("token.no_key", "This device has no key for that.")
	}
	x := &resyncing{subject: s, key: key, policy: p}
	if !x.key.Counted() && !x.key.Timed() {
		return nil, fault.Conflictf("token.resync_nothing", "This token answers challenges, with neither a counter nor a clock: it cannot fall out of step. If its answers are refused, the challenge was mistyped or the token is another one.")
	}
	return x, nil
}

// policy returns the policy with a code, or the first one, that the token's model
// serves.
func (s *subject) policy(code string) (policy.Policy, error) {
	m, _ := s.set.Model(s.device.Model)
	for _, served := range m.Policies {
		if p, known := s.set.Policy(served); known && (code == "" || code == served) {
			return p, nil
		}
	}
	if code == "" {
		return policy.Policy{}, fault.Conflictf("token.policy", "The policies in force do not use tokens of the model %s.", s.device.Model)
	}
	return policy.Policy{}, fault.Invalidf("token.policy", "There is no policy of this name that tokens of the model %s serve.", s.device.Model).WithField("policy")
}

// restored reads whether the key's counter was moved up by a restore.
func (u *Upkeep) restored(ctx context.Context, x *resyncing) error {
	err := u.tokens.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT known FROM token_restored WHERE device = $1 AND key_id = $2", x.Device, x.key.KeyID).Scan(&x.known)
	})
	switch {
	case errors.Is(err, db.ErrNoRow):
		return nil
	case err != nil:
		return err
	case x.by.Kind == audit.CustomerKind:
		return fault.Conflictf("token.resync_help_desk", "Please call the help desk: this token can be brought back into step there only.")
	}
	x.restore = true
	return nil
}

// needed is how many codes there must be. After a restore one alone is too few:
// what was spent since the backup is not known.
func (x *resyncing) needed() int {
	switch {
	case x.by.Kind == audit.CustomerKind:
		return max(x.policy.Resync.SelfService, 2)
	case x.restore:
		return max(x.policy.Resync.HelpDesk, 2)
	}
	return max(x.policy.Resync.HelpDesk, 1)
}

// asked finds the challenges that the codes of an OCRA token answer.
func (u *Upkeep) asked(ctx context.Context, x *resyncing, ids []ident.ID) error {
	if x.key.Algorithm != OCRA {
		if len(ids) > 0 {
			return fault.Invalidf("token.resync_challenge", "This token takes no challenges.").WithField("challenges")
		}
		return nil
	}
	if x.Customer.IsZero() {
		return inStock()
	}
	if len(ids) != len(x.codes) || repeated(ids) {
		return fault.Invalidf("token.resync_challenge", "This token answers challenges: name one challenge for each code.").WithField("challenges")
	}
	return u.tokens.db.Read(ctx, func(tx *db.Tx) error {
		x.posed = nil
		for _, id := range ids {
			c, found, err := authenticator.Asked(tx, x.request(), id)
			if err != nil {
				return err
			}
			if !found {
				return fault.Conflictf("token.resync_challenge", "A challenge was not posed for this token, was answered, or has run out: ask for new ones.").WithField("challenges")
			}
			if c.Question, err = x.formed(c.Question); err != nil {
				return err
			}
			x.posed = append(x.posed, c)
		}
		return nil
	})
}

func inStock() error {
	return fault.Conflictf("token.state", "This token is in stock, and challenges are posed to customers: give it to its customer first.")
}

// repeated reports whether an id is there twice.
func repeated(ids []ident.ID) bool {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return true
		}
	}
	return false
}

// request is what challenges of the resynchronization belong to.
func (x *resyncing) request() authenticator.Request {
	return authenticator.Request{Authentication: ident.Derive("resync", x.Device.String()), Customer: x.Customer, Policy: x.policy, Set: x.set, Now: x.now}
}

// Challenges asks for challenges to be typed into a token that answers them.
type Challenges struct {
	Target
	Policy string // as in Resync
	Number int    // how many, up to 3; never fewer than Resync needs
}

// Challenges poses the challenges that the codes for Resync will answer, one for
// each code; none for a token that takes none. They are answered within the
// policy's challenge.ttl.
//
// Faults: as those of Resync.
func (u *Upkeep) Challenges(ctx context.Context, by audit.Actor, why Warrant, r Challenges) (posed []authenticator.Challenge, err error) {
	x, err := u.steppable(ctx, by, why, r.Target, r.Policy)
	if err != nil || x.key.Algorithm != OCRA {
		return nil, err
	}
	if x.Customer.IsZero() {
		return nil, inStock()
	}
	length := x.challengeLength()
	err = u.settle(ctx, x.subject, func(tx *db.Tx) error {
		posed = nil
		for range min(max(r.Number, x.needed()), maxResync) {
			c, err := authenticator.Pose(tx, x.request(), authenticator.Digits(length, u.tokens.random), u.tokens.random)
			if err != nil {
				return err
			}
			posed = append(posed, c)
		}
		return nil
	})
	return posed, err
}
