package iso8583server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// Authorizer decides, such as issuing.Desk.
type Authorizer interface {
	Authorize(ctx context.Context, by audit.Actor, r issuing.Request) (issuing.Decision, error)
	Advise(ctx context.Context, by audit.Actor, a issuing.Advice) (issuing.Decision, error)
	Reverse(ctx context.Context, by audit.Actor, r issuing.Reversal) (issuing.Returned, error)
}

// Config is what a server needs. Observe and Institutions may be nil; the rest is required.
type Config struct {
	Profile *iso8583.Profile
	Desk    Authorizer
	Log     *slog.Logger
	SignOn  bool          // connections must sign on first
	Partial bool          // merchants behind the connections take less than all of it
	Idle    time.Duration // a connection without a message for so long is closed; 10 s to 1 h
	Room    int           // messages of a connection that are worked on at once, 1 to 1,024
	Most    int           // connections at once, 1 to 10,000

	// Institutions says for which acquirers (DE 32, without zeros in front) whoever shows a certificate may speak, by its common name; none in the list: for all,
	// as networks do. Who is not named is refused. Nil: everybody speaks for all.
	Institutions map[string][]string

	// Observe counts messages: by their type, "other" for all that the profile does not have, and the code they were answered with, "" for none.
	Observe func(mti, code string)
}

// Server answers connections. It is safe for concurrent use.
type Server struct {
	Config

	mu      sync.Mutex
	open    map[net.Conn]bool // all; true: known, and one of Most
	known   int
	waiting []net.Conn // those that have not shown who they are, the oldest first
}

// New checks a configuration.
func New(c Config) (*Server, error) {
	switch {
	case c.Profile == nil || c.Desk == nil || c.Log == nil:
		return nil, errors.New("iso8583server: profile, desk and log are required")
	case c.Idle < 10*time.Second || c.Idle > time.Hour || c.Room < 1 || c.Room > 1024 || c.Most < 1 || c.Most > 10_000:
		return nil, errors.New("iso8583server: idle time, room or number of connections out of range")
	}
	if c.Observe == nil {
		c.Observe = func(string, string) {}
	}
	return &Server{Config: c, open: map[net.Conn]bool{}}, nil
}

// Serve takes connections until ctx ends or the listener fails for good, and waits for all of them. When ctx ends no message is read any more, and those
// that are being worked on are answered. A lack of file handles is waited out.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.open {
			_ = c.SetReadDeadline(time.Unix(1, 0)) // wakes its reader; answers still go out
		}
	})
	defer stop()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = c.Close()
			}
			return nil
		}
		var passing interface{ Temporary() bool }
		if errors.As(err, &passing) && passing.Temporary() {
			s.Log.ErrorContext(ctx, "a connection of a card network could not be taken", slog.String("error", err.Error()))
			pause(ctx)
			continue
		}
		if err != nil {
			return err
		}
		s.enter(c)
		all.Go(func() {
			defer s.leave(c)
			(&session{s: s, c: c}).run(ctx)
		})
	}
}

// pause waits before the listener is asked again.
func pause(ctx context.Context) {
	t := time.NewTimer(100 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// enter keeps a connection that nobody knows yet. As many of them as of the others may be there; then the oldest makes room, so that whoever only reaches
// the port keeps nobody out.
func (s *Server) enter(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[c] = false
	if s.waiting = append(s.waiting, c); len(s.waiting) > s.Most {
		_ = s.waiting[0].Close()
		s.waiting = s.waiting[1:]
	}
}

// admit makes a connection one of those that are served; false where there are too many.
func (s *Server) admit(ctx context.Context, c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(w net.Conn) bool { return w == c })
	if s.known >= s.Most {
		s.Log.WarnContext(ctx, "a connection was refused: there are too many", slog.Int("open", s.Most))
		return false
	}
	s.open[c] = true
	s.known++
	return true
}

// leave gives the place of a connection back, and then ends it: whoever sees the end may come again at once.
func (s *Server) leave(c net.Conn) {
	defer c.Close() //nolint:errcheck // it is over
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[c] {
		s.known--
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(w net.Conn) bool { return w == c })
	delete(s.open, c)
}
