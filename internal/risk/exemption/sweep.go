package exemption

import "github.com/countersign-auth/countersign/internal/db"

// Kept is how many days payments are kept one by one: longer than rates of quarters are
// looked at, and longer than a payer may dispute a payment (13 months). Sums and
// fraud reports are kept for good, so old records of quarters stay what they were.
const Kept = horizon + window

// Sweep deletes up to limit payments that are older than [Kept], and says how many there
// were. Only what has been summed up goes.
func Sweep(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM exemption_use WHERE (customer, id) IN
		(SELECT customer, id FROM exemption_use WHERE day < $1 AND day <= (SELECT MAX(day) FROM exemption_day) ORDER BY day LIMIT $2)`,
		int64(over(tx.Now))-Kept, limit)
}
