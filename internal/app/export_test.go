package app

import (
	"log/slog"
	"net/http"

	"github.com/countersign-auth/countersign/internal/config"
)

// Server is what serves a face under the limits of a configuration.
func Server(limits config.Limits, log *slog.Logger, h http.Handler) *http.Server {
	a := &App{Setup: Setup{Config: config.Config{Limits: limits}, Log: log}}
	return a.server(h)
}
