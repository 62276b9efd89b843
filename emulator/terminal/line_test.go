package terminal_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/iso8583"
)

// A line whose sign-on was refused signs on again before it carries anything.
func TestALineThatMayNotSignOn(t *testing.T) {
	t.Parallel()
	p, err := iso8583.Load("iso87-bcd")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan iso8583.MTI, 10)
	l := &terminal.Line{Profile: p, Wait: time.Minute, SignOn: true, Dial: func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		t.Cleanup(func() { _ = near.Close() })
		go func() {
			for {
				b, err := p.Framing.Read(far, nil)
				if err != nil {
					return
				}
				m, err := p.Parse(b)
				if err != nil {
					return
				}
				asked <- m.MTI
				a, _ := p.Answer(m, iso8583.SecurityError, 0)
				b, _ = p.Append(nil, a)
				b, _ = p.Framing.Append(nil, b)
				_, _ = far.Write(b)
			}
		}()
		return near, nil
	}}
	echo := &iso8583.Message{MTI: iso8583.ReversalRequest}
	for n, v := range map[int]string{3: "000000", 4: "000000000100", 7: "1123101530", 11: "000001"} {
		echo.SetText(n, v)
	}
	for range 2 {
		if a, err := l.Ask(t.Context(), echo); err == nil {
			t.Errorf("%v", a)
		}
		if mti := <-asked; mti != iso8583.NetworkRequest {
			t.Errorf("%v was carried before the sign-on", mti)
		}
	}
}
