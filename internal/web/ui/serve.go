package ui

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// DefaultMaxBody is the limit of a request body in bytes, unless the Config or a
// route says otherwise: ample for any form.
const DefaultMaxBody = 64 << 10

// Route is one row of a face's route table.
type Route struct {
	Pattern string // "POST /login", as http.ServeMux reads it
	Serve   func(http.ResponseWriter, *http.Request) error
	MaxBody int64 // bytes; 0: that of the Config
}

// Handler serves a route table behind all protections, together with assets
// and the switches for theme and language. It panics, as http.ServeMux does,
// when two patterns conflict.
func (k *Kit) Handler(routes []Route) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range append(routes, Route{Pattern: "POST /preferences", Serve: k.preferences}) {
		mux.Handle(rt.Pattern, k.serve(rt))
	}
	guarded := http.NewCrossOriginProtection()
	guarded.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.Fail(w, r, fault.Deniedf("request.cross_origin", "This form was sent from another site. Open our page and try again."))
	}))
	return k.identify(k.recover(k.headers(k.withAssets(guarded.Handler(k.known(mux))))))
}

func (k *Kit) serve(rt Route) http.Handler {
	limit := rt.MaxBody
	if limit == 0 {
		limit = cmp.Or(k.cfg.MaxBody, DefaultMaxBody)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if err := rt.Serve(w, r); err != nil {
			k.Fail(w, r, err)
		}
	})
}

// withAssets answers for /assets/ ahead of everything that reads cookies.
func (k *Kit) withAssets(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+assetRoot, k.assets)
	mux.Handle("/", next)
	return mux
}

// known draws our own pages for addresses and methods that the table lacks.
func (k *Kit) known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := discard{header: http.Header{}}
		h.ServeHTTP(&probe, r)
		switch {
		case probe.status == http.StatusMethodNotAllowed:
			w.Header().Set("Allow", probe.header.Get("Allow"))
			k.failure(w, r, fault.Invalidf("request.method", "This address does not take %s requests.", r.Method), probe.status)
		case probe.status >= http.StatusMultipleChoices && probe.status < http.StatusBadRequest:
			h.ServeHTTP(w, r) // a cleaned path
		default:
			k.Fail(w, r, fault.NotFoundf("page", "There is no page at this address."))
		}
	})
}

// discard learns what a handler would answer.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

type requestKey struct{}

// RequestID returns the id of the request that a context belongs to, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// identify gives each request an id of ours; one from outside is not trusted.
func (k *Kit) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := ident.New(k.cfg.Now(), k.cfg.Rand).String()
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// recover turns a panic into a calm page, or cuts the connection when the
// answer had begun: half a page must not look like a whole one.
func (k *Kit) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &tracker{ResponseWriter: w}
		defer k.rescue(t, r)
		next.ServeHTTP(t, r)
	})
}

// rescue is deferred: it ends a panic.
func (k *Kit) rescue(t *tracker, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
		panic(v)
	}
	k.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "panic in a page",
		slog.String("face", string(k.face)), slog.String("request_id", RequestID(r.Context())),
		slog.String("path", r.URL.Path), slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
	if t.begun {
		panic(http.ErrAbortHandler)
	}
	k.failure(t, r, fault.From(fmt.Errorf("panic: %v", v)), http.StatusInternalServerError)
}

// tracker knows whether an answer has begun.
type tracker struct {
	http.ResponseWriter

	begun bool
}

func (t *tracker) WriteHeader(status int) {
	t.begun = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(b []byte) (int, error) {
	t.begun = true
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }
