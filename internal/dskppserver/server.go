package dskppserver

import (
	"context"
	"crypto/rsa"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Desk is what the server asks and tells; mobiletoken.Desk is one.
type Desk interface {
	Attempt(ctx context.Context, clientID string) (mobiletoken.Attempt, error)
	Refuse(ctx context.Context, a mobiletoken.Attempt, why string) error
	Provision(ctx context.Context, p mobiletoken.Provisioned) (mobiletoken.Token, bool, error)
	Open(ctx context.Context, s mobiletoken.Session) (bool, error)
	Session(ctx context.Context, id string) (mobiletoken.Session, bool, error)
	SessionByDigest(ctx context.Context, digest [32]byte) (mobiletoken.Session, bool, error)
	Abort(ctx context.Context, id string) (ended bool, err error)
	Replaceable(ctx context.Context, keyID string) (token ident.ID, secret keyring.Secret, found bool, err error)
	ServerKeys(ctx context.Context) ([]*rsa.PrivateKey, error)
}

// Config is what a Server works with; all fields are needed unless it is said otherwise.
type Config struct {
	Desk     Desk
	Policies interface{ Active() *policy.Set }
	Limiter  *client.Limiter // of source addresses
	URL      string          // of the listener, as phones know it, without a slash at the end
	ID       string          // ServerID, a URI
	Issuer   string          // of the keys: the name of the installation
	Secret   []byte          // 32 bytes or more, the same on all nodes; of what does not exist
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger

	Proxies []netip.Prefix // whose X-Forwarded-For is believed; may be empty
	MaxBody int64          // of a request, in bytes; 64 KiB when 0
	Running int            // key derivations at a time; 2 when 0
	Waiting int            // requests in line for one; 64 when 0
	// Observe is told of every request that was answered: "repeated", a status of DSKPP, or an
	// HTTP status; may be nil.
	Observe func(outcome string, took time.Duration)
}

// Path is where the server of an application is, below the address of the listener.
const Path = "/dskpp/"

// URL is where phones with an application are provisioned (URL_S).
func URL(listener, application string) string { return listener + Path + application }

// Server is the handler of POST /dskpp/{application}. It is safe for concurrent use.
type Server struct {
	Config

	mux  *http.ServeMux
	line *line
	keys serverKeys
}

// New makes a server.
func New(c Config) (*Server, error) {
	if c.Desk == nil || c.Policies == nil || c.Limiter == nil || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("dskppserver: a field of the Config is missing")
	}
	if c.MaxBody == 0 {
		c.MaxBody = 64 << 10
	}
	s := &Server{Config: c, mux: http.NewServeMux(), line: newLine(c.Running, c.Waiting)}
	s.keys = serverKeys{read: c.Desk.ServerKeys, now: c.Now}
	if err := s.engine(policy.Application{Code: "x"}, &exchange{}, nil).Check(); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("POST "+Path+"{application}", s.serve)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Section 7.2.2; also of refusals.
	h := w.Header()
	h.Set("Cache-Control", "no-cache, no-must-revalidate, private")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

// engine is the protocol for one request.
func (s *Server) engine(app policy.Application, x *exchange, keys []dskpp.ServerKey) *dskpp.Server {
	return &dskpp.Server{
		URL: URL(s.URL, app.Code), ID: s.ID, Desk: &desk{s: s, x: x, app: app}, Policy: permitted(app),
		Keys: keys, Secret: s.Secret, Rand: s.Rand,
	}
}

// permitted is what the server offers for an application.
func permitted(app policy.Application) dskpp.Policy {
	p := dskpp.DefaultPolicy()
	p.KeyTypes = []string{keyType(app.Keys.Code)}
	p.NonceEncryption = []string{dskpp.RSAOAEP}
	p.Methods = []string{dskpp.Transport}
	p.KeyEncryption = []string{dskpp.RSAOAEP, dskpp.RSA15}
	if app.Redistribution.SameKey {
		p.Variants = []dskpp.Variant{dskpp.TwoPass, dskpp.FourPass}
	}
	return p
}
