package pushclient

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/reach"
)

// KindSend is the outbox's kind of a push to one subscription.
const KindSend = "push.send"

// Tokens says which tokens of a customer are active and may answer under a policy.
type Tokens func(ctx context.Context, customer ident.ID, policy string) ([]ident.ID, error)

// Config is what a Client works with; what has no remark is needed.
type Config struct {
	Desk    *push.Desk
	Outbox  *outbox.Outbox
	Tokens  Tokens
	Contact string // mailto: or https: address of somebody whom push services can tell of trouble
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	Reach   reach.Reach
	Timeout time.Duration // for one attempt; 10 s when 0
	AtOnce  int           // pushes under way at once on this node; 32 when 0
	TLS     *tls.Config   // nil for the system's authorities
}

// Client sends pushes. It is safe for concurrent use. Use New.
type Client struct {
	Config

	secure, plain *http.Client
	slots         chan struct{}
	stats         counters
}

const (
	defaultTimeout = 10 * time.Second
	defaultAtOnce  = 32
	patience       = 250 * time.Millisecond // of a push for its turn, before the outbox takes it back for a while
	maxAnswer      = 4 << 10                // bytes of an answer that are read, so that the connection can be used again
)

// New makes a client. A contact that push services would refuse is the fault "push.contact".
func New(c Config) (*Client, error) {
	if err := CheckContact(c.Contact); err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.AtOnce == 0 {
		c.AtOnce = defaultAtOnce
	}
	return &Client{Config: c, secure: c.client(false), plain: c.client(true), slots: make(chan struct{}, c.AtOnce)}, nil
}

// CheckContact judges the contact that push services are told (RFC 8292, section 2.1). The
// fault "push.contact" (Invalid) says what is wrong: some services refuse every message with
// a contact that nobody can be reached at.
func CheckContact(contact string) error {
	mail, isMail := strings.CutPrefix(contact, "mailto:")
	name, domain, _ := strings.Cut(mail, "@")
	site, isSite := strings.CutPrefix(contact, "https://")
	ok := isMail && name != "" && strings.Contains(strings.Trim(domain, "."), ".") || isSite && strings.Contains(strings.Trim(site, "."), ".")
	if !ok || len(contact) > 200 || strings.ContainsFunc(contact, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"\,`, r) }) {
		return fault.Invalidf("push.contact", "The contact for push services is mailto:NAME@DOMAIN or https://DOMAIN, such as mailto:it@bank.example.")
	}
	return nil
}

// client is one for https, or one for plain HTTP to this machine.
func (c Config) client(plain bool) *http.Client {
	settings := &tls.Config{}
	if c.TLS != nil {
		settings = c.TLS.Clone()
	}
	settings.MinVersion = max(settings.MinVersion, tls.VersionTLS12)
	return &http.Client{
		Transport: &http.Transport{
			DialContext: c.Reach.Dialer(plain).DialContext, TLSClientConfig: settings, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 4, MaxIdleConns: 64, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: c.Timeout, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close gives idle connections up.
func (c *Client) Close() {
	c.secure.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

// Handlers returns the outbox's handlers, by kind.
func (c *Client) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{prompt.MessagePush: spread{c}, KindSend: sender{c}}
}

// Stats are counters since New, for metrics.
type Stats struct {
	Taken   int64 // by a push service
	Gone    int64 // subscriptions that were no more
	Late    int64 // not sent, because they would have come too late
	Refused int64 // answers that no repetition cures
	Failed  int64 // attempts that may be repeated
}

type counters struct{ taken, gone, late, refused, failed atomic.Int64 }

// Stats returns the counters.
func (c *Client) Stats() Stats {
	s := &c.stats
	return Stats{s.taken.Load(), s.gone.Load(), s.late.Load(), s.refused.Load(), s.failed.Load()}
}
