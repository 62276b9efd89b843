package tokenserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// call is one request with what is known of whoever sent it.
type call struct {
	*http.Request

	body   []byte
	source string // address
	holder mobiletoken.Holder
}

func (c *call) ctx() context.Context { return c.Context() }

// by is the customer whose phone asks.
func (c *call) by() audit.Actor { return audit.Customer(c.holder.Customer) }

// id is the id in the path.
func (c *call) id() (ident.ID, error) {
	id, err := ident.Parse(c.PathValue("id"))
	if err != nil {
		return id, fault.NotFoundf("request.id", "There is nothing of this id.")
	}
	return id, nil
}

// run serves one request by a route.
func (s *Server) run(w http.ResponseWriter, r *http.Request, to route) {
	answer, err := s.answer(r, to)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	write(w, http.StatusOK, "application/json", body)
}

func (s *Server) answer(r *http.Request, to route) (any, error) {
	from := client.Source(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.Proxies)
	if err := s.Limiter.Source(from); err != nil {
		return nil, err
	}
	c := &call{Request: r}
	if from.IsValid() {
		c.source = from.String()
	}
	var err error
	if c.body, err = s.read(r); err != nil {
		return nil, err
	}
	if to.signed {
		if c.holder, err = s.holder(r.Context(), c); err != nil {
			return nil, err
		}
	}
	return to.serve(c)
}

// read reads a body, which is JSON when there is one.
func (s *Server) read(r *http.Request) ([]byte, error) {
	large := status(http.StatusRequestEntityTooLarge, "request.too_large", "The body is too large.")
	if r.ContentLength > s.MaxBody {
		return nil, large
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, s.MaxBody))
	if most := (*http.MaxBytesError)(nil); errors.As(err, &most) {
		return nil, large
	} else if err != nil {
		return nil, status(http.StatusBadRequest, "request.body", "The body did not arrive whole. Send it again.")
	}
	if len(body) == 0 {
		return nil, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, status(http.StatusUnsupportedMediaType, "request.content_type", "The body must be of the type application/json.")
	}
	return body, nil
}

// problem is how every failure is answered (RFC 9457).
type problem struct {
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Code   string    `json:"code"`
	Detail string    `json:"detail"`
	Field  string    `json:"field,omitempty"`
	Now    timestamp `json:"now,omitzero"` // of token.clock
}

// refusal is a fault whose status does not follow from its kind.
type refusal struct {
	fault  *fault.Error
	status int
	now    time.Time // of token.clock
}

// Error is the fault's.
func (r *refusal) Error() string { return r.fault.Error() }

// Unwrap lets fault.From find the fault.
func (r *refusal) Unwrap() error { return r.fault }

func status(code int, name, detail string) error {
	return &refusal{fault: fault.Invalidf(name, "%s", detail), status: code}
}

// statusOf is the one mapping from kinds of faults.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Denied:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
	}
	return http.StatusInternalServerError
}

// fail answers with a problem.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	p := problem{Status: statusOf(f.Kind), Code: f.Code, Detail: f.Detail, Field: f.Field}
	if own := (*refusal)(nil); errors.As(err, &own) {
		p.Status, p.Now = own.status, timestamp(own.now)
	}
	p.Title = http.StatusText(p.Status)
	if p.Status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "a request of a mobile token failed", telemetry.Err(err))
	}
	switch {
	case f.RetryAfter > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	case p.Status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Token-Proof")
	}
	body, _ := json.Marshal(p) // strings and numbers always marshal
	write(w, p.Status, "application/problem+json", body)
}

func write(w http.ResponseWriter, status int, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // if the phone has gone nobody is left to be told
}

// timestamp is a moment as all answers write it: RFC 3339, UTC, milliseconds.
type timestamp time.Time

// MarshalJSON implements json.Marshaler.
func (t timestamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// IsZero leaves moments out that are unknown.
func (t timestamp) IsZero() bool { return time.Time(t).IsZero() }
