package audit

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// KindErased is the record of an erasure.
const KindErased = "audit.erased"

// erasure is the details of that record.
type erasure struct {
	Records int64     `json:"records"`
	Before  time.Time `json:"before"`
}

// eraseBatch is how many records one transaction erases, so that logins do not
// wait behind it.
const eraseBatch = 1000

// Erase deletes the salts and details of a customer's records that are older than
// before, for ever, and returns how many. What stays is who did what when, by ids;
// the digests stay, so every proof still holds, and without the salt nobody can
// guess the details from them. It can be broken off and repeated.
func (l *Log) Erase(ctx context.Context, by Actor, customer ident.ID, before time.Time) (erased int64, err error) {
	if customer.IsZero() {
		return 0, fault.Invalidf("audit.erase_whom", "Name the customer whose details are to be erased.")
	}
	for {
		var n int64
		err := l.db.Write(ctx, func(tx *db.Tx) error {
			n, err = eraseSome(tx, customer, before)
			if err == nil && n > 0 {
				Record(tx, Event{Kind: KindErased, By: by, Customer: customer, Details: erasure{n, before.UTC()}})
			}
			return err
		})
		if err != nil || n == 0 {
			return erased, err
		}
		erased += n
	}
}

// eraseSome leaves the records of erasures alone: they hold nothing personal, and
// would else be erased by the next one.
func eraseSome(tx *db.Tx, customer ident.ID, before time.Time) (n int64, err error) {
	var rows [][]any
	err = tx.Each(`SELECT boot, slot, seq FROM journal WHERE customer = $1 AND at < $2 AND salt IS NOT NULL AND kind <> $3 ORDER BY at LIMIT $4`,
		[]any{customer, before, KindErased, eraseBatch}, func(r db.Row) error {
			var id ID
			err := r.Scan(&id.Boot, &id.Slot, &id.Seq)
			rows = append(rows, []any{id.Boot, id.Slot, id.Seq})
			return err
		})
	if err != nil {
		return 0, err
	}
	counts, err := tx.Many(`UPDATE journal SET salt = NULL, details = NULL WHERE boot = $1 AND slot = $2 AND seq = $3 AND salt IS NOT NULL`, rows)
	for _, c := range counts {
		n += c
	}
	return n, err
}
