package mssserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/mss"
)

// Notifier calls providers whose requests were of the mode asynchServerServer. Use NewNotifier.
type Notifier struct {
	NotifierConfig

	secure, plain *http.Client
}

// NotifierConfig is what a Notifier works with; all fields but TLS and Timeout are needed.
type NotifierConfig struct {
	Orders  Orders
	Signer  Signer
	Outbox  *outbox.Outbox
	ID      string // URI by which messages name us (MSSP_ID)
	Reach   reach.Reach
	TLS     *tls.Config   // nil for the system's authorities; may carry a client certificate
	Timeout time.Duration // for one attempt; 10 s when 0
	Now     func() time.Time
	Log     *slog.Logger
}

var _ outbox.Handler = (*Notifier)(nil)

const maxReceipt = 64 << 10 // bytes of an answer that are read

// NewNotifier makes a notifier.
func NewNotifier(c NotifierConfig) *Notifier {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	return &Notifier{c, c.client(false), c.client(true)}
}

// client makes connections where Reach allows, and with plain to this machine alone. It follows no
// redirects: a provider is called where it is registered.
func (c NotifierConfig) client(plain bool) *http.Client {
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
	return &http.Client{Transport: transport, CheckRedirect: stay}
}

// Deliver implements outbox.Handler: it sends one notification.
func (n *Notifier) Deliver(ctx context.Context, m outbox.Message) error {
	t, o, p, found, err := n.read(ctx, m.Payload)
	if err != nil || !found {
		return err
	}
	if _, registered := p.Callback(o.Callback); !registered {
		return outbox.Permanent(errors.New("mssserver: the address is not registered any more"))
	}
	message, err := n.message(t, o, &p)
	if err != nil {
		return err
	}
	body := (&mss.Envelope{Operation: mss.Notification, Message: message}).WriteRequest()
	receipt, err := n.post(ctx, o.Callback, body)
	if err != nil || receipt == nil || receipt.Message.Text == "" || receipt.TransID != t.Handle {
		return err
	}
	n.show(ctx, &p, t, receipt)
	return nil
}

// show passes on the text that a provider has answered with. It comes once: a failure is for the log.
func (n *Notifier) show(ctx context.Context, p *provider.Provider, t mobileid.Transaction, q *mss.ReceiptRequest) {
	text, err := receiptText(q.Message)
	if err == nil {
		_, err = n.Signer.Receipt(ctx, by(p), asking(p), t.Handle, mobileid.Message{Text: text, Acknowledge: q.UserAck, Language: q.Language})
	}
	if err != nil {
		n.Log.WarnContext(ctx, "the receipt of a notification was not shown", slog.String("provider", p.Code), telemetry.Err(err))
	}
}

// message is what a provider is told of a transaction: a fault is a status, too.
func (n *Notifier) message(t mobileid.Transaction, o provider.Order, p *provider.Provider) (*mss.StatusResponse, error) {
	now := n.Now()
	m := &mss.StatusResponse{
		Base: mss.Base{
			Major: mss.MajorVersion, Minor: mss.MinorVersion, AP: mss.AP{ID: p.Code, TransID: o.TransID, Instant: now, URL: o.Callback},
			MSSP: mss.Server{ID: mss.Member{URI: n.ID}, Instant: now},
		},
		TransID: t.Handle, User: named(o.User),
	}
	err := fill(t, o, p, &m.User, &m.Signed, &m.Status)
	if f := (*mss.Fault)(nil); errors.As(err, &f) {
		m.Status = mss.Status{Code: f.Code, Message: mss.Name(f.Code)}
		return m, nil
	}
	return m, err
}

// post sends a message, and returns the receipt of the answer; nil when there is none.
func (n *Notifier) post(ctx context.Context, address string, body []byte) (*mss.ReceiptRequest, error) {
	ctx, cancel := context.WithTimeout(ctx, n.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, outbox.Permanent(errors.New("mssserver: the address of a notification cannot be used"))
	}
	r.Header.Set("Content-Type", mss.Dialect{}.Media())
	r.Header.Set("User-Agent", "Countersign-MSS/1")
	client := n.secure
	if r.URL.Scheme == "http" {
		client = n.plain
	}
	got, err := client.Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address, in which there may be a secret
		}
		return nil, fmt.Errorf("mssserver: %s did not take a notification: %w", r.URL.Host, err)
	}
	defer got.Body.Close() //nolint:errcheck // what matters was read
	answer, err := io.ReadAll(io.LimitReader(got.Body, maxReceipt))
	switch {
	case got.StatusCode == http.StatusGone:
		return nil, outbox.Permanent(fmt.Errorf("mssserver: %s answered a notification with status %d", r.URL.Host, got.StatusCode))
	case got.StatusCode < 200 || got.StatusCode > 299:
		return nil, fmt.Errorf("mssserver: %s answered a notification with status %d", r.URL.Host, got.StatusCode)
	case err != nil:
		return nil, fmt.Errorf("mssserver: %s broke off its answer to a notification: %w", r.URL.Host, err)
	}
	return receiptOf(got.Header.Get("Content-Type"), answer), nil
}

// receiptOf reads the answer to a notification; nil when it is none that can be read.
func receiptOf(contentType string, body []byte) *mss.ReceiptRequest {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	e, err := mss.ReadResponse(media, body)
	if err != nil {
		return nil
	}
	q, _ := e.Message.(*mss.ReceiptRequest)
	return q
}

// Close gives idle connections up.
func (n *Notifier) Close() {
	n.secure.CloseIdleConnections()
	n.plain.CloseIdleConnections()
}
