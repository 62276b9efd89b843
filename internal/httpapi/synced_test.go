package httpapi_test

import (
	"bytes"
	"sync"
)

// synced lets several goroutines write a log into one buffer.
type synced struct {
	mu sync.Mutex
	w  bytes.Buffer
}

func (s *synced) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func (s *synced) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.String()
}
