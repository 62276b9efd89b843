package pushservice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/webpush"
)

// Subscriber is a phone at a push service: its subscription and the keys of it.
type Subscriber struct {
	Endpoint string // what application servers are told
	P256DH   string // base64url
	Auth     string // base64url

	client *http.Client
	own    string // address of the subscription, which only the phone knows
	keys   webpush.Subscriber
}

// Message is what a phone got.
type Message struct {
	Body    []byte
	Topic   string
	Urgency string
	TTL     time.Duration // that was left when it was fetched
}

// Subscribe subscribes at the service with an address. With key, messages must be signed by
// that key (RFC 8292, section 4).
func Subscribe(ctx context.Context, client *http.Client, service, key string, random io.Reader) (*Subscriber, error) {
	s := &Subscriber{client: client}
	var err error
	if s.keys, err = webpush.NewSubscriber(random); err != nil {
		return nil, err
	}
	s.P256DH, s.Auth = s.keys.Keys()
	options, err := json.Marshal(map[string]string{"vapid": key})
	if err != nil {
		return nil, err
	}
	got, err := s.do(ctx, http.MethodPost, strings.TrimSuffix(service, "/")+"/subscribe", 0, string(options))
	if err != nil {
		return nil, err
	}
	defer got.Body.Close() //nolint:errcheck // it has none
	if got.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("pushservice: no subscription: status %d", got.StatusCode)
	}
	link, _, _ := strings.Cut(strings.TrimPrefix(got.Header.Get("Link"), "<"), ">")
	if s.Endpoint, err = resolve(got, link); err != nil {
		return nil, err
	}
	s.own, err = resolve(got, got.Header.Get("Location"))
	return s, err
}

// resolve makes an address of a reference in an answer.
func resolve(got *http.Response, ref string) (string, error) {
	u, err := url.Parse(ref)
	if err != nil || ref == "" {
		return "", errors.New("pushservice: the service names no resource")
	}
	return got.Request.URL.ResolveReference(u).String(), nil
}

func (s *Subscriber) do(ctx context.Context, method, address string, wait time.Duration, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/webpush-options+json")
	}
	if wait > 0 {
		r.Header.Set("Prefer", "wait="+strconv.Itoa(int(wait/time.Second)))
	}
	return s.client.Do(r)
}

// Next waits up to wait, in whole seconds, for the next message, decrypts it and acknowledges it;
// false when none came. A message that was not encrypted for this phone is
// webpush.ErrMessage, and is acknowledged too.
func (s *Subscriber) Next(ctx context.Context, wait time.Duration) (m Message, ok bool, err error) {
	got, err := s.do(ctx, http.MethodGet, s.own, wait, "")
	if err != nil {
		return m, false, err
	}
	defer got.Body.Close() //nolint:errcheck // read to its end
	switch got.StatusCode {
	case http.StatusOK:
	case http.StatusNoContent:
		return m, false, nil
	default:
		return m, false, fmt.Errorf("pushservice: no message: status %d", got.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, webpush.MaxBody+1))
	if err != nil {
		return m, false, err
	}
	name, err := resolve(got, got.Header.Get("Content-Location"))
	if err == nil {
		err = s.delete(ctx, name)
	}
	if err != nil {
		return m, false, err
	}
	m.Topic, m.Urgency = got.Header.Get("Topic"), got.Header.Get("Urgency")
	m.TTL, _ = webpush.ParseTTL(got.Header.Get("Ttl"))
	m.Body, err = s.keys.Decrypt(body)
	return m, err == nil, err
}

// Unsubscribe ends the subscription.
func (s *Subscriber) Unsubscribe(ctx context.Context) error { return s.delete(ctx, s.own) }

func (s *Subscriber) delete(ctx context.Context, address string) error {
	got, err := s.do(ctx, http.MethodDelete, address, 0, "")
	if err != nil {
		return err
	}
	defer got.Body.Close() //nolint:errcheck // it has none
	if got.StatusCode != http.StatusNoContent {
		return fmt.Errorf("pushservice: %d for a resource that was to end", got.StatusCode)
	}
	return nil
}
