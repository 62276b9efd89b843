package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/emulator/pushservice"
)

// pushCmd runs a push service, and phones at one.
type pushCmd struct {
	Serve pushServeCmd `cmd:"" default:"withargs" help:"Run a push service; every push that it takes is one line of JSON."`
	Phone pushPhoneCmd `cmd:"" help:"Subscribe at a push service and print what arrives, decrypted."`
}

// pushServeCmd serves a push service.
type pushServeCmd struct {
	Listen     string        `default:"127.0.0.1:2780" help:"Address to listen on. There is no encryption but that of the messages: keep it on loopback."`
	Delay      time.Duration `default:"0s" help:"How long answers take, such as 2s."`
	Status     int           `default:"0" placeholder:"STATUS" help:"Answer with this status instead of taking pushes: 410, 429, 503 …"`
	First      int           `placeholder:"N" help:"With --status: only for the first N pushes."`
	RetryAfter time.Duration `name:"retry-after" default:"0s" help:"With --status: say when to come again, such as 10s."`
}

// headerPatience bounds a request's headers.
const headerPatience = 5 * time.Second

// Run serves until it is interrupted.
func (p pushServeCmd) Run(e *env) error {
	if p.Status != 0 && (p.Status < 300 || p.Status > 599) {
		return errors.New("--status takes 300 to 599")
	}
	l, err := (&net.ListenConfig{}).Listen(e.ctx, "tcp", p.Listen)
	if err != nil {
		return hinted{err, "Choose another port with --listen."}
	}
	_, _ = fmt.Fprintf(e.stderr, "a push service listens on http://%s\n", l.Addr())
	s := &http.Server{Handler: p.service(e), ReadHeaderTimeout: headerPatience, BaseContext: func(net.Listener) context.Context { return e.ctx }}
	stop := context.AfterFunc(e.ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (p pushServeCmd) service(e *env) *pushservice.Service {
	s := pushservice.New(pushservice.Config{Now: e.now, Rand: e.rand, Heard: func(x pushservice.Push) {
		_ = e.jsonLine(map[string]any{"endpoint": x.Endpoint, "key": x.Key, "contact": x.Subject, "ttl": int(x.TTL / time.Second), "urgency": x.Urgency, "topic": x.Topic, "bytes": x.Bytes, "at": x.At.UTC()}) // called for one push at a time
	}})
	bad := pushservice.Fate{Delay: p.Delay, Status: p.Status, RetryAfter: p.RetryAfter}
	if p.Status == 0 || p.First == 0 {
		s.Always(bad)
		return s
	}
	s.Always(pushservice.Fate{Delay: p.Delay})
	for range p.First {
		s.Next(bad)
	}
	return s
}

// pushPhoneCmd is a phone at a push service.
type pushPhoneCmd struct {
	Service string `default:"http://127.0.0.1:2780" help:"Address of the push service."`
	Key     string `help:"The application server's public key, as GET /token/v1/applications/{code} says (push_key). Only what it signed is taken then."`
	Count   int    `default:"0" placeholder:"N" help:"End after N messages; by default when it is interrupted."`
}

// phoneWait is how long one look at the push service waits for a message.
const phoneWait = 20 * time.Second

// Run prints the subscription, in the form that PUT /token/v1/push takes, and then each
// message as one line of JSON.
func (p pushPhoneCmd) Run(e *env) error {
	s, err := pushservice.Subscribe(e.ctx, &http.Client{}, p.Service, p.Key, e.rand)
	if err != nil {
		return hinted{err, "Start the service first: countersign emulate push"}
	}
	if err := e.jsonLine(map[string]string{"endpoint": s.Endpoint, "p256dh": s.P256DH, "auth": s.Auth}); err != nil {
		return err
	}
	for n := 0; p.Count == 0 || n < p.Count; {
		m, ok, err := s.Next(e.ctx, phoneWait)
		switch {
		case e.ctx.Err() != nil:
			return nil //nolint:nilerr // it was interrupted
		case err != nil:
			return err
		case !ok:
			continue
		}
		n++
		if err := e.jsonLine(map[string]any{"message": string(m.Body), "topic": m.Topic, "urgency": m.Urgency, "ttl": int(m.TTL / time.Second)}); err != nil {
			return err
		}
	}
	return nil
}
