package simcard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

// line is one session of a modem.
type line struct {
	m    *Modem
	conn net.Conn

	writing sync.Mutex

	mu       sync.Mutex
	sequence uint32
	sent     map[uint32]smpp.Message // that the center owes an answer
}

func (s *line) put(p smpp.PDU) error {
	b, err := p.Append(nil)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.m.patience())) //nolint:forbidigo // of the socket, not of the card
	_, err = s.conn.Write(b)
	return err
}

// write sends what is in the queue until the line breaks.
func (s *line) write(ctx context.Context, ended chan error) error {
	t := time.NewTicker(enquiry)
	defer t.Stop()
	for {
		for s.room() {
			x, there := s.m.take()
			if !there {
				break
			}
			if err := s.submit(x); err != nil {
				return err
			}
		}
		select {
		case <-s.m.news:
		case <-t.C:
			if err := s.put(smpp.PDU{Command: smpp.EnquireLink, Sequence: s.next(nil)}); err != nil {
				return err
			}
		case err := <-ended:
			ended <- err // for line
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *line) room() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent) < window
}

// next is the sequence number of a request, and remembers a message under it.
func (s *line) next(x *smpp.Message) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence = s.sequence%0x7fffffff + 1
	if x != nil {
		s.sent[s.sequence] = *x
	}
	return s.sequence
}

func (s *line) submit(x smpp.Message) error {
	return s.put(smpp.PDU{Command: smpp.SubmitSM, Sequence: s.next(&x), Body: &x})
}

// unanswered are the messages that the center may not have taken. They are sent again: a server
// that gets an answer twice knows it by its counter.
func (s *line) unanswered() (all []smpp.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range slices.Sorted(maps.Keys(s.sent)) {
		all = append(all, s.sent[n])
	}
	return all
}

// read handles what the center sends until the line breaks.
func (s *line) read() error {
	r := bufio.NewReader(s.conn)
	for {
		p, err := smpp.Read(r)
		if bad, ok := errors.AsType[*smpp.Error](err); ok && !errors.Is(err, smpp.ErrFrame) {
			err = s.put(p.Nack(bad.Status))
		} else if err == nil {
			err = s.handle(p)
		}
		if err != nil {
			return err
		}
	}
}

func (s *line) handle(p smpp.PDU) error {
	switch {
	case p.Command == smpp.DeliverSM:
		x, _ := p.Body.(*smpp.Message)
		return s.put(p.Reply(s.m.deliver(x), &smpp.MessageResp{}))
	case p.Command == smpp.SubmitSMResp:
		s.answered(p)
		return nil
	case p.Command == smpp.EnquireLink:
		return s.put(p.Reply(smpp.OK, nil))
	case p.Command == smpp.Unbind:
		return errors.Join(s.put(p.Reply(smpp.OK, nil)), errEnded)
	case p.Command.IsResponse():
		return nil
	}
	return s.put(p.Nack(smpp.InvalidCommand))
}

// passing reports whether the center may take the same message later.
func passing(s smpp.Status) bool {
	return s.BackOff() || s == smpp.SystemError || s == smpp.SubmitFailed || s == smpp.TemporaryFailure
}

// answered forgets a message that the center took, or refused for good.
func (s *line) answered(p smpp.PDU) {
	s.mu.Lock()
	x, ours := s.sent[p.Sequence]
	delete(s.sent, p.Sequence)
	s.mu.Unlock()
	if ours && passing(p.Status) {
		time.AfterFunc(pause, func() {
			s.m.again(x)
			s.m.wake()
		})
		return
	}
	if ours && p.Status != smpp.OK && s.m.Trouble != nil {
		s.m.Trouble(fmt.Errorf("simcard: the message center refused an answer: %s", p.Status))
	}
	s.m.wake()
}
