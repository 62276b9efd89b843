package app

import (
	"context"
	"net/http"
)

// bounded applies limits.body and limits.request_timeout to a face. The API and
// the console are told of limits.body too, because they answer to what breaks it.
// Imports, and documents that are written in the console, have their own limits of the
// body in the faces that take them; imports and the downloads of their reports have
// limits.transfer_timeout.
func (a *App) bounded(h http.Handler) http.Handler {
	lim := a.Config.Limits
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := lim.RequestTimeout
		if imports := isImport(r); imports || isReport(r) {
			most = lim.TransferTimeout
			t := newTransfer(w, r, lim.RequestTimeout, most)
			defer t.end()
			w = t
			if r.Body = t; !imports {
				r.Body = http.MaxBytesReader(w, t, int64(lim.Body))
			}
		} else if !isDocument(r) {
			r.Body = http.MaxBytesReader(w, r.Body, int64(lim.Body))
		}
		ctx, cancel := context.WithTimeout(r.Context(), most)
		defer cancel()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}
