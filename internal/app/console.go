package app

import "net/http"

// console is gated until its pages land.
func (a *App) console() (http.Handler, error) { return http.NotFoundHandler(), nil }
