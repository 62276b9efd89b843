package mobiletoken

import (
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// Signer is a key by which an active token signs.
type Signer struct {
	Key

	Application string // of the token, code
	Failed      bool   // wrong answers of the token are counted, so that a right one is to clear them (Desk.Hit)
}

// Signers returns the keys by which a customer's active tokens sign, the oldest first. No
// secret leaves the package: ask Answers.
func (d *Desk) Signers(tx *db.Tx, customer ident.ID) (all []Signer, err error) {
	err = tx.Each(`SELECT `+prefixed(keyColumns)+`, t.application, t.failures FROM mobile_key k JOIN mobile_token t ON t.customer = k.customer AND t.id = k.token
		WHERE k.customer = $1 AND k.state = 'live' AND k.usage = 'sign' AND t.status = 'active' ORDER BY k.created_at, k.id`, []any{customer}, func(row db.Row) error {
		var s Signer
		failures := 0
		if err := row.Scan(append(s.dest(), &s.Application, &failures)...); err != nil {
			return err
		}
		s.Failed = failures > 0
		all = append(all, s)
		return nil
	})
	return all, err
}

// Answers reports whether a key gives the answer to a question at the moment now, within
// the bounds of a policy, and how far the clock of its token is ahead then, in steps of
// the suite. The question is spent by whoever has asked it; an answer says nothing of others.
func (d *Desk) Answers(k Key, question, answer string, now time.Time, rule policy.Time) (drift int, right bool, err error) {
	suite, err := oath.ParseSuite(k.Suite)
	if err != nil {
		return 0, false, err
	}
	secret, err := d.Ring.Open(seedLabel, k.ID, k.seed)
	if err != nil {
		return 0, false, err
	}
	defer clear(secret)
	o, err := oath.NewOCRA(suite, secret)
	if err != nil {
		return 0, false, err
	}
	w := oath.Window{Steps: rule.Skew, Drift: k.Drift, MaxDrift: rule.MaxDrift}
	m, right, err := o.Find(answer, oath.Input{Question: question, Time: now}, 1, w)
	return m.Drift, right, err
}

// Answered notes that a key of an active token has given a right answer, to a question that
// was spent: false when it is not in use any more.
func (k Key) Answered(tx *db.Tx, drift int) (bool, error) {
	n, err := tx.Exec("UPDATE mobile_key SET drift = $3, uses = uses + 1, used_at = $4 WHERE customer = $1 AND id = $2 AND state = 'live'", k.Customer, k.ID, drift, tx.Now)
	return n == 1, err
}

// decoySuite is the suite of keys that sign, as policies have it by default.
const decoySuite = "OCRA-1:HOTP-SHA256-8:QH64-T1M"

// newDecoySigner returns a key that stands in for those of a customer who has none; nobody knows its
// secret, and what it gives is thrown away.
func (d *Desk) newDecoySigner() (*Key, error) {
	secret := make([]byte, 32)
	if _, err := io.ReadFull(d.Rand, secret); err != nil {
		return nil, err
	}
	id := ident.Derive("mobile decoy signer")
	return &Key{ID: id, Usage: UseSign, Algorithm: "ocra", Suite: decoySuite, seed: d.Ring.Seal(seedLabel, id, secret)}, nil
}

// Decoy is a key by which nothing is signed.
func (d *Desk) Decoy() Key { return *d.signer }
