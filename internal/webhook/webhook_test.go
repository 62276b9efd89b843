package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/internal/webhook"
)

// now is the clock of these tests; it stands.
func now() time.Time { return time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC) }

func secret(b byte) keyring.Secret { return keyring.Secret(strings.Repeat(string(rune(b)), 32)) }

func message() outbox.Message {
	return outbox.Message{ID: ident.Derive("message"), Kind: "activation_code.part", Created: now(), Payload: []byte(`{"activation_code_part":"W8TN-3C"}`)}
}

// hook makes a hook that may reach this machine.
func hook(t *testing.T, url string, secrets ...keyring.Secret) *webhook.Hook {
	t.Helper()
	if len(secrets) == 0 {
		secrets = append(secrets, secret('a'))
	}
	h, err := webhook.New(webhook.Config{URL: url, Secrets: secrets, Now: now, Reach: reach.Reach{Loopback: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// verify is a receiver's check, written after the text of Standard Webhooks.
func verify(key []byte, r *http.Request, body []byte) bool {
	m := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(m, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
	for _, s := range strings.Fields(r.Header.Get("webhook-signature")) {
		version, text, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(text)
		if version == "v1" && err == nil && hmac.Equal(got, m.Sum(nil)) {
			return true
		}
	}
	return false
}

func TestReceiversCanVerify(t *testing.T) {
	t.Parallel()
	type seen struct {
		old, current, other bool
		body                struct {
			Type      string
			Timestamp time.Time
			Data      map[string]string
		}
		id, at, kind string
	}
	got := make(chan seen, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		x := seen{
			old: verify([]byte(secret('a')), r, b), current: verify([]byte(secret('b')), r, b), other: verify([]byte(secret('c')), r, b),
			id: r.Header.Get("webhook-id"), at: r.Header.Get("webhook-timestamp"), kind: r.Method + " " + r.Header.Get("Content-Type"),
		}
		if err := json.Unmarshal(b, &x.body); err != nil {
			t.Error(err)
		}
		got <- x
	}))
	defer s.Close()
	if err := hook(t, s.URL+"/hooks?x=1", secret('b'), secret('a')).Deliver(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	x := <-got
	if !x.old || !x.current || x.other {
		t.Errorf("signatures: %+v", x)
	}
	if x.id != message().ID.String() || x.at != strconv.FormatInt(now().Unix(), 10) || x.kind != "POST application/json" ||
		x.body.Type != "activation_code.part" || !x.body.Timestamp.Equal(now()) || x.body.Data["activation_code_part"] != "W8TN-3C" {
		t.Errorf("%+v", x)
	}
}

func TestAnswersAreJudged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status    int
		after     string
		delivered bool
		permanent bool
		retry     time.Duration
	}{
		{status: 200, delivered: true},
		{status: 202, delivered: true},
		{status: 204, delivered: true},
		{status: 301},
		{status: 307},
		{status: 400, permanent: true},
		{status: 401},
		{status: 404},
		{status: 410, permanent: true},
		{status: 422, permanent: true},
		{status: 429, after: "30", retry: 30 * time.Second},
		{status: 429},
		{status: 500, after: "30"},
		{status: 503, after: "Mon, 02 Nov 2026 09:01:00 GMT", retry: time.Minute},
		{status: 503, after: "Mon, 02 Nov 2026 08:00:00 GMT"},
		{status: 503, after: "99999999", retry: time.Hour},
		{status: 503, after: "-1"},
	} {
		var followed atomic.Bool
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				followed.Store(true)
			}
			w.Header().Set("Location", "/elsewhere")
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, strings.Repeat("x", 100<<10))
		}))
		err := hook(t, s.URL).Deliver(t.Context(), message())
		s.Close()
		if (err == nil) != c.delivered || outbox.IsPermanent(err) != c.permanent || followed.Load() {
			t.Errorf("%d: %v, permanent %v, followed %v", c.status, err, outbox.IsPermanent(err), followed.Load())
		}
		if retry := fault.From(err); c.retry > 0 && retry.RetryAfter != c.retry || c.retry == 0 && retry != nil && retry.RetryAfter != 0 {
			t.Errorf("%d with Retry-After %q: %v", c.status, c.after, retry.RetryAfter)
		}
	}
}

// Nothing of the payload, the secret or the address's path is in an error.
func TestErrorsTellNoSecrets(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	for _, c := range []struct{ url, payload string }{{s.URL, `{"c":"W8TN"}`}, {away.URL, `{"c":"W8TN"}`}, {s.URL, `W8TN is no JSON`}} {
		m := message()
		m.Payload = []byte(c.payload)
		err := hook(t, c.url+"/hidden-path?hidden-query").Deliver(t.Context(), m)
		if err == nil || strings.Contains(err.Error(), "W8TN") || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "aaaa") {
			t.Errorf("%v", err)
		}
	}
	s.Close()
}

// A receiver that does not answer is given up; the message is not.
func TestSilentReceivers(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer s.Close()
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if err := hook(t, s.URL).Deliver(ctx, message()); !errors.Is(err, context.Canceled) || outbox.IsPermanent(err) {
		t.Errorf("%v", err)
	}
	h, err := webhook.New(webhook.Config{URL: s.URL, Secrets: []keyring.Secret{secret('a')}, Now: now, Reach: reach.Reach{Loopback: true}, Timeout: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Deliver(t.Context(), message()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for url, code := range map[string]string{
		"https://bank.example/hooks": "", "https://10.0.0.1/hooks": "", "http://bank.example/hooks": "webhook.url", "ftp://bank.example": "webhook.url",
		"https://user:pass@bank.example/": "webhook.url", "https://": "webhook.url", "hooks": "webhook.url", "": "webhook.url", "https://bank.example/#x": "webhook.url",
	} {
		_, err := webhook.New(webhook.Config{URL: url, Secrets: []keyring.Secret{secret('a')}, Now: now})
		if code == "" && err != nil || code != "" && !fault.Is(err, code) {
			t.Errorf("%q: %v; want %q", url, err, code)
		}
	}
	if _, err := webhook.New(webhook.Config{URL: "https://bank.example", Now: now}); !fault.Is(err, "webhook.secret") {
		t.Errorf("without a secret: %v", err)
	}
	good := "whsec_" + base64.StdEncoding.EncodeToString(secret('k'))
	if s, err := webhook.ParseSecret(" " + good + "\n"); err != nil || string(s) != string(secret('k')) || fmt.Sprint(s) != "[redacted]" {
		t.Errorf("%v, %v", s, err)
	}
	for _, bad := range []string{"", good[6:], "whsec_", "whsec_c2hvcnQ=", "whsec_!", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := webhook.ParseSecret(bad); !fault.Is(err, "webhook.secret") || bad != "" && strings.Contains(err.Error(), bad) && len(bad) > 6 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
