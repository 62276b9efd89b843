package dskppserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// refusal is an answer that is no message: the content of its body is not significant
// (section 7.2.4).
type refusal struct {
	status int
	text   string
	after  time.Duration // when to come back; 0 for no word about it
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// serve answers one message.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	began := s.Now()
	x := &exchange{}
	reply, err := s.process(r, x)
	x.end()
	if err != nil {
		s.observe(strconv.Itoa(s.refuse(w, r, err)), began)
		return
	}
	h := w.Header()
	h.Set("Content-Type", dskpp.MediaType)
	h.Set("Content-Length", strconv.Itoa(len(reply.Message)))
	w.WriteHeader(http.StatusOK) // whatever the status in it (D-72)
	_, _ = w.Write(reply.Message)
	_ = http.NewResponseController(w).Flush()
	s.after(r.Context(), reply, x)
	outcome := string(reply.Status)
	if reply.Repeated {
		outcome = "repeated"
	}
	s.observe(outcome, began)
}

func (s *Server) observe(outcome string, began time.Time) {
	if s.Observe != nil {
		s.Observe(outcome, s.Now().Sub(began))
	}
}

// process reads a request, in the order of the package comment.
func (s *Server) process(r *http.Request, x *exchange) (*dskpp.Reply, error) {
	if err := s.Limiter.Source(client.Source(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.Proxies)); err != nil {
		return nil, &refusal{http.StatusForbidden, "Too many requests come from this address.", fault.From(err).RetryAfter}
	}
	app, known := s.Policies.Active().Application(r.PathValue("application"))
	if !known {
		return nil, &refusal{http.StatusNotFound, "There is no such application.", 0}
	}
	raw, err := s.read(r)
	if err != nil {
		return nil, err
	}
	req, err := dskpp.ReadRequest(raw)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "This is no message of a DSKPP client.", 0}
	}
	return s.answer(r.Context(), app, req, x)
}

// read reads the body of a message.
func (s *Server) read(r *http.Request) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != dskpp.MediaType {
		return nil, &refusal{http.StatusBadRequest, "Messages are of the type " + dskpp.MediaType + ".", 0}
	}
	tooLarge := &refusal{http.StatusRequestEntityTooLarge, "The message is too large.", 0}
	if r.ContentLength > s.MaxBody {
		return nil, tooLarge
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, s.MaxBody))
	if most := (*http.MaxBytesError)(nil); errors.As(err, &most) {
		return nil, tooLarge
	} else if err != nil {
		return nil, &refusal{http.StatusBadRequest, "The message did not arrive whole.", 0}
	}
	return raw, nil
}

// refuse answers without a message and returns the status.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) int {
	no := &refusal{status: http.StatusInternalServerError, text: "The message could not be processed. Send the same again."}
	switch {
	case errors.As(err, &no):
	case errors.Is(err, errFull):
		no = &refusal{http.StatusForbidden, "The server is busy.", time.Second}
	default:
		s.Log.ErrorContext(r.Context(), "a provisioning message was not processed", telemetry.Err(err))
	}
	if no.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((no.after+time.Second-1)/time.Second)))
	}
	http.Error(w, no.text, no.status)
	return no.status
}

// after does what costs time once the answer is out: it records a failure of an attempt.
func (s *Server) after(ctx context.Context, reply *dskpp.Reply, x *exchange) {
	if !reply.Status.Failed() {
		return
	}
	why := ""
	if reply.Why != nil {
		why = reply.Why.Error()
	}
	s.Log.DebugContext(ctx, "provisioning failed", slog.String("status", string(reply.Status)), slog.String("why", why))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.Desk.Refuse(ctx, x.attempt, why); err != nil {
		s.Log.WarnContext(ctx, "a failed provisioning was not recorded", telemetry.Err(err))
	}
}
