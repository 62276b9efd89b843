package mssserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Signer asks people for signatures; mobileid.Desk does.
type Signer interface {
	Sign(ctx context.Context, by audit.Actor, in mobileid.Request) (mobileid.Transaction, error)
	Get(ctx context.Context, provider, handle string) (mobileid.Transaction, error)
	// Wait is Get that waits until the transaction has ended, for most at the longest.
	Wait(ctx context.Context, provider, handle string, most time.Duration) (mobileid.Transaction, error)
	Receipt(ctx context.Context, by audit.Actor, p mobileid.Provider, handle string, in mobileid.Message) (mobileid.Transaction, error)
	ProfileOf(ctx context.Context, p mobileid.Provider, user mobileid.User) (mobileid.Profile, error)
}

// Providers are the service providers and their orders; provider.Register has them.
type Providers interface {
	Authenticate(ctx context.Context, c provider.Credentials) (provider.Provider, error)
	Get(ctx context.Context, id ident.ID) (provider.Provider, error)
	Keep(ctx context.Context, o provider.Order) error
	Order(ctx context.Context, customer, id ident.ID) (provider.Order, bool, error)
}

// Config is what a Server works with; all fields are needed unless it is said otherwise.
type Config struct {
	Signer    Signer
	Registrar Registrar // nil: MSS_Registration is refused
	Providers Providers
	Limiter   *client.Limiter // of source addresses, and of providers
	ID        string          // URI by which answers name us (MSSP_ID)
	// Times are those of the policies in force: how long a person has when the provider does not
	// say, and the most that it may say.
	Times func() (usual, most time.Duration)
	// Control is what the policies in force have a person do with the control code.
	Control  func() applet.ControlMode
	Now      func() time.Time
	Log      *slog.Logger
	Stopping <-chan struct{} // closed when the node stops: held calls end
	Proxies  []netip.Prefix  // whose X-Forwarded-For is believed; may be empty
	MaxBody  int64           // of a request, in bytes; 64 KiB when 0
	// Observe is told of every answer: the operation, the code of its status or fault, or 0 for a
	// refusal in HTTP. May be nil.
	Observe func(operation string, code int, took time.Duration)
}

// Server is the handler of the interface. It is safe for concurrent use.
type Server struct {
	Config

	mux *http.ServeMux
}

// ports are the addresses of operations below a base: as the WSDL spells them, and as clients do.
var ports = []string{
	"MSS_SignaturePort", "MSS_StatusQueryPort", "MSS_StatusPort", "MSS_ReceiptPort", "MSS_ProfileQueryPort", "MSS_ProfilePort",
	"MSS_ReqistrationPort", "MSS_RegistrationPort", "MSS_HandshakePort",
}

// New makes a server.
func New(c Config) (*Server, error) {
	if c.Signer == nil || c.Providers == nil || c.Limiter == nil || c.Now == nil || c.Log == nil || c.Times == nil || c.Control == nil || c.ID == "" {
		return nil, errors.New("mssserver: a field of the Config is missing")
	}
	if c.MaxBody == 0 {
		c.MaxBody = 64 << 10
	}
	s := &Server{Config: c, mux: http.NewServeMux()}
	for _, p := range ports {
		s.mux.HandleFunc("POST /soap/services/"+p, s.serve)
		s.mux.HandleFunc("POST /MSSP/services/"+p, s.serve)
	}
	s.mux.HandleFunc("POST /MSSP/services/MSS_Signature", s.serve)
	s.mux.HandleFunc("POST /rest/service", s.serve)
	for _, p := range []string{"sign", "status", "receipt", "profile", "registration", "handshake"} {
		s.mux.HandleFunc("POST /rest/service/"+p, s.serve)
	}
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}
