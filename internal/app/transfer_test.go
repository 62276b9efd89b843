package app_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/config"
)

// wire is a listener in memory whose connections have no buffers: whoever writes
// waits until somebody reads.
type wire struct {
	conns  chan net.Conn
	over   chan struct{}
	dialed []net.Conn
	other  sync.WaitGroup // what goes on at the other ends
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.over:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// dial gives the other end of a new connection.
func (w *wire) dial() net.Conn {
	here, there := net.Pipe()
	w.conns <- there
	w.dialed = append(w.dialed, here)
	return here
}

// end waits for everybody.
func (w *wire) end(t *testing.T, s *http.Server) {
	for _, c := range w.dialed {
		_ = c.Close()
	}
	close(w.over)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	w.other.Wait()
}

// served runs f against a handler under the default limits, in a time that passes
// only while everybody waits. Closed connections are told, with the time since the
// beginning.
func served(t *testing.T, h http.HandlerFunc, f func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration)) {
	t.Helper()
	servedBy(t, func(s *http.Server, w *wire) { _ = s.Serve(w) }, h, f)
}

func servedBy(t *testing.T, serve func(*http.Server, *wire), h http.HandlerFunc, f func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		limits, began := config.Default().Limits, time.Now()
		w := &wire{conns: make(chan net.Conn), over: make(chan struct{})}
		closed := make(chan time.Duration, 10)
		s := app.Server(limits, slog.New(slog.DiscardHandler), h)
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed <- time.Since(began)
			}
		}
		go serve(s, w)
		f(t, limits, w, closed)
		w.end(t, s)
	})
}

// send writes a request and the beginning of its body, if it has one.
func send(t *testing.T, c net.Conn, head, body string) {
	t.Helper()
	if _, err := io.WriteString(c, head+"\r\nHost: x\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
}

// lift is what a handler does that admits a transfer.
func lift(t *testing.T, w http.ResponseWriter) {
	rc := http.NewResponseController(w)
	if err := errors.Join(rc.SetReadDeadline(time.Time{}), rc.SetWriteDeadline(time.Time{})); err != nil {
		t.Error(err)
	}
}

// large answers with more than a client takes that does not read.
func large(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
}

// TestAnswerThatNobodyReads: on every address, whoever does not read, or reads one
// byte now and then, holds a connection no longer than request and answer may take.
func TestAnswerThatNobodyReads(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"GET /", "POST /import", "GET /import/1/report"} {
		for name, read := range map[string]func(net.Conn){
			"nothing": func(net.Conn) {},
			"a byte a second": func(c net.Conn) {
				for b := make([]byte, 1); ; time.Sleep(time.Second) {
					if _, err := c.Read(b); err != nil {
						return
					}
				}
			},
		} {
			t.Run(path+", "+name, func(t *testing.T) {
				served(t, large, func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration) {
					c := w.dial()
					send(t, c, path+" HTTP/1.1", "")
					w.other.Go(func() { read(c) })
					if got, want := <-closed, limits.RequestTimeout+limits.AnswerTimeout; got != want {
						t.Errorf("cut off after %s, want %s", got, want)
					}
				})
			})
		}
	}
}

// TestAnswerThatIsRead: a client that reads slowly within the limits gets all.
func TestAnswerThatIsRead(t *testing.T) {
	t.Parallel()
	served(t, large, func(t *testing.T, limits config.Limits, w *wire, _ <-chan time.Duration) {
		c := w.dial()
		for range 3 { // each request has its own time
			send(t, c, "GET / HTTP/1.1", "")
			time.Sleep(limits.RequestTimeout + limits.AnswerTimeout - time.Second)
			r, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, r.Body)
			if err = errors.Join(err, r.Body.Close()); n != 1<<20 || err != nil {
				t.Errorf("read %d bytes, %v", n, err)
			}
		}
	})
}

// received takes an upload and tells what became of it, and when.
func received(t *testing.T, pause time.Duration, result chan<- string) http.HandlerFunc {
	began := time.Now()
	return func(w http.ResponseWriter, r *http.Request) {
		lift(t, w)
		time.Sleep(pause)
		n, err := io.Copy(io.Discard, r.Body)
		what := "all"
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			what = "too slow"
		case err != nil:
			what = err.Error()
		}
		result <- fmt.Sprintf("%d bytes, %s, after %s", n, what, time.Since(began).Round(time.Second))
	}
}

// TestTransferThatIsAdmitted: an import may take longer than other requests, as
// long as it moves, and not for ever; what the server does meanwhile is not counted.
func TestTransferThatIsAdmitted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pause, between time.Duration
		bytes          int
		want           string
	}{
		"quick":              {0, 0, 10, "10 bytes, all, after 0s"},
		"slow":               {0, 29 * time.Second, 20, "20 bytes, all, after 9m11s"},
		"it stands still":    {0, 31 * time.Second, 20, "1 bytes, too slow, after 30s"},
		"the server is slow": {10 * time.Minute, 0, 10, "10 bytes, all, after 10m0s"},
		"slow for ever":      {0, 29 * time.Second, 1000, "125 bytes, too slow, after 1h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			var h http.HandlerFunc
			served(t, func(w http.ResponseWriter, r *http.Request) { h(w, r) }, func(t *testing.T, _ config.Limits, w *wire, _ <-chan time.Duration) {
				result := make(chan string, 1) // a channel of this time
				h = received(t, c.pause, result)
				conn := w.dial()
				send(t, conn, fmt.Sprintf("POST /import HTTP/1.1\r\nContent-Length: %d", c.bytes), "")
				w.other.Go(func() { _, _ = io.Copy(io.Discard, conn) }) // the answer does not matter
				w.other.Go(func() {
					for i := range c.bytes {
						if i > 0 {
							time.Sleep(c.between)
						}
						if _, err := conn.Write([]byte("x")); err != nil {
							return
						}
					}
				})
				if got := <-result; got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestTransferThatNeverEnds: what the server does for an import has its end, too.
func TestTransferThatNeverEnds(t *testing.T) {
	t.Parallel()
	var result chan error
	served(t, func(w http.ResponseWriter, r *http.Request) {
		lift(t, w)
		<-r.Context().Done()
		result <- r.Context().Err()
	}, func(t *testing.T, limits config.Limits, w *wire, _ <-chan time.Duration) {
		began := time.Now()
		result = make(chan error, 1)
		c := w.dial()
		send(t, c, "POST /import HTTP/1.1\r\nContent-Length: 1", "x")
		w.other.Go(func() { _, _ = io.Copy(io.Discard, c) })
		if err := <-result; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != limits.TransferTimeout {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// TestTransferThatIsNotAdmitted: the address alone lifts nothing.
func TestTransferThatIsNotAdmitted(t *testing.T) {
	t.Parallel()
	served(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration) {
		c := w.dial()
		send(t, c, "POST /v1/token-imports HTTP/1.1\r\nContent-Length: 1000", "")
		w.other.Go(func() {
			for err := error(nil); err == nil; _, err = c.Write([]byte("x")) {
				time.Sleep(time.Second)
			}
		})
		w.other.Go(func() { _, _ = io.Copy(io.Discard, c) }) // the answer does not matter
		if got := <-closed; got < limits.RequestTimeout || got > limits.RequestTimeout+time.Second {
			t.Errorf("cut off after %s, want %s", got, limits.RequestTimeout)
		}
	})
}

// TestDownloadThatIsAdmitted: a report may be read for longer than other answers, as
// long as its reader moves.
func TestDownloadThatIsAdmitted(t *testing.T) {
	t.Parallel()
	report := func(w http.ResponseWriter, _ *http.Request) {
		lift(t, w)
		for range 20 {
			if _, err := io.WriteString(w, strings.Repeat("x", 32<<10)); err != nil {
				return
			}
		}
	}
	served(t, report, func(t *testing.T, _ config.Limits, w *wire, closed <-chan time.Duration) {
		c := w.dial()
		send(t, c, "GET /import/1/report HTTP/1.1\r\nConnection: close", "")
		total := 0
		for b := make([]byte, 32<<10); ; time.Sleep(20 * time.Second) {
			n, err := io.ReadFull(c, b)
			if total += n; err != nil {
				break
			}
		}
		if total < 20*32<<10 || <-closed < 5*time.Minute {
			t.Errorf("a slow reader got %d bytes", total)
		}
	})
	served(t, report, func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration) {
		c := w.dial()
		send(t, c, "GET /import/1/report HTTP/1.1", "")
		if got := <-closed; got != limits.RequestTimeout {
			t.Errorf("a reader that stands still was cut off after %s, want %s", got, limits.RequestTimeout)
		}
	})
}

// TestEndOfATransfer: what is still to be sent when the handler has returned has its
// time, too.
func TestEndOfATransfer(t *testing.T) {
	t.Parallel()
	short := func(w http.ResponseWriter, r *http.Request) {
		lift(t, w)
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "short enough to wait in the server's buffer")
	}
	served(t, short, func(t *testing.T, limits config.Limits, w *wire, closed <-chan time.Duration) {
		c := w.dial()
		send(t, c, "POST /import HTTP/1.1\r\nContent-Length: 1", "x")
		if got := <-closed; got != limits.RequestTimeout {
			t.Errorf("cut off after %s, want %s", got, limits.RequestTimeout)
		}
	})
}
