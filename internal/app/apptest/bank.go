package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Bank is a bank's application: it calls the JSON API of one node.
type Bank struct {
	url  string
	in   *Installation
	http *http.Client

	mu     sync.Mutex
	bearer string
	said   bytes.Buffer // every answer, for tests that look for secrets
}

// Bank returns an application that calls this node.
func (n *Node) Bank() *Bank {
	return &Bank{url: "http://" + n.API, in: n.in, http: &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}}
}

// Close lets idle connections go.
func (b *Bank) Close() { b.http.CloseIdleConnections() }

// Answer is an answer of the API.
type Answer struct {
	Status     int
	RetryAfter string
	Body       []byte
}

// Problem is the stable code of a problem+json answer.
func (a Answer) Problem() string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.Body, &p)
	return p.Code
}

// read takes the answer apart when it has the status; it is an error otherwise.
func (a Answer) read(status int, into any) error {
	if a.Status != status {
		return fmt.Errorf("status %d, want %d: %.300s", a.Status, status, a.Body)
	}
	return json.Unmarshal(a.Body, into)
}

// Call sends a request with the application's access token. The body is JSON, nil
// for none; key is an idempotency key, "" for none.
func (b *Bank) Call(method, path, key string, body any) (Answer, error) {
	bearer, err := b.token()
	if err != nil {
		return Answer{}, err
	}
	var content io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, b.url+path, content)
	if err != nil {
		return Answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return b.do(r)
}

func (b *Bank) do(r *http.Request) (Answer, error) {
	got, err := b.http.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer got.Body.Close() //nolint:errcheck // read
	body, err := io.ReadAll(got.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = fmt.Fprintf(&b.said, "%v\n%s\n", got.Header, body)
	return Answer{Status: got.StatusCode, RetryAfter: got.Header.Get("Retry-After"), Body: body}, err
}

// token gets an access token once (OAuth 2.0 client credentials).
func (b *Bank) token() (string, error) {
	b.mu.Lock()
	bearer := b.bearer
	b.mu.Unlock()
	if bearer != "" {
		return bearer, nil
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.url+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return "", err
	}
	r.SetBasicAuth(b.in.clientID, b.in.clientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := b.http.Do(r) // not by do: this one answer is a secret
	if err != nil {
		return "", err
	}
	defer got.Body.Close() //nolint:errcheck // read
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return "", fmt.Errorf("no access token: status %d, %w", got.StatusCode, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bearer = answer.AccessToken
	return answer.AccessToken, nil
}

// Said is every answer so far.
func (b *Bank) Said() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.said.Bytes())
}

// Secrets are what the application holds: its secret and its access token.
func (b *Bank) Secrets() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return []string{b.in.clientSecret, b.bearer}
}

// Authentication is an outcome.
type Authentication struct {
	Handle   string   `json:"authentication"`
	State    string   `json:"state"`
	Accepted bool     `json:"accepted"`
	Policies []string `json:"policies"`
	Factors  []string `json:"factors"`
	Reason   string   `json:"reason"`
}

// Try starts a login with a code and returns whatever came back.
func (b *Bank) Try(number, code, key string) (Answer, error) {
	return b.Call(http.MethodPost, "/v1/authentications", key, map[string]any{
		"customer_number": number, "purpose": "login", "channel": "web", "proof": map[string]any{"code": code},
	})
}

// Login is Try of which an outcome is expected.
func (b *Bank) Login(number, code string) (out Authentication, err error) {
	a, err := b.Try(number, code, "")
	if err != nil {
		return out, err
	}
	return out, a.read(http.StatusCreated, &out)
}

// MustLogin is Login for the test's goroutine.
func (b *Bank) MustLogin(t testing.TB, number, code string) Authentication {
	t.Helper()
	out, err := b.Login(number, code)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
