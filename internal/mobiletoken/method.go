package mobiletoken

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// Factor implements authenticator.Method: the key is in the device, and only the right PIN
// gives it.
func (d *Desk) Factor() authenticator.Factor {
	return authenticator.Possession | authenticator.Knowledge
}

// Begin implements authenticator.Method: a secure code by clock or counter needs no
// challenge.
func (d *Desk) Begin(*db.Tx, authenticator.Request) (authenticator.Challenge, error) {
	return authenticator.Challenge{}, fault.Invalidf("mobiletoken.no_challenge", "A secure code of a mobile token needs no challenge.").WithField("policy")
}

// candidate is a key that may be tried.
type candidate struct {
	Key

	application string
}

// candidates are the keys of secure codes in all tokens of a customer that are in use.
func candidates(tx *db.Tx, r authenticator.Request) (all []candidate, err error) {
	err = tx.Each(`SELECT `+prefixed(keyColumns)+`, t.application FROM mobile_key k JOIN mobile_token t ON t.customer = k.customer AND t.id = k.token
		WHERE k.customer = $1 AND k.state = 'live' AND k.usage = 'code' AND t.status = 'active' ORDER BY k.created_at, k.id`, []any{r.Customer}, func(row db.Row) error {
		var c candidate
		if err := row.Scan(append(c.dest(), &c.application)...); err != nil {
			return err
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

func prefixed(columns string) string { return "k." + strings.ReplaceAll(columns, ", ", ", k.") }

// Check implements authenticator.Method: all tokens of the customer that are in use and
// serve the policy are tried, each over its whole window. A customer without any is
// answered after the same work on a decoy. Fault: "mobiletoken.code_form" (Invalid).
func (d *Desk) Check(ctx context.Context, r authenticator.Request, p authenticator.Proof) (authenticator.Finding, error) {
	code, err := readCode(p.Code)
	if err != nil {
		return authenticator.Finding{}, err
	}
	var all []candidate
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = candidates(tx, r)
		return err
	})
	if err != nil {
		return authenticator.Finding{}, err
	}
	out := authenticator.Finding{Reason: authenticator.Wrong}
	if len(all) == 0 {
		_, err := d.match(*d.decoy, code, r.Now, r.Policy, policy.Application{})
		return out, err
	}
	for _, c := range all {
		app, known := r.Set.Application(c.application)
		m, err := d.match(c.Key, code, r.Now, r.Policy, app)
		if err != nil {
			return out, err
		}
		if !known || !app.Serves(r.Policy.Code) {
			continue
		}
		out.Holder = true
		switch {
		case m.found && !out.Right:
			out = d.finding(c.Key, m)
		case m.replayed && !out.Right:
			out.Reason = authenticator.Replayed
		}
	}
	return out, nil
}

// finding turns a match into what the authenticator settles.
func (d *Desk) finding(k Key, m matched) authenticator.Finding {
	return authenticator.Finding{
		Right: true, Holder: true, Factors: d.Factor(), Device: k.Device,
		Consume: func(tx *db.Tx) (bool, error) { return k.Spend(tx, m.value, m.drift) },
	}
}

// matched is where a code was found.
type matched struct {
	found, replayed bool
	value           int64
	drift           int
}

// match searches the window of one key for a code.
func (d *Desk) match(k Key, code string, now time.Time, p policy.Policy, app policy.Application) (matched, error) {
	var buffer [96]byte
	seed, err := d.Ring.AppendOpen(buffer[:0], seedLabel, k.ID, k.seed)
	if err != nil {
		return matched{}, err
	}
	defer clear(seed)
	if k.Algorithm == policy.KeyHOTP {
		return hotp(k, seed, code, max(app.Keys.Window, 1))
	}
	t, err := oath.NewTOTP(seed, oath.TOTPOptions{Digits: k.Digits, Step: time.Duration(k.Step) * time.Second})
	if err != nil {
		return matched{}, err
	}
	w := oath.Window{Steps: p.Time.Skew, Drift: k.Drift, MaxDrift: p.Time.MaxDrift, From: uint64(k.Next)} //nolint:gosec // never negative
	m, found := t.Find(code, now, w)
	out := matched{found: found, value: int64(m.Step), drift: m.Drift} //nolint:gosec // below 2^62
	out.replayed = k.Next > 0 && same(t.CodeAt(uint64(k.Next-1)), code)
	return out, nil
}

func hotp(k Key, seed []byte, code string, window int) (matched, error) {
	h, err := oath.NewHOTP(seed, oath.HOTPOptions{Digits: k.Digits})
	if err != nil {
		return matched{}, err
	}
	from := uint64(k.Next) //nolint:gosec // never negative
	at, found := h.Find(code, from, window)
	return matched{found: found, replayed: from > 0 && same(h.Code(from-1), code), value: int64(at)}, nil //nolint:gosec // below 2^63
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// readCode gives the canonical form of what was typed. A text that can be no code is
// refused here, before anything is counted: it says nothing about a secret.
func readCode(typed string) (string, error) {
	code, err := oath.CanonicalRange(typed, 6, oath.MaxDigits)
	if err != nil {
		return "", codeForm(strings.TrimPrefix(err.Error(), "oath: "))
	}
	return code, nil
}
