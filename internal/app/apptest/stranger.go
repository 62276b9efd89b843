package apptest

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/countersign-auth/countersign/smpp"
)

// Stranger is somebody with an account at the message center who sends what they like, in
// everybody's name.
type Stranger struct {
	t    testing.TB
	line net.Conn
	last uint32
}

// Stranger binds as one, until the test ends.
func (a *Air) Stranger(t testing.TB) *Stranger {
	t.Helper()
	line, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", a.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	s := &Stranger{t: t, line: line}
	s.ask(smpp.BindTransmitter, &smpp.Bind{SystemID: otherAccount, Password: smscPassword, Version: smpp.Version})
	return s
}

// Send has the center carry a message as it is.
func (s *Stranger) Send(m smpp.Message) {
	s.t.Helper()
	m.Registered = 0
	s.ask(smpp.SubmitSM, &m)
}

// ask sends a request and waits for its response.
func (s *Stranger) ask(c smpp.Command, b smpp.Body) {
	s.t.Helper()
	s.last++
	frame, err := smpp.PDU{Command: c, Sequence: s.last, Body: b}.Append(nil)
	if err == nil {
		_, err = s.line.Write(frame)
	}
	for err == nil {
		var p smpp.PDU
		if p, err = smpp.Read(io.Reader(s.line)); err == nil && p.Command == c.Response() && p.Sequence == s.last {
			if p.Status != smpp.OK {
				s.t.Fatalf("the center answers %v with %v", c, p.Status)
			}
			return
		}
	}
	s.t.Fatal(err)
}
