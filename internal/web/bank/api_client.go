package bank

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/fault"
)

const (
	apiTimeout = 8 * time.Second // of one attempt; a person waits for it
	apiMaxBody = 1 << 20         // bytes of an answer
	apiTries   = 2               // attempts when the connection breaks
)

// api is the client of Countersign's JSON API. It is safe for concurrent use.
type api struct {
	base   string // without a slash at the end
	id     string
	secret config.Secret
	http   *http.Client
	now    func() time.Time
	rand   io.Reader
	token  accessToken
}

// call sends one request and reads the answer into out, if that is not nil. A
// POST carries an idempotency key, so it can be sent again when the connection
// broke, without being carried out twice.
func (a *api) call(ctx context.Context, method, path string, in, out any) error {
	return a.callAs(ctx, "", method, path, in, out)
}

// callAs is call under an idempotency key that the caller chose; "" is a new one.
func (a *api) callAs(ctx context.Context, named, method, path string, in, out any) error {
	body, key, err := a.prepare(method, in)
	if err != nil {
		return err
	}
	if named != "" {
		key = named
	}
	for try := 1; ; try++ {
		err = a.attempt(ctx, method, path, body, key, out)
		broken := errors.Is(err, errBroken)
		if !broken && !errors.Is(err, errUnauthorized) || try == apiTries || ctx.Err() != nil {
			break
		}
		if !broken {
			a.token.drop() // it was revoked, or the server's keys were changed
		}
	}
	if errors.Is(err, errBroken) || errors.Is(err, errUnauthorized) {
		return unavailable(err)
	}
	return err
}

var (
	errBroken       = errors.New("no answer")
	errUnauthorized = errors.New("the access token was refused")
)

// unavailable is what the reader is told when the API cannot be used, for
// whatever reason: they can do nothing but come back.
func unavailable(err error) error {
	return fault.Unavailablef(err, "bank.api", "Our security service does not answer at the moment. Nothing was lost. Please try again shortly.")
}

func (a *api) prepare(method string, in any) (body []byte, key string, err error) {
	if method != http.MethodPost {
		return nil, "", nil
	}
	if body, err = json.Marshal(in); err != nil {
		return nil, "", err
	}
	key, err = randomName(a.rand)
	return body, key, err
}

func (a *api) attempt(ctx context.Context, method, path string, body []byte, key string, out any) error {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	token, err := a.accessToken(ctx)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
	}
	return a.send(r, out)
}

// send carries out one request. Errors name the operation, never what was sent.
func (a *api) send(r *http.Request, out any) error {
	resp, err := a.http.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %s %s: %w", errBroken, r.Method, r.URL.Path, cause(err))
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, apiMaxBody))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s %s: %w", errBroken, r.Method, r.URL.Path, err)
	case resp.StatusCode >= http.StatusMultipleChoices:
		return readProblem(resp, body)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return unavailable(fmt.Errorf("%s %s: the answer cannot be read: %w", r.Method, r.URL.Path, err))
	}
	return nil
}

// cause leaves the address out, which the caller names without its query.
func cause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// randomName makes a name that nobody can guess: 256 bits in base64url.
func randomName(random io.Reader) (string, error) {
	const size = 32
	b := make([]byte, size)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("bank: no randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// at joins segments of a path, each escaped.
func at(segments ...string) string {
	var s strings.Builder
	s.WriteString("/v1")
	for _, x := range segments {
		s.WriteString("/" + url.PathEscape(x))
	}
	return s.String()
}
