package pkiserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// Authority knows certificates; pki.Desk does.
type Authority interface {
	Respond(ctx context.Context, request []byte) (response []byte, fresh time.Time, err error)
	RespondStamp(ctx context.Context, request []byte) ([]byte, error)
	RevocationList(ctx context.Context, number int64) (der []byte, expires time.Time, err error)
	RootList(ctx context.Context) (der []byte, expires time.Time, err error)
	Authorities(ctx context.Context) ([]pki.Authority, error)
}

// Config is what a server works with; all fields are needed but Proxies and Observe.
type Config struct {
	Authority Authority
	Limiter   *client.Limiter // of source addresses
	Now       func() time.Time
	Log       *slog.Logger
	Proxies   []netip.Prefix // whose X-Forwarded-For is believed
	// Observe is told how a request ended: its operation (ocsp, stamp, list, certificate) and the HTTP status.
	Observe func(operation string, status int, took time.Duration)
}

// maxRequest bounds requests, in bytes: 32 certificates, or one hash.
const maxRequest = 16 << 10

// Media types (RFC 6960, appendix C; RFC 3161, section 3.4; RFC 2585, section 4).
const (
	typeOCSPRequest   = "application/ocsp-request"
	typeOCSPResponse  = "application/ocsp-response"
	typeStampRequest  = "application/timestamp-query"
	typeStampResponse = "application/timestamp-reply"
	typeList          = "application/pkix-crl"
	typeCertificate   = "application/pkix-cert"
)

// New makes the handler.
func New(c Config) (http.Handler, error) {
	if c.Authority == nil || c.Limiter == nil || c.Now == nil || c.Log == nil {
		return nil, errors.New("pkiserver: the Config needs Authority, Limiter, Now and Log")
	}
	if c.Observe == nil {
		c.Observe = func(string, int, time.Duration) {}
	}
	s := &server{c}
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) { s.run(w, req, r) })
	}
	byAddress := route{"", "ocsp", s.askByAddress}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Base64 may have two slashes in a row, which the mux would make one of.
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, pki.PathOCSP+"/") {
			s.run(w, r, byAddress)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

type server struct{ Config }

// route is one operation.
type route struct {
	pattern, operation string
	serve              func(*http.Request) (reply, error)
}

func (s *server) routes() []route {
	return []route{
		{"POST " + pki.PathOCSP, "ocsp", s.ask},
		{"POST " + pki.PathStamps, "stamp", s.stamp},
		{"GET " + pki.PathRootList, "list", s.rootList},
		{"GET /pki/root.cer", "certificate", s.root},
		{"GET /pki/{file}", "file", s.file},
	}
}

// reply is an answer.
type reply struct {
	kind  string
	body  []byte
	fresh time.Time // until when it may be cached; zero: not at all
}

// run answers a request.
func (s *server) run(w http.ResponseWriter, r *http.Request, to route) {
	began := s.Now()
	status := http.StatusOK
	var out reply
	err := s.Limiter.Source(client.Source(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.Proxies))
	if err == nil {
		out, err = to.serve(r)
	}
	if err != nil {
		status = s.fail(w, r, err)
	} else {
		s.write(w, out)
	}
	s.Observe(to.operation, status, s.Now().Sub(began))
}

func (s *server) write(w http.ResponseWriter, out reply) {
	h := w.Header()
	h.Set("Content-Type", out.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if left := out.fresh.Sub(s.Now()); !out.fresh.IsZero() && left >= time.Second {
		h.Set("Cache-Control", "public, no-transform, must-revalidate, max-age="+strconv.Itoa(int(left/time.Second)))
		h.Set("Expires", out.fresh.UTC().Format(http.TimeFormat))
	}
	h.Set("Content-Length", strconv.Itoa(len(out.body)))
	_, _ = w.Write(out.body)
}

// fail answers what cannot be done; statuses by kinds of faults.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) int {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		http.Error(w, "A request has at most "+strconv.FormatInt(large.Limit, 10)+" bytes.", http.StatusRequestEntityTooLarge)
		return http.StatusRequestEntityTooLarge
	}
	f := fault.From(err)
	status := http.StatusInternalServerError
	switch f.Kind {
	case fault.Invalid:
		status = http.StatusBadRequest
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Denied:
		status = http.StatusForbidden
	case fault.Conflict:
		status = http.StatusConflict
	case fault.Limited:
		status = http.StatusTooManyRequests
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	case fault.Internal:
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	if status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "a request about certificates failed", telemetry.Err(err))
	}
	http.Error(w, f.Detail, status)
	return status
}
