package intake

import "github.com/countersign-auth/countersign/internal/db"

// manyRows is from how many rows on an import changes what PostgreSQL should know
// of its tables.
const manyRows = 10_000

// Analyze tells PostgreSQL what a large import changed in its tables, which autovacuum
// would do only after a while: until then plans made for empty tables would be used.
func Analyze(tx *db.Tx, rows int64, tables ...string) error {
	if rows < manyRows || tx.Dialect() != db.Postgres {
		return nil
	}
	for _, table := range tables {
		if _, err := tx.Exec("ANALYZE " + table); err != nil {
			return err
		}
	}
	return nil
}
