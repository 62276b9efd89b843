package pushservice

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/webpush"
)

// Config of a service. Now and Rand are required.
type Config struct {
	Now  func() time.Time
	Rand io.Reader // for names of resources
	// Origin is the audience of identifications, such as https://push.example; "" for what
	// each request was sent to.
	Origin string
	// Heard, when not nil, is told of every message that was taken, one at a time.
	Heard func(Push)
}

// Push is a message as the service sees it.
type Push struct {
	Endpoint string        `json:"endpoint"` // the path of it
	Key      string        `json:"key"`      // that signed the identification; "" for none
	Subject  string        `json:"subject"`  // the contact in it
	TTL      time.Duration `json:"-"`
	Urgency  string        `json:"urgency"`
	Topic    string        `json:"topic"`
	Bytes    int           `json:"bytes"`
	At       time.Time     `json:"at"`
}

// Service is the push service: an http.Handler. It is safe for concurrent use.
type Service struct {
	cfg Config
	mux *http.ServeMux

	mu      sync.Mutex
	subs    map[string]*subscription // by the name in /subscription/
	pushes  map[string]*subscription // by the name in /push/; those that ended stay, without messages
	fate    Fate
	planned []Fate
	taken   []Push
	changed chan struct{} // closed and made anew when a message is taken
}

type subscription struct {
	name, push string
	key        string // of ours that it is restricted to
	ended      bool
	waiting    []*message
}

// message is one that was not acknowledged.
type message struct {
	name, topic, urgency string
	body                 []byte
	at, until            time.Time
}

// Bounds: a public tool should not eat the machine.
const (
	maxSubscriptions = 10_000
	maxWaiting       = 100 // messages of one subscription
	maxKept          = 1000
	longestWait      = time.Minute
)

// New makes a service.
func New(c Config) *Service {
	s := &Service{cfg: c, mux: http.NewServeMux(), subs: map[string]*subscription{}, pushes: map[string]*subscription{}, changed: make(chan struct{})}
	s.mux.HandleFunc("POST /subscribe", s.subscribe)
	s.mux.HandleFunc("POST /push/{name}", s.push)
	s.mux.HandleFunc("GET /subscription/{name}", s.fetch)
	s.mux.HandleFunc("DELETE /subscription/{name}", s.end)
	s.mux.HandleFunc("DELETE /message/{name}", s.acknowledge)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, webpush.MaxBody)
	w.Header().Set("Cache-Control", "no-store")
	s.mux.ServeHTTP(w, r)
}

// Pushes returns the messages that were taken, the oldest first; at most the last thousand.
func (s *Service) Pushes() []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Push(nil), s.taken...)
}

// name makes a name that nobody guesses.
func (s *Service) name() (string, error) {
	var b [16]byte
	_, err := io.ReadFull(s.cfg.Rand, b[:])
	return hex.EncodeToString(b[:]), err
}

func (s *Service) subscribe(w http.ResponseWriter, r *http.Request) {
	var options struct {
		Key string `json:"vapid"`
	}
	if err := json.NewDecoder(r.Body).Decode(&options); err != nil && !errors.Is(err, io.EOF) {
		http.Error(w, "the options cannot be read", http.StatusBadRequest)
		return
	}
	if _, err := webpush.ParseKey(options.Key); err != nil && options.Key != "" {
		http.Error(w, "vapid is not a key", http.StatusBadRequest)
		return
	}
	x := &subscription{key: options.Key}
	var errs [2]error
	x.name, errs[0] = s.name()
	x.push, errs[1] = s.name()
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Join(errs[:]...) != nil || len(s.pushes) >= maxSubscriptions {
		http.Error(w, "no more subscriptions", http.StatusServiceUnavailable)
		return
	}
	s.subs[x.name], s.pushes[x.push] = x, x
	w.Header().Set("Location", "/subscription/"+x.name)
	w.Header().Set("Link", "</push/"+x.push+`>; rel="urn:ietf:params:push"`)
	w.WriteHeader(http.StatusCreated)
}

// origin is the audience that identifications must have.
func (s *Service) origin(r *http.Request) string {
	if s.cfg.Origin != "" {
		return s.cfg.Origin
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + strings.ToLower(r.Host)
}

// end ends a subscription, as a phone does that is reset.
func (s *Service) end(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.subs[r.PathValue("name")]
	if x == nil {
		http.NotFound(w, r)
		return
	}
	s.finish(x)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Service) finish(x *subscription) {
	x.ended, x.waiting = true, nil
	delete(s.subs, x.name)
	s.tell()
}

// tell wakes who waits for a message.
func (s *Service) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Remove ends the subscription of an endpoint; its application server is told so with the next
// message.
func (s *Service) Remove(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.pushes[endpoint[strings.LastIndexByte(endpoint, '/')+1:]]; x != nil {
		s.finish(x)
	}
}

func (s *Service) acknowledge(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.subs {
		for i, m := range x.waiting {
			if m.name == r.PathValue("name") {
				x.waiting = append(x.waiting[:i:i], x.waiting[i+1:]...)
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
	}
	http.NotFound(w, r)
}

// waitOf reads Prefer: wait=SECONDS.
func waitOf(r *http.Request) time.Duration {
	for p := range strings.SplitSeq(strings.Join(r.Header.Values("Prefer"), ","), ",") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(p), "wait="); ok {
			n, _ := strconv.ParseUint(value, 10, 16)
			return min(time.Duration(n)*time.Second, longestWait)
		}
	}
	return 0
}

// fetch gives a phone its oldest message, waiting for one if it is asked to.
func (s *Service) fetch(w http.ResponseWriter, r *http.Request) {
	late := time.NewTimer(waitOf(r))
	defer late.Stop()
	for {
		m, changed, known := s.oldest(r.PathValue("name"))
		switch {
		case !known:
			http.NotFound(w, r)
			return
		case m != nil:
			h := w.Header()
			h.Set("Content-Encoding", webpush.Encoding)
			h.Set("Content-Type", "application/octet-stream")
			h.Set("Content-Location", "/message/"+m.name)
			h.Set("Last-Modified", m.at.UTC().Format(http.TimeFormat))
			h.Set("Ttl", webpush.FormatTTL(m.until.Sub(s.cfg.Now())))
			h.Set("Topic", m.topic)
			h.Set("Urgency", m.urgency)
			_, _ = w.Write(m.body)
			return
		}
		select {
		case <-changed:
		case <-late.C:
			w.WriteHeader(http.StatusNoContent)
			return
		case <-r.Context().Done():
			return
		}
	}
}

// oldest returns the oldest message of a subscription that has not run out.
func (s *Service) oldest(name string) (m *message, changed chan struct{}, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.subs[name]
	if x == nil {
		return nil, nil, false
	}
	now := s.cfg.Now()
	for len(x.waiting) > 0 && !now.Before(x.waiting[0].until) {
		x.waiting = x.waiting[1:]
	}
	if len(x.waiting) > 0 {
		m = x.waiting[0]
	}
	return m, s.changed, true
}
