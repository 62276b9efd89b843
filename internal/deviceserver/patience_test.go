package deviceserver_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/deviceserver"
)

// TestNothingIsLostUnderPressure: a server without room says when to come again, keeps nothing of what it refused, and a device that waits loses nothing.
func TestNothingIsLostUnderPressure(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		inside, d := w.phone(c), w.phone(c)
		slow := &slowKeys{Recipients: w.rec, entered: make(chan struct{}), leave: make(chan struct{})}
		w.serve(func(c *deviceserver.Config) { c.Room, c.Recipients = 1, slow })
		inside.URL, d.URL = w.url, w.url
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := inside.Report(t.Context(), poll()); err != nil {
				t.Error("who is inside:", err)
			}
		})
		<-slow.entered
		waits, kept := 0, w.count
		d.Wait = func(_ context.Context, x time.Duration) error {
			if x < time.Second || kept("interaction_batch")+kept("companion_answer") != 0 {
				t.Errorf("wait %d: %s, with something kept", waits, x)
			}
			if waits++; waits == 3 {
				close(slow.leave)
				wg.Wait()
			}
			return nil
		}
		if a, err := d.Report(t.Context(), poll()); err != nil || a.Taken.Events != 1 {
			t.Errorf("after waiting: %+v, %v", a.Taken, err)
		}
		if n := w.count("interaction_batch"); n != 2 || waits != 3 {
			t.Errorf("%d batches of two messages, after %d waits", n, waits)
		}
	})
}

// TestADeviceSlowsDown: more messages than a device may send all arrive, in the time that the server asks for.
func TestADeviceSlowsDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		w.serve(func(c *deviceserver.Config) { c.Device = client.Rate{PerSecond: 1, Burst: 2} })
		d.URL = w.url
		waited := time.Duration(0)
		d.Wait = func(_ context.Context, x time.Duration) error {
			waited += x
			w.clock.Advance(x)
			return nil
		}
		for n := range 8 {
			if _, err := d.Report(t.Context(), poll()); err != nil {
				t.Fatalf("message %d: %v", n, err)
			}
		}
		if n := w.count("interaction_batch"); n != 8 || waited < 5*time.Second {
			t.Errorf("%d batches, waited %s", n, waited)
		}
	})
}

var errLost = errors.New("the answer got lost")

// lossy loses the answers to the first messages: the server has taken them.
type lossy struct{ left int }

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || l.left == 0 {
		return resp, err
	}
	l.left--
	return nil, errors.Join(errLost, resp.Body.Close())
}

// TestLostAnswers: a device whose answers get lost sends the same octets again, and each of its messages has one effect. One that stops in between goes on later.
func TestLostAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.phone(w.customer("1"))
		line := &lossy{left: 2}
		d.HTTP = &http.Client{Transport: line}
		var waits []time.Duration
		d.Wait = func(_ context.Context, x time.Duration) error { waits = append(waits, x); return nil }
		if _, err := d.Report(t.Context(), poll()); err != nil || len(waits) != 2 || waits[1] <= waits[0] {
			t.Fatalf("%v after %v", err, waits)
		}
		line.left = 1
		d.Wait = nil
		if _, err := d.Report(t.Context(), poll()); !errors.Is(err, errLost) {
			t.Fatal("a device that does not wait:", err)
		}
		if a, err := d.Resume(t.Context()); err != nil || a.Taken.Events != 1 {
			t.Errorf("later: %+v, %v", a.Taken, err)
		}
		if n := w.count("interaction_batch"); n != 2 {
			t.Errorf("%d batches of two messages", n)
		}
	})
}
