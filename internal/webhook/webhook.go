package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/reach"
)

// Config says where messages go. URL, Secrets and Now are required.
type Config struct {
	URL     string           // https, or http to this machine when Reach.Loopback is set
	Secrets []keyring.Secret // the current one first; more while receivers change over
	Now     func() time.Time
	Reach   reach.Reach
	Timeout time.Duration // for one attempt; 10 s when 0
	TLS     *tls.Config   // nil for the system's authorities; may carry a client certificate
}

// Hook delivers messages to one address. It is safe for concurrent use.
type Hook struct {
	Config
	host   string // for errors: an address can carry secrets, a host cannot
	client *http.Client
}

var _ outbox.Handler = (*Hook)(nil)

const (
	defaultTimeout = 10 * time.Second
	maxAnswer      = 4 << 10 // bytes of an answer that are read, so that the connection can be used again
	longestWait    = time.Hour
)

// New makes a hook. A wrong configuration is the fault "webhook.url" or
// "webhook.secret".
func New(c Config) (*Hook, error) {
	u, err := url.Parse(c.URL)
	plain := err == nil && u.Scheme == "http"
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && !plain:
		return nil, fault.Invalidf("webhook.url", "The address for webhooks must be https://HOST/PATH, without a user name.")
	case plain && !c.Reach.Loopback:
		return nil, fault.Invalidf("webhook.url", "The address for webhooks must be https: plain http is for this machine only, and only in demonstrations.")
	case len(c.Secrets) == 0:
		return nil, fault.Invalidf("webhook.secret", "Webhooks need a secret to sign with.")
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	settings := &tls.Config{}
	if c.TLS != nil {
		settings = c.TLS.Clone()
	}
	settings.MinVersion = max(settings.MinVersion, tls.VersionTLS12)
	transport := &http.Transport{
		DialContext: c.Reach.Dialer(plain).DialContext, TLSClientConfig: settings, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: c.Timeout, MaxResponseHeaderBytes: 64 << 10,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Hook{c, u.Host, &http.Client{Transport: transport, CheckRedirect: stay}}, nil
}

// Close gives idle connections up.
func (h *Hook) Close() { h.client.CloseIdleConnections() }

// Deliver implements outbox.Handler. The payload of m must be JSON.
func (h *Hook) Deliver(ctx context.Context, m outbox.Message) error {
	body, err := json.Marshal(envelope{Type: m.Kind, Timestamp: m.Created.UTC(), Data: m.Payload})
	if err != nil {
		return outbox.Permanent(errors.New("webhook: the payload is not JSON")) // its error would quote it
	}
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return outbox.Permanent(errors.New("webhook: the address cannot be used"))
	}
	h.dress(r, m, body)
	got, err := h.client.Do(r)
	if err != nil {
		return h.unreached(err)
	}
	defer got.Body.Close()                                          //nolint:errcheck // what matters was read
	_, _ = io.Copy(io.Discard, io.LimitReader(got.Body, maxAnswer)) // the status is the answer
	return h.judge(got)
}

func (h *Hook) dress(r *http.Request, m outbox.Message, body []byte) {
	id, at := m.ID.String(), strconv.FormatInt(h.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Countersign-Webhook/1")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", signature(h.Secrets, id, at, body))
}

// unreached takes the address out of an error of the client: there may be a secret
// in its path or query.
func (h *Hook) unreached(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fmt.Errorf("webhook: %s did not take the message: %w", h.host, err)
}

// judge says what an answer means; see the package comment.
func (h *Hook) judge(got *http.Response) error {
	if got.StatusCode >= 200 && got.StatusCode < 300 {
		return nil
	}
	err := fmt.Errorf("webhook: %s answered with status %d", h.host, got.StatusCode)
	switch got.StatusCode {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return outbox.Permanent(err)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if wait := h.retryAfter(got.Header.Get("Retry-After")); wait > 0 {
			return fault.Unavailablef(err, "webhook.busy", "The receiver of webhooks asks to be left alone for a while.").WithRetry(wait)
		}
	}
	return err
}

// retryAfter reads the header (RFC 9110, section 10.2.3), at most an hour; 0 when
// it says nothing.
func (h *Hook) retryAfter(value string) time.Duration {
	var wait time.Duration
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(h.Now())
	}
	return min(max(wait, 0), longestWait)
}
