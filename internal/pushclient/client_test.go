package pushclient_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/pushservice"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/pushclient"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/webpush"
)

// From the prompt to the phone: each token that may answer is woken once, with nothing but the
// news that there is something, and its owner sees that pushes arrive.
func TestAPromptWakesThePhones(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one, two, idle := w.register(phone), w.register(slate), w.register(ident.Derive("archived"))
		id := w.ask()
		w.deliver(w.client)
		for _, s := range []*pushservice.Subscriber{one, two} {
			m, ok := w.next(s)
			if !ok || string(m.Body) != `{"t":"prompt"}` || m.Urgency != "high" || m.Topic != webpush.Topic(id.String()) || m.TTL != life {
				t.Errorf("%+v, %v", m, ok)
			}
			if _, again := w.next(s); again {
				t.Error("it was woken twice")
			}
		}
		if _, ok := w.next(idle); ok {
			t.Error("a token that may not answer was woken")
		}
		key, err := w.desk.PublicKey(t.Context())
		w.must(err)
		for _, p := range w.service.Pushes() {
			if p.Key != key || p.Subject != "mailto:it@bank.example" || strings.Contains(fmt.Sprint(p), maria.String()) {
				t.Errorf("%+v", p)
			}
		}
		if h := w.health(phone); h.State != push.Reached || !h.Success.Equal(w.clock.Now()) || w.client.Stats() != (pushclient.Stats{Taken: 2}) {
			t.Errorf("%+v, %+v", h, w.client.Stats())
		}
		if n := w.count("outbox WHERE state <> 'sent'"); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// TTL is what is left when the push is sent, not when the prompt was made.
func TestTTLIsWhatIsLeft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.register(phone)
		w.ask()
		w.clock.Advance(50*time.Second + 300*time.Millisecond)
		w.deliver(w.client)
		if m, ok := w.next(s); !ok || m.TTL != 69*time.Second {
			t.Errorf("%s, %v", m.TTL, ok)
		}
	})
}

// A push that would come too late is not sent, and leaves nothing behind: not before it is
// spread, not before it is sent, not when the outbox finds it expired.
func TestLatePushesAreNotSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.register(phone)
		for name, x := range map[string]struct{ wait time.Duration }{"a moment before its end": {life - 500*time.Millisecond}, "after": {life + time.Hour}} {
			before := w.client.Stats().Late
			w.ask()
			w.clock.Advance(x.wait)
			w.deliver(w.client)
			if len(w.service.Pushes()) != 0 || w.client.Stats().Late != before+1 || w.count("outbox WHERE state <> 'sent'") != 0 {
				t.Errorf("%s: %+v, %d left", name, w.client.Stats(), w.count("outbox WHERE state <> 'sent'"))
			}
		}
		w.service.Next(pushservice.Fate{Status: http.StatusServiceUnavailable})
		w.ask()
		w.deliver(w.client)
		w.clock.Advance(life)
		w.deliver(w.client)
		if len(w.service.Pushes()) != 0 || w.count("outbox WHERE state <> 'sent'") != 0 {
			t.Error("the second attempt came too late, and was made")
		}
	})
}

// 404 and 410 end the binding; the phone comes back with a new subscription.
func TestGoneSubscriptions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, end := range []func(*pushservice.Subscriber){
			func(s *pushservice.Subscriber) { w.service.Remove(s.Endpoint) },
			func(*pushservice.Subscriber) { w.service.Next(pushservice.Fate{Status: http.StatusNotFound}) },
		} {
			s := w.register(phone)
			end(s)
			w.ask()
			w.deliver(w.client)
			if h := w.health(phone); h.State != push.Over || h.Reason != push.Ended || w.count("outbox WHERE state <> 'sent'") != 0 {
				t.Errorf("%+v", h)
			}
			taken := len(w.service.Pushes())
			w.ask()
			w.deliver(w.client)
			if len(w.service.Pushes()) != taken {
				t.Error("it was tried again")
			}
		}
		s := w.register(phone)
		w.ask()
		w.deliver(w.client)
		if _, ok := w.next(s); !ok || w.health(phone).State != push.Reached {
			t.Errorf("%+v", w.health(phone))
		}
	})
}

// A service that is busy or ill is tried again, no sooner than it asks; and the phone that was
// reached is not woken twice for the one that was not.
func TestBusyServicesAreTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one := w.register(phone)
		w.ask()
		w.service.Next(pushservice.Fate{Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second})
		w.deliver(w.client)
		if h := w.health(phone); h.State != push.Failing || h.Reason != push.Busy {
			t.Errorf("%+v", h)
		}
		w.clock.Advance(29 * time.Second)
		w.service.Next(pushservice.Fate{Status: http.StatusBadGateway}) // for whoever comes too soon
		w.deliver(w.client)
		if got := w.client.Stats().Failed; got != 1 {
			t.Errorf("%d attempts within 29 seconds of 30", got)
		}
		w.clock.Advance(time.Second)
		w.deliver(w.client) // 502
		if h := w.health(phone); h.Reason != push.Unavailable {
			t.Errorf("%+v", h)
		}
		two := w.register(slate)
		w.clock.Advance(10 * time.Second)
		w.deliver(w.client)
		if m, ok := w.next(one); !ok || m.TTL != life-40*time.Second || w.health(phone).State != push.Reached {
			t.Errorf("%+v, %v, %+v", m, ok, w.health(phone))
		}
		if _, ok := w.next(two); ok {
			t.Error("a token that came later was woken")
		}
	})
}

// Each phone is tried by itself.
func TestOnePhoneDoesNotHoldTheOthersUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one, two := w.register(phone), w.register(slate)
		w.service.Next(pushservice.Fate{Status: http.StatusServiceUnavailable})
		w.ask()
		w.deliver(w.client)
		w.clock.Advance(30 * time.Second)
		w.deliver(w.client)
		for _, s := range []*pushservice.Subscriber{one, two} {
			if _, ok := w.next(s); !ok {
				t.Error("it was not woken")
			}
		}
		if n := len(w.service.Pushes()); n != 2 {
			t.Errorf("%d pushes for two phones", n)
		}
	})
}

// Who asks to be left alone for longer than the prompt lives is left alone.
func TestRetryAfterBeyondTheLife(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.register(phone)
		w.service.Always(pushservice.Fate{Status: http.StatusTooManyRequests, RetryAfter: life})
		w.ask()
		w.deliver(w.client)
		if s := w.client.Stats(); s.Late != 1 || w.count("outbox WHERE state <> 'sent'") != 0 || w.health(phone).Reason != push.Busy {
			t.Errorf("%+v, %+v", s, w.health(phone))
		}
	})
}

// An answer that no repetition cures, such as to a key that is not the subscription's, is the
// end of this push, not of the binding.
func TestRefusedPushes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.register(phone)
		w.service.Next(pushservice.Fate{Status: http.StatusForbidden}, pushservice.Fate{Status: http.StatusTemporaryRedirect, Location: w.url + "/elsewhere"})
		for range 2 {
			w.ask()
			w.deliver(w.client)
			w.clock.Advance(10 * time.Second)
			w.deliver(w.client)
			if h := w.health(phone); h.State != push.Failing || h.Reason != push.Refused || w.count("outbox WHERE state <> 'sent'") != 0 {
				t.Errorf("%+v", h)
			}
		}
		if w.client.Stats().Refused != 2 {
			t.Errorf("%+v", w.client.Stats())
		}
	})
}

// After a rotation the former key signs for who subscribed under it; after a theft it does not,
// and who subscribes again is reached.
func TestKeysOfBindings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.register(phone)
		_, err := w.desk.Rotate(t.Context(), audit.System("test"), false)
		w.must(err)
		other := w.register(slate)
		w.ask()
		w.deliver(w.client)
		for _, x := range []*pushservice.Subscriber{s, other} {
			if _, ok := w.next(x); !ok {
				t.Error("it was not woken: the service refuses a key")
			}
		}
		_, err = w.desk.Rotate(t.Context(), audit.System("test"), true)
		w.must(err)
		w.ask()
		w.deliver(w.client)
		if _, ok := w.next(s); ok {
			t.Error("a stolen key signs")
		}
		s = w.register(phone)
		w.ask()
		w.deliver(w.client)
		if _, ok := w.next(s); !ok {
			t.Error("the new key does not reach")
		}
	})
}

// Redirects are not followed: an address of the list must not lead to one that is not.
func TestRedirectsAreNotFollowed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		asked := 0
		inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { mu.Lock(); asked++; mu.Unlock() }))
		defer inside.Close()
		for _, status := range []int{301, 302, 303, 307, 308} {
			w.register(phone)
			w.service.Next(pushservice.Fate{Status: status, Location: inside.URL})
			w.ask()
			w.deliver(w.client)
		}
		if asked != 0 || w.health(phone).Reason != push.Refused {
			t.Errorf("%d requests came, %+v", asked, w.health(phone))
		}
	})
}

// What the name resolves to is checked again for each connection: with the same bindings, a node
// that may not reach this machine does not.
func TestPrivateAddressesAreNotConnectedTo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.register(phone)
		var log strings.Builder
		strict := w.node(pushclient.Config{Reach: reach.Reach{}, Log: slog.New(slog.NewTextHandler(&log, nil))})
		w.ask()
		w.deliver(strict)
		if h := w.health(phone); h.State != push.Failing || h.Reason != push.Unreachable || len(w.service.Pushes()) != 0 || w.count("outbox WHERE state <> 'sent'") != 0 {
			t.Errorf("%+v", h)
		}
		if path := s.Endpoint[len(w.url):]; strings.Contains(log.String(), path) || !strings.Contains(log.String(), "service=127.0.0.1") {
			t.Errorf("the log: %s", &log)
		}
	})
}

// Nobody there, or nobody who answers in time: tried again, and no endpoint stands in the reason.
func TestServicesThatDoNotAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // then the server sees when the client goes away
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}))
		defer silent.Close()
		defer close(release)
		closed := httptest.NewServer(nil)
		closed.Close()
		hasty := w.node(pushclient.Config{Reach: reach.Reach{Loopback: true}, Timeout: 50 * time.Millisecond})
		keys := w.register(phone)
		for i, url := range []string{silent.URL, closed.URL} {
			w.bind(phone, push.Subscription{Endpoint: url + "/push/secret", P256DH: keys.P256DH, Auth: keys.Auth})
			w.ask()
			w.deliver(hasty)
			var why string
			w.must(w.d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row("SELECT reason FROM outbox WHERE state = 'waiting' AND kind = $1", pushclient.KindSend).Scan(&why)
			}))
			if h := w.health(phone); h.Reason != push.Unreachable || strings.Contains(why, "secret") || !strings.Contains(why, "127.0.0.1") {
				t.Errorf("%d: %+v, %q", i, h, why)
			}
			w.clock.Advance(life)
			w.deliver(hasty)
		}
	})
}

// A node dies between taking a prompt's push and its end: the phone is woken once, and one that
// dies after a push at most once more.
func TestANodeDies(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.register(phone)
		w.ask()
		first := w.client.Handlers()[prompt.MessagePush].(outbox.Recorder)
		var m outbox.Message
		w.must(w.d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT id FROM outbox").Scan(&m.ID) }))
		m.Payload = []byte(fmt.Sprintf(`{"customer":%q,"prompt":%q,"policy":"approval","expires":%q}`, maria, ident.Derive("p"), w.clock.Now().Add(life).Format(time.RFC3339)))
		for range 2 { // the same message by two nodes: its lease had run out
			record, err := first.Hand(t.Context(), m)
			w.must(err)
			w.must(w.d.Write(t.Context(), record))
		}
		if n := w.count("outbox WHERE kind = 'push.send'"); n != 1 {
			t.Errorf("%d messages for one phone", n)
		}
		w.deliver(w.client)
		if _, ok := w.next(s); !ok {
			t.Error("it was not woken")
		}
	})
}

// The token was unbound, or its customer erased, between the steps: nothing is sent, nothing fails.
func TestUnboundMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.register(phone)
		w.service.Next(pushservice.Fate{Status: http.StatusServiceUnavailable})
		w.ask()
		w.deliver(w.client)
		w.must(w.desk.Unbind(t.Context(), audit.Customer(maria), maria, phone))
		w.clock.Advance(30 * time.Second)
		w.deliver(w.client)
		if len(w.service.Pushes()) != 0 || w.count("outbox WHERE state <> 'sent'") != 0 {
			t.Error("it was sent, or is left")
		}
	})
}

// A payload that is none of ours is given up, and not repeated.
func TestNonsense(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, payload := range []string{"", "{}", `{"customer":"x"}`} {
			for kind, h := range w.client.Handlers() {
				if err := h.Deliver(t.Context(), outbox.Message{Kind: kind, Payload: []byte(payload)}); !outbox.IsPermanent(err) {
					t.Errorf("%s %q: %v", kind, payload, err)
				}
			}
		}
	})
}

func TestContact(t *testing.T) {
	t.Parallel()
	for contact, ok := range map[string]bool{
		"mailto:it@bank.example": true, "https://bank.example/push": true,
		"": false, "it@bank.example": false, "mailto:": false, "mailto:it@localhost": false, "https://localhost": false, "mailto:<it@bank.example>": false,
		"mailto: it@bank.example": false, "http://bank.example": false, "mailto:" + strings.Repeat("x", 300) + "@bank.example": false,
	} {
		if err := pushclient.CheckContact(contact); (err == nil) != ok || !ok && !fault.Is(err, "push.contact") {
			t.Errorf("%q: %v", contact, err)
		}
	}
}
