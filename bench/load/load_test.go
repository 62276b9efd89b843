package load_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/bench/load"
)

// source asks for numbers.
type source struct {
	request *load.Request
	next    byte
}

func (s *source) Next(b []byte) []byte {
	s.next++
	return s.request.Fill(b, []byte{'a' + s.next%26}, []byte("xyz"))
}

func (s *source) Check(status int, body []byte) bool {
	return status == http.StatusCreated && bytes.Contains(body, []byte("xyz"))
}

// run makes a short load on a server.
func run(t *testing.T, h http.HandlerFunc) (*load.Result, error) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	address := strings.TrimPrefix(s.URL, "http://")
	request := load.Post(address, "/x", "token", []byte("{\"a\":\"\x00\",\"b\":\"\x00\x00\x00\"}"))
	return load.Run(t.Context(), load.Config{
		Address: address, Connections: 4, Warmup: 20 * time.Millisecond, Measure: 100 * time.Millisecond, Now: time.Now,
		Source: func(int) load.Source { return &source{request: request} },
	}, nil, nil)
}

func TestEveryAnswerIsCountedAndChecked(t *testing.T) {
	t.Parallel()
	var served atomic.Uint64
	r, err := run(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer token" || len(b) != len(`{"a":"b","b":"xyz"}`) || r.Method != http.MethodPost {
			t.Errorf("%s %v %q %v", r.Method, r.Header, b, err)
		}
		served.Add(1)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(b)
	})
	if err != nil || r.Wrong != 0 {
		t.Fatalf("%v, %d wrong: %s", err, r.Wrong, r.Sample)
	}
	if n := r.Times.N(); n == 0 || n > served.Load() || r.Rate != float64(n)/0.1 {
		t.Errorf("%d counted of %d served, rate %v", n, served.Load(), r.Rate)
	}
}

func TestUnexpectedAnswersAreShown(t *testing.T) {
	t.Parallel()
	r, err := run(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte("no"))
	})
	if err != nil || r.Wrong == 0 || r.Sample != "409 no" {
		t.Errorf("%v, %d wrong: %q", err, r.Wrong, r.Sample)
	}
}

func TestLongAnswersComeInParts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 10_000) + "xyz"
	r, err := run(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "50003")
		w.WriteHeader(http.StatusCreated)
		for part := range strings.SplitAfterSeq(long, "long long ") {
			_, _ = io.WriteString(w, part)
		}
	})
	if err != nil || r.Wrong != 0 || r.Times.N() == 0 {
		t.Errorf("%v, %d wrong: %.60s", err, r.Wrong, r.Sample)
	}
}

func TestALostConnectionEndsTheLoad(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	_, err := run(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 20 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte("xyz"))
	})
	if err == nil {
		t.Error("the load went on without one of its connections")
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var h, other load.Histogram
	for us := range 10_000 {
		half := &h
		if us%2 == 0 {
			half = &other
		}
		half.Add(time.Duration(us+1) * time.Microsecond)
	}
	h.Merge(&other)
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
		want := q * 10_000
		if got := float64(h.Quantile(q).Microseconds()); got < want || got > want*1.017 {
			t.Errorf("quantile %v is %v µs, want %v and 1.6 %% at most", q, got, want)
		}
	}
	if h.N() != 10_000 || h.Max() != 10*time.Millisecond {
		t.Errorf("%d counted, %s at most", h.N(), h.Max())
	}
	var far load.Histogram
	far.Add(24 * time.Hour)
	if far.Quantile(0.5) > 24*time.Hour || far.N() != 1 {
		t.Errorf("a day is %s", far.Quantile(0.5))
	}
	if (&load.Histogram{}).Quantile(0.5) != 0 {
		t.Error("nothing has a median")
	}
}
