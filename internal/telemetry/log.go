package telemetry

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// LogOptions says what a logger writes. The zero value writes JSON from level
// info on.
type LogOptions struct {
	Level slog.Leveler // the least important level that is written; info when nil
	Text  bool         // text for people rather than JSON
	// Now stamps the events, so that they agree with a test's clock; when nil
	// they keep the time that slog gave them.
	Now func() time.Time
}

// NewLogger returns a logger that writes to w, one event a line. It is safe for
// concurrent use and never writes two events into one line.
func NewLogger(w io.Writer, o LogOptions) *slog.Logger {
	opts := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: redact}
	var h slog.Handler = slog.NewJSONHandler(w, opts)
	if o.Text {
		h = slog.NewTextHandler(w, opts)
	}
	return slog.New(&handler{Handler: h, now: o.Now})
}

// handler adds what every event has to the handler that writes.
type handler struct {
	slog.Handler
	now func() time.Time
}

// Handle stamps the event and adds the request's id.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if h.now != nil {
		r.Time = h.now()
	}
	if id := RequestID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that adds attrs to every event.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs), h.now}
}

// WithGroup returns a handler that puts later attributes, and the request's id,
// into a group.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.Handler.WithGroup(name), h.now}
}

type requestIDKey struct{}

// WithRequestID returns a context whose log events carry the id. The caller has
// bounded its length.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id that the context carries, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Err is the attribute for an error: its text with the cause, and the kind and
// code when it is a fault, so that logs can be searched by code.
func Err(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	f := fault.From(err)
	return slog.Group("error",
		slog.String("kind", f.Kind.String()), slog.String("code", f.Code), slog.String("text", err.Error()))
}
