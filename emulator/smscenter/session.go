package smscenter

import (
	"bufio"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/smpp"
)

// session is one connection of a client.
type session struct {
	c       *Center
	conn    net.Conn
	writing sync.Mutex

	// What follows belongs to the center's lock.
	account        *account
	receives       bool
	over           bool
	sequence       uint32
	unacknowledged map[uint32]parcel

	submits bool // belongs to the reading goroutine
}

func (s *session) serve() {
	r := bufio.NewReader(s.conn)
	for {
		p, err := smpp.Read(r)
		if bad, ok := errors.AsType[*smpp.Error](err); ok {
			s.write(p.Nack(bad.Status))
			continue
		}
		if err != nil || !s.handle(p) {
			return
		}
	}
}

// handle answers one PDU; it returns false when the session is over.
func (s *session) handle(p smpp.PDU) bool {
	switch {
	case p.Command.IsBind():
		b, _ := p.Body.(*smpp.Bind)
		return s.bind(p, b)
	case p.Command == smpp.SubmitSM:
		m, _ := p.Body.(*smpp.Message)
		return s.submit(p, m)
	case p.Command == smpp.DeliverSMResp:
		s.acknowledged(p)
	case p.Command == smpp.EnquireLink:
		s.c.count(func(n *Stats) { n.Enquiries++ })
		s.write(p.Reply(smpp.OK, nil))
	case p.Command == smpp.Unbind:
		s.write(p.Reply(smpp.OK, nil))
		return false
	case p.Command.IsResponse():
	default:
		s.write(p.Nack(smpp.InvalidCommand))
	}
	return true
}

func (s *session) bind(p smpp.PDU, b *smpp.Bind) bool {
	if s.account != nil {
		s.write(p.Reply(smpp.AlreadyBound, nil))
		return true
	}
	a, status := s.c.login(b)
	if status != smpp.OK {
		s.write(p.Reply(status, nil))
		return false
	}
	s.write(p.Reply(smpp.OK, &smpp.BindResp{SystemID: s.c.cfg.SystemID, TLVs: smpp.TLVs{{Tag: smpp.TagInterface, Value: []byte{smpp.Version}}}}))
	s.c.mu.Lock()
	s.account, s.receives = a, p.Command != smpp.BindTransmitter
	s.c.mu.Unlock()
	if s.submits = p.Command != smpp.BindReceiver; s.receives {
		s.c.flush(a)
	}
	return true
}

// submit takes a message as its fate says.
func (s *session) submit(p smpp.PDU, m *smpp.Message) bool {
	if !s.submits {
		s.write(p.Reply(smpp.WrongBindState, nil))
		return true
	}
	now := s.c.cfg.Now()
	fate := s.c.decide()
	expires, ok := smpp.ParseTime(m.Validity, now)
	if !ok && fate.Status == smpp.OK {
		fate.Status = smpp.InvalidValidity
	}
	if m.Dest.Addr == "" && fate.Status == smpp.OK {
		fate.Status = smpp.InvalidDest
	}
	if fate.Status != smpp.OK {
		s.c.count(func(n *Stats) { n.Refused++ })
		s.write(p.Reply(fate.Status, nil))
		return true
	}
	id, response := s.c.newID()
	x := submission{id, *m, now, expires, fate, s.account}
	if fate.ReceiptFirst {
		s.c.carry(x)
	}
	switch {
	case fate.Disconnect:
		_ = s.conn.Close() // before the receipt, which has to wait
	case fate.Silent:
	default:
		s.write(p.Reply(smpp.OK, &smpp.MessageResp{ID: response}))
	}
	if !fate.ReceiptFirst {
		s.c.carry(x)
	}
	return !fate.Disconnect
}

// send sends a receipt or a message as deliver_sm; unless it is acknowledged it is repeated.
func (s *session) send(p parcel) {
	s.c.mu.Lock()
	if s.over {
		s.account.waiting = append(s.account.waiting, p)
		s.c.mu.Unlock()
		return
	}
	s.sequence = s.sequence%0x7fffffff + 1
	number := s.sequence
	s.unacknowledged[number] = p
	s.c.mu.Unlock()
	s.write(smpp.PDU{Command: smpp.DeliverSM, Sequence: number, Body: &p.m})
}

func (s *session) acknowledged(resp smpp.PDU) {
	s.c.mu.Lock()
	p, ok := s.unacknowledged[resp.Sequence]
	delete(s.unacknowledged, resp.Sequence)
	switch {
	case !ok:
	case resp.Status == smpp.TemporaryFailure:
		s.account.waiting = append(s.account.waiting, p) // until the next bind
		ok = false
	case p.of == nil:
		s.c.stats.Receipts++
		s.c.wake()
	case resp.Status == smpp.OK:
		s.c.stats.Handed++
		s.c.wake()
	}
	s.c.mu.Unlock()
	if ok && p.of != nil {
		s.c.receipt(*p.of, handed(resp.Status))
	}
}

// write sends a PDU; when it cannot, the session ends with its next read.
func (s *session) write(p smpp.PDU) {
	b, err := p.Append(nil)
	if err != nil {
		_ = s.conn.Close()
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	timer := time.AfterFunc(s.c.cfg.Timeout, func() { _ = s.conn.Close() })
	defer timer.Stop()
	if _, err := s.conn.Write(b); err != nil {
		_ = s.conn.Close()
	}
}
