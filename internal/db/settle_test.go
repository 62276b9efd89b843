package db_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

func key(i int) ident.ID { return ident.Derive("key", fmt.Sprint(i)) }

func TestSettleMany(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`)
		for i := range 64 {
			exec(t, d, `INSERT INTO counter (id, n) VALUES ($1, 0)`, i)
		}
		var all sync.WaitGroup
		for i := range 640 {
			all.Go(func() {
				err := d.Settle(t.Context(), key(i%64), func(tx *db.Tx) error {
					n, err := tx.Exec(`UPDATE counter SET n = n + 1 WHERE id = $1`, i%64)
					if err == nil && n != 1 {
						err = fmt.Errorf("%d rows", n)
					}
					tx.Append(db.Record{Kind: "counted", Actor: "test"})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var sum, records int
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`SELECT SUM(n) FROM counter WHERE n = 10`).Scan(&sum); err != nil {
				return err
			}
			return tx.Row(`SELECT COUNT(*) FROM journal`).Scan(&records)
		})
		if err != nil || sum != 640 || records != 640 {
			t.Errorf("sum %d, records %d, %v", sum, records, err)
		}
		t.Logf("%+v", d.Stats())
	})
}

func exec(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
