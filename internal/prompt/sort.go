package prompt

import (
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// sort is a sort of prompts: each is counted and superseded apart, so that whoever can ask for
// one crowds out none of the others.
type sort struct {
	counted string // column of prompt_holder: how many were asked for since the window began
	since   string // column of prompt_holder: when it began
	is      string // condition in SQL on a prompt
}

// sort returns the prompt's. Applications ask for payments of customers who have logged in, and
// for a proven login somebody has shown a factor; all others strangers may ask for, who know a
// customer's number.
func (p *Prompt) sort() sort {
	switch {
	case !p.Payment.IsZero():
		return sort{"payments", "payments_since", "payment IS NOT NULL"}
	case p.Proven:
		return sort{"proven", "proven_since", "payment IS NULL AND proven = 1"}
	}
	return sort{"asked", "since", "payment IS NULL AND proven = 0"}
}

// longestWindow is the longest that the policies allow.
const longestWindow = 24 * time.Hour

// count counts a prompt of a customer, in a window that begins with the first one: anybody
// who knows the customer's number can have them asked (prompt bombing). It counts on beyond
// every limit, in one statement that holds the customer's prompts until the end of the transaction.
// A picture disturbs nobody: it runs the same statement and counts nothing.
func (s sort) count(tx *db.Tx, customer ident.ID, p policy.Policy) (n int64, err error) {
	one, from := 0, tx.Now.Add(-longestWindow)
	if p.Method == policy.MethodApproval {
		one, from = 1, tx.Now.Add(-p.Approval.Window)
	}
	first := map[string]any{"asked": 0, "payments": 0, "proven": 0}
	first[s.counted] = one
	err = tx.Row(`INSERT INTO prompt_holder (customer, since, payments_since, proven_since, asked, payments, proven) VALUES ($1, $2, $2, $2, $5, $6, $7)
		ON CONFLICT (customer) DO UPDATE SET
			`+s.counted+` = CASE WHEN prompt_holder.`+s.since+` <= $3 THEN $4 ELSE prompt_holder.`+s.counted+` + $4 END,
			`+s.since+` = CASE WHEN prompt_holder.`+s.since+` <= $3 OR prompt_holder.`+s.counted+` = 0 THEN $2 ELSE prompt_holder.`+s.since+` END
		RETURNING `+s.counted, customer, tx.Now, from, one, first["asked"], first["payments"], first["proven"]).Scan(&n)
	return n, err
}

// calm forgets what was counted, because the customer has approved one.
func (s sort) calm(tx *db.Tx, customer ident.ID) error {
	_, err := tx.Exec("UPDATE prompt_holder SET "+s.counted+" = 0 WHERE customer = $1", customer)
	return err
}

// prune keeps a new prompt and the newest others of its sort that wait at its customer; older ones
// have been superseded.
func (s sort) prune(tx *db.Tx, p Prompt, most int) error {
	if p.Method != policy.MethodApproval {
		return nil
	}
	waits := "customer = $1 AND status IN ('pending', 'approved') AND status = 'pending' AND method = 'approval' AND id <> $2 AND " + s.is
	_, err := tx.Exec("UPDATE prompt SET status = 'superseded', ended_at = $3 WHERE "+waits+
		" AND id NOT IN (SELECT id FROM prompt WHERE "+waits+" ORDER BY created_at DESC, id DESC LIMIT $4)", p.Customer, p.ID, tx.Now, most-1)
	return err
}
