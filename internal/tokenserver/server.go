package tokenserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
)

// Prompts are the approvals that wait; prompt.Desk has them.
type Prompts interface {
	Inbox(ctx context.Context, customer, token ident.ID) ([]prompt.Prompt, error)
	Approve(ctx context.Context, by audit.Actor, in prompt.Answer) (prompt.Outcome, error)
	Refuse(ctx context.Context, by audit.Actor, in prompt.Refusal) (prompt.Outcome, error)
}

// Pushes is where pushes go; push.Desk keeps it.
type Pushes interface {
	PublicKey(ctx context.Context) (string, error)
	Bind(ctx context.Context, by audit.Actor, customer, token ident.ID, s push.Subscription) error
	Unbind(ctx context.Context, by audit.Actor, customer, token ident.ID) error
}

// Hub proves secure codes; hub.Hub does.
type Hub interface {
	Start(ctx context.Context, by audit.Actor, in hub.Start) (hub.Outcome, error)
	Proven(ctx context.Context, by audit.Actor, handle string) (hub.Proven, error)
}

// Config is what a Server works with; all fields are needed unless it is said otherwise.
type Config struct {
	Tokens    *mobiletoken.Desk
	Policies  interface{ Active() *policy.Set }
	Customers interface {
		Get(ctx context.Context, id ident.ID) (customer.Customer, error)
	}
	Hub     Hub
	Prompts Prompts
	Pushes  Pushes // nil: pushes are off
	Audit   interface {
		Find(ctx context.Context, f audit.Filter, after string, limit int) (audit.Page, error)
	}
	// PictureKeys returns the JWK set by which phones verify pictures.
	PictureKeys func(context.Context) ([]byte, error)
	// Provisioning returns where an application's tokens are provisioned (URL_S).
	Provisioning func(application string) string

	Limiter *client.Limiter // of source addresses
	URL     string          // of the listener, as phones know it, without a slash at the end
	Channel string          // of journeys that prove secure codes; "mobile" when ""
	Now     func() time.Time
	Log     *slog.Logger
	Proxies []netip.Prefix // whose X-Forwarded-For is believed; may be empty
	MaxBody int64          // of a request, in bytes; 64 KiB when 0
}

// Path is where the protocol is, below the address of the listener.
const Path = "/token/v1/"

// Server is the handler of the protocol. It is safe for concurrent use.
type Server struct {
	Config

	mux    *http.ServeMux
	nobody []byte // public key
}

// New makes a server.
func New(c Config) (*Server, error) {
	if c.Tokens == nil || c.Policies == nil || c.Customers == nil || c.Hub == nil || c.Prompts == nil || c.Audit == nil || c.PictureKeys == nil || c.Provisioning == nil {
		return nil, errors.New("tokenserver: a use case is missing in the Config")
	}
	if c.Limiter == nil || c.URL == "" || c.Now == nil || c.Log == nil {
		return nil, errors.New("tokenserver: the Config needs Limiter, URL, Now and Log")
	}
	if c.Channel == "" {
		c.Channel = "mobile"
	}
	if c.MaxBody == 0 {
		c.MaxBody = 64 << 10
	}
	n, err := nobody()
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, mux: http.NewServeMux(), nobody: n}
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.method+" "+Path+r.path, func(w http.ResponseWriter, req *http.Request) { s.run(w, req, r) })
	}
	s.mux.HandleFunc("/", s.nowhere)
	return s, nil
}

// route is one operation.
type route struct {
	method, path string
	signed       bool
	serve        func(*call) (any, error)
}

// routes is the table of all operations, as in docs/mobile.
func (s *Server) routes() []route {
	open := func(method, path string, f func(*call) (any, error)) route { return route{method, path, false, f} }
	signed := func(method, path string, f func(*call) (any, error)) route { return route{method, path, true, f} }
	return []route{
		open("GET", "time", s.time),
		open("GET", "applications/{code}", s.application),
		open("POST", "confirmations", s.confirm),
		signed("GET", "inbox", s.inbox),
		signed("POST", "prompts/{id}/approval", s.approve),
		signed("POST", "prompts/{id}/refusal", s.refuse),
		signed("POST", "proofs", s.prove),
		signed("GET", "tokens", s.list),
		signed("POST", "tokens", s.enroll),
		signed("PATCH", "tokens/{id}", s.rename),
		signed("GET", "tokens/{id}/history", s.history),
		signed("POST", "tokens/{id}/block", s.block),
		signed("POST", "tokens/{id}/enable", s.enable),
		signed("POST", "tokens/{id}/archive", s.archive),
		signed("POST", "tokens/{id}/renewal", s.renew),
		signed("POST", "tokens/{id}/extension", s.extend),
		signed("POST", "tokens/{id}/cancellation", s.cancel),
		signed("POST", "tokens/{id}/redistribution", s.redistribute),
		signed("POST", "tokens/{id}/migration", s.migrate),
		signed("POST", "tokens/{id}/abandonment", s.abandon),
		signed("POST", "tokens/{id}/comparison", s.compare),
		signed("PUT", "push", s.bind),
		signed("DELETE", "push", s.unbind),
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	s.run(w, r, route{serve: func(*call) (any, error) {
		return nil, status(http.StatusNotFound, "request.address", "There is nothing at this address, or not for this method: see docs/mobile.")
	}})
}
