package bank

import (
	"crypto/sha256"
	"io"
	"sync"
	"time"
)

// maxEntries bounds each store: far beyond what a demonstration has, and about
// ten megabytes.
const maxEntries = 20_000

// store keeps values of one kind in memory under names that nobody can guess. A
// value ends when it was not used for some time. It is safe for concurrent use.
type store[T any] struct {
	idle time.Duration // since the last use
	life time.Duration // since the start; 0: no limit
	now  func() time.Time
	rand io.Reader

	mu     sync.Mutex
	values map[[sha256.Size]byte]*kept[T] // by the digest of the name
}

type kept[T any] struct {
	began, seen time.Time
	value       T
}

func newStore[T any](idle, life time.Duration, now func() time.Time, rand io.Reader) *store[T] {
	return &store[T]{idle: idle, life: life, now: now, rand: rand, values: map[[sha256.Size]byte]*kept[T]{}}
}

// add keeps a value and returns its new name.
func (s *store[T]) add(value T) (string, error) {
	name, err := randomName(s.rand)
	if err != nil {
		return "", err
	}
	s.put(name, value)
	return name, nil
}

// put keeps a value under a name that nobody can guess and nothing else has.
func (s *store[T]) put(name string, value T) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.values) >= maxEntries {
		s.makeRoom(now)
	}
	s.values[sha256.Sum256([]byte(name))] = &kept[T]{began: now, seen: now, value: value}
}

// makeRoom drops what has ended, or else what was not used for longest.
func (s *store[T]) makeRoom(now time.Time) {
	var oldest [sha256.Size]byte
	var seen time.Time
	for key, e := range s.values {
		if s.ended(e, now) {
			delete(s.values, key)
		} else if seen.IsZero() || e.seen.Before(seen) {
			oldest, seen = key, e.seen
		}
	}
	if len(s.values) >= maxEntries {
		delete(s.values, oldest)
	}
}

func (s *store[T]) ended(e *kept[T], now time.Time) bool {
	return now.Sub(e.seen) >= s.idle || s.life > 0 && now.Sub(e.began) >= s.life
}

// use returns a living value and counts as activity. An ended value is dropped.
func (s *store[T]) use(name string) (T, bool) { return s.look(name, true) }

// peek returns a living value without prolonging it.
func (s *store[T]) peek(name string) (T, bool) { return s.look(name, false) }

func (s *store[T]) look(name string, used bool) (none T, ok bool) {
	key, now := sha256.Sum256([]byte(name)), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.values[key]
	switch {
	case e == nil:
		return none, false
	case s.ended(e, now):
		delete(s.values, key)
		return none, false
	case used:
		e.seen = now
	}
	return e.value, true
}

// change lets f change a value that is there.
func (s *store[T]) change(name string, f func(*T)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.values[sha256.Sum256([]byte(name))]; e != nil {
		f(&e.value)
	}
}

// drop forgets a value; a name that nothing has is fine.
func (s *store[T]) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, sha256.Sum256([]byte(name)))
}

// dropAll forgets all values that f picks, but the one named except. It returns how many.
func (s *store[T]) dropAll(except string, f func(T) bool) (n int) {
	kept := sha256.Sum256([]byte(except))
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.values {
		if key != kept && f(e.value) {
			delete(s.values, key)
			n++
		}
	}
	return n
}

// found is a value of a list.
type found[T any] struct {
	kept[T]

	self bool // it has the name that was given
}

// list returns the living values that f picks.
func (s *store[T]) list(self string, f func(T) bool) (all []found[T]) {
	own, now := sha256.Sum256([]byte(self)), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.values {
		if !s.ended(e, now) && f(e.value) {
			all = append(all, found[T]{*e, key == own})
		}
	}
	return all
}
