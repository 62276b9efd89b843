package deviceserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// refusal is a failure that is told in the open: before a message was opened there is nobody to whom more could be said.
type refusal struct {
	status int
	code   string
	detail string
}

// Error returns the code.
func (r *refusal) Error() string { return r.code }

// The refusals. Their texts are constant.
var (
	errNowhere = &refusal{http.StatusNotFound, "request.address", "There is nothing at this address, or not for this method: see docs/companions/protocol.md."}
	errMedia   = &refusal{http.StatusUnsupportedMediaType, "request.content_type", "A message is of the type application/octet-stream."}
	errForm    = &refusal{http.StatusBadRequest, "envelope.form", "This is no message."}
	errSize    = &refusal{http.StatusRequestEntityTooLarge, "envelope.size", "The message is too large."}
	errKey     = &refusal{http.StatusUnprocessableEntity, "envelope.key", "Nothing is opened with this key. Fetch the keys and seal anew."}
	errClock   = &refusal{http.StatusUnprocessableEntity, "envelope.clock", "The time of the message is too far from the server's. Correct it and seal anew."}
	errRefused = &refusal{http.StatusUnauthorized, "envelope.refused", "The message is refused."}
	errReplay  = &refusal{http.StatusConflict, "envelope.replay", "This number was used, or is too old. Count on."}
	errBusy    = &refusal{http.StatusServiceUnavailable, "envelope.busy", "Send the same message again later. Nothing of it was kept."}
)

// problem is how failures are told (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Now    int64  `json:"now,omitempty"` // of envelope.clock, in milliseconds
}

// open turns an error into what may be said in the open.
func open(err error) (r *refusal, wait time.Duration) {
	if errors.As(err, &r) {
		if r == errBusy {
			wait = time.Second
		}
		return r, wait
	}
	switch f := fault.From(err); {
	case f.Kind == fault.Limited:
		return &refusal{http.StatusTooManyRequests, "envelope.rate", "Too many messages: slow down."}, max(f.RetryAfter, time.Second)
	case f.Kind == fault.Unavailable, f.Code == "companion.busy":
		return errBusy, max(f.RetryAfter, time.Second)
	default:
		return &refusal{http.StatusInternalServerError, "internal", "The server failed. Send the same message again later."}, 0
	}
}

// fail answers with a problem and returns its code.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) string {
	say, wait := open(err)
	if say.status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "a message of a device failed", telemetry.Err(err))
	}
	p := problem{Title: http.StatusText(say.status), Status: say.status, Code: say.code, Detail: say.detail}
	if say == errClock {
		p.Now = s.Now().UnixMilli()
	}
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	body, _ := json.Marshal(p) // strings and numbers always marshal
	write(w, say.status, "application/problem+json", body)
	return say.code
}

func write(w http.ResponseWriter, status int, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // if the device has gone it asks again
}
