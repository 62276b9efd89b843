package deviceserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// Interactions is what becomes of what devices met; interaction.Desk is.
type Interactions interface {
	// Take keeps a batch in the transaction that takes its message.
	Take(tx *db.Tx, c companion.Companion, b interaction.Batch) (report.Taken, error)
	// Ready says whether the transaction application of a primary may become active by itself (DI-103 to DI-106).
	Ready(tx *db.Tx, c companion.Companion) (report.Ready, error)
}

// Recipients are the keys to which devices seal; companion.Recipients keeps them.
type Recipients interface {
	Offered(ctx context.Context) ([]companion.Recipient, error)
	Private(ctx context.Context, id envelope.KeyID) (companion.Recipient, bool, error)
}

// Config is what a Server works with; all fields are needed unless it is said otherwise.
type Config struct {
	Companions   *companion.Desk
	Recipients   Recipients
	Interactions Interactions // nil: reports are refused
	Wallets      Wallets      // nil: there are no payment tokens
	Pushes       Pushes       // nil: devices are not woken

	Sources *client.Limiter // of source addresses, and of devices as its clients
	Device  client.Rate     // of one device; 1 a second and 60 at once when zero
	Now     func() time.Time
	Log     *slog.Logger
	Proxies []netip.Prefix // whose X-Forwarded-For is believed; may be empty
	Room    int            // messages at a time; 256 when 0
	Look    time.Duration  // between two looks around; 15 min when 0
	Report  time.Duration  // between two reports; 15 min when 0

	// Observe hears of each message: its kind, and what became of it in one word. Nil: nobody does.
	Observe func(kind, outcome string, took time.Duration)
}

// Path is where the protocol is, below the address of the listener.
const Path = "/companion/v1/"

// Server is the handler of the protocol. It is safe for concurrent use.
type Server struct {
	Config

	mux  *http.ServeMux
	room chan struct{}
}

// New makes a server.
func New(c Config) (*Server, error) {
	if c.Companions == nil || c.Recipients == nil || c.Sources == nil || c.Now == nil || c.Log == nil {
		return nil, errors.New("deviceserver: the Config needs Companions, Recipients, Sources, Now and Log")
	}
	if c.Device == (client.Rate{}) {
		c.Device = client.Rate{PerSecond: 1, Burst: 60}
	}
	if c.Room == 0 {
		c.Room = 256
	}
	if c.Look == 0 {
		c.Look = 15 * time.Minute
	}
	if c.Report == 0 {
		c.Report = 15 * time.Minute
	}
	if c.Observe == nil {
		c.Observe = func(string, string, time.Duration) {}
	}
	s := &Server{Config: c, mux: http.NewServeMux(), room: make(chan struct{}, c.Room)}
	s.mux.HandleFunc("POST "+Path+"messages", s.message)
	s.mux.HandleFunc("GET "+Path+"keys", s.keys)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errNowhere) })
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	s.mux.ServeHTTP(w, r)
}

// source takes one request of the address that it came from.
func (s *Server) source(r *http.Request) error {
	return s.Sources.Source(client.Source(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.Proxies))
}
