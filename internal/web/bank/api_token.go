package bank

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// tokenMargin is how long before its end an access token is replaced.
const tokenMargin = 30 * time.Second

// accessToken is the token of the client credentials grant (RFC 6749, section
// 4.4), kept until shortly before its end.
type accessToken struct {
	mu    sync.Mutex
	value string
	ends  time.Time
}

// drop forgets the token; the next call gets a new one.
func (t *accessToken) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.value = ""
}

// accessToken returns a living token. Callers that arrive while one is being fetched wait
// for it, so that a hundred logins after an hour of rest ask once.
func (a *api) accessToken(ctx context.Context) (string, error) {
	t := &a.token
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value != "" && a.now().Before(t.ends) {
		return t.value, nil
	}
	value, life, err := a.fetchToken(ctx)
	if err != nil {
		return "", err
	}
	t.value, t.ends = value, a.now().Add(max(life-tokenMargin, life/2))
	return t.value, nil
}

func (a *api) fetchToken(ctx context.Context) (string, time.Duration, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(url.QueryEscape(a.id), url.QueryEscape(string(a.secret))) // RFC 6749, section 2.3.1
	resp, err := a.http.Do(r)
	if err != nil {
		return "", 0, fmt.Errorf("%w: the token endpoint: %w", errBroken, cause(err))
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, apiMaxBody))
	if err != nil {
		return "", 0, fmt.Errorf("%w: the token endpoint: %w", errBroken, err)
	}
	return readToken(resp.StatusCode, body)
}

// readToken reads RFC 6749, sections 5.1 and 5.2.
func readToken(status int, body []byte) (string, time.Duration, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"` // seconds
		Error       string `json:"error"`
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case status != http.StatusOK:
		return "", 0, unavailable(fmt.Errorf("the token endpoint answered %d %s", status, answer.Error))
	case err != nil:
		return "", 0, unavailable(fmt.Errorf("the token endpoint's answer cannot be read: %w", err))
	case answer.AccessToken == "" || !strings.EqualFold(answer.TokenType, "Bearer") || answer.ExpiresIn <= 0:
		return "", 0, unavailable(errors.New("the token endpoint gave no bearer token with a lifetime"))
	}
	return answer.AccessToken, time.Duration(answer.ExpiresIn) * time.Second, nil
}
