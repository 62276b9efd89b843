package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// benchWorld is a node with n registered customers, on SQLite with its durable
// default settings.
func benchWorld(b *testing.B, n int) *world {
	b.Helper()
	clock := dbtest.NewClock()
	d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	w := newWorld(b, d, clock)
	w.config.Log = slog.New(slog.DiscardHandler)
	w.serve()
	for i := range n {
		w.registered(strconv.Itoa(10000+i), strconv.Itoa(7700000+i))
	}
	return w
}

// callers runs f on 64 goroutines a processor, each with a keep-alive connection.
func callers(b *testing.B, url string, token string, body func() []byte, want int) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	b.Cleanup(transport.CloseIdleConnections)
	c := &http.Client{Transport: transport}
	b.SetParallelism(64)
	b.ReportAllocs()
	before := processor(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body()))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			got, err := c.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, got.Body)
			_ = got.Body.Close()
			if got.StatusCode != want {
				b.Errorf("status %d", got.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(processor(b)-before)/float64(b.N), "cpu-ns/op")
}

// processor is the time that this process has computed: on a busy machine it tells
// more than the clock.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTrivial is the least that a JSON handler can do: what BenchmarkVerify
// is compared with.
func BenchmarkTrivial(b *testing.B) {
	type in struct {
		CustomerNumber string `json:"customer_number"`
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var x in
		if json.NewDecoder(r.Body).Decode(&x) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"accepted": true})
	}))
	b.Cleanup(s.Close)
	callers(b, s.URL+"/", "x", func() []byte { return []byte(`{"customer_number":"10023"}`) }, http.StatusCreated)
}

// BenchmarkVerify verifies right codes durably: HTTP, bearer token, sealed seed,
// lock-out, audit and answer.
func BenchmarkVerify(b *testing.B) {
	const customers = 256
	w := benchWorld(b, customers)
	var next [customers]atomic.Uint64
	var turn atomic.Uint64
	token := w.token(client.Authentications)
	callers(b, w.server.URL+"/v1/authentications", token, func() []byte {
		i := turn.Add(1) % customers
		n := next[i].Add(1)
		return fmt.Appendf(nil, `{"customer_number":"%d","purpose":"login","channel":"web","proof":{"code":"%s"}}`, 10000+i, hotp(strconv.FormatUint(7700000+i, 10), n))
	}, http.StatusCreated)
}

// BenchmarkRefused is everything around the use case: the same request for a
// purpose that no journey has.
func BenchmarkRefused(b *testing.B) {
	w := benchWorld(b, 1)
	token := w.token(client.Authentications)
	callers(b, w.server.URL+"/v1/authentications", token, func() []byte {
		return []byte(`{"customer_number":"10000","purpose":"none","channel":"web","proof":{"code":"755224"}}`)
	}, http.StatusUnprocessableEntity)
}

// BenchmarkHandler is BenchmarkRefused without network and HTTP.
func BenchmarkHandler(b *testing.B) {
	w := benchWorld(b, 1)
	token := w.token(client.Authentications)
	body := []byte(`{"customer_number":"10000","purpose":"none","channel":"web","proof":{"code":"755224"}}`)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/v1/authentications", bytes.NewReader(body))
		r.Header["Content-Type"] = []string{"application/json"}
		r.Header["Authorization"] = []string{"Bearer " + token}
		w.api.ServeHTTP(&sink{head: http.Header{}}, r)
	}
}

type sink struct{ head http.Header }

func (s *sink) Header() http.Header         { return s.head }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}
