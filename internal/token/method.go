package token

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// The lengths of what a customer may type: a code, or a code with a PIN.
const (
	minCode = 4
	maxPIN  = 8
	maxCode = oath.MaxDigits + maxPIN
)

// Tokens checks secure codes. Use New.
type Tokens struct {
	db     *db.DB
	ring   *keyring.Ring
	random io.Reader
	decoys map[Usage]*candidate
}

// decoyID is the key id of decoys, and of nothing else that is tried: a key without
// an id is not imported.
const decoyID = ""

// New returns the method over the given database and keyring.
func New(d *db.DB, ring *keyring.Ring, random io.Reader) (*Tokens, error) {
	t := &Tokens{db: d, ring: ring, random: random}
	seed := make([]byte, 20)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	// A decoy stands in for the key of a customer who has none. Nobody knows
	// its seed, and a match on it is thrown away.
	id := ident.Derive("decoy")
	sealed := ring.Seal(sealLabel, id, seed)
	t.decoys = map[Usage]*candidate{
		UseCode: {Key: Key{Device: id, KeyID: decoyID, Usage: UseCode, Algorithm: HOTP, Digits: 6, Proven: true, seed: sealed}},
		UseSign: {Key: Key{Device: id, KeyID: decoyID, Usage: UseSign, Algorithm: OCRA, Suite: decoySuite, Digits: 8, Proven: true, seed: sealed}},
	}
	return t, nil
}

// Factor implements authenticator.Method.
func (t *Tokens) Factor() authenticator.Factor {
	return authenticator.Possession | authenticator.Knowledge
}

// Begin issues a challenge for tokens that need one. A signature needs none: its
// question is the payment.
func (t *Tokens) Begin(tx *db.Tx, r authenticator.Request) (authenticator.Challenge, error) {
	if r.Policy.Use == policy.UseSign {
		return authenticator.Challenge{}, fault.Invalidf("token.no_challenge", "A signature needs no challenge: what is typed into the token is the payment.").WithField("policy")
	}
	return authenticator.Issue(tx, r, authenticator.Digits(r.Policy.Challenge.Length, t.random), t.random)
}

// Check implements authenticator.Method: see the package comment.
func (t *Tokens) Check(ctx context.Context, r authenticator.Request, p authenticator.Proof) (authenticator.Finding, error) {
	code, err := readCode(p.Code)
	if err != nil {
		return authenticator.Finding{}, err
	}
	usage := usageOf(r.Policy)
	if usage == UseSign && r.Payment.IsZero() {
		return authenticator.Finding{}, fmt.Errorf("token: the policy %q signs payments, and there is none", r.Policy.Code)
	}
	var keys []candidate
	var asked authenticator.Challenge
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		if keys, err = candidates(tx, r.Customer, usage); err != nil || p.Challenge.IsZero() || usage == UseSign {
			return err
		}
		asked, _, err = authenticator.Asked(tx, r, p.Challenge)
		return err
	})
	if err != nil {
		return authenticator.Finding{}, err
	}
	if len(keys) == 0 {
		_, err := t.try(t.decoys[usage], r, code, asked)
		return authenticator.Finding{Reason: authenticator.Wrong}, err
	}
	return t.tryAll(keys, r, code, asked)
}

// tryAll tries every key to its end, whatever matched before.
func (t *Tokens) tryAll(keys []candidate, r authenticator.Request, code string, asked authenticator.Challenge) (authenticator.Finding, error) {
	found := authenticator.Finding{Reason: authenticator.Wrong}
	for i := range keys {
		k := &keys[i]
		m, err := t.try(k, r, code, asked)
		if err != nil {
			return found, err
		}
		if !serves(k, r) {
			continue
		}
		found.Holder = true
		if m.found && !found.Right {
			found = t.finding(k, r, m, asked)
			found.Holder = true
		}
		if m.replayed && !found.Right {
			found.Reason = authenticator.Replayed
		}
	}
	return found, nil
}

// try searches one key for the code.
func (t *Tokens) try(k *candidate, r authenticator.Request, code string, asked authenticator.Challenge) (match, error) {
	var buffer [96]byte
	seed, err := t.ring.AppendOpen(buffer[:0], sealLabel, k.Device, k.seed)
	if err != nil {
		return match{}, err
	}
	defer clear(seed)
	question := k.question(r, asked)
	if question == "" && k.Usage == UseSign {
		return match{}, nil // whatever the key computes, it is not about this payment
	}
	x := trial{key: &k.Key, seed: seed, question: question, now: r.Now, policy: r.Policy}
	var pinRight bool
	if x.code, pinRight = t.split(&k.Key, code); x.code == "" {
		x.code, pinRight = code, false // not of this key's form: searched all the same, never right
	}
	if k.PINMode == PINAlgorithmic {
		if x.pin, err = t.ring.Open(pinLabel, k.Device, k.pinSealed); err != nil {
			return match{}, err
		}
	}
	m, err := x.run()
	m.found = m.found && pinRight
	m.replayed = m.replayed && pinRight
	return m, err
}

// finding turns a match into what the authenticator settles.
func (t *Tokens) finding(k *candidate, r authenticator.Request, m match, asked authenticator.Challenge) authenticator.Finding {
	key, customer := k.Key, r.Customer
	return authenticator.Finding{
		Right:   true,
		Factors: factors(k, r.Set),
		Device:  k.Device,
		Consume: func(tx *db.Tx) (bool, error) {
			if key.Algorithm == OCRA && key.Usage != UseSign {
				if won, err := authenticator.Answer(tx, customer, asked.ID); !won || err != nil {
					return false, err
				}
			}
			if m.counted {
				return key.consume(tx, customer, m.value, m.drift)
			}
			return key.use(tx, customer, m.drift)
		},
	}
}

// serves reports whether tokens of the key's model may be used under the policy;
// tokens of a model that the policies no longer name may not.
func serves(k *candidate, r authenticator.Request) bool {
	model, known := r.Set.Model(k.model)
	return known && model.Serves(r.Policy.Code)
}

// factors says what a right code of the key shows: a token that asked for a PIN,
// or a code typed with one, shows knowledge as well.
func factors(k *candidate, set *policy.Set) authenticator.Factor {
	model, known := set.Model(k.model)
	if k.PINMode != PINNone || known && model.DevicePIN {
		return authenticator.Possession | authenticator.Knowledge
	}
	return authenticator.Possession
}

// readCode gives the canonical form of what was typed. A text that can be no code
// is refused here, before anything is counted: it says nothing about a secret.
func readCode(typed string) (string, error) {
	code, err := oath.CanonicalRange(typed, minCode, maxCode)
	if err != nil {
		return "", fault.Invalidf("token.code_form", "This is not a secure code: %s.", strings.TrimPrefix(err.Error(), "oath: ")).WithField("code")
	}
	return code, nil
}
