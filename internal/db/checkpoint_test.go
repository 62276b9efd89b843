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

// TestTheLogOfSQLiteBeginsAnew while somebody always writes and several always
// read. Without copying, the log grows with every write.
func TestTheLogOfSQLiteBeginsAnew(t *testing.T) {
	t.Parallel()
	const (
		pages = 50
		size  = 4096
		each  = 5   // pages of a write, at least
		rows  = 200 // and writes
		all   = each * rows
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
		pour(t, d, rows, bytes.Repeat([]byte("x"), each*size))
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM box`); n != rows {
			t.Errorf("%d rows of %d", n, rows)
		}
		return info.Size() / size
	}
	if n := grown(pages); n > all/2 {
		t.Errorf("the log has grown to %d pages, though it should be copied from %d on", n, pages)
	}
	if n := grown(0); n < all {
		t.Errorf("the log has %d pages after %d were written: the test shows nothing", n, all)
	}
}

// pour writes n rows in transactions of their own, from some goroutines, while
// somebody reads.
func pour(t *testing.T, d *db.DB, n int, content []byte) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				_ = d.Read(ctx, func(tx *db.Tx) error {
					var n int
					return tx.Row(`SELECT LENGTH(content) FROM box WHERE id = $1`, key(0)).Scan(&n)
				})
			}
		})
	}
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
	readers.Wait()
}

// TestALongReaderOfSQLite, such as an export, keeps the log from beginning anew. It
// stops no writer, and when it ends the log grows no more.
func TestALongReaderOfSQLite(t *testing.T) {
	t.Parallel()
	const pages, size, each = 50, 4096, 10
	path := filepath.Join(t.TempDir(), "test.db")
	d, err := db.Open(t.Context(), db.Config{DSN: "sqlite:" + path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // the file goes with the test
	exec(t, d, `CREATE TABLE box (id BLOB PRIMARY KEY, content BLOB NOT NULL)`)
	if err := db.CopyLogFrom(d, pages); err != nil {
		t.Fatal(err)
	}
	write := func(from, to int) int64 {
		for i := from; i < to; i++ {
			exec(t, d, `INSERT INTO box (id, content) VALUES ($1, $2)`, key(i), bytes.Repeat([]byte("x"), each*size))
		}
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size() / size
	}
	var held int64
	err = d.Read(t.Context(), func(tx *db.Tx) error {
		if err := tx.Row(`SELECT COUNT(*) FROM box`).Scan(new(int)); err != nil {
			return err
		}
		held = write(0, 30)
		var n int
		if err := tx.Row(`SELECT COUNT(*) FROM box`).Scan(&n); err != nil || n != 0 {
			t.Errorf("the snapshot has %d rows, %v", n, err)
		}
		return nil
	})
	if err != nil || held < 30*each {
		t.Fatalf("the log has %d pages, %v: nobody stood in its way", held, err)
	}
	if after := write(30, 100); after > held+pages {
		t.Errorf("the log has grown from %d pages to %d", held, after)
	}
}
