package app

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/sms"
)

// MainAt is Main at another time.
func MainAt(ctx context.Context, now func() time.Time, args []string, stdout, stderr io.Writer) int {
	return run(&env{ctx: ctx, stdout: stdout, stderr: stderr, now: now, rand: rand.Reader}, args)
}

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

// TellOfChannel tells customers, and the bank, of closed channels as a node does.
func TellOfChannel(c config.Config, customers *customer.Register, texts *sms.Desk, box *outbox.Outbox, log *slog.Logger) func(*db.Tx, audit.Actor, risk.ChannelNews) error {
	a := &App{Setup: Setup{Config: c, Log: log}, Customers: customers, Texts: texts, Outbox: box}
	return a.tellOfChannel
}

// Deliver delivers what is due in a node's outbox, as the node does.
func (a *App) Deliver(ctx context.Context) (int, error) { return a.Outbox.Deliver(ctx, a.handlers) }

// Institutions reads for which acquirers each certificate of a card network speaks.
func Institutions(name string) (map[string][]string, error) { return institutions(name) }
