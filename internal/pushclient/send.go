package pushclient

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/webpush"
)

// The whole message: the phone is told to look, and nothing else.
const (
	content       = `{"t":"prompt"}`
	contentLetter = `{"t":"letters"}`
)

// tokenLife is how long an identification is good for: far less than the day that push
// services allow, far more than clocks differ.
const tokenLife = 4 * time.Hour

// sender sends one push to one phone.
type sender struct{ *Client }

var (
	_ outbox.Recorder   = sender{}
	_ outbox.Undertaker = sender{}
)

// Deliver implements outbox.Handler: Hand, and a transaction of its own.
func (s sender) Deliver(ctx context.Context, m outbox.Message) error { return s.alone(ctx, m, s.Hand) }

// Buried implements outbox.Undertaker.
func (s sender) Buried(tx *db.Tx, m outbox.Message, why string) error { return s.forget(tx, m, why) }

// Hand implements outbox.Recorder: see the package comment.
func (s sender) Hand(ctx context.Context, m outbox.Message) (record func(*db.Tx) error, err error) {
	o, err := readOrder(m)
	if err != nil {
		return nil, err
	}
	t, found, err := s.Desk.Target(ctx, o.Customer, o.Token)
	if err != nil || !found { // unbound, gone or erased since
		return nil, err
	}
	if !s.turn(ctx) {
		return nil, fault.Unavailablef(nil, "push.busy", "Too many pushes are under way.").WithRetry(time.Second)
	}
	defer func() { <-s.slots }()
	if s.Now().Add(least).After(o.Expires) {
		s.stats.late.Add(1)
		return nil, nil
	}
	answer, err := s.post(ctx, t, &o)
	return s.judge(ctx, t, o.Expires, answer, err)
}

// turn waits a little for a free slot.
func (c *Client) turn(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// answer is what is used of a push service's answer.
type answer struct {
	status int
	after  time.Duration // Retry-After; 0 when it says nothing
}

// post sends one push.
func (c *Client) post(ctx context.Context, t push.Target, o *order) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	r, err := c.request(ctx, t, o)
	if err != nil {
		return a, err
	}
	client := c.secure
	if r.URL.Scheme == "http" {
		client = c.plain
	}
	got, err := client.Do(r)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()                                          //nolint:errcheck // what matters was read
	_, _ = io.Copy(io.Discard, io.LimitReader(got.Body, maxAnswer)) // the status is the answer
	return answer{got.StatusCode, c.retryAfter(got.Header.Get("Retry-After"))}, nil
}

func (c *Client) request(ctx context.Context, t push.Target, o *order) (*http.Request, error) {
	key, err := c.Desk.Signer(ctx, t)
	if err != nil {
		return nil, err
	}
	origin, err := webpush.Origin(t.Endpoint)
	if err != nil {
		return nil, err
	}
	authorization, err := webpush.Sign(key, webpush.Claims{Audience: origin, Expires: c.Now().Add(tokenLife), Subject: c.Contact})
	if err != nil {
		return nil, err
	}
	text, urgency := content, webpush.High // a person waits
	if o.Letters {
		text, urgency = contentLetter, webpush.Normal
	}
	body, err := t.Receiver.Encrypt([]byte(text), c.Rand)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the endpoint cannot be used") // its error would quote it
	}
	r.Header = http.Header{
		"Authorization": {authorization}, "Content-Encoding": {webpush.Encoding}, "Content-Type": {"application/octet-stream"},
		"Ttl": {webpush.FormatTTL(o.Expires.Sub(c.Now()))}, "Urgency": {string(urgency)}, "Topic": {webpush.Topic(o.Prompt.String())}, "User-Agent": {"Countersign-Push/1"},
	}
	return r, nil
}

// judge says what an answer means; see the package comment.
func (c *Client) judge(ctx context.Context, t push.Target, expires time.Time, a answer, err error) (record func(*db.Tx) error, _ error) {
	switch {
	case errors.Is(err, reach.ErrOutside):
		return c.giveUp(ctx, t, push.Unreachable, a)
	case fault.Is(err, "push.key_spent"):
		return c.giveUp(ctx, t, push.KeyStolen, a)
	case isFault(err): // ours, such as a database that is away
		return nil, err
	case err != nil:
		return c.again(ctx, t, expires, push.Unreachable, 0)
	case a.status >= 200 && a.status < 300:
		c.stats.taken.Add(1)
		return func(tx *db.Tx) error { return push.Taken(tx, t) }, nil
	case a.status == http.StatusNotFound || a.status == http.StatusGone:
		c.stats.gone.Add(1)
		return func(tx *db.Tx) error { return push.Gone(tx, t) }, nil
	case a.status == http.StatusTooManyRequests:
		return c.again(ctx, t, expires, push.Busy, a.after)
	case a.status >= 500:
		return c.again(ctx, t, expires, push.Unavailable, a.after)
	}
	return c.giveUp(ctx, t, push.Refused, a)
}

// isFault reports whether an error is one of ours, and not of the network's.
func isFault(err error) bool {
	_, ok := errors.AsType[*fault.Error](err)
	return ok
}

// giveUp notes a failure that no repetition cures.
func (c *Client) giveUp(ctx context.Context, t push.Target, why push.Reason, a answer) (func(*db.Tx) error, error) {
	c.stats.refused.Add(1)
	c.Log.LogAttrs(ctx, slog.LevelWarn, "a push service does not take our pushes", slog.String("service", t.Service), slog.Int("status", a.status), slog.String("reason", string(why)))
	return func(tx *db.Tx) error { return push.Failed(tx, t, why) }, nil
}

// again has the outbox try again, no sooner than the service asks; or gives up when that would
// be too late.
func (c *Client) again(ctx context.Context, t push.Target, expires time.Time, why push.Reason, after time.Duration) (func(*db.Tx) error, error) {
	c.stats.failed.Add(1)
	if c.Now().Add(max(after, least) + least).After(expires) {
		c.stats.late.Add(1)
		return func(tx *db.Tx) error { return push.Failed(tx, t, why) }, nil
	}
	err := c.Desk.NoteFailed(context.WithoutCancel(ctx), t, why)
	return nil, errors.Join(err, fault.Unavailablef(errors.New(string(why)), "push.not_taken", "%s did not take a push.", t.Service).WithRetry(after))
}

// retryAfter reads the header (RFC 9110, section 10.2.3); 0 when it says nothing.
func (c *Client) retryAfter(value string) time.Duration {
	var wait time.Duration
	if n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(c.Now())
	}
	return max(wait, 0)
}
