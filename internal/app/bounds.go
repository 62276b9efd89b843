package app

import (
	"context"
	"net/http"
)

// bounded applies limits.body and limits.request_timeout to a face. The API and
// the console are told of limits.body too, because they answer to what breaks it.
// Imports have their own limits in the faces that take them.
func (a *App) bounded(h http.Handler) http.Handler {
	lim := a.Config.Limits
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isImport(r) {
			h.ServeHTTP(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, int64(lim.Body))
		ctx, cancel := context.WithTimeout(r.Context(), lim.RequestTimeout)
		defer cancel()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// isImport recognizes the uploads of token files, in the API and in the console.
func isImport(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/v1/token-imports" || r.URL.Path == "/import")
}
