package pushservice

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/webpush"
)

// Fate is what becomes of a message that comes. The zero value is what should.
type Fate struct {
	Delay      time.Duration // before the answer; nothing is done with a message whose sender has gone away
	Status     int           // such as 429 or 503; 0: the message is judged
	RetryAfter time.Duration // said with Status; 0: nothing
	Location   string        // said with Status, such as 307
}

// Always sets the fate of all messages that have no other.
func (s *Service) Always(f Fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fate = f
}

// Next sets the fates of the next messages, one each.
func (s *Service) Next(fates ...Fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned = append(s.planned, fates...)
}

func (s *Service) draw() (f Fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f = s.fate
	if len(s.planned) > 0 {
		f, s.planned = s.planned[0], s.planned[1:]
	}
	return f
}

// push takes a message, or does with it what its fate is.
func (s *Service) push(w http.ResponseWriter, r *http.Request) {
	f := s.draw()
	if f.Delay > 0 {
		late := time.NewTimer(f.Delay)
		defer late.Stop()
		select {
		case <-late.C:
		case <-r.Context().Done():
			return
		}
	}
	if f.Status != 0 {
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
		}
		if f.Location != "" {
			w.Header().Set("Location", f.Location)
		}
		http.Error(w, http.StatusText(f.Status), f.Status)
		return
	}
	m, p, status := s.read(r)
	if status == 0 {
		status = s.take(r.PathValue("name"), p, m)
	}
	if status != http.StatusCreated {
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Location", "/message/"+m.name)
	w.Header().Set("Ttl", webpush.FormatTTL(p.TTL))
	w.WriteHeader(status)
}

// read judges what can be judged without knowing the subscription; a status other than 0 is
// the answer.
func (s *Service) read(r *http.Request) (m *message, p Push, status int) {
	now := s.cfg.Now()
	ttl, hasTTL := webpush.ParseTTL(r.Header.Get("Ttl"))
	urgency, knownUrgency := webpush.ParseUrgency(r.Header.Get("Urgency"))
	topic, knownTopic := webpush.ParseTopic(r.Header.Get("Topic"))
	if !hasTTL || !knownUrgency || !knownTopic || r.Header.Get("Content-Encoding") != webpush.Encoding {
		return nil, p, http.StatusBadRequest
	}
	p = Push{Endpoint: r.URL.Path, TTL: ttl, Urgency: string(urgency), Topic: topic, At: now}
	c, key, err := webpush.Verify(r.Header.Get("Authorization"), s.origin(r), now)
	if err != nil && !errors.Is(err, webpush.ErrNotIdentified) {
		return nil, p, http.StatusForbidden
	}
	p.Key, p.Subject = key, c.Subject
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, p, http.StatusRequestEntityTooLarge
	}
	name, err := s.name()
	if err != nil {
		return nil, p, http.StatusServiceUnavailable
	}
	p.Bytes = len(body)
	return &message{name: name, topic: topic, urgency: string(urgency), body: body, at: now, until: now.Add(ttl)}, p, 0
}

// take keeps a message until its phone has it.
func (s *Service) take(name string, p Push, m *message) (status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.pushes[name]
	switch {
	case x == nil:
		return http.StatusNotFound
	case x.ended:
		return http.StatusGone
	case x.key != "" && p.Key == "":
		return http.StatusUnauthorized // RFC 8292, section 4.2
	case x.key != "" && p.Key != x.key:
		return http.StatusForbidden
	}
	if m.topic != "" {
		x.waiting = slices.DeleteFunc(x.waiting, func(w *message) bool { return w.topic == m.topic })
	}
	if len(x.waiting) >= maxWaiting {
		return http.StatusTooManyRequests
	}
	x.waiting = append(x.waiting, m)
	s.taken = append(s.taken, p)
	s.taken = s.taken[max(0, len(s.taken)-maxKept):]
	if s.cfg.Heard != nil {
		s.cfg.Heard(p)
	}
	s.tell()
	return http.StatusCreated
}
