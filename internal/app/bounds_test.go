package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/config"
)

// TestOneLimitOfBodies: limits.body is what both the API and the console take, no
// more and no less.
func TestOneLimitOfBodies(t *testing.T) {
	t.Parallel()
	const kind = "application/x-www-form-urlencoded"
	for face, path := range map[string]string{"API": "/oauth/token", "CONSOLE": "/login"} {
		for most, env := range map[int][]string{64 << 10: nil, 200 << 10: {"COUNTERSIGN_LIMITS_BODY=200KiB"}} {
			address := serve(t, face, env...)
			for _, size := range []int{most, most + 1} {
				got, err := http.Post("http://"+address+path, kind, strings.NewReader("x="+strings.Repeat("a", size-len("x="))))
				if err != nil {
					t.Fatal(err)
				}
				_ = got.Body.Close()
				if refused := got.StatusCode == http.StatusRequestEntityTooLarge; refused != (size > most) || got.StatusCode >= http.StatusInternalServerError {
					t.Errorf("%s: %d bytes where %d are allowed: %s", face, size, most, got.Status)
				}
			}
		}
	}
}

// TestDocumentsHaveTheirOwnLimit: policies, rules and lists of tokens may be longer than
// other forms; how long is for the pages that take them to say.
func TestDocumentsHaveTheirOwnLimit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 1<<20)
	h := app.Server(config.Default().Limits, slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})).Handler
	for target, want := range map[string]int{
		"POST /policies/new": http.StatusOK, "POST /policies/store": http.StatusOK, "POST /bulk": http.StatusOK,
		"POST /risk/rules/new": http.StatusOK, "POST /risk/rules/store": http.StatusOK,
		"PUT /risk/rules/new": http.StatusRequestEntityTooLarge, "POST /risk/rules": http.StatusRequestEntityTooLarge,
		"POST /risk/rules/1/propose": http.StatusRequestEntityTooLarge, "POST /login": http.StatusRequestEntityTooLarge,
	} {
		method, path, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(long)))
		if w.Code != want {
			t.Errorf("%s with 1 MiB: %d, want %d", target, w.Code, want)
		}
	}
}
