package terminal

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/iso8583"
)

// Asker carries a message to the issuer, and its answer back.
type Asker interface {
	Ask(ctx context.Context, m *iso8583.Message) (*iso8583.Message, error)
}

// ErrLate says that no answer came in time: whether the payment was approved is not known, so it is reversed.
var ErrLate = errors.New("terminal: no answer in time")

// Line is a connection to an issuer's server. It asks one thing at a time, and connects anew after a failure. It is safe for concurrent use.
type Line struct {
	Profile *iso8583.Profile
	Dial    func(ctx context.Context) (net.Conn, error)
	Wait    time.Duration // for an answer
	SignOn  bool          // it signs on when it has connected

	mu    sync.Mutex
	conn  net.Conn
	trace int
}

// Ask implements [Asker]. The error is ErrLate where the connection was lost or silent after the message had left.
func (l *Line) Ask(ctx context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		if err := l.connect(ctx); err != nil {
			return nil, err
		}
	}
	return l.exchange(m)
}

func (l *Line) connect(ctx context.Context) (err error) {
	if l.conn, err = l.Dial(ctx); err != nil || !l.SignOn {
		return err
	}
	m := &iso8583.Message{MTI: iso8583.NetworkRequest}
	l.trace++
	for n, v := range map[int]string{7: "0101000000", 11: six(l.trace), 70: "001"} {
		m.SetText(n, v)
	}
	a, err := l.exchange(m)
	if err == nil && a.Text(39) != l.Profile.Code(iso8583.Approved) {
		_ = l.conn.Close()
		l.conn = nil // the next message tries again
		err = errors.New("terminal: the issuer does not let us sign on")
	}
	return err
}

func (l *Line) exchange(m *iso8583.Message) (*iso8583.Message, error) {
	b, err := l.Profile.Append(nil, m)
	if err != nil {
		return nil, err
	}
	if b, err = l.Profile.Framing.Append(nil, b); err != nil {
		return nil, err
	}
	a, err := l.transfer(b)
	if err != nil {
		_ = l.conn.Close()
		l.conn = nil
		return nil, errors.Join(ErrLate, err)
	}
	return a, nil
}

func (l *Line) transfer(b []byte) (*iso8583.Message, error) {
	if err := l.conn.SetDeadline(time.Now().Add(l.Wait)); err != nil { //nolint:forbidigo // of the socket
		return nil, err
	}
	if _, err := l.conn.Write(b); err != nil {
		return nil, err
	}
	for {
		in, err := l.Profile.Framing.Read(l.conn, nil)
		if err != nil {
			return nil, err
		}
		if len(in) > 0 { // none: a heartbeat
			return l.Profile.Parse(in)
		}
	}
}

// Close ends the connection.
func (l *Line) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return nil
	}
	err := l.conn.Close()
	l.conn = nil
	return err
}
