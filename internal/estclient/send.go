package estclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// query is a request.
type query struct {
	method, url, kind string
	body              []byte
	own               bool  // it goes to the authority itself, where we log in
	most              int64 // bytes of the answer
}

// reply is an answer with status 200.
type reply struct {
	kind string
	body []byte
}

// send sends a request, and reads an answer with status 200. Others are faults.
func (c *Client) send(ctx context.Context, q query) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return reply{}, unavailable(err)
	}
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	if q.own {
		if q.body != nil {
			r.Header.Set("Content-Transfer-Encoding", "base64")
		}
		if c.User != "" {
			r.SetBasicAuth(c.User, string(c.Password))
		}
	}
	return fetch(c.http, r, q.most)
}

// fetch does a request. The body of a refusal goes to the log alone, and not much of it.
func fetch(h *http.Client, r *http.Request, most int64) (reply, error) {
	resp, err := h.Do(r)
	if err != nil {
		return reply{}, unavailable(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return reply{}, unavailable(err)
	case int64(len(body)) > most:
		return reply{}, unavailable(errors.New("the answer is too long"))
	case resp.StatusCode == http.StatusOK:
		return reply{resp.Header.Get("Content-Type"), body}, nil
	}
	return reply{}, refusal(resp, body)
}

// errNotOffered is the cause of statuses by which a server says that an operation is not there, or not for us.
var errNotOffered = errors.New("the operation is not offered")

// refusal is the fault of a status (RFC 7030, section 4.2.3).
func refusal(resp *http.Response, body []byte) error {
	const some = 200
	said := fmt.Errorf("%s: %q", resp.Status, body[:min(len(body), some)])
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		said = fmt.Errorf("%w: %w", errNotOffered, said)
	case http.StatusAccepted:
		return fault.Unavailablef(said, "est.pending", "The certification authority has not decided yet.").WithRetry(after(resp))
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return fault.Invalidf("est.refused", "The certification authority refuses the request.").WithCause(said)
	}
	return unavailable(said).WithRetry(after(resp))
}

// after is what Retry-After says, within reason; a minute when it says nothing.
func after(resp *http.Response) time.Duration {
	const longest = 24 * time.Hour
	n, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 32)
	if err != nil || n == 0 {
		return time.Minute
	}
	return min(time.Duration(n)*time.Second, longest)
}

// kept is send with a memory of a few minutes, for what does not change often.
func (c *Client) kept(ctx context.Context, q query) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	if x, ok := c.cache[q.url]; ok && !now.Before(x.at) && now.Sub(x.at) < keepFor {
		return reply{body: x.body}, nil
	}
	a, err := c.send(ctx, q)
	if err == nil {
		c.cache[q.url] = cached{a.body, now}
	}
	return a, err
}
