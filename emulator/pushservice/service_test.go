package pushservice_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/pushservice"
	"github.com/countersign-auth/countersign/webpush"
)

// world is a service, the application server that sends, and its key.
type world struct {
	testing.TB
	*pushservice.Service

	server *httptest.Server
	now    atomic.Int64 // seconds since 1970
	key    *ecdsa.PrivateKey
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{TB: t}
	w.now.Store(1_900_000_000)
	w.Service = pushservice.New(pushservice.Config{Now: w.time, Rand: rand.Reader})
	w.server = httptest.NewServer(w.Service)
	t.Cleanup(w.server.Close)
	w.key = newKey(t)
	return w
}

func (w *world) time() time.Time { return time.Unix(w.now.Load(), 0) }

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (w *world) subscribe(key string) *pushservice.Subscriber {
	w.Helper()
	s, err := pushservice.Subscribe(w.Context(), w.server.Client(), w.server.URL, key, rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) public(k *ecdsa.PrivateKey) string {
	w.Helper()
	s, err := webpush.FormatKey(&k.PublicKey)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// send sends a message to a subscriber; change alters the request.
func (w *world) send(s *pushservice.Subscriber, text string, change func(http.Header)) answer {
	w.Helper()
	r, err := webpush.ParseReceiver(s.P256DH, s.Auth)
	if err != nil {
		w.Fatal(err)
	}
	body, err := r.Encrypt([]byte(text), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	return w.post(s.Endpoint, body, change)
}

func (w *world) post(endpoint string, body []byte, change func(http.Header)) answer {
	w.Helper()
	q, err := http.NewRequestWithContext(w.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	q.Header.Set("Ttl", "60")
	q.Header.Set("Content-Encoding", webpush.Encoding)
	q.Header.Set("Authorization", w.signed(w.key, w.server.URL, time.Hour))
	if change != nil {
		change(q.Header)
	}
	got, err := w.server.Client().Do(q)
	if err != nil {
		w.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // status and fields are the answer
	return answer{got.StatusCode, got.Header}
}

// answer is what application servers see.
type answer struct {
	status int
	http.Header
}

func (w *world) signed(k *ecdsa.PrivateKey, audience string, life time.Duration) string {
	w.Helper()
	a, err := webpush.Sign(k, webpush.Claims{Audience: audience, Expires: w.time().Add(life), Subject: "mailto:it@bank.example"})
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) next(s *pushservice.Subscriber) (string, bool) {
	w.Helper()
	m, ok, err := s.Next(w.Context(), 0)
	if err != nil {
		w.Fatal(err)
	}
	return string(m.Body), ok
}

// A message goes from the application server to the phone, once, and the service saw no word of it.
func TestAMessageArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.subscribe(w.public(w.key))
	got := w.send(s, "look", func(h http.Header) { h.Set("Urgency", "high"); h.Set("Topic", "one") })
	if got.status != http.StatusCreated || !strings.HasPrefix(got.Get("Location"), "/message/") || got.Get("Ttl") != "60" {
		t.Fatalf("%d, %v", got.status, got.Header)
	}
	w.now.Add(10)
	m, ok, err := s.Next(t.Context(), 0)
	if err != nil || !ok || string(m.Body) != "look" || m.Topic != "one" || m.Urgency != "high" || m.TTL != 50*time.Second {
		t.Errorf("%+v, %v, %v", m, ok, err)
	}
	if text, ok := w.next(s); ok {
		t.Errorf("again: %q", text)
	}
	p := w.Pushes()
	if len(p) != 1 || p[0].Key != w.public(w.key) || p[0].Subject != "mailto:it@bank.example" || p[0].TTL != time.Minute {
		t.Errorf("%+v", p)
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.subscribe(w.public(w.key))
	open := w.subscribe("")
	for name, x := range map[string]struct {
		to     *pushservice.Subscriber
		change func(http.Header)
		want   int
	}{
		"no TTL":                {s, func(h http.Header) { h.Del("Ttl") }, 400},
		"a negative TTL":        {s, func(h http.Header) { h.Set("Ttl", "-1") }, 400},
		"a long topic":          {s, func(h http.Header) { h.Set("Topic", strings.Repeat("x", 33)) }, 400},
		"an unknown urgency":    {s, func(h http.Header) { h.Set("Urgency", "very-high") }, 400},
		"another coding":        {s, func(h http.Header) { h.Set("Content-Encoding", "aesgcm") }, 400},
		"nobody":                {s, func(h http.Header) { h.Del("Authorization") }, 401},
		"another key":           {s, func(h http.Header) { h.Set("Authorization", w.signed(newKey(t), w.server.URL, time.Hour)) }, 403},
		"another audience":      {s, func(h http.Header) { h.Set("Authorization", w.signed(w.key, "https://x.example", time.Hour)) }, 403},
		"a token that ran out":  {s, func(h http.Header) { h.Set("Authorization", w.signed(w.key, w.server.URL, 0)) }, 403},
		"a token for two days":  {s, func(h http.Header) { h.Set("Authorization", w.signed(w.key, w.server.URL, 48*time.Hour)) }, 403},
		"nobody, unrestricted":  {open, func(h http.Header) { h.Del("Authorization") }, 201},
		"anybody, unrestricted": {open, func(h http.Header) { h.Set("Authorization", w.signed(newKey(t), w.server.URL, time.Hour)) }, 201},
		"badly, unrestricted":   {open, func(h http.Header) { h.Set("Authorization", "vapid t=x.y.z, k=k") }, 403},
	} {
		if got := w.send(x.to, "x", x.change); got.status != x.want {
			t.Errorf("%s: %d, want %d", name, got.status, x.want)
		}
	}
	if got := w.post(s.Endpoint, make([]byte, webpush.MaxBody+1), nil); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long message: %d", got.status)
	}
	if got := w.post(w.server.URL+"/push/unknown", nil, nil); got.status != http.StatusNotFound {
		t.Errorf("an unknown endpoint: %d", got.status)
	}
	if _, ok := w.next(s); ok {
		t.Error("something arrived")
	}
}

// One of a topic waits; what ran out is not delivered.
func TestTopicAndTTL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.subscribe("")
	for _, text := range []string{"first", "second"} {
		w.send(s, text, func(h http.Header) { h.Set("Topic", "same") })
	}
	w.send(s, "other", func(h http.Header) { h.Set("Ttl", "5") })
	w.send(s, "at once or never", func(h http.Header) { h.Set("Ttl", "0") })
	if text, _ := w.next(s); text != "second" {
		t.Errorf("%q is the first", text)
	}
	w.now.Add(5)
	if text, ok := w.next(s); ok {
		t.Errorf("%q had run out", text)
	}
}

// A phone that waits gets the message when it comes; a cut answer loses none.
func TestLongPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.subscribe("")
	got := make(chan string)
	go func() {
		m, _, err := s.Next(context.WithoutCancel(t.Context()), 30*time.Second)
		if err != nil {
			t.Error(err)
		}
		got <- string(m.Body)
	}()
	w.send(s, "now", nil)
	if text := <-got; text != "now" {
		t.Errorf("%q", text)
	}
}

// A subscription that ended says so to the sender, and its phone gets nothing more.
func TestEndedSubscriptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.subscribe(""), w.subscribe("")
	if err := one.Unsubscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Remove(two.Endpoint)
	for _, s := range []*pushservice.Subscriber{one, two} {
		if got := w.send(s, "x", nil); got.status != http.StatusGone {
			t.Errorf("%d", got.status)
		}
		if _, ok, err := s.Next(t.Context(), 0); ok || err == nil {
			t.Error("it lives on")
		}
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.subscribe("")
	w.Next(pushservice.Fate{Status: 429, RetryAfter: 7 * time.Second}, pushservice.Fate{Status: 503}, pushservice.Fate{Status: 307, Location: "https://elsewhere.example/"})
	if got := w.send(s, "x", nil); got.status != http.StatusTooManyRequests || got.Get("Retry-After") != "7" {
		t.Errorf("%d, %v", got.status, got.Header)
	}
	if got := w.send(s, "x", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("%d", got.status)
	}
	w.server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if got := w.send(s, "x", nil); got.status != http.StatusTemporaryRedirect || got.Get("Location") == "" {
		t.Errorf("%d", got.status)
	}
	w.Always(pushservice.Fate{Delay: time.Millisecond})
	if got := w.send(s, "x", nil); got.status != http.StatusCreated {
		t.Errorf("%d", got.status)
	}
}

// What was encrypted for another phone does not open, and does not stand in the way.
func TestAStrangersMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.subscribe(""), w.subscribe("")
	two.Endpoint, one.Endpoint = one.Endpoint, two.Endpoint
	w.send(two, "for two", nil) // at the endpoint of one
	if _, ok, err := one.Next(t.Context(), 0); ok || !errors.Is(err, webpush.ErrMessage) {
		t.Errorf("%v, %v", ok, err)
	}
	if _, ok := w.next(one); ok {
		t.Error("it is still there")
	}
}
