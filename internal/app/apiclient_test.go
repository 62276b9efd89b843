package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// apiClient is the bank's application of a running demo.
type apiClient struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client
}

// newClient gets an access token with the client that the demo told.
func newClient(t *testing.T, d demoTold) *apiClient {
	t.Helper()
	c := &apiClient{t: t, base: d.URLs["api"], http: &http.Client{Timeout: 30 * time.Second}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.Client.TokenURL, strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(d.Client.ID, d.Client.Secret)
	c.token, _ = c.do(r)["access_token"].(string)
	return c
}

// post calls an operation that must succeed.
func (c *apiClient) post(path string, body any) map[string]any {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+path, bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	return c.do(r)
}

// get reads something that must be there.
func (c *apiClient) get(path string) map[string]any {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.base+path, http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	return c.do(r)
}

func (c *apiClient) do(r *http.Request) (out map[string]any) {
	c.t.Helper()
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode >= 300 {
		c.t.Fatalf("%s %s: %d %v, %v", r.Method, r.URL.Path, res.StatusCode, out, err)
	}
	return out
}
