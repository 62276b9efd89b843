package app

import (
	"context"
	"net"
	"sync"

	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope"
)

// overheard is the link to the watch, as somebody with an antenna hears it.
type overheard struct {
	c *counter
	*wallet.Thing
}

// Signed implements wallet.Peer.
func (o overheard) Signed(m envelope.Link) (envelope.Link, error) {
	if m.Kind != envelope.LinkCipher {
		return o.Thing.Signed(m)
	}
	o.c.step("first", m.Body)
	a, err := o.Thing.Signed(m)
	if err == nil {
		o.c.step("second", a.Body)
	}
	return a, err
}

// inside is a listener within this process.
type inside struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newInside() *inside { return &inside{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *inside) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *inside) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *inside) Close() error { l.once.Do(func() { close(l.done) }); return nil }

// Addr implements net.Listener.
func (l *inside) Addr() net.Addr { return &net.UnixAddr{Name: "inside", Net: "unix"} }
