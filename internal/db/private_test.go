package db_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// TestFilesArePrivate: names and numbers of customers are not sealed, so only the
// owner may read a new database and its log, whatever the umask.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new.db")
	d := dbtest.Open(t, db.Config{DSN: "sqlite:" + path})
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != fs.FileMode(0o600) {
			t.Errorf("%s has mode %v", f.Name(), mode)
		}
	}
}
