package app

import (
	"log/slog"
	"net/http"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/sms"
)

// Server is what serves a face under the limits of a configuration.
func Server(limits config.Limits, log *slog.Logger, h http.Handler) *http.Server {
	a := &App{Setup: Setup{Config: config.Config{Limits: limits}, Log: log}}
	return a.server(h)
}

// TellOfPassword tells customers of their passwords as a node does.
func TellOfPassword(customers *customer.Register, texts *sms.Desk, log *slog.Logger) password.Teller {
	a := &App{Setup: Setup{Log: log}, Customers: customers, Texts: texts}
	return a.tellOfPassword
}
