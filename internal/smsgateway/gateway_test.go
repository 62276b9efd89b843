package smsgateway_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/smsgateway"
)

var (
	secret = keyring.Secret("0123456789abcdef01234567")
	old    = keyring.Secret("fedcba9876543210fedcba98")
)

func now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// sign signs as Standard Webhooks 1.0 says, written apart from the code it tests.
func sign(s keyring.Secret, id string, at time.Time, body string) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, s)
	_, _ = io.WriteString(m, id+"."+stamp+"."+body)
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {stamp},
		"Webhook-Signature": {"v1a,other v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))},
	}
}

type receiver struct {
	got []sms.Receipt
	err error
}

func (r *receiver) Receive(_ context.Context, x sms.Receipt) error {
	r.got = append(r.got, x)
	return r.err
}

func open(t *testing.T, address string, r sms.Receiver) *smsgateway.Gateway {
	t.Helper()
	g, err := smsgateway.New(smsgateway.Config{Name: "http", URL: address, Secrets: []keyring.Secret{secret, old}, Receiver: r, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func message() sms.Outgoing {
	return sms.Outgoing{ID: ident.Derive("message"), To: "+4791234567", Body: "Your code is 123456", Class: sms.ClassCode, Expires: now().Add(5 * time.Minute)}
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	var got map[string]any
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for _, key := range []keyring.Secret{secret, old} { // whichever of the two the service knows
			want := strings.TrimPrefix(sign(key, r.Header.Get("Webhook-Id"), now(), string(body)).Get("Webhook-Signature"), "v1a,other ")
			if !strings.Contains(r.Header.Get("Webhook-Signature"), want) {
				t.Errorf("signed %s", r.Header.Get("Webhook-Signature"))
			}
		}
		if err := json.Unmarshal(body, &got); err != nil || r.Header.Get("Webhook-Id") != message().ID.String() {
			t.Errorf("%s %s: %v", r.Header.Get("Webhook-Id"), body, err)
		}
		_, _ = io.WriteString(w, `{"references":["a","b"],"price":7}`)
	}))
	defer s.Close()
	refs, err := open(t, s.URL, nil).Submit(t.Context(), message())
	if diff := cmp.Diff([]string{"a", "b"}, refs); diff != "" || err != nil {
		t.Error(diff, err)
	}
	want := map[string]any{
		"type": "sms.send", "timestamp": "2026-11-22T10:00:00Z",
		"data": map[string]any{"id": message().ID.String(), "to": "+4791234567", "body": "Your code is 123456", "class": "code", "expires_at": "2026-11-22T10:05:00Z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status          int
		after, body     string
		good, permanent bool
		wait            time.Duration
	}{
		"nothing said":    {status: 204, good: true},
		"not JSON":        {status: 200, body: "OK", good: true},
		"empty reference": {status: 200, body: `{"references":[""]}`, good: true},
		"long reference":  {status: 200, body: `{"references":["` + strings.Repeat("x", 101) + `"]}`, good: true},
		"refused":         {status: 422, permanent: true},
		"busy":            {status: 429, after: "30", wait: 30 * time.Second},
		"busy until":      {status: 503, after: "Sun, 22 Nov 2026 10:00:10 GMT", wait: 10 * time.Second},
		"busy for ever":   {status: 503, after: "99999999", wait: time.Hour},
		"not found":       {status: 404},
		"our fault":       {status: 401},
		"its fault":       {status: 500},
		"elsewhere":       {status: 307},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if w.Header().Set("Location", "/elsewhere"); c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
				if c.body != "" {
					_, _ = io.WriteString(w, c.body)
				}
			}))
			defer s.Close()
			refs, err := open(t, s.URL+"/hidden?key=hidden", nil).Submit(t.Context(), message())
			if (err == nil) != c.good || len(refs) != 0 || outbox.IsPermanent(err) != c.permanent {
				t.Fatalf("%v, %v", refs, err)
			}
			if c.wait > 0 && fault.From(err).RetryAfter != c.wait {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "123456") || strings.Contains(err.Error(), "4791")) {
				t.Errorf("it tells too much: %v", err)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := open(t, s.URL+"/hidden", nil).Submit(t.Context(), message())
	if err == nil || outbox.IsPermanent(err) || strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
	late := message()
	late.Expires = now()
	if _, err := open(t, s.URL, nil).Submit(t.Context(), late); !outbox.IsPermanent(err) {
		t.Error(err)
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	const good = `{"type":"sms.receipt","data":{"reference":"a","state":"failed","code":"012","price":7}}`
	for name, c := range map[string]struct {
		key    keyring.Secret
		body   string
		spoil  func(http.Header)
		at     time.Time
		err    error
		status int
	}{
		"good":              {status: 204},
		"the old secret":    {key: old, status: 204},
		"another secret":    {key: keyring.Secret("another"), status: 401},
		"too old":           {at: now().Add(-6 * time.Minute), status: 401},
		"too young":         {at: now().Add(6 * time.Minute), status: 401},
		"another id":        {spoil: func(h http.Header) { h.Set("Webhook-Id", "other") }, status: 401},
		"another time":      {spoil: func(h http.Header) { h.Set("Webhook-Timestamp", strconv.FormatInt(now().Unix()+1, 10)) }, status: 401},
		"no signature":      {spoil: func(h http.Header) { h.Del("Webhook-Signature") }, status: 401},
		"no time":           {spoil: func(h http.Header) { h.Del("Webhook-Timestamp") }, status: 401},
		"not JSON":          {body: `{`, status: 400},
		"our own message":   {body: `{"type":"sms.send","data":{"reference":"a","state":"failed"}}`, status: 400},
		"no reference":      {body: `{"type":"sms.receipt","data":{"state":"failed"}}`, status: 400},
		"a state of ours":   {body: `{"type":"sms.receipt","data":{"reference":"a","state":"dead"}}`, status: 400},
		"too large":         {body: `{"type":"` + strings.Repeat("x", 16<<10) + `"}`, status: 413},
		"it is not stored":  {err: errors.New("away"), status: 503},
		"large references":  {body: `{"type":"sms.receipt","data":{"reference":"` + strings.Repeat("x", 101) + `","state":"failed"}}`, status: 400},
		"many small claims": {spoil: func(h http.Header) { h.Set("Webhook-Signature", strings.Repeat("v1,AAAA ", 100)) }, status: 401},
	} {
		if c.key == nil {
			c.key = secret
		}
		if c.body == "" {
			c.body = good
		}
		if c.at.IsZero() {
			c.at = now()
		}
		store := &receiver{err: c.err}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body))
		r.Header = sign(c.key, "msg_1", c.at, c.body)
		if c.spoil != nil {
			c.spoil(r.Header)
		}
		w := httptest.NewRecorder()
		open(t, "https://gateway.example", store).ServeHTTP(w, r)
		if w.Code != c.status || w.Body.Len() != 0 {
			t.Errorf("%s: status %d, %s", name, w.Code, w.Body)
		}
		if want := []sms.Receipt{{Gateway: "http", Reference: "a", State: sms.Failed, Code: "012"}}; c.status == 204 && cmp.Diff(want, store.got) != "" || c.status/100 == 4 && store.got != nil {
			t.Errorf("%s: stored %+v", name, store.got)
		}
	}
	w := httptest.NewRecorder()
	open(t, "https://gateway.example", nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://gateway.example/x": true, "http://127.0.0.1:8": true, "http://localhost/x": true,
		"http://gateway.example": false, "https://user@gateway.example": false, "https:///x": false, "ftp://127.0.0.1": false, "%": false,
	} {
		_, err := smsgateway.New(smsgateway.Config{URL: address, Secrets: []keyring.Secret{secret}, Now: now})
		if good != (err == nil) || !good && !fault.Is(err, "smsgateway.url") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := smsgateway.New(smsgateway.Config{URL: "https://gateway.example", Now: now}); !fault.Is(err, "smsgateway.secret") {
		t.Error(err)
	}
}
