package simcard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

// Modem is the radio of the phones on a tray: one client of a message center (SMPP 3.4),
// which hands it what is meant for their SIMs, and takes their answers.
type Modem struct {
	Tray     *Tray
	SystemID string
	Password string
	Dial     func(context.Context) (net.Conn, error) // to the center
	// Trouble is told why there is no line; it may be nil. The modem tries again.
	Trouble func(error)
	// Patience is how long the center may take to answer; 10 s when 0.
	Patience time.Duration

	mu    sync.Mutex
	queue []smpp.Message // to be sent, the oldest first
	news  chan struct{}  // has room for one: the queue has grown, or room was made
	joins joins
	ref   byte
}

// Limits of a line.
const (
	window   = 10 // messages that the center may owe an answer
	pause    = 200 * time.Millisecond
	maxPause = 5 * time.Second
	tick     = 500 * time.Millisecond
	enquiry  = 30 * time.Second
)

// Run holds the line until ctx ends, and ends the dialogs whose time is over.
func (m *Modem) Run(ctx context.Context) {
	m.mu.Lock()
	m.news = make(chan struct{}, 1)
	m.mu.Unlock()
	m.Tray.mu.Lock()
	m.Tray.send = m.enqueue
	m.Tray.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { m.ticks(ctx) })
	defer wg.Wait()
	wait := pause
	for ctx.Err() == nil {
		bound, err := m.line(ctx)
		if ctx.Err() != nil {
			return
		}
		if m.Trouble != nil && err != nil {
			m.Trouble(err)
		}
		if wait = min(2*wait, maxPause); bound {
			wait = pause
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (m *Modem) ticks(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			m.Tray.Tick()
		}
	}
}

// enqueue cuts a packet into messages and has them sent.
func (m *Modem) enqueue(p Packet) {
	m.mu.Lock()
	m.ref++
	all := messages(p, m.ref)
	m.queue = append(m.queue, all...)
	m.mu.Unlock()
	m.wake()
}

func (m *Modem) wake() {
	select {
	case m.news <- struct{}{}:
	default:
	}
}

// take is the next message to be sent.
func (m *Modem) take() (x smpp.Message, there bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return x, false
	}
	x, m.queue = m.queue[0], m.queue[1:]
	return x, true
}

// again puts messages that the center did not take back to the front.
func (m *Modem) again(all ...smpp.Message) {
	m.mu.Lock()
	m.queue = append(all, m.queue...)
	m.mu.Unlock()
}

func (m *Modem) patience() time.Duration {
	if m.Patience > 0 {
		return m.Patience
	}
	return 10 * time.Second
}

// line holds one connection until it breaks; bound says whether the center let us in.
func (m *Modem) line(ctx context.Context) (bound bool, err error) {
	conn, err := m.Dial(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	s := &line{m: m, conn: conn, sent: map[uint32]smpp.Message{}}
	if err := s.bind(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.read() }()
	err = s.write(ctx, ended)
	_ = conn.Close()
	if err == nil {
		err = <-ended
	}
	m.again(s.unanswered()...)
	return true, err
}

// bind logs in.
func (s *line) bind() error {
	_ = s.conn.SetDeadline(time.Now().Add(s.m.patience())) //nolint:forbidigo // of the socket, not of the card
	if err := s.put(smpp.PDU{Command: smpp.BindTransceiver, Sequence: 1, Body: &smpp.Bind{SystemID: s.m.SystemID, Password: s.m.Password, Version: smpp.Version}}); err != nil {
		return err
	}
	x, err := smpp.Read(s.conn)
	if err != nil {
		return err
	}
	if x.Command != smpp.BindTransceiverResp || x.Status != smpp.OK {
		return fmt.Errorf("simcard: the message center refused the login: %s", x.Status)
	}
	s.sequence = 1
	return s.conn.SetDeadline(time.Time{})
}

var errEnded = errors.New("simcard: the message center ended the session")
