package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/fault"
)

// face is one listener: customers, staff, applications and monitoring never
// share one.
type face struct {
	name    string
	address config.Listener
	handler http.Handler
	clients *tls.Config // what is asked of clients' certificates; nil: nothing
}

// server is a face that listens.
type server struct {
	name, url string
	listener  net.Listener
	http      *http.Server
	tls       bool

	// A listener that speaks no HTTP: work serves it until ctx ends, and then ended is closed.
	work   func(context.Context, net.Listener) error
	ctx    context.Context //nolint:containedctx // of serving, which stop ends
	cancel context.CancelFunc
	ended  chan struct{}
}

// listen opens all listeners, so that a busy port is known before anything is
// served.
func (a *App) listen() (all []*server, err error) {
	faces, err := a.allFaces()
	if err != nil {
		return nil, err
	}
	for _, f := range faces {
		if f.address.Address == "" {
			continue
		}
		s, err := a.listenOn(f)
		if err != nil {
			return nil, errors.Join(err, closeAll(all))
		}
		all = append(all, s)
	}
	networks, err := a.cardNetworks()
	if err != nil {
		return nil, errors.Join(err, closeAll(all))
	}
	if networks != nil {
		all = append(all, networks)
	}
	return all, nil
}

// closeAll gives listeners up that nothing was served on.
func closeAll(servers []*server) (err error) {
	for _, s := range servers {
		err = errors.Join(err, s.listener.Close())
	}
	return err
}

// listenOn opens one listener.
func (a *App) listenOn(f face) (*server, error) {
	l, err := a.berths.listen(f.address.Address, f.name)
	if err != nil {
		return nil, err
	}
	s := &server{name: f.name, url: a.url(f.address), listener: limited(l, a.Config.Limits.Connections), http: a.server(f.handler)}
	if f.address.TLS.Certificate == "" {
		return s, nil
	}
	certificate, err := tls.LoadX509KeyPair(f.address.TLS.Certificate, f.address.TLS.Key)
	if err != nil {
		return nil, errors.Join(fault.Invalidf("app.certificate", "The certificate of the %s cannot be used: %v", f.name, err), l.Close())
	}
	s.tls = true
	s.http.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if c := f.clients; c != nil {
		s.http.TLSConfig.ClientAuth, s.http.TLSConfig.ClientCAs = c.ClientAuth, c.ClientCAs
	}
	return s, nil
}

// server serves a face under the configured limits. A body that comes too slowly
// holds a connection, and so does an answer that is read too slowly, and nothing in
// a handler ends either: so the server reads no longer than a request may take, and
// writes no longer than that and its answer. Whoever admits an import lifts both for
// it: see transfer. On HTTP/2 a connection that takes no byte is cut as well, because
// its requests share it.
func (a *App) server(h http.Handler) *http.Server {
	lim := a.Config.Limits
	return &http.Server{
		Handler: a.bounded(h), ReadHeaderTimeout: lim.HeaderTimeout, ReadTimeout: lim.RequestTimeout, WriteTimeout: lim.RequestTimeout + lim.AnswerTimeout,
		IdleTimeout: lim.IdleTimeout, MaxHeaderBytes: 64 << 10, HTTP2: &http.HTTP2Config{WriteByteTimeout: lim.AnswerTimeout},
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
}

// serve accepts connections until stop; an orderly stop is no error.
func (s *server) serve() error {
	if s.work != nil {
		defer close(s.ended)
		if err := s.work(s.ctx, s.listener); err != nil {
			return fmt.Errorf("serve %s: %w", s.name, err)
		}
		return nil
	}
	var err error
	if s.tls {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", s.name, err)
}

// stop lets requests under way end until ctx does, then cuts them.
func (s *server) stop(ctx context.Context) error {
	if s.work != nil {
		s.cancel()
		select {
		case <-s.ended:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("stop %s: %w", s.name, ctx.Err())
		}
	}
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.http.Close()
	}
	return err
}

// limited bounds the connections of a listener; later ones wait in the backlog.
func limited(l net.Listener, n int) net.Listener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, n), done: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, free: func() { <-l.slots }}, nil
}

// Close implements net.Listener.
func (l *limitedListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	free func()
}

// Close implements net.Conn; the slot is given back once.
func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	if free := c.free; free != nil && !errors.Is(err, net.ErrClosed) {
		free()
	}
	return err
}
