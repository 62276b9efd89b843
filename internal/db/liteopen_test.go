package db_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// TestManyOpenOneNewFile: whoever opens a new file first turns it to the write-ahead
// log, and nobody who opens it at the same moment is refused.
func TestManyOpenOneNewFile(t *testing.T) {
	t.Parallel()
	for range 20 {
		path := filepath.Join(t.TempDir(), "test.db")
		start := make(chan struct{})
		var nodes sync.WaitGroup
		for range 8 {
			nodes.Go(func() {
				<-start
				d, err := db.Open(t.Context(), db.Config{DSN: "sqlite:" + path, Now: time.Now})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := d.Pending(t.Context()); err != nil {
					t.Error(err)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		nodes.Wait()
	}
}
