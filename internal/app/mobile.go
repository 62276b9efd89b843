package app

import "net/http"

// mobile builds the face of mobile tokens: each adapter has a path of its own.
func (a *App) mobile() (http.Handler, error) {
	mux := http.NewServeMux()
	return mux, nil
}
