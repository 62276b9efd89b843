package db_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// TestTheLogOfSQLiteBeginsAnew while somebody always writes and somebody always
// reads. Without copying, the log grows with every write.
func TestTheLogOfSQLiteBeginsAnew(t *testing.T) {
	t.Parallel()
	const (
		pages  = 50
		size   = 4096
		writes = 1000 // pages, at least
	)
	grown := func(copyFrom int) int64 {
		path := filepath.Join(t.TempDir(), "test.db")
		d, err := db.Open(t.Context(), db.Config{DSN: "sqlite:" + path, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close() //nolint:errcheck // the file goes with the test
		exec(t, d, `CREATE TABLE box (id BLOB PRIMARY KEY, content BLOB NOT NULL)`)
		if err := db.CopyLogFrom(d, copyFrom); err != nil {
			t.Fatal(err)
		}
		pour(t, d, writes, bytes.Repeat([]byte("x"), size))
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM box`); n != writes {
			t.Errorf("%d rows of %d", n, writes)
		}
		return info.Size() / size
	}
	if n := grown(pages); n > writes/2 {
		t.Errorf("the log has grown to %d pages, though it should be copied from %d on", n, pages)
	}
	if n := grown(0); n < writes {
		t.Errorf("the log has %d pages after %d were written: the test shows nothing", n, writes)
	}
}

// pour writes n rows in transactions of their own, from some goroutines, while
// somebody reads.
func pour(t *testing.T, d *db.DB, n int, content []byte) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reader.Go(func() {
		for ctx.Err() == nil {
			_ = d.Read(ctx, func(tx *db.Tx) error {
				var n int
				return tx.Row(`SELECT LENGTH(content) FROM box WHERE id = $1`, key(0)).Scan(&n)
			})
		}
	})
	share(8, n, func(i int) {
		id := key(i)
		err := d.Settle(t.Context(), id, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO box (id, content) VALUES ($1, $2)`, id, content)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	stop()
	reader.Wait()
}
