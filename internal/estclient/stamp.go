package estclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Stamper reaches another time-stamping authority (RFC 3161, section 3.4). It implements pki.Stamper.
type Stamper struct {
	url   string
	roots []*x509.Certificate
	http  *http.Client
}

// NewStamper makes one. Tokens must chain to the roots; the server's TLS certificate must be one that the system trusts, or be under the roots.
func NewStamper(url string, roots []*x509.Certificate, timeout time.Duration, now func() time.Time) (*Stamper, error) {
	if len(roots) == 0 || !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return nil, errors.New("estclient: a time-stamping authority needs an address and roots")
	}
	trusted, err := x509.SystemCertPool()
	if err != nil {
		trusted = x509.NewCertPool()
	}
	for _, c := range roots {
		trusted.AddCert(c)
	}
	return &Stamper{url, roots, browser(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted, Time: now}, timeout)}, nil
}

// Anchors implements pki.Stamper.
func (s *Stamper) Anchors(context.Context) ([]*x509.Certificate, error) { return s.roots, nil }

// Stamp implements pki.Stamper.
func (s *Stamper) Stamp(ctx context.Context, request []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(request))
	if err != nil {
		return nil, unavailable(err)
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	a, err := fetch(s.http, r, maxAnswer)
	if err == nil && !strings.HasPrefix(a.kind, "application/timestamp-reply") {
		err = unavailable(fmt.Errorf("the answer is of type %q", a.kind))
	}
	return a.body, err
}
