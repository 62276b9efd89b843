package authenticator

import (
	"io"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Resynchronized clears the failure counter of customer and policy, whatever its
// state, because the customer's token was brought back into step by codes of its
// own: what blocked them was the token (F-4.5). It reports whether the counter
// was blocked.
func Resynchronized(tx *db.Tx, customer ident.ID, policyCode string) (unblocked bool, err error) {
	a, found, err := Get(tx, customer, policyCode)
	if err != nil || !found {
		return false, err
	}
	_, err = failures.Clear(tx, customer, policyCode)
	return a.Failures.Blocked(tx.Now), err
}

// Pose stores a challenge outside the limit of unanswered ones and returns it:
// for acts that are allowed by something else than the request for a challenge,
// and needed just when the limit is used up.
func Pose(tx *db.Tx, r Request, question string, random io.Reader) (Challenge, error) {
	c := Challenge{ID: ident.New(tx.Now, random), Question: question, Expires: tx.Now.Add(r.Policy.Challenge.TTL)}
	_, err := tx.Exec(`INSERT INTO challenge (customer, id, policy, authentication, question, created_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)`, r.Customer, c.ID, r.Policy.Code, r.Authentication, question, tx.Now, c.Expires)
	return c, err
}
