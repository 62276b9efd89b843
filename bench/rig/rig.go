package rig

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// Options of a rig. Now, Log and Self are required.
type Options struct {
	Parent   string // where the rig's directory is made; "" for the system's place
	Self     string // this program
	Postgres string // DSN of a superuser; "" when there is no PostgreSQL
	Profile  string // directory for profiles of nodes; "" for none
	Keep     bool   // leave the directory and the databases
	Now      func() time.Time
	Log      io.Writer // what is being done
}

// Rig is a directory in which everything happens, and what belongs to it.
type Rig struct {
	Options
	Dir string // removed by Close

	key    string // key-encryption key of all installations
	number atomic.Int64
	made   []string // databases on PostgreSQL
}

// New makes a rig.
func New(o Options) (*Rig, error) {
	dir, err := os.MkdirTemp(o.Parent, "countersign-bench-")
	if err != nil {
		return nil, err
	}
	var key [32]byte
	if _, err := io.ReadFull(rand.Reader, key[:]); err != nil {
		return nil, err
	}
	return &Rig{Options: o, Dir: dir, key: base64.StdEncoding.EncodeToString(key[:])}, nil
}

// Close removes everything.
func (r *Rig) Close(ctx context.Context) error {
	if r.Keep {
		return nil
	}
	for _, name := range r.made {
		if err := r.admin(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			r.Sayf("the database %s is left behind: %v", name, err)
		}
	}
	return os.RemoveAll(r.Dir)
}

// Sayf tells the person who waits.
func (r *Rig) Sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(r.Log, format+"\n", args...)
}

// Dialects are the databases that there are.
func (r *Rig) Dialects() []db.Dialect {
	if r.Postgres == "" {
		return []db.Dialect{db.SQLite}
	}
	return []db.Dialect{db.SQLite, db.Postgres}
}

// Path returns a fresh name in the directory.
func (r *Rig) Path(name string) string {
	return filepath.Join(r.Dir, fmt.Sprintf("%d-%s", r.number.Add(1), name))
}
