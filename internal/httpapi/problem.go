package httpapi

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Problem is how every failure is answered (RFC 9457).
type Problem struct {
	Title     string `json:"title" doc:"The status in words." example:"Unprocessable Entity"`
	Status    int    `json:"status" doc:"The HTTP status." example:"422"`
	Code      string `json:"code" doc:"What is wrong, for programs: stable and never reworded." example:"request.unknown_field"`
	Detail    string `json:"detail" doc:"What is wrong and what to do, for developers. Not a text for customers." example:"There is no field of this name."`
	Field     string `json:"field,omitempty" doc:"The part of the request that is wrong: a JSON pointer (RFC 6901) into the body, or the name of a parameter or header." example:"/proof/code"`
	RequestID string `json:"request_id" doc:"The request's name in our logs." example:"zen999bvmy4en6rxh86c970hfc"`
}

// problemType is the media type of problems.
const problemType = "application/problem+json"

// statusOf is the one mapping from faults to statuses. It is total: a kind that it
// does not know is our fault.
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

// refusal is a fault of the adapter's own, whose status the table does not have.
type refusal struct {
	fault  *fault.Error
	status int
}

// Error is the fault's.
func (r *refusal) Error() string { return r.fault.Error() }

// Unwrap lets fault.From find the fault.
func (r *refusal) Unwrap() error { return r.fault }

// refuse makes a refusal; field may be empty.
func refuse(status int, code, field, detail string, args ...any) error {
	return &refusal{fault.Invalidf(code, detail, args...).WithField(field), status}
}

// asProblem lays err out for the caller; the cause stays behind.
func asProblem(err error, requestID string) Problem {
	f := fault.From(err)
	status := statusOf(f.Kind)
	if r, ok := err.(*refusal); ok { //nolint:errorlint // refusals are never wrapped
		status = r.status
	}
	return Problem{Title: http.StatusText(status), Status: status, Code: f.Code, Detail: f.Detail, Field: f.Field, RequestID: requestID}
}

// writeProblem answers with err and returns the status.
func writeProblem(w http.ResponseWriter, err error, requestID string) int {
	p := asProblem(err, requestID)
	h := w.Header()
	if after := fault.From(err).RetryAfter; after > 0 {
		h.Set("Retry-After", seconds(after))
	} else if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	body, _ := json.Marshal(p) // strings and a number always marshal
	writeBody(w, p.Status, problemType, body)
	return p.Status
}

// seconds rounds up: who comes back too early is sent away again.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

// writeBody sends a whole answer.
func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // never HTML of others; and if the caller has gone nobody is left to be told
}

// pointed names the wrong part of the request as the caller wrote it: domain
// packages know their own names, names has those that differ on the wire.
func pointed(err error, names map[string]string) error {
	f := fault.From(err)
	if f == nil || f.Field == "" || f.Kind == fault.Internal {
		return err
	}
	if _, own := err.(*refusal); own { //nolint:errorlint // refusals are never wrapped
		return err
	}
	name := strings.TrimPrefix(f.Field, "/")
	if to, ok := names[name]; ok {
		return f.WithField(to)
	}
	if strings.HasPrefix(f.Field, "/") || name == headerKey {
		return err
	}
	return f.WithField("/" + name)
}
