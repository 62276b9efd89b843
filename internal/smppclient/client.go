package smppclient

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// Client hands messages to one center. It is safe for concurrent use.
type Client struct {
	Config
	from  smpp.Address // of texts
	cards smpp.Address // of packets to cards

	mu    sync.Mutex
	bound []*session // that take messages
	hears int        // those that receive only
	turn  int        // whose turn it is
	until time.Time  // end of the pause
	pause time.Duration
	last  string // why there is no session

	stats counters
}

var _ sms.Gateway = (*Client)(nil)

// New makes a client, which connects when it is run. A wrong configuration is a
// fault "smpp.address", "smpp.login", "smpp.cards" or "smpp.source".
func New(c Config) (*Client, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	from, _ := source(c.Source)
	cards, _ := source(c.Cards)
	return &Client{Config: c.withDefaults(), from: from, cards: cards, last: "it was not tried yet"}, nil
}

// Name implements sms.Gateway.
func (c *Client) Name() string { return c.Config.Name }

// Run keeps the sessions until ctx ends; when it returns no goroutine is left.
func (c *Client) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, how := range c.binds() {
		wg.Go(func() { c.keep(ctx, how) })
	}
	wg.Wait()
}

// binds are the sessions that the client keeps.
func (c *Client) binds() (all []smpp.Command) {
	if !c.Separate {
		return slices.Repeat([]smpp.Command{smpp.BindTransceiver}, c.Sessions)
	}
	return append(slices.Repeat([]smpp.Command{smpp.BindTransmitter}, c.Sessions), smpp.BindReceiver)
}

// keep has one session bound again and again.
func (c *Client) keep(ctx context.Context, how smpp.Command) {
	for failures := 0; ctx.Err() == nil; failures++ {
		lived, err := c.once(ctx, how)
		if ctx.Err() != nil {
			return
		}
		if lived {
			failures = 0
		}
		c.stats.lost.Add(1)
		c.Log.LogAttrs(ctx, slog.LevelWarn, "no session with the message center", slog.String("gateway", c.Config.Name), slog.Any("error", err))
		c.mu.Lock()
		c.last = err.Error()
		c.mu.Unlock()
		wait(ctx, c.backoff(failures))
	}
}

// once connects, binds and serves one session to its end; lived says whether it
// was ever bound.
func (c *Client) once(ctx context.Context, how smpp.Command) (lived bool, err error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return false, err
	}
	s := newSession(c, conn, how)
	defer s.close(errClosed)
	if err := s.bind(ctx); err != nil {
		return false, err
	}
	c.Log.LogAttrs(ctx, slog.LevelInfo, "bound to the message center", slog.String("gateway", c.Config.Name))
	c.enter(s)
	defer c.leave(s)
	return true, s.serve(ctx)
}

// Try binds once and unbinds, to see whether the center lets us in: in each of the ways
// in which the client binds.
func (c *Client) Try(ctx context.Context) error {
	for _, how := range slices.Compact(c.binds()) {
		if err := c.try(ctx, how); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) try(ctx context.Context, how smpp.Command) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	s := newSession(c, conn, how)
	defer s.close(errClosed)
	if err := s.bind(ctx); err != nil {
		return err
	}
	return s.write(smpp.PDU{Command: smpp.Unbind, Sequence: 2})
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if c.TLS == nil {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", c.Address)
	}
	d := tls.Dialer{Config: c.TLS}
	return d.DialContext(ctx, "tcp", c.Address)
}

func (c *Client) enter(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.how == smpp.BindReceiver {
		c.hears++
		return
	}
	c.bound, c.last = append(c.bound, s), ""
}

func (c *Client) leave(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.how == smpp.BindReceiver && !s.left {
		c.hears--
	}
	s.left = true
	c.bound = slices.DeleteFunc(c.bound, func(x *session) bool { return x == s })
}

// backoff is the wait after a number of failures, less up to a quarter at random.
func (c *Client) backoff(failures int) time.Duration {
	d := longestWait
	if failures < 10 {
		d = min(d, c.First<<failures)
	}
	var b [8]byte
	if _, err := io.ReadFull(c.Rand, b[:]); err != nil {
		return d
	}
	return d - time.Duration(binary.BigEndian.Uint64(b[:])%uint64(d/4+1)) //nolint:gosec // below d
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Stats are counters since New, for metrics.
type Stats struct {
	Sessions  int    // bound now, that send
	Receivers int    // bound now, that only receive
	Why       string // why there is none
	Taken     int64  // parts that the center took
	Refused   int64  // parts that it refused
	Throttled int64  // of these, because it asks for a pause
	Timeouts  int64  // requests without an answer
	Receipts  int64  // stored
	Packets   int64  // short messages of cards, stored
	Misled    int64  // short messages of cards that came for another address than Cards
	Other     int64  // deliver_sm that were none of these
	Lost      int64  // sessions that ended, and attempts that failed
}

type counters struct {
	taken, refused, throttled, timeouts, receipts, packets, misled, other, lost atomic.Int64
}

// Stats returns the counters.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := &c.stats
	return Stats{
		Sessions: len(c.bound), Receivers: c.hears, Why: c.last, Taken: n.taken.Load(), Refused: n.refused.Load(), Throttled: n.throttled.Load(),
		Timeouts: n.timeouts.Load(), Receipts: n.receipts.Load(), Packets: n.packets.Load(), Misled: n.misled.Load(), Other: n.other.Load(), Lost: n.lost.Load(),
	}
}
