package authenticator

import (
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Digits returns n random decimal digits without bias. It panics when random
// fails.
func Digits(n int, random io.Reader) string {
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, err := rand.Int(random, bound)
	if err != nil {
		panic("authenticator: no randomness: " + err.Error())
	}
	s := v.String()
	return strings.Repeat("0", n-len(s)) + s
}

// Issue stores a challenge for the request and returns it. Beyond the policy's
// limit of unanswered challenges it returns one that is stored as used, which no
// answer can be right for: whoever asks too often, or asks for a customer who
// does not exist, learns nothing from being asked to answer, nor from how long
// that took. The limit opens with a right proof, or when the cool-down of the
// policy's failures has passed since the last challenge within it: anybody may
// ask for a challenge, so asking must shut nobody out for good.
func Issue(tx *db.Tx, r Request, question string, random io.Reader) (Challenge, error) {
	c := Challenge{ID: ident.New(tx.Now, random), Question: question, Expires: tx.Now.Add(r.Policy.Challenge.TTL)}
	cooled := tx.Now.Add(-r.Policy.Failures.CoolDown)
	if r.Policy.Failures.CoolDown == 0 {
		cooled = time.Time{} // until reset, as with failures
	}
	n, err := tx.Exec(`UPDATE authenticator SET challenges = CASE WHEN challenged_at <= $4 THEN 1 ELSE challenges + 1 END, challenged_at = $5
		WHERE customer = $1 AND policy = $2 AND status = 'enabled' AND (challenges < $3 OR $3 = 0 OR challenged_at <= $4)`,
		r.Customer, r.Policy.Code, r.Policy.Challenge.Max, cooled, tx.Now)
	if err != nil {
		return c, err
	}
	_, err = tx.Exec(`INSERT INTO challenge (customer, id, policy, authentication, question, created_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)`, r.Customer, c.ID, r.Policy.Code, r.Authentication, question, tx.Now, c.Expires)
	if err != nil {
		return c, err
	}
	// Beyond the limit the counter was not written; this is written in its place.
	_, err = tx.Exec("UPDATE challenge SET used_at = $3 WHERE customer = $1 AND id = $2 AND $4 = 0", r.Customer, c.ID, tx.Now, n)
	return c, err
}

// Asked returns an unused, living challenge of the request; false when there is none.
func Asked(tx *db.Tx, r Request, id ident.ID) (Challenge, bool, error) {
	c := Challenge{ID: id}
	err := tx.Row(`SELECT question, expires_at FROM challenge WHERE customer = $1 AND id = $2 AND policy = $3
		AND authentication = $4 AND used_at IS NULL AND expires_at >= $5`,
		r.Customer, id, r.Policy.Code, r.Authentication, tx.Now).Scan(&c.Question, &c.Expires)
	if errors.Is(err, db.ErrNoRow) {
		return Challenge{}, false, nil
	}
	return c, err == nil, err
}

// Answer spends a challenge; false when it was spent or ran out before.
func Answer(tx *db.Tx, customer, id ident.ID) (bool, error) {
	n, err := tx.Exec("UPDATE challenge SET used_at = $3 WHERE customer = $1 AND id = $2 AND used_at IS NULL AND expires_at >= $3", customer, id, tx.Now)
	return n == 1, err
}

// Sweep deletes at most n challenges that have run out; it returns how many it
// deleted.
func Sweep(tx *db.Tx, n int) (int64, error) {
	return tx.Exec(`DELETE FROM challenge WHERE (customer, id) IN
		(SELECT customer, id FROM challenge WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`, tx.Now, n)
}
