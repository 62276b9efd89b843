package smscenter

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

// Config of a center. Now is required.
type Config struct {
	Now      func() time.Time
	SystemID string            // of the center; "smscenter" when empty
	Accounts map[string]string // system id -> password; nil lets everybody in
	Shape    Shape             // of receipts
	IDs      smpp.IDForm       // how ids are written in responses and receipts
	Timeout  time.Duration     // for writing to a session; 10 s when 0
	// Heard, when not nil, is told of every text that reached a phone.
	Heard func(number string, s SMS)
	// Carried, when not nil, is told of every message that was taken, of texts and others, before
	// it is carried: all that goes over the air.
	Carried func(m smpp.Message)
}

// SMS is a text on a phone.
type SMS struct {
	From string
	Text string
	At   time.Time
}

// Center is the server and its phones. It is safe for concurrent use.
type Center struct {
	cfg Config

	mu       sync.Mutex
	next     uint64 // message id
	fate     Fate
	planned  []Fate
	phones   map[string]*phone
	routes   map[string]route // by address
	accounts map[string]*account
	sessions map[*session]bool
	stats    Stats
	changed  chan struct{} // closed and made anew when something arrives
	delayed  map[*time.Timer]bool
	timers   sync.WaitGroup
}

// Stats counts what came and went.
type Stats struct {
	Submitted int // submit_sm that came
	Refused   int // of these, answered with a status
	Delivered int // texts that a phone showed
	Handed    int // messages that the account took to which their address is routed
	Receipts  int // acknowledged
	Binds     int
	Enquiries int // enquire_link that came
}

// account is one customer of the center.
type account struct {
	waiting []parcel // that nobody acknowledged yet
}

// New makes a center.
func New(c Config) *Center {
	if c.SystemID == "" {
		c.SystemID = "smscenter"
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	return &Center{
		cfg: c, next: 0x1000, phones: map[string]*phone{}, routes: map[string]route{}, accounts: map[string]*account{}, sessions: map[*session]bool{}, delayed: map[*time.Timer]bool{}, changed: make(chan struct{}),
	}
}

// Serve takes sessions until ctx ends, then closes the listener and all sessions,
// and returns nil when all is quiet. An error of the listener ends it, too.
func (c *Center) Serve(ctx context.Context, l net.Listener) error {
	var wg sync.WaitGroup
	defer c.forget()
	defer wg.Wait()
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close() // Accept says so
		c.Disconnect()
	})
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			c.Disconnect()
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		wg.Go(func() { c.session(ctx, conn) })
	}
}

// forget gives messages up that were still delayed, and waits for those that were not.
func (c *Center) forget() {
	c.mu.Lock()
	for t := range c.delayed {
		if t.Stop() {
			c.timers.Done()
		}
	}
	clear(c.delayed)
	c.mu.Unlock()
	c.timers.Wait()
}

// session serves one connection.
func (c *Center) session(ctx context.Context, conn net.Conn) {
	s := &session{c: c, conn: conn, unacknowledged: map[uint32]parcel{}}
	c.mu.Lock()
	c.sessions[s] = true
	c.mu.Unlock()
	if ctx.Err() != nil {
		_ = conn.Close()
	}
	s.serve()
	_ = conn.Close()
	if a := c.ended(s); a != nil {
		c.flush(a) // to another session, if there is one
	}
}

// ended takes a session out and leaves what it did not acknowledge to be repeated.
func (c *Center) ended(s *session) *account {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, s)
	s.over = true
	for _, number := range slices.Sorted(maps.Keys(s.unacknowledged)) {
		s.account.waiting = append(s.account.waiting, s.unacknowledged[number])
	}
	return s.account
}

// Disconnect cuts all sessions, in the middle of whatever they do.
func (c *Center) Disconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.sessions {
		_ = s.conn.Close()
	}
}

// Stats returns the counters.
func (c *Center) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// count changes the counters and wakes who waits.
func (c *Center) count(f func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.stats)
	c.wake()
}

// wake is called with the lock held.
func (c *Center) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

var errTimeout = errors.New("smscenter: what was waited for did not come")

// Until waits until ok says so; it is asked each time something happened.
func (c *Center) Until(ctx context.Context, ok func(Stats) bool) error {
	for {
		c.mu.Lock()
		changed, done := c.changed, ok(c.stats)
		c.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(errTimeout, ctx.Err())
		}
	}
}

// login finds the account; ok is false when the password is wrong.
func (c *Center) login(b *smpp.Bind) (a *account, status smpp.Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if password, known := c.cfg.Accounts[b.SystemID]; c.cfg.Accounts != nil && !known {
		return nil, smpp.InvalidSystemID
	} else if known && password != b.Password {
		return nil, smpp.InvalidPassword
	}
	c.stats.Binds++
	c.wake()
	return c.account(b.SystemID), smpp.OK
}

// account is called with the lock held.
func (c *Center) account(systemID string) *account {
	if c.accounts[systemID] == nil {
		c.accounts[systemID] = &account{}
	}
	return c.accounts[systemID]
}

// newID gives a message its number and the form that responses have.
func (c *Center) newID() (id uint64, response string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	if c.cfg.IDs == smpp.HexThenDec {
		return c.next, strconv.FormatUint(c.next, 16)
	}
	return c.next, strconv.FormatUint(c.next, 10)
}

// receiver is a session of the account that can take receipts.
func (c *Center) receiver(a *account) *session {
	for s := range c.sessions {
		if s.account == a && s.receives {
			return s
		}
	}
	return nil
}

// post sends a receipt or a message, or keeps it until a receiver is bound. A message that
// has expired meanwhile is not sent.
func (c *Center) post(a *account, p parcel) {
	if p.of != nil && p.of.expired(c.cfg.Now()) {
		c.receipt(*p.of, smpp.Expired)
		return
	}
	c.mu.Lock()
	s := c.receiver(a)
	if s == nil {
		a.waiting = append(a.waiting, p)
	}
	c.mu.Unlock()
	if s != nil {
		s.send(p)
	}
}

// flush sends what waits for an account.
func (c *Center) flush(a *account) {
	c.mu.Lock()
	waiting := slices.Clone(a.waiting)
	a.waiting = nil
	c.mu.Unlock()
	for _, p := range waiting {
		c.post(a, p)
	}
}
