package lab

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Shelf holds the tokens of the lab. It is safe for concurrent use: a token is
// in one hand at a time.
type Shelf struct {
	store Store
	now   func() time.Time

	mu     sync.Mutex // guards order and tokens; each place has its own lock
	order  []string
	tokens map[string]*place
}

// place is where one token lies.
type place struct {
	mu    sync.Mutex
	token *hardtoken.Token
	owner string
}

// NewShelf returns an empty shelf. The clock now is the true time, from which the
// clocks of the tokens drift.
func NewShelf(store Store, now func() time.Time) *Shelf {
	return &Shelf{store: store, now: now, tokens: map[string]*place{}}
}

// Add puts a token on the shelf, with the memory that the store has of it. The
// label says whose it is or where it lies ("Ada Palmer"); it may be empty.
func (s *Shelf) Add(m hardtoken.Model, u hardtoken.Unit, label string) error {
	if !goodSerial(u.Serial) {
		return fmt.Errorf("lab: %q is no serial number", u.Serial)
	}
	t, err := hardtoken.New(m, u, s.now)
	if err != nil {
		return err
	}
	state, err := s.store.Load(u.Serial)
	if err != nil {
		return err
	}
	if state != nil {
		if err := t.Restore(state); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens[u.Serial] != nil {
		return fmt.Errorf("lab: two tokens have the serial number %s", u.Serial)
	}
	s.tokens[u.Serial] = &place{token: t, owner: label}
	s.order = append(s.order, u.Serial)
	return nil
}

// Serials lists the tokens in the order they were added.
func (s *Shelf) Serials() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.order...)
}

// Look shows a token to f without keeping what it does.
func (s *Shelf) Look(serial string, f func(t *hardtoken.Token, label string)) error {
	p, err := s.place(serial)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p.token, p.owner)
	return nil
}

// Use gives a token to f and keeps its memory afterwards.
func (s *Shelf) Use(serial string, f func(*hardtoken.Token) error) error {
	p, err := s.place(serial)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := f(p.token); err != nil {
		return err
	}
	state, err := json.Marshal(p.token)
	if err != nil {
		return err
	}
	return s.store.Save(serial, state)
}

func (s *Shelf) place(serial string) (*place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.tokens[serial]
	if p == nil {
		return nil, fault.NotFoundf("lab.no_token", "There is no token with this number on the shelf.")
	}
	return p, nil
}
