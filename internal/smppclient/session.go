package smppclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

var (
	errClosed   = errors.New("the session was closed")
	errNoAnswer = errors.New("a request was not answered in time")
	errUnbound  = errors.New("the center ended the session")
)

// session is one connection.
type session struct {
	c      *Client
	how    smpp.Command // what it binds as
	left   bool         // belongs to the client's lock: it is not counted any more
	conn   net.Conn
	window chan struct{} // room for requests
	done   chan struct{} // closed with the session
	probe  chan struct{} // asks for an enquire_link; room for one
	heard  chan struct{} // something came; room for one

	writing sync.Mutex

	mu       sync.Mutex
	sequence uint32
	waiting  map[uint32]chan smpp.PDU
	err      error // why it is closed
}

func newSession(c *Client, conn net.Conn, how smpp.Command) *session {
	return &session{
		c: c, how: how, conn: conn, window: make(chan struct{}, c.Window), done: make(chan struct{}),
		probe: make(chan struct{}, 1), heard: make(chan struct{}, 1), waiting: map[uint32]chan smpp.PDU{},
	}
}

// close ends the session for the reason given, which the first caller decides.
func (s *session) close(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = why
		close(s.done)
		_ = s.conn.Close() // there is nobody to tell
	}
}

func (s *session) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// bind logs in. The reading goroutine does not run yet.
func (s *session) bind(ctx context.Context) error {
	timer := time.AfterFunc(s.c.Timeout, func() { s.close(errNoAnswer) })
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { s.close(ctx.Err()) })
	defer stop()
	s.sequence = 1
	if err := s.write(smpp.PDU{Command: s.how, Sequence: 1, Body: &smpp.Bind{
		SystemID: s.c.SystemID, Password: string(s.c.Password), SystemType: s.c.SystemType, Version: smpp.Version,
	}}); err != nil {
		return err
	}
	p, err := smpp.Read(s.conn)
	switch {
	case s.why() != nil:
		return s.why()
	case err != nil:
		return fmt.Errorf("the center did not answer the bind: %w", err)
	case p.Command != s.how.Response() && p.Command != smpp.GenericNack:
		return fmt.Errorf("the center answered the bind with %s", p.Command)
	case p.Status != smpp.OK || p.Command == smpp.GenericNack:
		return fmt.Errorf("the center refused the bind with status %s", p.Status)
	}
	return nil
}

// serve reads until the session ends, and returns why it did. When ctx ends, the
// requests under way may finish.
func (s *session) serve(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ended := make(chan struct{})
	defer close(ended)
	wg.Go(s.tend)
	wg.Go(func() {
		select {
		case <-ctx.Done():
			s.part() //nolint:contextcheck // its context has just ended
		case <-ended:
		}
	})
	err := s.read(context.WithoutCancel(ctx), &wg)
	s.close(err)
	return s.why()
}

// part says goodbye: no new requests, the window drained, unbind.
func (s *session) part() {
	s.c.leave(s)
	timer := time.AfterFunc(s.c.Timeout, func() { s.close(errNoAnswer) })
	defer timer.Stop()
	for range cap(s.window) {
		select {
		case s.window <- struct{}{}:
		case <-s.done:
			return
		}
	}
	_, _ = s.ask(context.Background(), smpp.Unbind, nil) // the session ends either way
	s.close(errClosed)
}

// request sends a request within the window and waits for its response.
func (s *session) request(ctx context.Context, c smpp.Command, b smpp.Body) (smpp.PDU, error) {
	select {
	case s.window <- struct{}{}:
		defer func() { <-s.window }()
	case <-s.done:
		return smpp.PDU{}, s.why()
	case <-ctx.Done():
		return smpp.PDU{}, ctx.Err()
	}
	return s.ask(ctx, c, b)
}

// ask sends a request and waits for its response.
func (s *session) ask(ctx context.Context, c smpp.Command, b smpp.Body) (smpp.PDU, error) {
	number, answer := s.expect()
	defer s.forget(number)
	if err := s.write(smpp.PDU{Command: c, Sequence: number, Body: b}); err != nil {
		return smpp.PDU{}, err
	}
	timer := time.NewTimer(s.c.Timeout)
	defer timer.Stop()
	select {
	case p := <-answer:
		if p.Command == smpp.GenericNack && p.Status == smpp.OK {
			p.Status = smpp.SystemError
		}
		return p, nil
	case <-s.done:
		return smpp.PDU{}, s.why()
	case <-ctx.Done():
		return smpp.PDU{}, ctx.Err()
	case <-timer.C:
		s.c.stats.timeouts.Add(1)
		poke(s.probe)
		return smpp.PDU{}, errNoAnswer
	}
}

// expect takes the next sequence number.
func (s *session) expect() (uint32, chan smpp.PDU) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence = s.sequence%0x7fffffff + 1
	answer := make(chan smpp.PDU, 1)
	s.waiting[s.sequence] = answer
	return s.sequence, answer
}

func (s *session) forget(number uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, number)
}

// write sends one PDU. A peer that does not read for too long is cut off.
func (s *session) write(p smpp.PDU) error {
	b, err := p.Append(nil)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	timer := time.AfterFunc(s.c.Timeout, func() { s.close(errNoAnswer) })
	defer timer.Stop()
	if _, err := s.conn.Write(b); err != nil {
		s.close(err)
		return s.why()
	}
	return nil
}

// read handles what comes until the stream ends.
func (s *session) read(ctx context.Context, wg *sync.WaitGroup) error {
	slots := make(chan struct{}, receiptsOnce)
	r := bufio.NewReader(s.conn)
	for {
		p, err := smpp.Read(r)
		if bad, ok := errors.AsType[*smpp.Error](err); ok && p.Sequence != 0 && !p.Command.IsResponse() {
			err = s.write(p.Nack(bad.Status)) // the next PDU can be read all the same
			if err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		poke(s.heard)
		switch {
		case p.Command.IsResponse():
			s.answered(p)
		case p.Command == smpp.DeliverSM:
			slots <- struct{}{}
			wg.Go(func() { s.deliver(ctx, p); <-slots })
		case p.Command == smpp.Unbind:
			_ = s.write(p.Reply(smpp.OK, nil)) // it is going anyway
			return errUnbound
		case p.Command == smpp.EnquireLink:
			err = s.write(p.Reply(smpp.OK, nil))
		default:
			err = s.write(p.Nack(smpp.InvalidCommand))
		}
		if err != nil {
			return err
		}
	}
}

func (s *session) answered(p smpp.PDU) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer, ok := s.waiting[p.Sequence]; ok {
		delete(s.waiting, p.Sequence)
		answer <- p
	}
}

// tend asks after the link in silence, and when a request was not answered.
func (s *session) tend() {
	for {
		timer := time.NewTimer(s.c.Enquire)
		select {
		case <-s.done:
			timer.Stop()
			return
		case <-s.heard:
			timer.Stop()
			continue
		case <-s.probe:
			timer.Stop()
		case <-timer.C:
		}
		if _, err := s.ask(context.Background(), smpp.EnquireLink, nil); err != nil {
			s.close(fmt.Errorf("the center does not answer enquire_link: %w", err))
			return
		}
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
