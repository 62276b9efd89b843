package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// call is what an operation knows of the request that it serves.
type call struct {
	id     string        // the request's name
	access client.Access // of the calling client; zero for public operations
	key    string        // idempotency key; "" for none
	claim  ident.ID      // for things created under the key; zero without key
	status int           // of the answer
}

// header is one that every answer has. Its value is shared by all answers, so that
// it costs none of them an allocation; nobody changes it.
type header struct {
	name  string
	value []string
}

// headersOfAll are the headers of every answer; only pages of ours replace the
// content policy.
func headersOfAll() []header {
	return []header{
		{"Cache-Control", []string{"no-store"}},
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
	}
}

const headerID = "X-Request-Id"

// run is a request's way through the parts that all have in common.
func (a *API) run(w http.ResponseWriter, r *http.Request, s scripted) {
	began := a.Now()
	c := call{id: a.requestID(r)}
	h := w.Header()
	h[headerID] = []string{c.id}
	for _, x := range a.headers {
		h[x.name] = x.value
	}
	if r.TLS != nil {
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	err := a.guarded(w, r, s, &c)
	if err != nil {
		c.status = s.fail(w, err, c.id)
	}
	a.tell(r, s, &c, a.Now().Sub(began), err)
}

// guarded turns a panic into a fault, so that a mistake in one request harms no
// other.
func (a *API) guarded(w http.ResponseWriter, r *http.Request, s scripted, c *call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				panic(p)
			}
			err = fault.From(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if !s.unlimited {
		if err := a.Limiter.Source(a.source(r)); err != nil {
			return err
		}
	}
	if !s.public && s.id != "" {
		if err := a.admit(w, r, s.scopes, c); err != nil {
			return err
		}
	}
	return s.serve(w, r, c)
}

// fail answers with an error in the form of the operation.
func (s scripted) fail(w http.ResponseWriter, err error, id string) int {
	if s.failure != nil {
		return s.failure(w, err, id)
	}
	return writeProblem(w, err, id)
}

const maxRequestID = 64 // characters

// requestID takes the caller's name for the request if it is harmless, or makes
// one.
func (a *API) requestID(r *http.Request) string {
	given := r.Header[headerID]
	if len(given) == 1 && harmless(given[0]) {
		return given[0]
	}
	return ident.New(a.Now(), a.Rand).String()
}

func harmless(s string) bool {
	if len(s) < 8 || len(s) > maxRequestID {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.':
		default:
			return false
		}
	}
	return true
}

// tell writes the access log and tells the observer. There is no address in the
// log, because customer numbers stand in addresses.
func (a *API) tell(r *http.Request, s scripted, c *call, took time.Duration, err error) {
	operation := s.id
	if operation == "" {
		operation = "none"
	}
	if a.Observe != nil {
		a.Observe.Observe(operation, c.status, took)
	}
	level := slog.LevelInfo
	switch {
	case c.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case s.quiet:
		level = slog.LevelDebug
	}
	ctx := telemetry.WithRequestID(r.Context(), c.id)
	if !a.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", operation), slog.String("method", r.Method), slog.Int("status", c.status),
		slog.Duration("took", took), slog.String("source", a.source(r).String()), slog.String("client", c.access.Client.String()),
	}
	if err != nil {
		attrs = append(attrs, slog.String("code", fault.From(err).Code))
	}
	if c.status >= http.StatusInternalServerError {
		attrs = append(attrs, telemetry.Err(err))
	}
	a.Log.LogAttrs(ctx, level, "request", attrs...)
}

// background outlives the request: for what must be finished when the caller has
// gone.
func background(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
