package ui

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Failure is the data of the error page.
type Failure struct {
	Status      int
	Icon        string
	Title, Text string
	Retry       time.Duration // 0: not said
}

// Status maps every kind of fault to its HTTP status. It is total: a kind added
// later reads as our own fault.
func Status(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusBadRequest
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

// Fault is what the reader is told: the text "fault.CODE" in their language if
// there is one; else, in English, the detail; else the text of the kind.
// An internal fault says the same for every cause.
func (l *Locale) Fault(f *fault.Error) string {
	kind := "ui.failure." + f.Kind.String() + ".text"
	switch {
	case Status(f.Kind) == http.StatusInternalServerError:
		return l.T(kind)
	case l.Has("fault." + f.Code):
		return l.T("fault." + f.Code)
	case l.lang == languages[0] && f.Detail != "":
		return f.Detail
	}
	return l.T(kind)
}

// Fail answers with the error page of err and logs what is ours to mend.
func (k *Kit) Fail(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	code := Status(f.Kind)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		code = http.StatusRequestEntityTooLarge
	}
	if code >= http.StatusInternalServerError {
		k.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "page failed",
			slog.String("face", string(k.face)), slog.String("request_id", RequestID(r.Context())),
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("error", err.Error()))
	}
	k.failure(w, r, f, code)
}

func (k *Kit) failure(w http.ResponseWriter, r *http.Request, f *fault.Error, code int) {
	l := k.Locale(r)
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	key := "ui.failure." + f.Kind.String()
	err := k.Render(w, r, Page{
		Name: "failure", Title: l.T(key + ".title"), Status: code, Width: Narrow,
		Data: Failure{Status: code, Icon: failureIcon(f.Kind), Title: l.T(key + ".title"), Text: l.Fault(f), Retry: f.RetryAfter},
	})
	if err != nil {
		// The error page itself failed, most likely in the face's Chrome.
		k.logLast(r.Context(), err)
		http.Error(w, l.T("ui.failure.internal.text"), http.StatusInternalServerError)
	}
}

func (k *Kit) logLast(ctx context.Context, err error) {
	k.cfg.Log.LogAttrs(ctx, slog.LevelError, "error page failed",
		slog.String("face", string(k.face)), slog.String("request_id", RequestID(ctx)), slog.String("error", err.Error()))
}

func failureIcon(k fault.Kind) string {
	switch k {
	case fault.Denied:
		return "lock"
	case fault.NotFound:
		return "search"
	case fault.Limited:
		return "hourglass"
	case fault.Conflict:
		return "refresh-cw"
	default:
		return "triangle-alert"
	}
}
