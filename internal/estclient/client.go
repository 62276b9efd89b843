package estclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/pki"
)

// Config of a client. URL, Roots and Now are needed, and a way to log in.
type Config struct {
	URL         string              // up to and with /.well-known/est, or a label below
	Roots       []*x509.Certificate // that the chains of certificates end at
	TLSRoots    []*x509.Certificate // that the server's own chain ends at; Roots when nil
	Certificate *tls.Certificate    // by which the server knows us; nil for none
	User        string
	Password    keyring.Secret
	OCSPURL     string // address of the responder; that in the certificates when ""
	ListURL     string // address of the revocation list; that in the certificates when ""
	Timeout     time.Duration
	Now         func() time.Time
}

// Client reaches an authority. It is safe for concurrent use. It implements pki.Elsewhere.
type Client struct {
	Config

	http  *http.Client
	mu    sync.Mutex
	cache map[string]cached // lists, and the authorities
}

type cached struct {
	body []byte
	at   time.Time
}

// Bounds of answers, in bytes, and how long they are worked with.
const (
	maxAnswer = 1 << 20
	maxList   = 64 << 20
	keepFor   = 5 * time.Minute
)

// New makes a client. It reaches nobody yet.
func New(c Config) (*Client, error) {
	if !strings.HasPrefix(c.URL, "https://") || len(c.Roots) == 0 || c.Now == nil || c.Certificate == nil && c.User == "" {
		return nil, errors.New("estclient: the Config needs an https URL, Roots, Now, and a certificate or a user")
	}
	if c.TLSRoots == nil {
		c.TLSRoots = c.Roots
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	t := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool(c.TLSRoots), Time: c.Now}
	if c.Certificate != nil {
		t.Certificates = []tls.Certificate{*c.Certificate}
	}
	return &Client{Config: c, http: browser(t, c.Timeout), cache: map[string]cached{}}, nil
}

// browser is an HTTP client that follows no redirects.
func browser(t *tls.Config, timeout time.Duration) *http.Client {
	const some, idle = 15 * time.Second, 30 * time.Second
	if timeout == 0 {
		timeout = some
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{TLSClientConfig: t, Proxy: http.ProxyFromEnvironment, IdleConnTimeout: idle, MaxIdleConnsPerHost: 2, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func pool(all []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range all {
		p.AddCert(c)
	}
	return p
}

// Close gives connections up.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Anchors implements pki.Elsewhere.
func (c *Client) Anchors(context.Context) ([]*x509.Certificate, error) { return c.Roots, nil }

// Enroll implements pki.Elsewhere: simpleenroll (RFC 7030, section 4.2.1), or simplereenroll (section 4.2.2) of an order that replaces a
// certificate. A server that does not offer it, or lets only the owner of the former certificate renew by TLS, is asked to enroll. The faults "est.pending" and "est.unavailable" (Unavailable) may be tried
// again, "est.refused" (Invalid) not.
func (c *Client) Enroll(ctx context.Context, o pki.Order) (*x509.Certificate, []*x509.Certificate, error) {
	q := query{method: http.MethodPost, url: c.URL + "/simpleenroll", kind: "application/pkcs10", body: encode(o.CSR), own: true, most: maxAnswer}
	first := q
	if o.Former != nil {
		first.url = c.URL + "/simplereenroll"
	}
	a, err := c.send(ctx, first)
	if o.Former != nil && errors.Is(err, errNotOffered) {
		a, err = c.send(ctx, q)
	}
	if err != nil {
		return nil, nil, err
	}
	all, err := certificates(a, "application/pkcs7-mime")
	if err != nil {
		return nil, nil, err
	}
	csr, err := x509.ParseCertificateRequest(o.CSR)
	if err != nil {
		return nil, nil, fmt.Errorf("estclient: %w", err)
	}
	var leaf *x509.Certificate
	for _, x := range all { // the certificate is the first one, or the only one of the key
		if leaf == nil && bytes.Equal(x.RawSubjectPublicKeyInfo, csr.RawSubjectPublicKeyInfo) {
			leaf = x
		}
	}
	if leaf == nil {
		return nil, nil, unavailable(errors.New("no certificate of the key came back"))
	}
	more, err := c.authorities(ctx)
	return leaf, append(all, more...), err
}

// authorities fetches the certificates between (cacerts, section 4.1).
func (c *Client) authorities(ctx context.Context) ([]*x509.Certificate, error) {
	a, err := c.kept(ctx, query{method: http.MethodGet, url: c.URL + "/cacerts", own: true, most: maxAnswer})
	if err != nil {
		return nil, err
	}
	return certificates(a, "")
}

// encode is base64 as EST has it: lines are allowed, and none is needed.
func encode(der []byte) []byte {
	return []byte(base64.StdEncoding.EncodeToString(der))
}

// certificates reads a "certs-only" message (section 4.2.3): base64, whatever its lines, of PKCS #7 in DER or BER.
func certificates(a reply, kind string) ([]*x509.Certificate, error) {
	if kind != "" && !strings.HasPrefix(a.kind, kind) {
		return nil, unavailable(fmt.Errorf("the answer is of type %q", a.kind))
	}
	text := strings.Join(strings.Fields(string(a.body)), "")
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		der = a.body // some servers forget the encoding
	}
	p, err := pkcs7.Parse(der)
	if err != nil {
		return nil, unavailable(fmt.Errorf("the answer is no PKCS #7: %w", err))
	}
	return p.Certificates, nil
}

// unavailable says that the authority has not done what it was asked for.
func unavailable(cause error) *fault.Error {
	return fault.Unavailablef(fmt.Errorf("estclient: %w", cause), "est.unavailable", "The certification authority does not answer as it should. Look into the log.")
}
