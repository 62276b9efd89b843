package smsgateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
)

// Config says where messages go. All fields but Timeout and Client are required.
type Config struct {
	Name     string           // of the gateway, for ever the same
	URL      string           // https, or http to this machine
	Secrets  []keyring.Secret // the current one first; more while the service changes over
	Receiver sms.Receiver
	Now      func() time.Time
	Timeout  time.Duration     // for one attempt; 10 s when 0
	Client   http.RoundTripper // nil for one of its own
}

// Gateway is one HTTP service. It is safe for concurrent use.
type Gateway struct {
	Config
	host   string // for errors
	client *http.Client
}

var (
	_ sms.Gateway  = (*Gateway)(nil)
	_ http.Handler = (*Gateway)(nil)
)

const (
	defaultTimeout = 10 * time.Second
	maxAnswer      = 16 << 10 // bytes
	maxReferences  = 255
	longestWait    = time.Hour
)

// New makes a gateway. A wrong configuration is the fault "smsgateway.url" or
// "smsgateway.secret".
func New(c Config) (*Gateway, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, fault.Invalidf("smsgateway.url", "The address of the HTTP gateway must be https://HOST/PATH, or http to this machine, without a user name.")
	case len(c.Secrets) == 0:
		return nil, fault.Invalidf("smsgateway.secret", "The HTTP gateway needs a secret to sign with.")
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Client == nil {
		c.Client = &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Gateway{c, u.Host, &http.Client{Transport: c.Client, CheckRedirect: stay}}, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || host == "localhost"
}

// Name implements sms.Gateway.
func (g *Gateway) Name() string { return g.Config.Name }

// sending is the body of a message on its way out.
type sending struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Body    string    `json:"body"`
	Class   string    `json:"class"`
	Expires time.Time `json:"expires_at"`
}

// Submit implements sms.Gateway.
func (g *Gateway) Submit(ctx context.Context, o sms.Outgoing) ([]string, error) {
	now := g.Now()
	if !now.Before(o.Expires) {
		return nil, outbox.Permanent(errors.New("smsgateway: the message has expired"))
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	body, err := json.Marshal(sending{"sms.send", now.UTC(), data{o.ID.String(), o.To, o.Body, o.Class, o.Expires.UTC()}})
	if err != nil {
		return nil, errors.New("smsgateway: the message cannot be written") // its error would quote it
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("smsgateway: the address cannot be used")
	}
	g.dress(r, o.ID.String(), strconv.FormatInt(now.Unix(), 10), body)
	got, err := g.client.Do(r)
	if err != nil {
		return nil, g.unreached(err)
	}
	defer got.Body.Close() //nolint:errcheck // what matters was read
	answer, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	if err != nil && got.StatusCode/100 == 2 {
		return nil, g.unreached(err)
	}
	return g.judge(got, answer)
}

func (g *Gateway) dress(r *http.Request, id, at string, body []byte) {
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Countersign-SMS/1")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", signature(g.Secrets, id, at, body))
}

// unreached takes the address out of an error of the client.
func (g *Gateway) unreached(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fmt.Errorf("smsgateway: %s did not take the message: %w", g.host, err)
}

// judge says what an answer means; see the package comment.
func (g *Gateway) judge(got *http.Response, answer []byte) ([]string, error) {
	if got.StatusCode/100 == 2 {
		return g.references(answer), nil
	}
	err := fmt.Errorf("smsgateway: %s answered with status %d", g.host, got.StatusCode)
	switch got.StatusCode {
	case http.StatusUnprocessableEntity:
		return nil, outbox.Permanent(err)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		wait := g.retryAfter(got.Header.Get("Retry-After"))
		return nil, fault.Limitedf(wait, "smsgateway.busy", "The HTTP gateway asks to be left alone for a while.").WithCause(err)
	}
	return nil, err
}

// references reads the answer of a service that took the message. What cannot be
// read is no reason to send it again: it is taken without references.
func (g *Gateway) references(answer []byte) []string {
	var a struct {
		References []string `json:"references"`
	}
	if json.Unmarshal(answer, &a) != nil || len(a.References) > maxReferences {
		return nil
	}
	for _, ref := range a.References {
		if ref == "" || len(ref) > maxReference {
			return nil
		}
	}
	return a.References
}

// retryAfter reads the header (RFC 9110, section 10.2.3), at most an hour; 0 when
// it says nothing.
func (g *Gateway) retryAfter(value string) time.Duration {
	var wait time.Duration
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(g.Now())
	}
	return min(max(wait, 0), longestWait)
}
