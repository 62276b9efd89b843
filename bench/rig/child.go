package rig

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
)

// Child is the argument that makes this program a process of its own that is
// measured.
const Child = "--child"

// profileVariable names the directory for profiles in a child's environment.
const profileVariable = "BENCH_PROFILE"

// Main is what a child does: the command line of countersign, or one of the
// comparisons of this package. args stand behind [Child].
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string, now func() time.Time) int {
	stop, err := profiled(environ)
	if err != nil {
		_, _ = io.WriteString(stderr, err.Error()+"\n")
		return 1
	}
	defer stop()
	switch {
	case len(args) == 2 && args[0] == plainWord:
		return exitCode(stderr, servePlain(ctx, args[1]))
	case len(args) == 3 && args[0] == phonesWord:
		return exitCode(stderr, servePhones(ctx, args[1], args[2], stdin, stdout, now))
	case len(args) == 3 && args[0] == parseWord:
		return exitCode(stderr, parse(args[1], args[2]))
	case len(args) == 3 && args[0] == insertWord:
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return exitCode(stderr, err)
		}
		return exitCode(stderr, bareInsert(ctx, db.Config{DSN: args[1], Now: now}, n))
	}
	return app.Main(ctx, args, stdin, stdout, stderr, environ)
}

func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	_, _ = io.WriteString(stderr, err.Error()+"\n")
	return 1
}

// profiled profiles this process when its environment asks for it.
func profiled(environ []string) (stop func(), err error) {
	dir := ""
	for _, v := range environ {
		if value, ok := strings.CutPrefix(v, profileVariable+"="); ok {
			dir = value
		}
	}
	if dir == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(filepath.Clean(dir), "cpu-"+strconv.Itoa(os.Getpid())+".prof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile that is not whole says so itself
		allocated(dir)
	}, nil
}

// allocated writes what this process has allocated, and where.
func allocated(dir string) {
	f, err := os.Create(filepath.Join(filepath.Clean(dir), "allocs-"+strconv.Itoa(os.Getpid())+".prof"))
	if err != nil {
		return
	}
	_ = pprof.Lookup("allocs").WriteTo(f, 0) // as above
	_ = f.Close()
}
