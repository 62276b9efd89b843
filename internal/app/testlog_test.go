package app_test

import (
	"bytes"
	"sync"
	"testing"
)

// testLog shows what a program writes to standard error in the test's output.
type testLog struct {
	mu   sync.Mutex
	t    *testing.T
	done bool
	all  bytes.Buffer
}

// Write implements io.Writer.
func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(b)
	if !l.done {
		l.t.Logf("%s", bytes.TrimRight(b, "\n"))
	}
	return len(b), nil
}

// stop silences the log, before its test ends.
func (l *testLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = true
}
