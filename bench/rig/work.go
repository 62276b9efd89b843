package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// Work is what a process took that ran to its end.
type Work struct {
	Took time.Duration // from the start of the process to its end
	CPU  time.Duration
	RSS  int64 // at its highest, in bytes
}

// Import runs "countersign token import" on the store.
func (s *Store) Import(ctx context.Context, f TokenFile) (Work, error) {
	config := s.rig.Path("import.yaml")
	if err := os.WriteFile(config, []byte(s.yaml(NodeOptions{}, "127.0.0.1:0", "", "", "127.0.0.1:0")), 0o600); err != nil {
		return Work{}, err
	}
	return s.rig.work(ctx, "token", "import", f.Path, "--key-file", f.KeyFile, "--config", config)
}

// BareInsert stores in the store what the import of f would.
func (s *Store) BareInsert(ctx context.Context, f TokenFile) (Work, error) {
	return s.rig.work(ctx, insertWord, s.DSN, strconv.Itoa(f.N))
}

// Parse reads f alone.
func (r *Rig) Parse(ctx context.Context, f TokenFile) (Work, error) {
	return r.work(ctx, parseWord, f.Path, f.KeyFile)
}

// work runs a child to its end.
func (r *Rig) work(ctx context.Context, args ...string) (Work, error) {
	log, err := os.Create(r.Path("work.log"))
	if err != nil {
		return Work{}, err
	}
	defer log.Close() //nolint:errcheck // read by name below
	c := r.command(ctx, args...)
	c.Stderr = log
	begin := r.Now()
	err = c.Run()
	took := r.Now().Sub(begin)
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return Work{}, fmt.Errorf("%s: %w\n%.2000s", args[0], err, said)
	}
	return Work{took, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), highest(c)}, nil
}

// highest is the peak of a process's resident memory in bytes; 0 where it is not
// told.
func highest(c *exec.Cmd) int64 {
	u, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss
	}
	return u.Maxrss << 10
}
