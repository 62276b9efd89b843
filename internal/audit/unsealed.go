package audit

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
)

// Unsealed counts the records that no checkpoint covers yet: those of about the
// last second while a sealer runs. A number that grows says that none does.
func (l *Log) Unsealed(ctx context.Context) (n int64, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		n = 0
		found, err := new(streams).find(tx, l.db.Boot(), true)
		for _, p := range found {
			n += p.last - p.sealed
		}
		return err
	})
	return n, err
}
